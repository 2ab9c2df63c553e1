"""Boxes found in one frame, and which of two overlapping ones stays."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_MAX_CANDIDATE_COUNT = 30_000


@dataclass(frozen=True, slots=True)
class Boxes:
    """Boxes of one frame, columnar; the columns have one length."""

    xyxy: npt.NDArray[np.floating]
    """`(N, 4)` x1 y1 x2 y2, px."""
    scores: Floats
    """`(N,)` in [0, 1]."""
    classes: Ints
    """`(N,)` index into the model's class names."""

    def __len__(self) -> int:
        return len(self.scores)

    def at(self, which: npt.NDArray[np.intp]) -> "Boxes":
        """The boxes at these indexes, in their order."""
        return Boxes(self.xyxy[which], self.scores[which], self.classes[which])


@dataclass(frozen=True, slots=True)
class Keep:
    """What of a model's output is kept."""

    classes: tuple[int, ...] | None
    """Indexes of the classes, rising; None keeps all."""
    min_score: float
    """Boxes that score less are dropped."""
    nms_iou: float
    """Of two boxes of one class that overlap more, the weaker is dropped."""
    max_box_count: int
    """Most boxes of one frame, best first."""


def best_first(boxes: Boxes, *, max_box_count: int) -> Boxes:
    """The boxes by falling score, at most so many; equal scores keep their order."""
    order = np.argsort(-boxes.scores, kind="stable")[:max_box_count]
    return boxes.at(order)


def without_overlaps(boxes: Boxes, *, max_iou: float) -> Boxes:
    """The boxes that no stronger box of their class overlaps by more than `max_iou`, best first.

    Example:
        >>> pair = np.array([[0, 0, 10, 10], [0, 0, 10, 8]], np.float32)
        >>> boxes = Boxes(pair, np.array([0.5, 0.9], np.float32), np.zeros(2, np.int64))
        >>> [len(without_overlaps(boxes, max_iou=iou)) for iou in (0.79, 0.8)]
        [1, 2]
    """
    boxes = best_first(boxes, max_box_count=_MAX_CANDIDATE_COUNT)
    xyxy = boxes.xyxy.astype(np.float64)
    areas = (xyxy[:, 2] - xyxy[:, 0]) * (xyxy[:, 3] - xyxy[:, 1])
    kept: list[int] = []
    left = np.arange(len(boxes))
    while len(left):
        best, left = left[0], left[1:]
        kept.append(int(best))
        corners = xyxy[left]
        sides = np.minimum(corners[:, 2:], xyxy[best, 2:]) - np.maximum(
            corners[:, :2], xyxy[best, :2]
        )
        overlap = np.prod(np.clip(sides, 0.0, None), axis=1)
        union = areas[best] + areas[left] - overlap
        is_rival = (overlap > max_iou * union) & (boxes.classes[left] == boxes.classes[best])
        left = left[~is_rival]
    return boxes.at(np.array(kept, np.intp))
