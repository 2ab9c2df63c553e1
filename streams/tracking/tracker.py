"""Follows people through the frames of one camera: boxes in, sights of confirmed tracks out.

The arithmetic lies in one compiled step over an array of records; this class keeps what is text:
the ids, and the sights that wait for their track to be confirmed. Time is what `at_ms` says.
"""

import json
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from streams.tracking.records import TRACK, rules
from streams.tracking.settings import TrackerSettings
from streams.tracking.sights import Sight, TrackUpdate
from streams.tracking.step import NOBODY, measured, step

FloatArray = NDArray[np.float64]


class Tracker:
    """The tracks of one camera.

    State: one record per track in view, or lost for at most `lost_ms`, and the few sights of tracks
    not yet confirmed; both are forgotten when the track ends or is dropped.
    """

    def __init__(self, settings: TrackerSettings) -> None:
        self._settings = settings
        self._rules = rules(settings)
        self._tracks = np.zeros(0, TRACK)
        self._ids: list[str] = []
        self._waiting: dict[str, list[Sight]] = {}
        self._at_ms: int | None = None
        self._aspect = 1.0

    def update(
        self, at_ms: int, boxes: FloatArray, scores: FloatArray, *, frame_shape: tuple[int, int]
    ) -> TrackUpdate:
        """Follow the tracks into one more frame.

        Args:
            at_ms: Event time of the frame.
            boxes: `(N, 4)` xyxy, px, y down; finite, with width and height.
            scores: `(N,)` in [0, 1].
            frame_shape: Width and height of this frame, px; may differ from the last frame's.

        Raises:
            ValueError: If `at_ms` is not above that of the frame before.
        """
        if self._at_ms is not None and at_ms <= self._at_ms:
            raise ValueError(f"at_ms: expected above {self._at_ms}, got {at_ms}")
        self._at_ms = at_ms
        width, height = frame_shape
        self._keep_in_place(width / height)
        before = len(self._ids)
        self._make_room(before + len(boxes))
        # Of one layout in memory: for another the core would be compiled once more, at this frame.
        boxes = np.array(boxes, np.float64, order="C")
        found = measured(boxes, np.array(scores, np.float64, order="C"), height)
        after, owners = step(self._tracks, before, at_ms, self._aspect, found, self._rules)
        for index in range(before, after):
            birth = self._tracks[index]
            track = f"{birth['birth_ms']}-{birth['birth_index']}"
            self._ids.append(track)
            self._waiting[track] = []
        sights = list(self._sights(at_ms, boxes, owners, frame_shape))
        return TrackUpdate(sights, self._forget(at_ms))

    def end_all(self) -> list[str]:
        """End every track at its last sight; the ids of the confirmed ones, oldest first."""
        ended = [track for track in self._ids if track not in self._waiting]
        self._ids = []
        self._waiting = {}
        return ended

    def state(self) -> bytes:
        """All that `restore` needs to go on as if nothing had happened, bit for bit."""
        head = {
            "fields": list(TRACK.names or ()),
            "at_ms": self._at_ms,
            "aspect": self._aspect,
            "ids": self._ids,
            "waiting": {
                track: [(s.at_ms, s.xyxy, s.foot_xy, s.height) for s in sights]
                for track, sights in self._waiting.items()
            },
        }
        return json.dumps(head).encode() + b"\n" + self._tracks[: len(self._ids)].tobytes()

    @classmethod
    def restore(cls, settings: TrackerSettings, state: bytes) -> "Tracker":
        """The tracker whose `state` this is.

        Raises:
            ValueError: If the state is of another version of the tracker.
        """
        text, _, records = state.partition(b"\n")
        head = json.loads(text)
        if head["fields"] != list(TRACK.names or ()):
            raise ValueError(f"state: expected fields {TRACK.names}, got {head['fields']}")
        tracker = cls(settings)
        tracker._at_ms = head["at_ms"]
        tracker._aspect = head["aspect"]
        tracker._ids = head["ids"]
        tracker._waiting = {
            track: [
                Sight(track, at_ms, tuple(xyxy), tuple(foot_xy), tall)
                for at_ms, xyxy, foot_xy, tall in sights
            ]
            for track, sights in head["waiting"].items()
        }
        tracker._tracks = np.frombuffer(records, TRACK).copy()
        return tracker

    def _keep_in_place(self, aspect: float) -> None:
        """Stretch the tracks with the frame: lengths are in frame heights, places must stay."""
        if aspect != self._aspect:
            stretch = aspect / self._aspect
            squared = stretch * stretch
            self._tracks["x"] *= np.array([stretch, stretch, squared, squared, squared])
            self._tracks["width"] *= np.array([stretch, squared])
            self._aspect = aspect

    def _make_room(self, count: int) -> None:
        if count > len(self._tracks):
            tracks = np.zeros(2 * count, TRACK)
            tracks[: len(self._ids)] = self._tracks[: len(self._ids)]
            self._tracks = tracks

    def _sights(
        self,
        at_ms: int,
        boxes: FloatArray,
        owners: NDArray[np.int64],
        frame_shape: tuple[int, int],
    ) -> Iterator[Sight]:
        width, height = frame_shape
        for (x1, y1, x2, y2), owner in zip(boxes.tolist(), owners.tolist(), strict=True):
            if owner == NOBODY:
                continue
            track = self._ids[owner]
            foot_xy = (x1 + x2) / (2.0 * width), y2 / height
            sight = Sight(track, at_ms, (x1, y1, x2, y2), foot_xy, (y2 - y1) / height)
            if track in self._waiting:
                self._waiting[track].append(sight)
                if self._tracks["is_confirmed"][owner]:
                    yield from self._waiting.pop(track)
            else:
                yield sight

    def _forget(self, at_ms: int) -> list[str]:
        """Drop the tracks unseen for too long; the ids of the confirmed ones."""
        count = len(self._ids)
        alive = self._tracks[:count]
        least_ms = min(self._settings.lost_ms, self._settings.tentative_ms)
        if not count or at_ms - alive["seen_ms"].min() <= least_ms:
            return []
        patience = np.where(
            alive["is_confirmed"], self._settings.lost_ms, self._settings.tentative_ms
        )
        over = at_ms - alive["seen_ms"] > patience
        if not over.any():
            return []
        gone = [self._ids[index] for index in np.flatnonzero(over)]
        self._ids = [self._ids[index] for index in np.flatnonzero(~over)]
        self._tracks[: len(self._ids)] = alive[~over]
        return [track for track in gone if self._waiting.pop(track, None) is None]


def warm_up() -> None:
    """Compile the core, or load it from the disk cache, so that no first frame waits for it.

    The first call on a machine takes seconds and leaves the compiled code on disk
    (`compiled.cache_folder`); later ones only load it.
    """
    tracker = Tracker(TrackerSettings())
    for at_ms in (0, 100, 200):
        tracker.update(
            at_ms, np.array([[10.0, 10.0, 20.0, 40.0]]), np.array([0.9]), frame_shape=(64, 64)
        )
