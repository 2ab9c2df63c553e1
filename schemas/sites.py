"""A site's window, merged over its cameras so far; written again as cameras close the window."""

from dataclasses import dataclass
from typing import Literal

from schemas.units import Coverage, Id


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRecord:
    """The merge of a site's cameras for one window."""

    v: Literal[1] = 1
    """Version of this message."""
    site: Id
    """Id of the site."""
    layout_version: int
    """Version of the layout that held in the window."""
    window_start_ms: int
    """First instant of the window, ms since the epoch."""
    window_end_ms: int
    """First instant after the window, ms since the epoch."""
    coverage: Coverage
    """Mean coverage over the layout's cameras; a missing one counts 0."""
    entry_total: int
    """Footfall: in-crossings of the entrance lines."""
    exit_total: int
    """Out-crossings of the entrance lines."""
    person_ms: int | None
    """Time spent on the floor plan, counted once, ms; null without a homography."""
    cameras_seen: int
    """Cameras that have closed this window."""
    cameras_total: int
    """Cameras of the layout."""
    complete: bool
    """Whether every camera of the layout has passed this window."""
