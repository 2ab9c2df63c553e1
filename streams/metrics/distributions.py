"""Percentiles, means and histograms of durations.

In: integer ms. Out: integer ms, bins of the shared edges.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from schemas.windows import HISTOGRAM_BINS, Histogram, histogram_edge_ms

_EDGES_MS = [histogram_edge_ms(k) for k in range(HISTOGRAM_BINS)]


def rounded_ratio(part: int, whole: int) -> int:
    """The quotient of two whole numbers, rounded half up, without floats.

    Example:
        >>> rounded_ratio(5, 2), rounded_ratio(4, 3)
        (3, 1)
    """
    return (2 * part + whole) // (2 * whole)


def mean_ms(durations: Sequence[int]) -> int | None:
    """The mean, or None of nothing."""
    return rounded_ratio(sum(durations), len(durations)) if durations else None


def percentile_ms(durations: Sequence[int], percent: int) -> int | None:
    """Nearest rank: the ceil(p n)-th smallest, or None of nothing.

    Example:
        >>> percentile_ms([10, 20, 30, 40], 50), percentile_ms([10, 20, 30, 40], 51)
        (20, 30)
    """
    if not durations:
        return None
    return sorted(durations)[-(-percent * len(durations) // 100) - 1]


def histogram(durations: Sequence[int]) -> Histogram:
    """Counts per bin, sparse; bin -1 is below the first edge, the last is from the last edge on.

    Example:
        >>> histogram([999, 1000, 1049, 1050])
        [(-1, 1), (0, 2), (1, 1)]
    """
    return sorted(Counter(bisect_right(_EDGES_MS, one) - 1 for one in durations).items())
