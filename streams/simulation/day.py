"""One simulated day of one store: its people, their ways, and what happened.

A function of (store, seed, day number, traffic) alone, made whole and remembered, so a camera can
start at any instant. Making it takes a good part of a second: a live camera has the next day made
a little with each of its frames (`prepare`), so that none of them waits for it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from threading import Lock

import numpy as np

from streams.simulation.arrivals import (
    DAY_MS,
    arrival_times_ms,
    checked_traffic,
    day_of,
    day_start_ms,
)
from streams.simulation.events import EventTruth
from streams.simulation.looks import Look, staff_look
from streams.simulation.parties import Member, Wait
from streams.simulation.plan import Store, Till
from streams.simulation.poses import Bodies, bodies_of
from streams.simulation.shopping import Shopping, walk_past
from streams.simulation.stores import store_of
from streams.simulation.timelines import Activity, Knots, Timeline, Walker, knots_of
from streams.simulation.truth import Waiter, events_of

_PASSERS_PER_MINUTE = 0.8
_MOST_RESTLESS = 0.5
"""Share of the parties of a crowded day that change to a till that is shorter by now."""
_STEP_SHIFTS = 100
_AHEAD_MS = 2 * 3_600_000
"""So long before a day starts it begins to be made."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a day."""

    id: str
    """Unique in the site for ever: `<day>-<number>`."""
    look: Look
    timeline: Timeline
    """Its way; times in ms from the day's start."""
    is_staff: bool


@dataclass(frozen=True, eq=False)
class Day:
    """All people of a day and what happened."""

    store: Store
    start_ms: int
    people: tuple[Person, ...]
    """In order of coming."""
    bodies: Bodies
    """Everybody's build, in the order of `people`."""
    knots: Knots
    """Everybody's way, in the order of `people`; times in ms from the day's start."""
    waiters: list[Waiter]
    """Who queued, as they meant it."""

    @cached_property
    def events(self) -> tuple[EventTruth, ...]:
        """What happened, in order of time."""
        ids = [None if person.is_staff else person.id for person in self.people]
        return events_of(self.store, self.knots, self.waiters, ids, self.start_ms)


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
    return making_of(site, seed=seed, day=day, traffic=traffic).day


def prepare(site: str, at_ms: int, *, seed: int, traffic: float = 1.0) -> None:
    """Does a few milliseconds of what the day after an instant takes to make, if it is near.

    Raises:
        SimulationError: If there is no such site, or the traffic is none.
    """
    coming = day_of(at_ms + _AHEAD_MS)
    if coming != day_of(at_ms):
        making_of(site, seed=seed, day=coming, traffic=traffic).go_on()


class DayMaking:
    """A day that is being made, one step after the other; cameras of one process share it."""

    def __init__(self, site: str, *, seed: int, day: int, traffic: float = 1.0) -> None:
        self._store = store_of(site)
        self._rng = np.random.default_rng([seed, day + 1_000_000, *site.encode()])
        self._tempers = np.random.default_rng([seed, day + 1_000_000, 1, *site.encode()])
        self._number = day
        self._traffic = traffic
        self._steps = self._made()
        self._day: Day | None = None
        self._lock = Lock()

    @property
    def day(self) -> Day:
        """The day; makes what is missing of it."""
        with self._lock:
            while self._day is None:
                self._day = next(self._steps)
            return self._day

    @property
    def is_done(self) -> bool:
        """Whether the day is made."""
        return self._day is not None

    def go_on(self) -> None:
        """Does the next step; nothing if there is none left."""
        with self._lock:
            if self._day is None:
                self._day = next(self._steps)

    def _made(self) -> Iterator[Day | None]:
        """None after each step, the day after the last."""
        store, rng = self._store, self._rng
        arrivals_ms = arrival_times_ms(rng, store.parties_per_minute * self._traffic)
        restless_share = min(self._traffic - 1.0, _MOST_RESTLESS)
        is_restless = self._tempers.random(len(arrivals_ms)) < restless_share
        shopping = Shopping(store, rng)
        for _ in shopping.steps(arrivals_ms, is_restless=is_restless):
            yield None
        entries: list[tuple[Member, list[tuple[Wait, float]], bool]] = [
            (member, [(wait, wait.reached_ms[index]) for wait in party.waits], False)
            for party in shopping.parties
            for index, member in enumerate(party.members)
        ]
        for member in _passers(store, rng):
            entries.append((member, [], False))
            yield None
        for till in store.tills:
            walker = _at_work(till)
            while walker.now_ms < DAY_MS:
                _work(walker, till, rng)
                yield None
            look = staff_look(rng, store.palette.accent)
            entries.append((Member(walker, look, sway=(0.0, 0.0)), [], True))
        entries.sort(key=lambda entry: entry[0].walker.record[0])
        knots = knots_of([member.walker.record for member, _, _ in entries])
        yield None
        bodies = bodies_of([member.look for member, _, _ in entries])
        yield None
        people = tuple(
            Person(f"{self._number}-{number}", member.look, timeline, is_staff)
            for number, ((member, _, is_staff), timeline) in enumerate(
                zip(entries, knots.timelines(), strict=True)
            )
        )
        waiters = [
            Waiter(number, wait, reached_ms)
            for number, (_, waits, _) in enumerate(entries)
            for wait, reached_ms in waits
        ]
        yield Day(store, day_start_ms(self._number), people, bodies, knots, waiters)


def making_of(site: str, *, seed: int, day: int, traffic: float = 1.0) -> DayMaking:
    """The making of a day, however far it is; remembered for the last few.

    Raises:
        SimulationError: If there is no such site, or the traffic is none.
    """
    return _remembered(site, seed, day, checked_traffic(traffic))


@lru_cache(maxsize=6)
def _remembered(site: str, seed: int, day: int, traffic: float) -> DayMaking:
    return DayMaking(site, seed=seed, day=day, traffic=traffic)


def _passers(store: Store, rng: np.random.Generator) -> Iterator[Member]:
    count = int(rng.poisson(_PASSERS_PER_MINUTE * DAY_MS / 60_000))
    times = np.sort(rng.random(count)) * (DAY_MS - 60_000)
    return (walk_past(store, rng, at_ms=at_ms) for at_ms in times.tolist())


def _at_work(till: Till) -> Walker:
    x, y = till.staff_at
    facing = math.atan2(till.counter[1] - y, till.counter[0] - x)
    return Walker(now_ms=0.0, at=till.staff_at, heading=facing, pace_m_s=0.6)


def _work(walker: Walker, till: Till, rng: np.random.Generator) -> None:
    """Somebody behind a till shifts about for a while and turns to the counter and the shop."""
    x, y = till.staff_at
    facing = math.atan2(till.counter[1] - y, till.counter[0] - x)
    for _ in range(_STEP_SHIFTS):
        if walker.now_ms >= DAY_MS:
            return
        until_ms = walker.now_ms + rng.exponential(14_000.0) + 2_000.0
        turn = rng.normal(0.0, 0.35)
        walker.stand(until_ms, facing=facing + turn, activity=Activity.WORK)
        step_m = 0.35 * (float(rng.integers(3)) - 1.0)
        walker.walk([(x + till.back[0] * step_m, y + till.back[1] * step_m)])
