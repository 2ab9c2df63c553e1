import random

import pytest

from schemas.windows import HISTOGRAM_BINS, histogram_edge_ms
from streams.metrics.distributions import histogram, mean_ms, percentile_ms


def test_percentile_is_the_smallest_that_enough_are_not_above() -> None:
    dice = random.Random(1)
    for _ in range(50):
        durations = [dice.randrange(100) for _ in range(dice.randrange(1, 30))]
        for percent in (1, 50, 95, 100):
            found = percentile_ms(durations, percent)
            assert found is not None
            below = sum(one <= found for one in durations)
            assert below * 100 >= percent * len(durations)
            smaller = sum(one < found for one in durations)
            assert smaller * 100 < percent * len(durations)


def test_nothing_has_no_mean_and_no_percentile() -> None:
    assert (mean_ms([]), percentile_ms([], 50), histogram([])) == (None, None, [])


@pytest.mark.parametrize(
    ("duration_ms", "expected"),
    [
        pytest.param(0, -1, id="below the first edge"),
        pytest.param(1_000, 0, id="at the first edge"),
        pytest.param(histogram_edge_ms(100) - 1, 99, id="just below an edge"),
        pytest.param(histogram_edge_ms(100), 100, id="at an edge"),
        pytest.param(10**9, HISTOGRAM_BINS - 1, id="over the last edge"),
    ],
)
def test_bin(duration_ms: int, expected: int) -> None:
    assert histogram([duration_ms]) == [(expected, 1)]
