"""Writes a detector as ONNX, in the form of a YOLOv8 or YOLO11 export.

Metadata are put in by appending their protobuf fields: serialised messages concatenate, and so no
ONNX library is needed beside PyTorch.
"""

from pathlib import Path

import torch

from serve.training.net import STRIDES, Exported, TinyDetector

_OPSET = 16
_METADATA_FIELD = 14
"""`ModelProto.metadata_props`, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto"""


def export(detector: TinyDetector, path: Path, *, size: tuple[int, int], category: str) -> None:
    """Writes the ONNX file; only the batch stays free, `size` is the input's width and height."""
    example = torch.zeros(1, 3, size[1], size[0])
    free = {0: "batch"}
    torch.onnx.export(
        Exported(detector.to(memory_format=torch.contiguous_format)).eval(),
        example,
        str(path),
        opset_version=_OPSET,
        input_names=["images"],
        output_names=["output0"],
        dynamic_axes={"images": free, "output0": free},
    )
    metadata = {
        "names": repr({0: category}),
        "stride": repr(max(STRIDES)),
        "imgsz": repr([size[1], size[0]]),
        "task": "detect",
        "description": "Footfall's demo detector",
    }
    with path.open("ab") as file:
        for key, value in metadata.items():
            file.write(_entry(key, value))


def _entry(key: str, value: str) -> bytes:
    content = _text(1, key) + _text(2, value)
    return _tag(_METADATA_FIELD) + _length(len(content)) + content


def _text(field: int, text: str) -> bytes:
    payload = text.encode()
    return _tag(field) + _length(len(payload)) + payload


def _tag(field: int) -> bytes:
    return _length(field << 3 | 2)


def _length(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
