"""What windows add up to where adding is not enough: percentiles, Little's law, coverage.

In: sums over the windows of one bucket. Out: the bucket's numbers, `None` where nothing is known. A
percentile of several windows comes from their merged histograms, never from their percentiles.
"""

import math
from collections.abc import Iterable

import numpy as np

from schemas.units import MEAN_DECIMALS
from schemas.windows import HISTOGRAM_BINS, Histogram, histogram_edge_ms
from serve.api.sparse import rows_in

LOWEST_BIN = -1
"""The bin below the first edge."""
UNDER_BIN_MS = 1_000
"""What a value below the first edge reads."""
LITTLES_LAW_MS = 900_000
"""Shortest stretch over which Little's law is asked."""


def merged(histograms: Iterable[str]) -> Histogram:
    """One histogram with the counts of all, bins rising.

    Args:
        histograms: Each the JSON of `[[bin, count], ...]`; several that are not empty may be joined
            by commas.

    Example:
        >>> merged(["[[3, 1], [5, 2]]", "[[5, 1]]"])
        [(3, 1), (5, 3)]
    """
    parts = rows_in(histograms, width=2)
    counts = np.zeros(HISTOGRAM_BINS - LOWEST_BIN, dtype=np.int64)
    np.add.at(counts, parts[:, 0] - LOWEST_BIN, parts[:, 1])
    filled = counts.nonzero()[0]
    return list(zip((filled + LOWEST_BIN).tolist(), counts[filled].tolist(), strict=True))


def percentile_ms(histogram: Histogram, fraction: float) -> int | None:
    """The nearest-rank percentile of a histogram: the geometric middle of its bin, ms.

    Args:
        histogram: Sparse, bins rising.
        fraction: 0 to 1.

    Returns:
        None of an empty histogram.

    Example:
        >>> percentile_ms([(0, 1), (10, 1)], 0.5), percentile_ms([], 0.5)
        (1025, None)
    """
    total = sum(count for _, count in histogram)
    rank = max(1, math.ceil(fraction * total))
    seen = 0
    for index, count in histogram:
        seen += count
        if seen >= rank:
            return bin_middle_ms(index)
    return None


def bin_middle_ms(index: int) -> int:
    """The geometric middle of a bin, ms; below the first edge 1 s, over the last edge that edge.

    Example:
        >>> bin_middle_ms(-1), bin_middle_ms(0), bin_middle_ms(197)
        (1000, 1025, 14937981)
    """
    if index < 0:
        return UNDER_BIN_MS
    if index >= HISTOGRAM_BINS - 1:
        return histogram_edge_ms(HISTOGRAM_BINS - 1)
    return round(math.sqrt(histogram_edge_ms(index) * histogram_edge_ms(index + 1)))


def share(part_ms: float | None, whole_ms: int) -> float:
    """Coverage: held time over a span's length, 0 where nothing was held, at most 1.

    Example:
        >>> share(30_000.0, 60_000), share(None, 60_000), share(1.0, 0)
        (0.5, 0.0, 0.0)
    """
    if not part_ms or whole_ms <= 0:
        return 0.0
    return min(1.0, round(part_ms / whole_ms, MEAN_DECIMALS))


def littles_law_wait_ms(
    length_ms: float, *, departed_total: int, lost_total: int, coverage: float
) -> int | None:
    """The mean time in a queue by Little's law: its length integrated over those who left, ms.

    Args:
        length_ms: Sum of length x held time, ms.
        departed_total: Served, abandoned and lost.
        lost_total: Of these, lost.
        coverage: Share of the time in which the queue was seen.

    Returns:
        None where nobody left, more than a tenth was lost, or less than half of the time was seen.

    Example:
        >>> littles_law_wait_ms(600_000.0, departed_total=10, lost_total=1, coverage=0.5)
        60000
        >>> littles_law_wait_ms(600_000.0, departed_total=10, lost_total=2, coverage=1.0)
    """
    if departed_total == 0 or lost_total * 10 > departed_total or coverage < 0.5:
        return None
    return round(length_ms / departed_total)
