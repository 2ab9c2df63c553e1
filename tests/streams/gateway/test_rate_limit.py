import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.rate_limit import RateLimit


def _passed(times_ms: list[int], rate_hz: float | None) -> list[int]:
    limit = RateLimit(rate_hz)
    return [at_ms for at_ms in times_ms if limit.admits(at_ms)]


@pytest.mark.parametrize("fps", [5, 7, 12.5, 25, 29.97, 30])
def test_a_camera_of_exactly_the_allowed_rate_loses_nothing(fps) -> None:
    times_ms = [1_000_003 + round(index * 1000 / fps) for index in range(500)]
    assert _passed(times_ms, fps) == times_ms


def test_a_camera_that_is_a_little_uneven_loses_nothing() -> None:
    times_ms = [200 * index + (20 if index % 2 else -20) for index in range(1, 300)]
    assert _passed(times_ms, 5.0) == times_ms


def test_no_limit_passes_everything() -> None:
    assert _passed([1, 2, 3], None) == [1, 2, 3]


@pytest.mark.parametrize(
    ("fps", "rate_hz", "passed_count"), [(30, 10, 100), (7, 5, 50), (25, 24, 240), (10, 0.5, 5)]
)
def test_a_faster_camera_gives_the_rate_and_at_most_one_early(fps, rate_hz, passed_count) -> None:
    times_ms = [round(index * 1000 / fps) for index in range(fps * 10)]
    assert len(_passed(times_ms, rate_hz)) - passed_count in {0, 1}


@given(
    gaps_ms=st.lists(st.integers(1, 700), min_size=1, max_size=300),
    rate_hz=st.floats(0.5, 40),
)
def test_no_more_than_the_rate_passes_but_for_the_first_and_early_ones(gaps_ms, rate_hz) -> None:
    times_ms = [sum(gaps_ms[: index + 1]) for index in range(len(gaps_ms))]
    passed = _passed(times_ms, rate_hz)
    assert len(passed) <= 1.25 + (passed[-1] - passed[0]) * rate_hz / 1000 + 1e-6
