"""What one person does, second by second: a walk recorded as knots, read at any instant.

A walker records knots `(at_ms, x, y, heading, walked_m, activity)` as its decisions fall; between
two knots everything but the activity is linear. So the state at an instant needs no steps from
the start of the day, and a crossing of a line has an exact time.
"""

import math
from array import array
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from streams.simulation.plan import Rect, Xy

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

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
    record: "array[float]" = field(default_factory=lambda: array("d"))
    """Six numbers for each knot: time, x, y, heading, walked, activity."""
    _last: tuple[float, ...] = ()
    """The first five of the last knot."""

    def walk(self, way: list[Xy], *, hurry: float = 1.0) -> float:
        """Walks along a way; returns when it arrives, ms."""
        for point in way:
            self._leg(point, self.pace_m_s * hurry)
        return self.now_ms

    def linger(self, until_ms: float) -> None:
        """Stays as it is until an instant."""
        if until_ms > self.now_ms:
            activity = self.record[-1] if self.record else Activity.WAIT
            still = Activity.WAIT if activity == Activity.WALK else activity
            self._note(still)
            self.now_ms = until_ms
            self._note(still)

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
        x, y = self.at
        dx, dy = point[0] - x, point[1] - y
        length = math.hypot(dx, dy)
        if length < 0.02:
            return
        start_ms, walked, whole_ms = self.now_ms, self.walked_m, length / pace_m_s * 1000.0
        turned = min(_TURN_MS / whole_ms, 0.3)
        self._note(Activity.WALK)
        heading = self.heading = _nearest_turn(self.heading, math.atan2(dy, dx))
        for share in (turned, 1.0 - turned, 1.0):
            self._last = (
                start_ms + share * whole_ms,
                x + share * dx,
                y + share * dy,
                heading,
                walked + share * length,
            )
            self.record.extend(self._last)
            self.record.append(Activity.WALK)
        self.now_ms, *end, _, self.walked_m = self._last
        self.at = (end[0], end[1])

    def _note(self, activity: float) -> None:
        knot = (self.now_ms, *self.at, self.heading, self.walked_m)
        if knot != self._last:
            self._last = knot
            self.record.extend(knot)
            self.record.append(activity)


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

    def stays(self, rect: Rect) -> list[tuple[int, int]]:
        """The times within a rectangle: `(entered_at_ms, exited_at_ms)`, exact, in order."""
        _, entered_ms, left_ms = _pieces_inside(self.at_ms, self.x_m, self.y_m, rect)
        return _joined(entered_ms.tolist(), left_ms.tolist())


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
    person: IntArray
    """Whose each knot is."""
    at_ms: FloatArray
    """Time of each knot."""
    ends: IntArray
    """Everybody's first knot is where the one before ends: indices of the knots."""

    def timelines(self) -> list[Timeline]:
        """Everybody's own knots."""
        x, y, heading, walked = np.ascontiguousarray(self.states[:, :4].T)
        activity = self.states[:, 4].astype(np.int64)
        ends = self.ends.tolist()
        return [
            Timeline(self.at_ms[own], x[own], y[own], heading[own], walked[own], activity[own])
            for own in map(slice, [0, *ends], ends)
        ]

    def stays(self, rect: Rect) -> dict[int, list[tuple[int, int]]]:
        """`Timeline.stays` of everybody who ever was in a rectangle."""
        inside, entered_ms, left_ms = _pieces_inside(
            self.at_ms, self.states[:, 0], self.states[:, 1], rect
        )
        own = self.person[inside] == self.person[inside + 1]
        persons, first = np.unique(self.person[inside[own]], return_index=True)
        entered, left = entered_ms[own].tolist(), left_ms[own].tolist()
        bounds = pairwise([*first.tolist(), len(entered)])
        return {
            person: _joined(entered[start:end], left[start:end])
            for person, (start, end) in zip(persons.tolist(), bounds, strict=True)
        }

    def side_changes(self, y_m: float, x_range: Xy) -> list[tuple[int, int, bool]]:
        """When ways cross the line y = const: who, when, whether to smaller y (into the shop)."""
        x, y = self.states[:, 0], self.states[:, 1]
        below = y < y_m
        i = np.flatnonzero((below[1:] != below[:-1]) & (self.person[1:] == self.person[:-1]))
        share = (y_m - y[i]) / (y[i + 1] - y[i])
        x_there = x[i] + share * (x[i + 1] - x[i])
        at_ms = self.at_ms[i] + share * (self.at_ms[i + 1] - self.at_ms[i])
        meets = (x_range[0] <= x_there) & (x_there <= x_range[1])
        columns = (self.person[i][meets], at_ms[meets], below[i + 1][meets])
        return [
            (person, int(at_ms), inward)
            for person, at_ms, inward in zip(*(c.tolist() for c in columns), strict=True)
        ]

    def at(self, times_ms: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
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


def knots_of(records: "list[array[float]]") -> Knots:
    """The knots of many walkers' records, in their order."""
    rows = np.frombuffer(b"".join(records)).reshape(-1, 6)
    counts = np.array([len(record) // 6 for record in records])
    ends = np.cumsum(counts)
    persons = np.repeat(np.arange(len(records)), counts)
    at_ms = rows[:, 0].copy()
    return Knots(
        persons * _SPAN_MS + at_ms,
        rows[:, 1:].copy(),
        at_ms[ends - counts],
        at_ms[ends - 1],
        persons,
        at_ms,
        ends,
    )


def _pieces_inside(
    at_ms: FloatArray, x_m: FloatArray, y_m: FloatArray, rect: Rect
) -> tuple[IntArray, FloatArray, FloatArray]:
    """The part of each segment of a way that lies within a rectangle.

    Returns:
        Indices of the segments that have such a part, and when it begins and ends, ms.
    """
    low = np.zeros(at_ms.size - 1)
    high = np.ones(at_ms.size - 1)
    for values, least, most in ((x_m, rect.x0, rect.x1), (y_m, rect.y0, rect.y1)):
        start, step = values[:-1], np.diff(values)
        still = np.abs(step) < 1e-12
        safe = np.where(still, 1.0, step)
        first, second = (least - start) / safe, (most - start) / safe
        outside = still & ((start < least) | (start > most))
        low = np.maximum(low, np.where(still, 0.0, np.minimum(first, second)))
        high = np.minimum(high, np.where(still, 1.0, np.maximum(first, second)))
        high = np.where(outside, -1.0, high)
    inside = np.flatnonzero(high > low)
    begin_ms, span_ms = at_ms[inside], at_ms[inside + 1] - at_ms[inside]
    return inside, begin_ms + low[inside] * span_ms, begin_ms + high[inside] * span_ms


def _joined(entered_ms: list[float], left_ms: list[float]) -> list[tuple[int, int]]:
    """Pieces of one way in order of time, those that touch as one."""
    stays: list[tuple[float, float]] = []
    for start, end in zip(entered_ms, left_ms, strict=True):
        if stays and start - stays[-1][1] < 1.0:
            stays[-1] = (stays[-1][0], end)
        else:
            stays.append((start, end))
    return [(int(start), int(end)) for start, end in stays]


def _nearest_turn(heading: float, wanted: float) -> float:
    """The wanted direction, unwound so that the turn from `heading` is the short one."""
    return heading + (wanted - heading + math.pi) % (2 * math.pi) - math.pi
