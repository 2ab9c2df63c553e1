"""How long visits to a zone lasted, per window of their last exit.

A visit goes on under another track if that begins where the first one ended, within the zone's
`recall_ms`: a visit here may be several of `tracks`, and the time out of sight between.
"""

from dataclasses import dataclass

from schemas.units import Id
from schemas.windows import Histogram, WindowRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellRecord(WindowRecord):
    """Visits to one zone that ended in one window."""

    zone: Id
    """Id of the zone."""
    visit_total: int
    """Visits that ended in the window."""
    dwell_mean_ms: int | None
    """Mean dwell of those visits, ms."""
    dwell_p50_ms: int | None
    """Median dwell (nearest rank), ms."""
    dwell_p95_ms: int | None
    """95th percentile of dwell (nearest rank), ms."""
    dwell_histogram: Histogram
    """Counts of visits by dwell, on the shared edges."""
    open_visit_count: int
    """Visits that go on at the window's end."""
