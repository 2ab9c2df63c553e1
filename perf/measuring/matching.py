"""Crossings that happened beside crossings that were found: which are the same."""

from collections.abc import Iterable

MATCH_MS = 1_000
"""Longest time between a crossing and its record."""


def matched(true_ms: Iterable[int], found_ms: Iterable[int]) -> int:
    """The most pairs that near in time, each instant in one at most; of one line and direction.

    Taking the earliest that fits, in order of time, gives the most.

    Example:
        >>> matched([0, 900], [950, 1_000])
        2
    """
    true, found = sorted(true_ms), sorted(found_ms)
    i = j = pairs = 0
    while i < len(true) and j < len(found):
        if abs(true[i] - found[j]) <= MATCH_MS:
            i, j, pairs = i + 1, j + 1, pairs + 1
        elif true[i] < found[j]:
            i += 1
        else:
            j += 1
    return pairs
