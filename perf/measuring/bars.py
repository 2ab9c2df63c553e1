"""The truth beside what was found: errors, and whether each is small enough.

In: pairs of both, one per store and hour. Out: one figure per bar. Several pairs are pooled: counts
add up, percentiles are of all waits, errors of lengths are means over every second.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from perf.measuring.found import Found
from perf.measuring.matching import matched
from perf.measuring.truth import SECOND_MS, Hour, Series
from serve.api.merging import percentile_ms

Pair = tuple[Hour, Found]
"""What happened and what was found in one store and hour."""

FEW = 2
"""A count may always be off by this many people."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One bar and what was measured."""

    name: str
    bar: str
    """What is asked, in words."""
    value: float
    """The error; for F1 the F1."""
    is_met: bool
    true: float
    """The true number it is about, in its own unit."""
    found: float
    """The same as found."""


def figures(pairs: Sequence[Pair]) -> list[Figure]:
    """All bars over the pairs, pooled."""
    return [
        _length(pairs),
        *(_count(pairs, name) for name in ("joined", "served", "abandoned")),
        _percentile(pairs, "wait", 0.50, 0.10),
        _percentile(pairs, "wait", 0.95, 0.15),
        _littles_law(pairs),
        _crossings(pairs),
        *(_line(pairs, direction) for direction in ("in", "out")),
        _percentile(pairs, "dwell", 0.50, 0.10),
        _occupancy(pairs),
    ]


@dataclass(frozen=True, slots=True)
class Business:
    """How much went on: a quiet store is easily right."""

    length_mean: float
    """True mean length of a queue."""
    long_share: float
    """Share of the time with four or more in a queue."""
    crossings: int
    abandonments: int
    error_of_0: float
    """Error of the length for who always says 0."""
    error_of_mean: float
    """The same for who always says the true mean."""
    lost: int
    """Waits whose end was not seen, as found."""
    direct: tuple[int, int]
    """People who went directly to the desk: true and found."""


def business(pairs: Sequence[Pair]) -> Business:
    """How much went on over the pairs."""
    lengths = np.concatenate([one.length for hour, _ in pairs for one in hour.queues.values()])
    queues = [
        (hour.queues[name], one) for hour, found in pairs for name, one in found.queues.items()
    ]
    return Business(
        float(lengths.mean()),
        float((lengths >= 4.0).mean()),
        sum(len(hour.crossings) for hour, _ in pairs),
        sum(true.abandoned for true, _ in queues),
        float(lengths.mean()),
        float(np.abs(lengths - lengths.mean()).mean()),
        sum(found.lost for _, found in queues),
        (sum(true.direct for true, _ in queues), sum(found.direct for _, found in queues)),
    )


def _length(pairs: Sequence[Pair]) -> Figure:
    true = np.concatenate([one.length for hour, _ in pairs for one in hour.queues.values()])
    found = np.concatenate([one.queues[name].length for hour, one in pairs for name in hour.queues])
    return _mean_error("queue length", true, found)


def _occupancy(pairs: Sequence[Pair]) -> Figure:
    true = np.concatenate([one.count for hour, _ in pairs for one in hour.zones.values()])
    found = np.concatenate([one.zones[name].count for hour, one in pairs for name in hour.zones])
    return _mean_error("occupancy", true, found)


def _mean_error(name: str, true: Series, found: Series) -> Figure:
    error = float(np.abs(true - found).mean())
    means = float(true.mean()), float(found.mean())
    return Figure(f"{name}, MAE per second", "<= 0.3", error, error <= 0.3, *means)


def _count(pairs: Sequence[Pair], name: str) -> Figure:
    true = sum(getattr(one, name) for hour, _ in pairs for one in hour.queues.values())
    found = sum(getattr(one, name) for _, finals in pairs for one in finals.queues.values())
    is_met = abs(found - true) <= max(0.03 * true, FEW)
    return Figure(name, f"3 % or {FEW}", _relative(true, found), is_met, true, found)


def _line(pairs: Sequence[Pair], direction: str) -> Figure:
    true = sum(one == direction for hour, _ in pairs for _, one in hour.crossings)
    found = sum(finals.flows[direction] for _, finals in pairs)
    error = _relative(true, found)
    return Figure(f"line count {direction}", "2 %", error, abs(error) <= 0.02, true, found)


def _percentile(pairs: Sequence[Pair], name: str, fraction: float, most: float) -> Figure:
    true_ms: list[int] = []
    bins: Counter[int] = Counter()
    for hour, finals in pairs:
        if name == "wait":
            true_ms += [ms for one in hour.queues.values() for ms in one.waits_ms]
            found = [one.waits for one in finals.queues.values()]
        else:
            true_ms += [ms for one in hour.zones.values() for ms in one.dwells_ms]
            found = [finals.zones[zone].dwells for zone, one in hour.zones.items() if one.dwells_ms]
        for one in found:
            bins.update(one)
    true = sorted(true_ms)[max(0, -(-int(fraction * 100) * len(true_ms) // 100) - 1)]
    middle_ms = percentile_ms(sorted(bins.items()), fraction) or 0
    error = _relative(true, middle_ms)
    label = f"{name} p{fraction * 100:.0f}, s"
    seconds = true / SECOND_MS, middle_ms / SECOND_MS
    return Figure(label, f"{most * 100:.0f} %", error, abs(error) <= most, *seconds)


def _littles_law(pairs: Sequence[Pair]) -> Figure:
    true_ms = [ms for hour, _ in pairs for one in hour.queues.values() for ms in one.in_queue_ms]
    queues = [one for _, finals in pairs for one in finals.queues.values()]
    departed = sum(one.served + one.abandoned + one.lost for one in queues)
    found_s = sum(float(one.length.sum()) for one in queues) / max(departed, 1)
    true_s = sum(true_ms) / max(len(true_ms), 1) / SECOND_MS
    error = _relative(true_s, found_s)
    return Figure("Little's law wait, s", "10 %", error, abs(error) <= 0.10, true_s, found_s)


def _crossings(pairs: Sequence[Pair]) -> Figure:
    true = sum(len(hour.crossings) for hour, _ in pairs)
    found = sum(len(finals.crossings) for _, finals in pairs)
    matched = sum(matches(hour.crossings, finals.crossings) for hour, finals in pairs)
    score = 2 * matched / max(true + found, 1)
    return Figure("crossings within 1 s, F1", ">= 0.98", score, score >= 0.98, true, found)


def matches(true: Sequence[tuple[int, str]], found: Sequence[tuple[int, str]]) -> int:
    """How many crossings have a record of their own, of the same direction and within 1 s.

    Example:
        >>> matches([(0, "in"), (900, "in")], [(950, "in"), (1_000, "in"), (0, "out")])
        2
    """
    return sum(
        matched(*([at_ms for at_ms, one in side if one == direction] for side in (true, found)))
        for direction in ("in", "out")
    )


def _relative(true: float, found: float) -> float:
    if true == 0:
        return 0.0 if found == 0 else 1.0
    return (found - true) / true
