"""A day's decisions: who browses where, goes to which till, leaves without buying.

In: a store and a seeded generator. Out: parties whose walkers carry their whole way. Decisions
fall in order of time, so places at shelves and tills are contended for as in a shop.
"""

import math
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from streams.simulation.agenda import Agenda
from streams.simulation.checkout import Checkout
from streams.simulation.looks import customer_look
from streams.simulation.parties import Member, Party
from streams.simulation.paths import Ways
from streams.simulation.plan import Rect, Spot, Store, Xy
from streams.simulation.timelines import Activity, Walker

_PARTY_SIZES = (1, 2, 3, 4)
_PARTY_SHARES = (0.66, 0.24, 0.07, 0.03)
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
        self._taken: set[Spot] = set()

    def run(self, arrivals_ms: list[float], *, is_restless: NDArray[np.bool_]) -> list[Party]:
        """Every party that comes at the given instants, with its whole way.

        Args:
            arrivals_ms: When parties come, rising, ms from the day's start.
            is_restless: Which of them change to a till that is shorter by now.
        """
        parties = [self._party(at_ms) for at_ms in arrivals_ms]
        for party, is_one in zip(parties, is_restless.tolist(), strict=True):
            party.is_restless = is_one
            self._agenda.at(party.arrived_ms, partial(self._come_in, party))
        self._agenda.run()
        return parties

    def _party(self, at_ms: float) -> Party:
        rng, store = self._rng, self._store
        size = int(rng.choice(_PARTY_SIZES, p=_PARTY_SHARES))
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
            stops_left=int(np.clip(rng.poisson(2.2), 0, 6)),
            is_buying=bool(coin[0] < 0.66),
            stands_on_line=bool(coin[1] < 0.05),
            turns_back=bool(coin[2] < 0.04),
        )

    def _gates(self, party: Party, y: float) -> list[Xy]:
        left, right = self._store.door
        xs = np.linspace(left + 0.4, right - 0.4, _GATES)
        first = int(self._rng.integers(_GATES))
        return [(float(xs[(first + 2 * i) % _GATES]), y) for i in range(len(party.members))]

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
        free = [spot for spot in self._store.spots if spot not in self._taken]
        if len(free) < len(party.members):
            return
        first = free[int(self._rng.integers(len(free)))]
        party.spots = sorted(free, key=lambda spot: math.dist(spot.at, first.at))
        party.spots = party.spots[: len(party.members)]
        self._taken.update(party.spots)
        party.go([spot.at for spot in party.spots], ways=self._ways, from_ms=self._agenda.now_ms)
        dwell_ms = self._rng.lognormal(math.log(_BROWSE_MEDIAN_MS), _BROWSE_SPREAD)
        dwell_ms = float(np.clip(dwell_ms, 4_000, 240_000))
        for member, spot in zip(party.members, party.spots, strict=True):
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


def _member(rng: np.random.Generator, *, start: Xy, at_ms: float, is_child: bool) -> Member:
    facing = 0.0 if start[0] < 0 else math.pi
    pace = float(np.clip(rng.normal(1.12, 0.16), 0.7, 1.6))
    sway = rng.uniform(-0.1, 0.1, size=2)
    return Member(
        walker=Walker(now_ms=at_ms, at=start, heading=facing, pace_m_s=pace),
        look=customer_look(rng, is_child=is_child),
        sway=(float(sway[0]), float(sway[1])),
    )
