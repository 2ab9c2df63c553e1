"""What of these tests is run by another Python."""

collect_ignore = ["going_on.py"]
"""Needs PyTorch; `test_train.py` starts it with a Python that has it."""
