"""Our tracker behind the interface of the tracker benchmark (`track_eval.py --help`)."""

import numpy as np
from numpy.typing import NDArray

from streams.tracking import Tracker as CameraTracker
from streams.tracking import TrackerSettings


class Tracker:
    """One camera of the benchmark."""

    def __init__(
        self, frame_size: tuple[int, int] = (1920, 1080), settings: TrackerSettings | None = None
    ) -> None:
        self._tracker = CameraTracker(settings or TrackerSettings())
        self._frame_shape = frame_size

    def update(
        self,
        boxes: NDArray[np.float64],
        scores: NDArray[np.float64],
        classes: NDArray[np.int64],  # noqa: ARG002 - the benchmark hands them over
        timestamp: float,
    ) -> list[tuple[str, float, float, float, float]]:
        """The confirmed tracks seen in this very frame: id and the detection's box, px."""
        at_ms = round(timestamp * 1000)
        update = self._tracker.update(at_ms, boxes, scores, frame_shape=self._frame_shape)
        return [(sight.track, *sight.xyxy) for sight in update.sights if sight.at_ms == at_ms]
