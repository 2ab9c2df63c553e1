"""How long a queue was and how long people waited in it, per window."""

from dataclasses import dataclass

from schemas.units import Id
from schemas.windows import Histogram, WindowRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRecord(WindowRecord):
    """One queue over one window.

    Open before + joined = served + abandoned + lost + open after.
    """

    zone: Id
    """Id of the queue's zone."""
    length_mean: float
    """Mean number of people who joined and still wait, over the held time."""
    length_max: int
    """Largest number of them at one instant."""
    joined_total: int
    """People who joined in the window."""
    served_total: int
    """People who entered service in the window."""
    abandoned_total: int
    """People who left without service; counted at their last sight in the queue."""
    lost_total: int
    """People whose end in the queue could not be seen; neither served nor abandoned."""
    direct_total: int
    """People who entered service without waiting."""
    open_count: int
    """People who still wait at the window's end."""
    wait_mean_ms: int | None
    """Mean wait of those served, ms."""
    wait_p50_ms: int | None
    """Median wait of those served (nearest rank), ms."""
    wait_p95_ms: int | None
    """95th percentile of the wait of those served (nearest rank), ms."""
    wait_histogram: Histogram
    """Counts of those served by wait, on the shared edges."""
    longest_open_wait_ms: int | None
    """Longest wait so far among those who wait at the window's end, ms."""
    over_threshold_ms: int | None
    """Held time in which the length was above the zone's `long_above`, ms; null without one."""
    littles_law_wait_ms: int | None
    """Length x time over departures, trailing 15 min, ms; a check, null where it does not hold."""
