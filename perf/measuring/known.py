"""A site whose people are known by name: the engine without its tracker.

What is wrong here, the rules and the layout have done: every box is true and so is every identity.
"""

import numpy as np
from numpy.typing import NDArray

from streams.camera_engine import CameraEngine, CameraState
from streams.engine import SiteEngine
from streams.metrics.plan import CameraPlan
from streams.tracking import Sight, Tracker, TrackerSettings, TrackUpdate

Corners = tuple[float, float, float, float]
Names = dict[Corners, int]
"""Whose box each is, on one frame: xyxy px to the number of a person."""


class KnownSite(SiteEngine):
    """One site; who is in front of a camera is told before each of its frames."""

    def __init__(self, site: str) -> None:
        self._names: dict[str, Names] = {}
        super().__init__(site)

    def tell(self, camera: str, names: Names) -> None:
        """Whose box is which on this camera's next frame."""
        told = self._names.setdefault(camera, {})
        told.clear()
        told.update(names)

    def _camera_engine(self, camera: str, state: CameraState) -> CameraEngine:
        tracker = _KnownPeople(self._names.setdefault(camera, {}))

        class _KnownCamera(CameraEngine):
            def _new_tracker(self, saved: bytes) -> Tracker:  # noqa: ARG002
                return tracker

        def make_plan(version: int) -> CameraPlan:
            return self._plan(version, camera)

        return _KnownCamera((self._state.site, camera), state, make_plan)


class _KnownPeople(Tracker):
    """In the tracker's place: tracks are people."""

    def __init__(self, names: Names) -> None:
        super().__init__(TrackerSettings())
        self._names = names
        self._seen: dict[int, tuple[str, int]] = {}
        """By person: id of the track and instant of its last sight; leaves with the track."""

    def update(
        self,
        at_ms: int,
        boxes: NDArray[np.float64],
        scores: NDArray[np.float64],  # noqa: ARG002 - the engine hands them over
        *,
        frame_shape: tuple[int, int],
    ) -> TrackUpdate:
        width, height = frame_shape
        sights = []
        for x1, y1, x2, y2 in boxes.tolist():
            person = self._names[x1, y1, x2, y2]
            track, _ = self._seen.get(person, (f"{at_ms}-{person}", 0))
            self._seen[person] = track, at_ms
            foot_xy = (x1 + x2) / (2.0 * width), y2 / height
            sights.append(Sight(track, at_ms, (x1, y1, x2, y2), foot_xy, (y2 - y1) / height))
        lost_ms = self._settings.lost_ms
        gone = [one for one, (_, seen_ms) in self._seen.items() if at_ms - seen_ms > lost_ms]
        return TrackUpdate(sights, [self._seen.pop(one)[0] for one in gone])

    def end_all(self) -> list[str]:
        self._seen.clear()
        return []

    def state(self) -> bytes:
        return b""
