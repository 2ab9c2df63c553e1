"""Sights of people as the metrics count them, and whether two may be of one person.

In: where somebody was last seen, where a track began later. Out: how far apart, if near enough that
they may have got there out of sight.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

CountedSight = tuple[int, float, float, float]
"""Instant, foot point x and y in 0-1, box height as a share of the frame's."""
PathPoint = tuple[int, float, float]
"""Instant, foot point x and y in 0-1."""

NEAR_HEIGHTS = 0.5
"""Farthest between two sights at one place, box heights."""
PACE_HEIGHTS_PER_S = 1.0
"""How fast people walk."""
WALK_MS = 1_000
"""How long somebody out of sight walks at most: to set off, or to move up."""


def distance(point: PathPoint, sight: PathPoint | CountedSight, aspect: float) -> float:
    """Distance of two foot points, as a share of the frame's height."""
    return math.hypot((point[1] - sight[1]) * aspect, point[2] - sight[2])


def distance_in_reach(point: PathPoint, sight: CountedSight, aspect: float) -> float | None:
    """How far a point is from where somebody was last seen, or None if they cannot be there yet."""
    apart = distance(point, sight, aspect)
    walked_ms = min(point[0] - sight[0], WALK_MS)
    reach = sight[3] * (NEAR_HEIGHTS + PACE_HEIGHTS_PER_S * walked_ms / 1_000)
    return apart if apart <= reach else None


def shortest_step_ms(points: Sequence[PathPoint]) -> int:
    """Shortest time between two points of a path, of two or more."""
    return min(to[0] - before[0] for before, to in pairwise(points))


def nearest(candidates: Iterable[tuple[float | None, str]]) -> str | None:
    """The track that is least far, if any is near at all; of equals the first by name."""
    near = [(apart, key) for apart, key in candidates if apart is not None]
    return min(near)[1] if near else None
