"""Which layout a model's output has: shapes, metadata and one trial run in, a head out.

Never by the file's name. Shapes alone cannot tell all: six columns may be finished rows or one
class of YOLOX, and a raw YOLOX head looks like a decoded one. So the graph is run once on noise,
where its size is open a second time on another size, and the numbers decide.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from serve.errors import UnknownModel
from serve.inference.boxes import Floats
from serve.inference.heads import (
    CENTRED_RGB,
    STRETCHED_RGB,
    AnchorColumns,
    FinishedRows,
    GridRows,
    Head,
    QueryRows,
    SplitOutputs,
    anchor_count,
    grid,
)
from serve.inference.preprocess import Size

STRIDE = 32
"""Sides of an input of open size are multiples of this, px."""

Output = npt.NDArray[np.floating] | npt.NDArray[np.integer]

_STRIDES = ((8, 16, 32), (8, 16, 32, 64), (4, 8, 16, 32))
_LARGEST_FRACTION = 1.5


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a trial run shows."""

    head: Head
    """How the output is read."""
    class_count: int | None
    """Classes in the output; None where it shows none (finished rows)."""


def recognise(
    run: Callable[[Size], Sequence[Output]],
    size: Size,
    *,
    is_size_open: bool,
    metadata: Mapping[str, str],
) -> Recognised:
    """The head of a model.

    Args:
        run: Gives the graph's outputs for one image of noise of a size, batch axis first.
        size: Size of the input.
        is_size_open: Whether the graph takes any multiple of `STRIDE`.
        metadata: The export's own.

    Raises:
        UnknownModel: If no head fits.
    """
    task = metadata.get("task", "detect")
    if task != "detect":
        raise UnknownModel(f"metadata task: expected detect, got {task}; export a detection model")
    outputs = run(size)
    if len(outputs) == 3:
        return _split(outputs)
    if len(outputs) != 1 or outputs[0].ndim != 3:
        raise _unknown(outputs)
    output = outputs[0][0].astype(np.float32)
    is_fixed = not is_size_open or run(_other(size))[0].shape[1:] == output.shape
    found = _by_anchors(output, size)
    if is_size_open and is_fixed:
        # An output that does not grow with the input has no anchors, whatever the numbers say.
        found = None
    found = found or _by_rows(output, metadata)
    if found is None:
        raise _unknown(outputs)
    return found


def _by_anchors(output: Floats, size: Size) -> Recognised | None:
    rows, columns = output.shape
    for strides in _STRIDES:
        count = anchor_count(size, strides)
        if columns == count and rows > 4:
            return Recognised(AnchorColumns(), rows - 4)
        if rows == count and columns > 5:
            is_decoded = _is_decoded(output, size, strides)
            return Recognised(GridRows(strides, is_decoded), columns - 5)
    return None


def _is_decoded(rows: Floats, size: Size, strides: tuple[int, ...]) -> bool:
    # A decoded centre lies near its cell, a raw one near zero.
    corners, _ = grid(size, strides)
    return bool(np.abs(rows[:, :2] - corners).mean() < np.abs(rows[:, :2]).mean())


def _by_rows(output: Floats, metadata: Mapping[str, str]) -> Recognised | None:
    columns = output.shape[1]
    if columns <= 4:
        return None
    is_fraction = bool(np.abs(output[:, :4]).max(initial=0.0) <= _LARGEST_FRACTION)
    if columns == 6 and bool((output[:, 5] == np.round(output[:, 5])).all()):
        # No row at all on noise (an export with NMS) leaves zeros: those are pixels unless told.
        is_fraction = "DETR" in metadata.get("head", "") if not output.any() else is_fraction
        form = STRETCHED_RGB if is_fraction else CENTRED_RGB
        return Recognised(FinishedRows(is_fraction, form), None)
    return Recognised(QueryRows(), columns - 4) if is_fraction else None


def _split(outputs: Sequence[Output]) -> Recognised:
    boxes = [at for at, output in enumerate(outputs) if output.ndim == 3 and output.shape[2] == 4]
    flat = [at for at, output in enumerate(outputs) if output.ndim == 2]
    labels = [at for at in flat if np.issubdtype(outputs[at].dtype, np.integer)]
    scores = [at for at in flat if np.issubdtype(outputs[at].dtype, np.floating)]
    if not len(boxes) == len(labels) == len(scores) == 1:
        raise _unknown(outputs)
    return Recognised(SplitOutputs(labels[0], boxes[0], scores[0]), None)


def _other(size: Size) -> Size:
    return Size(size.height + STRIDE, size.width + STRIDE)


def _unknown(outputs: Sequence[Output]) -> UnknownModel:
    shapes = ", ".join("x".join(str(side) for side in output.shape) for output in outputs)
    return UnknownModel(
        f"output {shapes} is none that is known; export a detection model of YOLOX, YOLOv8, "
        "YOLO11, YOLO26, RT-DETR or D-FINE to ONNX"
    )
