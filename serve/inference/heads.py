"""Model output to boxes: one class per layout of the output, all in pixels of the model's input.

The classes to keep are chosen before the best class of a box is, so a person who looks a bit more
like a mannequin is still a person; one box has one label.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from serve.inference.boxes import Boxes, Floats, Ints, Keep, best_first, without_overlaps
from serve.inference.preprocess import InputForm, Placing, Size

Outputs = Sequence[npt.NDArray[np.floating] | npt.NDArray[np.integer]]
"""The graph's outputs for one frame, without the batch axis."""

CENTRED_RGB = InputForm(Placing.CENTRED, is_rgb=True, divisor=255.0)
STRETCHED_RGB = InputForm(Placing.STRETCHED, is_rgb=True, divisor=255.0)
CORNER_BGR = InputForm(Placing.CORNER, is_rgb=False, divisor=1.0)


class Head(Protocol):
    """One layout of a detection model's output."""

    @property
    def form(self) -> InputForm:
        """What models with this output want as input."""

    @property
    def is_finished(self) -> bool:
        """Whether the graph has removed overlapping boxes itself."""

    def candidates(self, outputs: Outputs, size: Size, keep: Keep) -> Boxes:
        """The boxes that score enough, in pixels of the input, in any order.

        Args:
            outputs: The graph's outputs for one frame.
            size: Size of the input.
            keep: Classes and least score.
        """


def find_boxes(head: Head, outputs: Outputs, size: Size, keep: Keep) -> Boxes:
    """The boxes of one frame in pixels of the input, best first, one label each.

    A box that is not finite is no box: a model can give that for odd input.
    """
    boxes = head.candidates(outputs, size, keep)
    boxes = boxes.at(np.flatnonzero(np.isfinite(boxes.xyxy).all(axis=1)))
    if not head.is_finished:
        boxes = without_overlaps(boxes, max_iou=keep.nms_iou)
    return best_first(boxes, max_box_count=keep.max_box_count)


@dataclass(frozen=True, slots=True)
class AnchorColumns:
    """`(4 + classes, anchors)`: cx cy w h in pixels, then a score per class (YOLOv8, 11, 26)."""

    form: InputForm = CENTRED_RGB
    is_finished: bool = False

    def candidates(self, outputs: Outputs, size: Size, keep: Keep) -> Boxes:  # noqa: ARG002
        """See `Head`."""
        columns = _floats(outputs[0])
        return _from_scores(columns[:4].T, columns[4:].T, keep)


@dataclass(frozen=True, slots=True)
class GridRows:
    """`(anchors, 5 + classes)`: cx cy w h, objectness, a score per class (YOLOX)."""

    strides: tuple[int, ...]
    """Sides of the grids' cells, px, in the order of the rows."""
    is_decoded: bool
    """Whether boxes are pixels already; else offsets from the cell and logarithms of sides."""
    form: InputForm = CORNER_BGR
    is_finished: bool = False

    def candidates(self, outputs: Outputs, size: Size, keep: Keep) -> Boxes:
        """See `Head`."""
        rows = _floats(outputs[0])
        # Objectness bounds every score of its row, so most rows need no further look.
        chosen = np.flatnonzero(rows[:, 4] > keep.min_score)
        rows = rows[chosen]
        cxcywh = rows[:, :4]
        if not self.is_decoded:
            corners, cells = grid(size, self.strides)
            cell = cells[chosen, None]
            xy = cxcywh[:, :2] * cell + corners[chosen]
            cxcywh = np.concatenate((xy, np.exp(cxcywh[:, 2:]) * cell), axis=1)
        return _from_scores(cxcywh, rows[:, 4:5] * rows[:, 5:], keep)


@dataclass(frozen=True, slots=True)
class FinishedRows:
    """`(rows, 6)`: a box, its score, its class; overlaps are gone (YOLO26, exports with NMS)."""

    is_fraction: bool
    """Whether boxes are cx cy w h as fractions of the input (RT-DETR); else x1 y1 x2 y2 in px."""
    form: InputForm
    is_finished: bool = True

    def candidates(self, outputs: Outputs, size: Size, keep: Keep) -> Boxes:
        """See `Head`."""
        rows = _floats(outputs[0])
        rows = rows[rows[:, 4] > keep.min_score]
        xyxy = _to_pixels(_corners(rows[:, :4]), size) if self.is_fraction else rows[:, :4]
        return _of_classes(Boxes(xyxy, rows[:, 4], rows[:, 5].astype(np.int64)), keep)


