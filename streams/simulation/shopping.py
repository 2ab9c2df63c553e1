"""A day's decisions: who browses where, goes to which till, leaves without buying.

In: a store and a seeded generator. Out: parties whose walkers carry their whole way. Decisions
fall in order of time, so places at shelves and tills are contended for as in a shop.
"""

import math
from bisect import bisect
from collections.abc import Iterator
from functools import lru_cache, partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from streams.simulation.agenda import Agenda
from streams.simulation.checkout import Checkout
from streams.simulation.looks import customer_look
from streams.simulation.parties import Member, Party
from streams.simulation.paths import Ways
from streams.simulation.plan import Rect, Store, Xy
from streams.simulation.timelines import Activity, Walker

_PARTY_BOUNDS = (0.66, 0.9, 0.97)
"""Shares of parties of one, of at most two, of at most three; the others are four."""
_STEP_PARTIES = 16
_STEP_DECISIONS = 32
_BROWSE_MEDIAN_MS = 24_000.0
_BROWSE_SPREAD = 0.7
_GATES = 5
"""Ways through the door, side by side."""
_STREET_M = (1.0, 2.2)
"""How far before the shop people walk."""
STREET_END_M = 3.5
"""How far beyond the shop's corners people come into the world and leave it."""


@lru_cache(maxsize=8)
def ways_of(store: Store) -> Ways:
    """The ways around a store's furniture; remembered for the last few stores."""
    obstacles = [block.rect for block in store.blocks if block.is_obstacle]
    obstacles += [till.desk for till in store.tills] + [till.behind for till in store.tills]
    span = Rect(
        -STREET_END_M, 0.1, store.width_m + STREET_END_M, store.depth_m + _STREET_M[1] + 0.1
    )
    return Ways(obstacles, span)


def walk_past(store: Store, rng: np.random.Generator, *, at_ms: float) -> Member:
    """Somebody who walks along the street and does not come in."""
    y = store.depth_m + float(rng.uniform(1.1, 2.6))
    ends = [(-STREET_END_M, y), (store.width_m + STREET_END_M, y)]
    start, goal = ends if rng.random() < 0.5 else ends[::-1]
    member = _member(rng, start=start, at_ms=at_ms, is_child=False)
    member.walker.walk([goal])
    return member


