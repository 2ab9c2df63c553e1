"""How many people were in a zone, per window."""

from dataclasses import dataclass

from schemas.units import Id
from schemas.windows import WindowRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class OccupancyRecord(WindowRecord):
    """People in one zone over one window."""

    zone: Id
    """Id of the zone."""
    count_mean: float
    """Mean number of people over the held time."""
    count_max: int
    """Largest number of people at one instant."""
    person_ms: int
    """Track time within stays, ms."""
