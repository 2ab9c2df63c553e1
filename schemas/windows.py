"""What every windowed record of a camera has in common."""

from dataclasses import dataclass
from typing import Literal

from schemas.units import Coverage, Id

Histogram = list[tuple[int, int]]
"""Sparse: `[[bin, count], ...]`, bins rising."""

HISTOGRAM_BINS = 198
"""Number of edges: k = 0..197."""


def histogram_edge_ms(k: int) -> int:
    """Lower edge of a histogram bin, ms: 1 s to 4 h in steps of 5 %.

    Example:
        >>> histogram_edge_ms(0), histogram_edge_ms(1), histogram_edge_ms(197)
        (1000, 1050, 14937981)
    """
    return round(1000 * 1.05**k)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRecord:
    """A final record of one camera and window."""

    v: Literal[1] = 1
    """Version of this message."""
    site: Id
    """Id of the site."""
    camera: Id
    """Id of the camera."""
    layout_version: int
    """Version of the layout that held in the window; 0 without a layout."""
    window_start_ms: int
    """First instant of the window, ms since the epoch."""
    window_end_ms: int
    """First instant after the window, ms since the epoch."""
    coverage: Coverage
    """Share of the window in which the camera was seen."""
