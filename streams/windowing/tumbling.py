"""Tumbling windows: which one an instant falls in, and where two sizes have a boundary in common.

Windows are half-open, `[start_ms, end_ms)`, and aligned to the epoch. No clock is read here.
"""

import math


def window_start(at_ms: int, size_ms: int) -> int:
    """Start of the window that holds an instant.

    Example:
        >>> window_start(59_999, 60_000), window_start(60_000, 60_000)
        (0, 60000)
    """
    return at_ms - at_ms % size_ms


def first_boundary(from_ms: int, *, size_ms: int, next_size_ms: int) -> int:
    """The first instant, not before `from_ms`, that bounds windows of both sizes.

    Example:
        >>> first_boundary(60_001, size_ms=60_000, next_size_ms=90_000)
        180000
        >>> first_boundary(180_000, size_ms=60_000, next_size_ms=90_000)
        180000
    """
    common = math.lcm(size_ms, next_size_ms)
    return -(-from_ms // common) * common
