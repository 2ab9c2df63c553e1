"""What really happened in a simulated store in one span: people's own states in, numbers out.

The words are those of the metrics' definitions, the facts are the people's: who means to queue, who
is called to the desk, who gives up, where everybody stands. No box and no rule of the engine is
asked. So somebody who walks through a queue's zone on the way elsewhere does not queue here,
however long that takes; and who waits behind a shelf, seen by no camera, does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from streams.simulation.day import Day
from streams.simulation.events import CrossingTruth, WaitTruth
from streams.simulation.plan import Rect, Till

REVISIT_MS = 3_000
"""Longest absence within a visit."""
SECOND_MS = 1_000

Span = tuple[int, int]
"""Half-open, ms since the epoch."""
Series = NDArray[np.float64]
"""One number per second."""


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue over the span."""

    length: Series
    """Mean number of people who have joined and still wait, in each second."""
    joined: int
    """Waits that began in the span."""
    served: int
    """Waits that ended at the desk in the span."""
    abandoned: int
    """Waits that were given up in the span."""
    direct: int
    """People who were called to the desk before their wait was one."""
    waits_ms: list[int]
    """Of those served."""
    in_queue_ms: list[int]
    """Time in the queue of all who left it, served or not."""


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone over the span."""

    count: Series
    """Mean number of people in it, in each second."""
    dwells_ms: list[int] = field(default_factory=list)
    """Of the visits that ended in the span; of browse zones only."""


@dataclass(frozen=True, slots=True)
class Hour:
    """Everything that is compared."""

    crossings: Sequence[tuple[int, str]]
    """Instant and direction (`in`, `out`), in order."""
    queues: dict[str, Queue]
    """By zone."""
    zones: dict[str, Zone]
    """By zone: queue, service and browse zones."""


def true_hour(
    day: Day, span: Span, *, join_ms: Mapping[str, int], enter_ms: Mapping[str, int]
) -> Hour:
    """What happened in a span of a day.

    Args:
        day: The simulated day.
        span: Whole seconds.
        join_ms: Per queue, the shortest stay in its zone that is a wait; who is called sooner went
            to the desk directly.
        enter_ms: Per zone, the shortest stay that is of a visit.
    """
    present = _Present(day, span)
    queues = {till.id: _queue(present, till, join_ms[till.id]) for till in day.store.tills}
    zones = {till.id: Zone(present.count(till.lane)) for till in day.store.tills}
    zones |= {f"{till.id}-desk": Zone(present.count(till.desk)) for till in day.store.tills}
    for zone in day.store.zones:
        dwells = [
            dwell
            for one in present.visitors
            for dwell in _dwells(present.stays(one, zone.rect), span, enter_ms[zone.id])
        ]
        zones[zone.id] = Zone(present.count(zone.rect), dwells)
    crossings = [
        (one.at_ms, one.direction)
        for one in day.events
        if isinstance(one, CrossingTruth) and _is_in(one.at_ms, span)
    ]
    return Hour(crossings, queues, zones)


class _Present:
    """The people of a day who are in the world in a span."""

    def __init__(self, day: Day, span: Span) -> None:
        self.day, self.span = day, span
        self._people = {
            one.id: one
            for one in day.people
            if day.start_ms + one.timeline.start_ms < span[1]
            and day.start_ms + one.timeline.end_ms > span[0]
        }
        self.visitors = [name for name, one in self._people.items() if not one.is_staff]

    def stays(self, person: str, rect: Rect) -> list[Span]:
        """When a person was in a rectangle; ms since the epoch, in order."""
        start_ms = self.day.start_ms
        found = self._people[person].timeline.stays(rect)
        return [(start_ms + entered, start_ms + left) for entered, left in found]

    def count(self, rect: Rect) -> Series:
        """Mean number of visitors in a rectangle, in each second."""
        return per_second(
            (stay for one in self.visitors for stay in self.stays(one, rect)), self.span
        )

    def waits(self, queue: str) -> list[WaitTruth]:
        """Who meant to queue there, as the people themselves say."""
        return [
            one
            for one in self.day.events
            if isinstance(one, WaitTruth) and one.queue == queue and one.person in self._people
        ]


def _queue(present: _Present, till: Till, join_ms: int) -> Queue:
    span = present.span
    joined, left = [], []
    direct = 0
    for wait in present.waits(till.id):
        joined_ms = _joined_ms(present.stays(wait.person, till.lane), wait, join_ms)
        if joined_ms is None:
            direct += wait.outcome == "served" and _is_in(wait.ended_at_ms, span)
            continue
        joined.append((joined_ms, wait.ended_at_ms))
        if wait.outcome != "open" and _is_in(wait.ended_at_ms, span):
            left.append((wait.ended_at_ms - joined_ms, wait.outcome))
    served_ms = [wait_ms for wait_ms, outcome in left if outcome == "served"]
    return Queue(
        length=per_second(joined, span),
        joined=sum(_is_in(start_ms, span) for start_ms, _ in joined),
        served=len(served_ms),
        abandoned=len(left) - len(served_ms),
        direct=direct,
        waits_ms=served_ms,
        in_queue_ms=[wait_ms for wait_ms, _ in left],
    )


def _joined_ms(stays: Sequence[Span], wait: WaitTruth, join_ms: int) -> int | None:
    """Start of the first unbroken stay in the queue that is long enough to be a wait."""
    for entered_ms, left_ms in stays:
        is_of_wait = left_ms > wait.joined_at_ms and entered_ms < wait.ended_at_ms
        if is_of_wait and left_ms - entered_ms >= join_ms:
            return entered_ms
    return None


def _dwells(stays: Sequence[Span], span: Span, enter_ms: int) -> list[int]:
    """Dwell of the visits that ended in a span, of one person in one zone."""
    visits: list[list[Span]] = []
    for entered_ms, left_ms in stays:
        if left_ms - entered_ms < enter_ms:
            continue
        if visits and entered_ms - visits[-1][-1][1] <= REVISIT_MS:
            visits[-1].append((entered_ms, left_ms))
        else:
            visits.append([(entered_ms, left_ms)])
    return [
        sum(left_ms - entered_ms for entered_ms, left_ms in visit)
        for visit in visits
        if _is_in(visit[-1][1], span)
    ]


def per_second(spans: Iterable[Span], within: Span) -> Series:
    """Mean number of spans that hold an instant, in each second.

    Example:
        >>> per_second([(500, 2_500)], (0, 3_000)).tolist()
        [0.5, 1.0, 0.5]
    """
    start_ms, end_ms = within
    edges = np.zeros(end_ms - start_ms + 1, dtype=np.int64)
    for begin, end in spans:
        if begin < end_ms and end > start_ms:
            edges[max(begin, start_ms) - start_ms] += 1
            edges[min(end, end_ms) - start_ms] -= 1
    return np.asarray(np.cumsum(edges[:-1]).reshape(-1, SECOND_MS).mean(axis=1))


def _is_in(at_ms: int, span: Span) -> bool:
    return span[0] <= at_ms < span[1]
