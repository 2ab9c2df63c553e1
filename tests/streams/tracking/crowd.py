"""A made-up crowd for laws that hold for any boxes: people walk, are missed, badly measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.tracking import Sight, Tracker, TrackerSettings, TrackUpdate

FRAME_SHAPE = (1280, 720)


@dataclass(frozen=True)
class Frame:
    at_ms: int
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    shape: tuple[int, int] = FRAME_SHAPE


def crowd(*, people: int = 12, frame_count: int = 60, seed: int = 7) -> list[Frame]:
    """Frames 30 to 900 ms apart; one box in seven is missing, a third of them are weak."""
    rng = np.random.default_rng(seed)
    corners = rng.random((people, 2)) * [1100.0, 500.0]
    speeds = rng.normal(0.0, 15.0, (people, 2))
    at_ms = 1_700_000_000_000
    frames = []
    for _ in range(frame_count):
        step_ms = int(rng.integers(30, 900))
        at_ms += step_ms
        corners += speeds * step_ms / 1000.0
        seen = corners[rng.random(people) > 1 / 7]
        boxes = np.concatenate([seen, seen + np.array([45.0, 120.0])], axis=1)
        boxes += rng.normal(0.0, 3.0, boxes.shape)
        frames.append(Frame(at_ms, boxes, rng.uniform(0.15, 0.95, len(boxes))))
    return frames


def standing(at_ms: int, *, x: float = 600.0, score: float = 0.9) -> Frame:
    """One person, 40 x 120 px, in the middle of the frame's height."""
    return Frame(at_ms, np.array([[x, 300.0, x + 40.0, 420.0]]), np.array([score]))


def empty(at_ms: int) -> Frame:
    return Frame(at_ms, np.zeros((0, 4)), np.zeros(0))


def feed(tracker: Tracker, frame: Frame) -> TrackUpdate:
    return tracker.update(frame.at_ms, frame.boxes, frame.scores, frame_shape=frame.shape)


def follow(frames: Sequence[Frame], settings: TrackerSettings | None = None) -> list[TrackUpdate]:
    tracker = Tracker(settings or TrackerSettings())
    return [feed(tracker, frame) for frame in frames]


def sights(updates: Sequence[TrackUpdate]) -> list[Sight]:
    return [sight for update in updates for sight in update.sights]


def ids(updates: Sequence[TrackUpdate]) -> set[str]:
    return {sight.track for sight in sights(updates)}
