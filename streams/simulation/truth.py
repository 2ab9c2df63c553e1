"""The truth of a day: everybody's crossings, waits, services and visits, in order of time.

In: ways as knots, and who meant to queue where. Out: events, timed by where the ways exactly meet
lines, lanes and desks.
"""

from dataclasses import dataclass

from streams.simulation.events import (
    CrossingTruth,
    EventTruth,
    ServiceTruth,
    VisitTruth,
    WaitTruth,
)
from streams.simulation.parties import Wait
from streams.simulation.plan import Store
from streams.simulation.timelines import Knots

LINE = "entrance"
"""Id of the entrance line."""
_Stays = dict[int, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who queued at a till."""

    person: int
    """Index of the person within the day."""
    wait: Wait
    reached_ms: float
    """When it first stood at its place in the queue."""


def events_of(
    store: Store, knots: Knots, waiters: list[Waiter], ids: list[str | None], start_ms: int
) -> tuple[EventTruth, ...]:
    """What happened on a day, in order of time.

    Args:
        store: Where.
        knots: Everybody's way.
        waiters: Who queued, as they meant it.
        ids: Everybody's id; null for whom nothing is counted: staff.
        start_ms: When the day starts.
    """
    events = _crossings(store, knots, ids, start_ms) + _visits(store, knots, ids, start_ms)
    lanes = {till.id: knots.stays(till.lane) for till in store.tills}
    desks = {till.id: knots.stays(till.desk) for till in store.tills}
    for waiter in waiters:
        till, person = waiter.wait.till.id, ids[waiter.person]
        if person is not None:
            events += _wait(waiter, person, lanes[till], desks[till], start_ms)
    return tuple(sorted(events, key=_order))


def _crossings(
    store: Store, knots: Knots, ids: list[str | None], start_ms: int
) -> list[EventTruth]:
    (left, _), (right, _) = store.line
    return [
        CrossingTruth(
            person=person,
            line=LINE,
            at_ms=start_ms + at_ms,
            direction="in" if is_inward else "out",
        )
        for index, at_ms, is_inward in knots.side_changes(store.line_y, (left, right))
        if (person := ids[index]) is not None
    ]


def _visits(store: Store, knots: Knots, ids: list[str | None], start_ms: int) -> list[EventTruth]:
    return [
        VisitTruth(
            person=person,
            zone=zone.id,
            entered_at_ms=start_ms + entered_ms,
            exited_at_ms=start_ms + exited_ms,
        )
        for zone in store.zones
        for index, stays in knots.stays(zone.rect).items()
        if (person := ids[index]) is not None
        for entered_ms, exited_ms in stays
    ]


def _wait(
    waiter: Waiter, person: str, lanes: _Stays, desks: _Stays, start_ms: int
) -> list[EventTruth]:
    """What a wait came to, timed by where the way meets the lane and the desk."""
    wait = waiter.wait
    lane = next(stay for stay in lanes[waiter.person] if stay[1] >= int(waiter.reached_ms))
    if wait.service_end_ms is None or wait.called_ms is None:
        return [
            WaitTruth(
                person=person,
                queue=wait.till.id,
                joined_at_ms=start_ms + lane[0],
                ended_at_ms=start_ms + lane[1],
                outcome="open" if wait.gave_up_ms is None else "abandoned",
            )
        ]
    desk = next(stay for stay in desks[waiter.person] if stay[1] > int(wait.called_ms))
    return [
        WaitTruth(
            person=person,
            queue=wait.till.id,
            joined_at_ms=start_ms + lane[0],
            ended_at_ms=start_ms + desk[0],
            outcome="served",
        ),
        ServiceTruth(
            person=person,
            desk=f"{wait.till.id}-desk",
            started_at_ms=start_ms + desk[0],
            ended_at_ms=start_ms + desk[1],
        ),
    ]


def _order(event: EventTruth) -> tuple[int, str, str]:
    if isinstance(event, CrossingTruth):
        return event.at_ms, event.kind, event.person
    if isinstance(event, WaitTruth):
        return event.joined_at_ms, event.kind, event.person
    if isinstance(event, ServiceTruth):
        return event.started_at_ms, event.kind, event.person
    return event.entered_at_ms, event.kind, event.person
