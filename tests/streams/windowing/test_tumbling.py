import pytest

from streams.windowing.tumbling import first_boundary, window_start


@pytest.mark.parametrize(
    ("at_ms", "expected"),
    [
        pytest.param(119_999, 60_000, id="just before the end"),
        pytest.param(120_000, 120_000, id="exactly at the end: the next window"),
        pytest.param(-1, -60_000, id="before the epoch"),
    ],
)
def test_instant_at_a_windows_end_belongs_to_the_next(at_ms: int, expected: int) -> None:
    assert window_start(at_ms, 60_000) == expected


@pytest.mark.parametrize(
    ("from_ms", "expected"),
    [pytest.param(0, 0, id="at it"), pytest.param(1, 180_000, id="just after it")],
)
def test_boundary_of_two_sizes(from_ms: int, expected: int) -> None:
    assert first_boundary(from_ms, size_ms=60_000, next_size_ms=90_000) == expected