@dataclass(frozen=True, slots=True)
class QueryRows:
    """`(queries, 4 + classes)`: cx cy w h as fractions, then a score per class (RT-DETR)."""

    form: InputForm = STRETCHED_RGB
    is_finished: bool = True

    def candidates(self, outputs: Outputs, size: Size, keep: Keep) -> Boxes:
        """See `Head`."""
        rows = _floats(outputs[0])
        boxes = _from_scores(rows[:, :4], rows[:, 4:], keep)
        return Boxes(_to_pixels(boxes.xyxy, size), boxes.scores, boxes.classes)


@dataclass(frozen=True, slots=True)
class SplitOutputs:
    """Labels, boxes and scores as three outputs (D-FINE, RT-DETR with `orig_target_sizes`).

    The graph is always given a size of 1 x 1, so its boxes are fractions.
    """

    labels_at: int
    """Which output holds the class of each box."""
    boxes_at: int
    """Which output holds x1 y1 x2 y2."""
    scores_at: int
    """Which output holds the score of each box."""
    form: InputForm = STRETCHED_RGB
    is_finished: bool = True

    def candidates(self, outputs: Outputs, size: Size, keep: Keep) -> Boxes:
        """See `Head`."""
        scores = _floats(outputs[self.scores_at])
        chosen = np.flatnonzero(scores > keep.min_score)
        xyxy = _to_pixels(_floats(outputs[self.boxes_at])[chosen], size)
        labels = outputs[self.labels_at][chosen].astype(np.int64)
        return _of_classes(Boxes(xyxy, scores[chosen], labels), keep)


def anchor_count(size: Size, strides: tuple[int, ...]) -> int:
    """How many cells the grids of an input have.

    Example:
        >>> anchor_count(Size(416, 416), (8, 16, 32))
        3549
    """
    return sum((size.height // stride) * (size.width // stride) for stride in strides)


def grid(size: Size, strides: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Upper left corners `(anchors, 2)` x y and sides `(anchors,)` of all cells, px, row by row."""
    corners, cells = [], []
    for stride in strides:
        ys, xs = np.mgrid[: size.height // stride, : size.width // stride]
        corners.append(np.stack((xs, ys), axis=-1).reshape(-1, 2) * stride)
        cells.append(np.full(xs.size, stride))
    return np.concatenate(corners).astype(np.float32), np.concatenate(cells).astype(np.float32)


def _from_scores(cxcywh: Floats, class_scores: Floats, keep: Keep) -> Boxes:
    # (N, 4) boxes and (N, classes) scores; each box gets the best of the classes kept.
    if keep.classes is not None:
        class_scores = class_scores[:, list(keep.classes)]
    best = class_scores.max(axis=1, initial=0.0)
    chosen = np.flatnonzero(best > keep.min_score)
    labels: Ints = class_scores[chosen].argmax(axis=1) if len(chosen) else np.empty(0, np.int64)
    if keep.classes is not None:
        labels = np.array(keep.classes, np.int64)[labels]
    return Boxes(_corners(cxcywh[chosen]), best[chosen], labels)


def _of_classes(boxes: Boxes, keep: Keep) -> Boxes:
    if keep.classes is None:
        return boxes
    return boxes.at(np.flatnonzero(np.isin(boxes.classes, keep.classes)))


def _corners(cxcywh: Floats) -> Floats:
    half = cxcywh[:, 2:] / 2
    return np.concatenate((cxcywh[:, :2] - half, cxcywh[:, :2] + half), axis=1)


def _to_pixels(xyxy: npt.NDArray[np.floating], size: Size) -> Floats:
    scale = np.array([size.width, size.height] * 2, np.float32)
    return (xyxy * scale).astype(np.float32, copy=False)


def _floats(output: npt.NDArray[np.floating] | npt.NDArray[np.integer]) -> Floats:
    return output.astype(np.float32, copy=False)
