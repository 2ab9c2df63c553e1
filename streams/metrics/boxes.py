"""The boxes of a frame that may be followed.

In: one `ok` detection. Out: arrays for the tracker, and counts by cause.

A bad box is dropped and counted, its frame is kept: one wrong row of a model must not blind the
camera.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from schemas.detections import Detection
from streams.metrics.plan import CameraPlan

PERSON = "person"
"""The class that counts; what a model without names gives."""
LEAST_SIDE_PX = 0.01
"""A smaller box is empty: nobody has its size, and errors are shares of its sides."""
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Boxes:
    """What is left of a frame's boxes, and what was dropped."""

    xyxy: NDArray[np.float64]
    """`(N, 4)` px."""
    scores: NDArray[np.float64]
    """`(N,)` in [0, 1]."""
    frame_shape: tuple[int, int]
    """Width and height of the frame, px."""
    bad_count: int
    """Boxes not finite, inverted, empty, outside the frame, or with a score outside [0, 1]."""
    ignored_count: int
    """Boxes whose foot point lies in an `ignore` zone."""

    def feet(self, aspect: float) -> list[tuple[float, float, float]]:
        """Foot points and heights, in frame heights: x scaled by `aspect`, y, box height."""
        width, height = self.frame_shape
        return [
            ((x1 + x2) / (2.0 * width) * aspect, y2 / height, (y2 - y1) / height)
            for x1, y1, x2, y2 in self.xyxy.tolist()
        ]


def followable(detection: Detection, plan: CameraPlan, frame_shape: tuple[int, int]) -> Boxes:
    """The boxes of people that may be followed, in their order.

    Args:
        detection: An `ok` one.
        plan: What holds at its time.
        frame_shape: Width and height of the frame, px; above 0.
    """
    width, height = frame_shape
    classes = detection.classes
    people: Iterable[tuple[Box, float]] = zip(
        detection.boxes or [], detection.scores or [], strict=True
    )
    if classes is not None and classes.count(PERSON) != len(classes):
        people = compress(people, [name == PERSON for name in classes])
    kept: list[Box] = []
    kept_scores: list[float] = []
    bad_count = ignored_count = 0
    # Comparisons with NaN are false, and what is infinite is beyond all measure.
    for box, score in people:
        x1, y1, x2, y2 = box
        is_across = -width < x1 < width and 0 < x2 < 2 * width and x2 - x1 >= LEAST_SIDE_PX
        is_down = -height < y1 < height and 0 < y2 < 2 * height and y2 - y1 >= LEAST_SIDE_PX
        if not (is_across and is_down and 0.0 <= score <= 1.0):
            bad_count += 1
        elif plan.ignored and plan.is_ignored((x1 + x2) / (2.0 * width), y2 / height):
            ignored_count += 1
        else:
            kept.append(box)
            kept_scores.append(score)
    xyxy = np.array(kept, dtype=np.float64).reshape(-1, 4)
    kept_array = np.array(kept_scores, dtype=np.float64)
    return Boxes(xyxy, kept_array, frame_shape, bad_count, ignored_count)
