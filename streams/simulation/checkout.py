"""One till: its queue, whom it serves, who gives up.

A place is promised when a party decides to queue; the till calls the first party once all of it
stands there. People served together stand together at the desk, each counted.
"""

import math
from collections.abc import Callable

import numpy as np

from streams.simulation.agenda import Agenda
from streams.simulation.parties import Party, Wait
from streams.simulation.paths import Ways
from streams.simulation.plan import Till, Xy
from streams.simulation.timelines import Activity

_PLACE_M = 0.62
"""Distance between two people in a queue."""
_CAPACITY = 5
_PATIENCE_MEAN_MS = 420_000.0
_PATIENCE_LEAST_MS = 50_000.0
_SERVICE_MEDIAN_MS = 68_000.0
_SERVICE_SPREAD = 0.5
_REACTION_MS = 550.0


class Checkout:
    """A till at work."""

    def __init__(
        self,
        till: Till,
        *,
        agenda: Agenda,
        ways: Ways,
        rng: np.random.Generator,
        on_done: Callable[[Party], None],
        on_shorter: Callable[["Checkout"], None],
    ) -> None:
        self.till = till
        self._agenda = agenda
        self._ways = ways
        self._rng = rng
        self._on_done = on_done
        self._on_shorter = on_shorter
        self._waiting: list[Party] = []
        self._is_busy = False

    @property
    def length(self) -> int:
        """How many people stand here, those served included."""
        return sum(len(party.members) for party in self._waiting) + int(self._is_busy)

    def has_room(self, party: Party) -> bool:
        """Whether a party would still join this queue."""
        return self.length + len(party.members) <= _CAPACITY + 1

    def join(self, party: Party) -> None:
        """The party goes to the end of the queue."""
        places = self._places(party, after=sum(len(one.members) for one in self._waiting))
        self._waiting.append(party)
        party.go(places, ways=self._ways, from_ms=self._agenda.now_ms)
        reached_ms = tuple(member.walker.now_ms for member in party.members)
        party.waits.append(Wait(self.till, reached_ms))
        self._face_desk(party)
        patience_ms = max(_PATIENCE_LEAST_MS, float(self._rng.exponential(_PATIENCE_MEAN_MS)))
        self._agenda.at(party.arrived_ms, self._call_next)
        self._agenda.at(party.arrived_ms + patience_ms, lambda: self._give_up(party))

    def changing(self, *, length: int) -> Party | None:
        """The last party, if it would rather stand at a till of that length."""
        if not self._waiting:
            return None
        party = self._waiting[-1]
        ahead = self.length - len(party.members)
        stands = party.arrived_ms <= self._agenda.now_ms
        return party if party.is_restless and stands and ahead > length else None

    def release(self, party: Party) -> None:
        """The party waits here no more."""
        self._waiting.remove(party)
        party.waits[-1].gave_up_ms = self._agenda.now_ms

    def _places(self, party: Party, *, after: int) -> list[Xy]:
        front, back = self.till.front, self.till.back
        return [
            (front[0] + back[0] * _PLACE_M * place, front[1] + back[1] * _PLACE_M * place)
            for place in range(after, after + len(party.members))
        ]

    def _face_desk(self, party: Party) -> None:
        back = self.till.back
        for member in party.members:
            facing = math.atan2(-back[1], -back[0]) + float(self._rng.normal(0.0, 0.3))
            walker = member.walker
            walker.stand(walker.now_ms + 500.0, facing=facing, activity=Activity.QUEUE)

    def _call_next(self) -> None:
        if self._is_busy or not self._waiting:
            return
        party = self._waiting[0]
        if party.arrived_ms > self._agenda.now_ms:
            self._agenda.at(party.arrived_ms, self._call_next)
            return
        self._is_busy = True
        self._waiting.pop(0)
        self._serve(party)
        self._move_up()

    def _serve(self, party: Party) -> None:
        till, count = self.till, len(party.members)
        steps = [0.4 * (index - (count - 1) / 2) for index in range(count)]
        goals = [
            (till.served_at[0] + till.back[0] * step, till.served_at[1] + till.back[1] * step)
            for step in steps
        ]
        party.waits[-1].called_ms = self._agenda.now_ms
        party.go(goals, ways=self._ways, from_ms=self._agenda.now_ms + _REACTION_MS)
        service_ms = self._rng.lognormal(math.log(_SERVICE_MEDIAN_MS), _SERVICE_SPREAD)
        until_ms = party.arrived_ms + min(max(service_ms, 12_000.0), 180_000.0)
        for member in party.members:
            at = member.walker.at
            facing = math.atan2(till.counter[1] - at[1], till.counter[0] - at[0])
            member.walker.stand(until_ms, facing=facing, activity=Activity.SERVED)
        self._agenda.at(until_ms, lambda: self._finish(party))

    def _finish(self, party: Party) -> None:
        self._is_busy = False
        party.waits[-1].service_end_ms = self._agenda.now_ms
        party.go(
            [self.till.exit] * len(party.members), ways=self._ways, from_ms=self._agenda.now_ms
        )
        self._on_done(party)
        self._call_next()
        self._on_shorter(self)

    def _move_up(self) -> None:
        after = 0
        for rank, party in enumerate(self._waiting):
            places = self._places(party, after=after)
            after += len(party.members)
            from_ms = self._agenda.now_ms + _REACTION_MS * (rank + 2)
            moved = any(
                math.dist(member.walker.at, place) > 0.05
                for member, place in zip(party.members, places, strict=True)
            )
            if moved:
                party.go(places, ways=self._ways, from_ms=from_ms, hurry=0.6)
                self._face_desk(party)

    def _give_up(self, party: Party) -> None:
        if party not in self._waiting:
            return
        if party is self._waiting[0]:
            self._agenda.at(self._agenda.now_ms + 30_000.0, lambda: self._give_up(party))
            return
        self.release(party)
        self._on_done(party)
        self._move_up()
        self._on_shorter(self)
