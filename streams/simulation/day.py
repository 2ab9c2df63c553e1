"""One simulated day of one store: its people, their ways, and what happened.

A function of (store, seed, day number) alone, made whole in about a second and remembered, so a
camera can start at any instant.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from streams.simulation.arrivals import (
    DAY_MS,
    arrival_times_ms,
    checked_traffic,
    day_start_ms,
)
from streams.simulation.events import (
    CrossingTruth,
    EventTruth,
    ServiceTruth,
    VisitTruth,
    WaitTruth,
)
from streams.simulation.looks import Look, staff_look
from streams.simulation.parties import Member, Wait
from streams.simulation.plan import Store, Till
from streams.simulation.poses import Bodies, bodies_of
from streams.simulation.shopping import Shopping, walk_past
from streams.simulation.stores import store_of
from streams.simulation.timelines import Activity, Knots, Timeline, Walker, knots_of

LINE = "entrance"
"""Id of the entrance line."""
_PASSERS_PER_MINUTE = 0.8
_MOST_RESTLESS = 0.5
"""Share of the parties of a crowded day that change to a till that is shorter by now."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a day."""

    id: str
    """Unique in the site for ever: `<day>-<number>`."""
    look: Look
    timeline: Timeline
    """Its way; times in ms from the day's start."""
    is_staff: bool


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """All people of a day and what happened, events in order of time."""

    store: Store
    start_ms: int
    people: tuple[Person, ...]
    """In order of coming."""
    events: tuple[EventTruth, ...]
    bodies: Bodies
    """Everybody's build, in the order of `people`."""
    knots: Knots
    """Everybody's way, in the order of `people`; times in ms from the day's start."""


def day_at(site: str, *, seed: int, day: int, traffic: float = 1.0) -> Day:
    """The day of that number; remembered for the last few.

    Args:
        site: Id of the simulated site.
        seed: Another seed gives other people.
        day: Number of the day, as `arrivals.day_of` gives it.
        traffic: Parties that come, relative to an ordinary day; 1.5 fills the tills in a rush.

    Raises:
        SimulationError: If there is no such site, or the traffic is none.
    """
    return _remembered(site, seed, day, checked_traffic(traffic))


@lru_cache(maxsize=6)
def _remembered(site: str, seed: int, day: int, traffic: float) -> Day:
    return made_day(site, seed=seed, day=day, traffic=traffic)


def made_day(site: str, *, seed: int, day: int, traffic: float = 1.0) -> Day:
    """The same as `day_at`, made anew."""
    store = store_of(site)
    rng = np.random.default_rng([seed, day + 1_000_000, *site.encode()])
    arrivals_ms = arrival_times_ms(rng, store.parties_per_minute * traffic)
    tempers = np.random.default_rng([seed, day + 1_000_000, 1, *site.encode()])
    is_restless = tempers.random(len(arrivals_ms)) < min(traffic - 1.0, _MOST_RESTLESS)
    parties = Shopping(store, rng).run(arrivals_ms, is_restless=is_restless)
    entries: list[tuple[Member, list[tuple[Wait, float]], bool]] = [
        (member, [(wait, wait.reached_ms[index]) for wait in party.waits], False)
        for party in parties
        for index, member in enumerate(party.members)
    ]
    entries += [(member, [], False) for member in _passers(store, rng)]
    entries += [(_staff(store, till, rng), [], True) for till in store.tills]
    entries.sort(key=lambda entry: entry[0].walker.knots[0][0])
    start_ms = day_start_ms(day)
    people, events = [], []
    for number, (member, waits, is_staff) in enumerate(entries):
        person = Person(f"{day}-{number}", member.look, member.walker.timeline(), is_staff)
        people.append(person)
        if not is_staff:
            events += _crossings(store, person, start_ms) + _visits(store, person, start_ms)
        for wait, reached_ms in waits:
            events += _waits(person, wait, reached_ms, start_ms)
    events.sort(key=_order)
    return Day(
        store,
        start_ms,
        tuple(people),
        tuple(events),
        bodies_of([person.look for person in people]),
        knots_of([person.timeline for person in people]),
    )


def _passers(store: Store, rng: np.random.Generator) -> list[Member]:
    count = int(rng.poisson(_PASSERS_PER_MINUTE * DAY_MS / 60_000))
    times = np.sort(rng.random(count)) * (DAY_MS - 60_000)
    return [walk_past(store, rng, at_ms=float(at_ms)) for at_ms in times]


def _staff(store: Store, till: Till, rng: np.random.Generator) -> Member:
    """Somebody behind a till all day, who shifts about and turns to the counter and the shop."""
    x, y = till.staff_at
    facing = float(np.arctan2(till.counter[1] - y, till.counter[0] - x))
    walker = Walker(now_ms=0.0, at=till.staff_at, heading=facing, pace_m_s=0.6)
    along = (till.back[0] * 0.35, till.back[1] * 0.35)
    while walker.now_ms < DAY_MS:
        until_ms = walker.now_ms + float(rng.exponential(14_000.0)) + 2_000.0
        turn = float(rng.normal(0.0, 0.35))
        walker.stand(until_ms, facing=facing + turn, activity=Activity.WORK)
        step = float(rng.choice((-1.0, 0.0, 1.0)))
        walker.walk([(x + along[0] * step, y + along[1] * step)])
    return Member(walker, staff_look(rng, store.palette.accent), sway=(0.0, 0.0))


def _crossings(store: Store, person: Person, start_ms: int) -> list[EventTruth]:
    (left, _), (right, _) = store.line
    return [
        CrossingTruth(
            person=person.id,
            line=LINE,
            at_ms=start_ms + at_ms,
            direction="in" if is_inward else "out",
        )
        for at_ms, is_inward in person.timeline.side_changes(store.line_y, (left, right))
    ]


def _visits(store: Store, person: Person, start_ms: int) -> list[EventTruth]:
    return [
        VisitTruth(
            person=person.id,
            zone=zone.id,
            entered_at_ms=start_ms + entered_ms,
            exited_at_ms=start_ms + exited_ms,
        )
        for zone in store.zones
        for entered_ms, exited_ms in person.timeline.stays(zone.rect)
    ]


def _waits(person: Person, wait: Wait, reached_ms: float, start_ms: int) -> list[EventTruth]:
    """What a wait came to, timed by where the way meets the lane and the desk."""
    till = wait.till
    lane = next(stay for stay in person.timeline.stays(till.lane) if stay[1] >= int(reached_ms))
    if wait.service_end_ms is None or wait.called_ms is None:
        return [
            WaitTruth(
                person=person.id,
                queue=till.id,
                joined_at_ms=start_ms + lane[0],
                ended_at_ms=start_ms + lane[1],
                outcome="open" if wait.gave_up_ms is None else "abandoned",
            )
        ]
    desk = next(stay for stay in person.timeline.stays(till.desk) if stay[1] > int(wait.called_ms))
    return [
        WaitTruth(
            person=person.id,
            queue=till.id,
            joined_at_ms=start_ms + lane[0],
            ended_at_ms=start_ms + desk[0],
            outcome="served",
        ),
        ServiceTruth(
            person=person.id,
            desk=f"{till.id}-desk",
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
