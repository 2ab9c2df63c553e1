import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.windows import HISTOGRAM_BINS, Histogram, histogram_edge_ms
from serve.api.merging import littles_law_wait_ms, merged, percentile_ms, share

bins = st.integers(-1, HISTOGRAM_BINS - 1)
histograms = st.dictionaries(bins, st.integers(1, 9), max_size=6).map(
    lambda counts: sorted(counts.items())
)


@given(st.lists(histograms, max_size=8))
def test_merged_histogram_holds_every_count_once(parts: list[Histogram]) -> None:
    whole = merged(map(json.dumps, parts))
    assert sum(count for _, count in whole) == sum(count for part in parts for _, count in part)
    assert [index for index, _ in whole] == sorted({index for part in parts for index, _ in part})


@given(st.lists(histograms, max_size=6), st.randoms(use_true_random=False))
def test_merging_knows_no_order(parts: list[Histogram], random: object) -> None:
    shuffled = list(parts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merged(map(json.dumps, shuffled)) == merged(map(json.dumps, parts))


@given(st.lists(st.integers(1_000, 14_000_000), min_size=1, max_size=60))
def test_percentile_of_a_histogram_is_within_its_bin_of_the_true_one(values: list[int]) -> None:
    edges = [histogram_edge_ms(k) for k in range(HISTOGRAM_BINS)]
    index_of = {value: sum(edge <= value for edge in edges) - 1 for value in values}
    histogram = merged(json.dumps([(index_of[value], 1)]) for value in values)
    for fraction in (0.5, 0.95):
        true_ms = sorted(values)[math.ceil(fraction * len(values)) - 1]
        found_ms = percentile_ms(histogram, fraction)
        assert found_ms is not None
        assert abs(found_ms / true_ms - 1) <= 0.051


@pytest.mark.parametrize(
    ("histogram", "fraction", "expected_bin"),
    [
        pytest.param([(3, 1), (9, 1)], 0.5, 3, id="the median of two is the smaller"),
        pytest.param([(3, 1), (9, 2)], 0.5, 9, id="the median of three is the middle one"),
        pytest.param([(3, 95), (9, 5)], 0.95, 3, id="exactly at the rank"),
        pytest.param([(3, 94), (9, 6)], 0.95, 9, id="just past the rank"),
    ],
)
def test_percentile_is_the_nearest_rank(
    histogram: Histogram, fraction: float, expected_bin: int
) -> None:
    low, high = histogram_edge_ms(expected_bin), histogram_edge_ms(expected_bin + 1)
    assert percentile_ms(histogram, fraction) == round(math.sqrt(low * high))


def test_nothing_has_no_percentile() -> None:
    assert percentile_ms([], 0.95) is None


@pytest.mark.parametrize(
    ("lost_total", "coverage", "expected_ms"),
    [
        pytest.param(1, 0.5, 60_000, id="a tenth lost, half seen: both at their edge"),
        pytest.param(2, 0.5, None, id="more than a tenth lost"),
        pytest.param(1, 0.4999, None, id="less than half seen"),
    ],
)
def test_littles_law_speaks_only_where_it_holds(
    lost_total: int, coverage: float, expected_ms: int | None
) -> None:
    found = littles_law_wait_ms(
        600_000.0, departed_total=10, lost_total=lost_total, coverage=coverage
    )
    assert found == expected_ms


def test_littles_law_needs_someone_who_left() -> None:
    assert littles_law_wait_ms(1.0, departed_total=0, lost_total=0, coverage=1.0) is None


def test_coverage_is_never_above_one() -> None:
    assert share(60_001.0, 60_000) == 1.0
