"""How the demo detector is made: from a COCO folder to an ONNX file.

A tool, not a part of the service: it runs with a Python that has PyTorch, and nothing imports it.
"""
