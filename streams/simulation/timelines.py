"""What one person does, second by second: a walk recorded as knots, read at any instant.

A walker writes knots `(at_ms, x, y, heading, walked_m, activity)` as its decisions fall; between
two knots everything but the activity is linear. So the state at an instant needs no steps from
the start of the day, and a crossing of a line has an exact time.
"""

import math
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from streams.simulation.plan import Rect, Xy

FloatArray = NDArray[np.float64]

_TURN_MS = 220.0
_SPAN_MS = 1e9
"""More than any person's time in a day."""


class Activity(IntEnum):
    """What a person is doing."""

    WALK = 0
    BROWSE = 1
    QUEUE = 2
    SERVED = 3
    WAIT = 4
    """Standing about: on the entrance line, for the others of the party."""
    WORK = 5
    """Behind a till."""


@dataclass(slots=True)
class Walker:
    """Somebody on the move; `now_ms` is where its record ends."""

    now_ms: float
    at: Xy
    heading: float
    pace_m_s: float
    walked_m: float = 0.0
    knots: list[tuple[float, float, float, float, float, int]] = field(default_factory=list)

    def walk(self, way: list[Xy], *, hurry: float = 1.0) -> float:
        """Walks along a way; returns when it arrives, ms."""
        for point in way:
            self._leg(point, self.pace_m_s * hurry)
        return self.now_ms

    def linger(self, until_ms: float) -> None:
        """Stays as it is until an instant."""
        if until_ms > self.now_ms:
            activity = Activity(self.knots[-1][5]) if self.knots else Activity.WAIT
            self._note(Activity.WAIT if activity is Activity.WALK else activity)
            self.now_ms = until_ms
            self._note(Activity.WAIT if activity is Activity.WALK else activity)

    def stand(self, until_ms: float, *, facing: float, activity: Activity) -> None:
        """Stands where it is until an instant, turned to a direction."""
        if until_ms <= self.now_ms:
            return
        self._note(activity)
        self.heading = _nearest_turn(self.heading, facing)
        self.now_ms = min(self.now_ms + 2 * _TURN_MS, until_ms)
        self._note(activity)
        self.now_ms = until_ms
        self._note(activity)

    def _leg(self, point: Xy, pace_m_s: float) -> None:
        dx, dy = point[0] - self.at[0], point[1] - self.at[1]
        length = math.hypot(dx, dy)
        if length < 0.02:
            return
        start_ms, start, whole_ms = self.now_ms, self.at, length / pace_m_s * 1000.0
        turn = min(_TURN_MS / whole_ms, 0.3)
        self._note(Activity.WALK)
        self.heading = _nearest_turn(self.heading, math.atan2(dy, dx))
        walked = self.walked_m
        for share in (turn, 1.0 - turn, 1.0):
            self.now_ms = start_ms + share * whole_ms
            self.at = (start[0] + share * dx, start[1] + share * dy)
            self.walked_m = walked + share * length
            if share < 1.0:
                self._note(Activity.WALK)
        self._note(Activity.WALK)

    def _note(self, activity: Activity) -> None:
        knot = (self.now_ms, *self.at, self.heading, self.walked_m, int(activity))
        if not self.knots or knot[:5] != self.knots[-1][:5]:
            self.knots.append(knot)

    def timeline(self) -> "Timeline":
        """The record as a value."""
        columns = np.array(self.knots, dtype=np.float64).T
        at_ms, x_m, y_m, heading_rad, walked_m, activity = columns
        return Timeline(at_ms, x_m, y_m, heading_rad, walked_m, activity.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Timeline:
    """The knots of one person, columns of one length, in order of time."""

    at_ms: FloatArray
    x_m: FloatArray
    y_m: FloatArray
    heading_rad: FloatArray
    walked_m: FloatArray
    activity: NDArray[np.int64]
    """What is done up to the knot."""

    @property
    def start_ms(self) -> float:
        """When the person comes into the world."""
        return float(self.at_ms[0])

    @property
    def end_ms(self) -> float:
        """When the person leaves the world."""
        return float(self.at_ms[-1])

    def side_changes(self, y_m: float, x_range: Xy) -> list[tuple[int, bool]]:
        """When the way crosses the line y = const, and whether to smaller y (into the shop)."""
        below = self.y_m < y_m
        changes = np.flatnonzero(below[1:] != below[:-1])
        found = []
        for i in changes:
            share = (y_m - self.y_m[i]) / (self.y_m[i + 1] - self.y_m[i])
            x = self.x_m[i] + share * (self.x_m[i + 1] - self.x_m[i])
            if x_range[0] <= x <= x_range[1]:
                at_ms = self.at_ms[i] + share * (self.at_ms[i + 1] - self.at_ms[i])
                found.append((int(at_ms), bool(below[i + 1])))
        return found

    def stays(self, rect: Rect) -> list[tuple[int, int]]:
        """The times within a rectangle: `(entered_at_ms, exited_at_ms)`, exact, in order."""
        pieces = _inside_pieces(self, rect)
        stays: list[tuple[float, float]] = []
        for start, end in pieces:
            if stays and start - stays[-1][1] < 1.0:
                stays[-1] = (stays[-1][0], end)
            else:
                stays.append((start, end))
        return [(int(start), int(end)) for start, end in stays]


@dataclass(frozen=True, slots=True)
class Knots:
    """The knots of many people in one row after the other, to be read at many instants at once."""

    key: FloatArray
    """Person times `_SPAN_MS` plus time: rises through all of them."""
    states: FloatArray
    """`(knots, 5)`: x, y, heading, walked, activity."""
    starts_ms: FloatArray
    """When everybody comes into the world."""
    ends_ms: FloatArray
    """When everybody leaves it."""

    def at(self, times_ms: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
        """Everybody who is in the world at rising instants.

        Returns:
            Index of the instant and of the person, and `(rows, 6)` x, y, heading, walked,
            activity, speed in m/s; ordered by instant, then by person.
        """
        present = np.flatnonzero((self.starts_ms <= times_ms[-1]) & (self.ends_ms > times_ms[0]))
        is_there = (self.starts_ms[present] <= times_ms[:, None]) & (
            self.ends_ms[present] > times_ms[:, None]
        )
        instant, column = np.nonzero(is_there)
        person = present[column]
        key = person * _SPAN_MS + times_ms[instant]
        after = np.searchsorted(self.key, key, side="right")
        before = after - 1
        span_ms = self.key[after] - self.key[before]
        share = (key - self.key[before]) / span_ms
        rows = np.empty((person.size, 6))
        step = self.states[after] - self.states[before]
        rows[:, :5] = self.states[before] + share[:, None] * step
        rows[:, 4] = self.states[after, 4]
        rows[:, 5] = step[:, 3] / span_ms * 1000.0
        return instant, person, rows


def knots_of(timelines: list[Timeline]) -> Knots:
    """The knots of many timelines, in their order."""
    persons = np.repeat(np.arange(len(timelines)), [one.at_ms.size for one in timelines])
    columns = [
        np.concatenate([getattr(one, name) for one in timelines])
        for name in ("x_m", "y_m", "heading_rad", "walked_m", "activity")
    ]
    return Knots(
        persons * _SPAN_MS + np.concatenate([one.at_ms for one in timelines]),
        np.stack(columns, axis=1),
        np.array([one.start_ms for one in timelines]),
        np.array([one.end_ms for one in timelines]),
    )


def _inside_pieces(timeline: Timeline, rect: Rect) -> list[tuple[float, float]]:
    """The part of each segment of a way that lies within a rectangle, as spans of time."""
    low = np.zeros(timeline.at_ms.size - 1)
    high = np.ones(timeline.at_ms.size - 1)
    for values, least, most in (
        (timeline.x_m, rect.x0, rect.x1),
        (timeline.y_m, rect.y0, rect.y1),
    ):
        start, step = values[:-1], np.diff(values)
        still = np.abs(step) < 1e-12
        safe = np.where(still, 1.0, step)
        first, second = (least - start) / safe, (most - start) / safe
        outside = still & ((start < least) | (start > most))
        low = np.maximum(low, np.where(still, 0.0, np.minimum(first, second)))
        high = np.minimum(high, np.where(still, 1.0, np.maximum(first, second)))
        high = np.where(outside, -1.0, high)
    spans = np.diff(timeline.at_ms)
    begin, finish = timeline.at_ms[:-1] + low * spans, timeline.at_ms[:-1] + high * spans
    return [(float(a), float(b)) for a, b, ok in zip(begin, finish, high > low, strict=True) if ok]


def _nearest_turn(heading: float, wanted: float) -> float:
    """The wanted direction, unwound so that the turn from `heading` is the short one."""
    return heading + (wanted - heading + math.pi) % (2 * math.pi) - math.pi
