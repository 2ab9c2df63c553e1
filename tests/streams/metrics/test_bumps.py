import pytest

from streams.metrics.bumps import Foot, alike_share

FEET: list[Foot] = [
    (0.1, 0.5, 0.2),
    (0.5, 0.6, 0.2),
    (0.9, 0.4, 0.25),
    (1.3, 0.8, 0.2),
    (0.6, 0.9, 0.2),
]


def moved(dx: float, dy: float, count: int) -> list[Foot]:
    """The first `count` people jump, the others stay."""
    jumped = [(x + dx, y + dy, height) for x, y, height in FEET[:count]]
    return [*jumped, *FEET[count:]]


@pytest.mark.case(26)
@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(moved(0.3, 0.1, 5), 1.0, id="all jump alike"),
        pytest.param(moved(0.3, 0.1, 4), 0.8, id="most do"),
        pytest.param(moved(0.3, 0.1, 3), None, id="exactly 60 % is not over it"),
        pytest.param(moved(0.01, 0.0, 5), None, id="all step alike"),
        pytest.param([], None, id="nobody is found"),
        pytest.param([(0.3, 0.9, 0.6), (0.8, 0.1, 0.6)], None, id="others are"),
        pytest.param(
            [(0.4, 0.5, 0.2), (0.1, 0.9, 0.2), (0.9, 0.9, 0.25), (1.7, 0.2, 0.2), (0.2, 0.2, 0.2)],
            None,
            id="each goes another way",
        ),
    ],
)
def test_share_that_jumped_alike(now: list[Foot], expected: float | None) -> None:
    assert alike_share(FEET, now, passed_ms=100) == expected


def test_long_steps_are_no_jump_at_a_low_rate() -> None:
    assert alike_share(FEET, moved(0.25, 0.0, 5), passed_ms=1_000) is None
