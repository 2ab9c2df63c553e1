"""People who came together, and how they move as a party."""

from dataclasses import dataclass, field

from streams.simulation.looks import Look
from streams.simulation.paths import Ways
from streams.simulation.plan import Till, Xy
from streams.simulation.timelines import Walker

_FOLLOW_MS = 450.0
"""How long after the one before it each of a party sets off."""


@dataclass(slots=True)
class Member:
    """One person of a party."""

    walker: Walker
    look: Look
    sway: Xy
    """How far beside the corners of a way it walks, m."""


@dataclass(slots=True)
class Wait:
    """A party's wait at a till, as the party means it."""

    till: Till
    reached_ms: tuple[float, ...]
    """When each of the party first stood at its place in the queue."""
    called_ms: float | None = None
    gave_up_ms: float | None = None
    service_end_ms: float | None = None


@dataclass(slots=True, eq=False)
class Party:
    """People who came together."""

    members: list[Member]
    stops_left: int = 0
    is_buying: bool = False
    stands_on_line: bool = False
    turns_back: bool = False
    is_restless: bool = False
    """Whether it changes to a till that is shorter by now."""
    spots: list[int] = field(default_factory=list)
    """The places at the shelves that it occupies now, indices into the store's."""
    waits: list[Wait] = field(default_factory=list)
    """One for each till it queued at, the present one last."""

    @property
    def arrived_ms(self) -> float:
        """When the last of the party is where it is going."""
        return max(member.walker.now_ms for member in self.members)

    def go(self, goals: list[Xy], *, ways: Ways, from_ms: float, hurry: float = 1.0) -> None:
        """Every member walks to its goal, one setting off after the other."""
        for index, (member, goal) in enumerate(zip(self.members, goals, strict=True)):
            walker = member.walker
            walker.linger(from_ms + index * _FOLLOW_MS)
            way = ways.between(walker.at, goal)
            corners = [(x + member.sway[0], y + member.sway[1]) for x, y in way[:-1]]
            walker.walk([*corners, way[-1]], hurry=hurry)