class Shopping:
    """Parties on their way through one store."""

    def __init__(self, store: Store, rng: np.random.Generator) -> None:
        self._store = store
        self._rng = rng
        self._ways = ways_of(store)
        self._agenda = Agenda()
        self._checkouts = [
            Checkout(
                till,
                agenda=self._agenda,
                ways=self._ways,
                rng=rng,
                on_done=self._leave_shop,
                on_shorter=self._look_round,
            )
            for till in store.tills
        ]
        self._near = _neighbours(store)
        self._taken: set[int] = set()
        self.parties: list[Party] = []
        """Everybody, in order of coming."""

    def steps(self, arrivals_ms: list[float], *, is_restless: NDArray[np.bool_]) -> Iterator[None]:
        """Takes all `parties` through the shop, a few decisions in each step.

        Args:
            arrivals_ms: When parties come, rising, ms from the day's start.
            is_restless: Which of them change to a till that is shorter by now.
        """
        for at_ms, is_one in zip(arrivals_ms, is_restless.tolist(), strict=True):
            party = self._party(at_ms)
            party.is_restless = is_one
            self.parties.append(party)
            self._agenda.at(party.arrived_ms, partial(self._come_in, party))
            if len(self.parties) % _STEP_PARTIES == 0:
                yield
        while self._agenda.run(_STEP_DECISIONS):
            yield

    def _party(self, at_ms: float) -> Party:
        rng, store = self._rng, self._store
        size = 1 + bisect(_PARTY_BOUNDS, rng.random())
        from_left = bool(rng.random() < 0.5)
        y = store.depth_m + float(rng.uniform(*_STREET_M))
        x = -STREET_END_M if from_left else store.width_m + STREET_END_M
        members = [
            _member(
                rng,
                start=(x, y + 0.35 * index),
                at_ms=at_ms,
                is_child=index > 0 and bool(rng.random() < 0.3),
            )
            for index in range(size)
        ]
        for member in members[1:]:
            member.walker.pace_m_s = members[0].walker.pace_m_s
        coin = rng.random(3)
        return Party(
            members,
            stops_left=min(int(rng.poisson(2.2)), 6),
            is_buying=bool(coin[0] < 0.66),
            stands_on_line=bool(coin[1] < 0.05),
            turns_back=bool(coin[2] < 0.04),
        )

    def _gates(self, party: Party, y: float) -> list[Xy]:
        left, right = self._store.door
        xs = np.linspace(left + 0.4, right - 0.4, _GATES).tolist()
        first = int(self._rng.integers(_GATES))
        return [(xs[(first + 2 * i) % _GATES], y) for i in range(len(party.members))]

    def _come_in(self, party: Party) -> None:
        store = self._store
        outside = self._gates(party, store.depth_m + 0.75)
        party.go(outside, ways=self._ways, from_ms=self._agenda.now_ms)
        if party.stands_on_line:
            self._stand_on_line(party, [x for x, _ in outside])
        if party.turns_back:
            party.go(outside, ways=self._ways, from_ms=party.arrived_ms)
            self._walk_off(party)
            return
        inside = [(x, store.line_y - 1.0) for x, _ in outside]
        party.go(inside, ways=self._ways, from_ms=self._agenda.now_ms)
        self._agenda.at(party.arrived_ms, lambda: self._next_stop(party))

    def _stand_on_line(self, party: Party, xs: list[float]) -> None:
        """The party stops astride the entrance line; who then goes on has crossed it once."""
        y = self._store.line_y + 0.04
        party.go([(x, y) for x in xs], ways=self._ways, from_ms=self._agenda.now_ms)
        until_ms = party.arrived_ms + float(self._rng.uniform(4_000, 15_000))
        for member in party.members:
            facing = float(self._rng.uniform(-math.pi, math.pi))
            member.walker.stand(until_ms, facing=facing, activity=Activity.WAIT)

    def _next_stop(self, party: Party) -> None:
        self._taken.difference_update(party.spots)
        party.spots = []
        if party.stops_left > 0:
            party.stops_left -= 1
            self._browse(party)
            self._agenda.at(party.arrived_ms, lambda: self._next_stop(party))
            return
        checkout = min(self._checkouts, key=lambda one: (one.length, self._rng.random()))
        if party.is_buying and checkout.has_room(party):
            checkout.join(party)
        else:
            self._leave_shop(party)

    def _browse(self, party: Party) -> None:
        all_spots, taken = self._store.spots, self._taken
        free = [index for index in range(len(all_spots)) if index not in taken]
        if len(free) < len(party.members):
            return
        first = free[int(self._rng.integers(len(free)))]
        near = (index for index in self._near[first] if index not in taken)
        party.spots = list(islice(near, len(party.members)))
        taken.update(party.spots)
        spots = [all_spots[index] for index in party.spots]
        party.go([spot.at for spot in spots], ways=self._ways, from_ms=self._agenda.now_ms)
        dwell_ms = self._rng.lognormal(math.log(_BROWSE_MEDIAN_MS), _BROWSE_SPREAD)
        dwell_ms = min(max(dwell_ms, 4_000.0), 240_000.0)
        for member, spot in zip(party.members, spots, strict=True):
            until_ms = member.walker.now_ms + dwell_ms * float(self._rng.uniform(0.8, 1.1))
            member.walker.stand(until_ms, facing=spot.facing_rad, activity=Activity.BROWSE)

    def _look_round(self, shorter: Checkout) -> None:
        """Whoever stands last at another till may come over to the one that grew shorter."""
        for checkout in self._checkouts:
            party = checkout.changing(length=shorter.length)
            if checkout is not shorter and party is not None and shorter.has_room(party):
                checkout.release(party)
                shorter.join(party)

    def _leave_shop(self, party: Party) -> None:
        store = self._store
        inside = self._gates(party, store.line_y - 1.0)
        party.go(inside, ways=self._ways, from_ms=self._agenda.now_ms)
        outside = [(x, store.depth_m + 0.75) for x, _ in inside]
        party.go(outside, ways=self._ways, from_ms=self._agenda.now_ms)
        self._walk_off(party)

    def _walk_off(self, party: Party) -> None:
        store = self._store
        y = store.depth_m + float(self._rng.uniform(*_STREET_M))
        x = -STREET_END_M if self._rng.random() < 0.5 else store.width_m + STREET_END_M
        ends = [(x, y + 0.35 * index) for index in range(len(party.members))]
        party.go(ends, ways=self._ways, from_ms=self._agenda.now_ms)


@lru_cache(maxsize=8)
def _neighbours(store: Store) -> list[list[int]]:
    """For each of a store's spots all of them, the nearest first, as indices."""
    spots = store.spots
    return [
        sorted(range(len(spots)), key=lambda other: math.dist(spots[other].at, one.at))
        for one in spots
    ]


def _member(rng: np.random.Generator, *, start: Xy, at_ms: float, is_child: bool) -> Member:
    facing = 0.0 if start[0] < 0 else math.pi
    pace = min(max(rng.normal(1.12, 0.16), 0.7), 1.6)
    sway = rng.uniform(-0.1, 0.1), rng.uniform(-0.1, 0.1)
    return Member(
        walker=Walker(now_ms=at_ms, at=start, heading=facing, pace_m_s=pace),
        look=customer_look(rng, is_child=is_child),
        sway=sway,
    )
