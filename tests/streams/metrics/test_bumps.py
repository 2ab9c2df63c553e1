import pytest

from streams.metrics.bumps import Foot, Mover, alike_share, is_steady, mover, walk_reach
from streams.metrics.followed import Followed

Pace = tuple[float, float]
FEET: list[Foot] = [
    (0.1, 0.5, 0.2),
    (0.5, 0.6, 0.2),
    (0.9, 0.4, 0.25),
    (1.3, 0.8, 0.2),
    (0.6, 0.9, 0.2),
]
STILL: list[Pace] = [(0.0, 0.0)] * 5
APART: list[Pace] = [(0.1, 0.0), (-0.1, 0.0), (0.0, 0.1), (0.1, -0.1), (-0.1, 0.1)]
TOGETHER: list[Pace] = [(0.1, 0.02)] * 5


def going(paces: list[Pace]) -> list[Mover]:
    return [(*foot, *pace, 0.1 * foot[2]) for foot, pace in zip(FEET, paces, strict=True)]


def moved(dx: float, dy: float, count: int, paces: list[Pace] = STILL) -> list[Foot]:
    """All walk on; the first `count` people jump too."""
    walked = [
        (x + on[0], y + on[1], height) for (x, y, height), on in zip(FEET, paces, strict=True)
    ]
    return [*[(x + dx, y + dy, height) for x, y, height in walked[:count]], *walked[count:]]


@pytest.mark.case(26)
@pytest.mark.parametrize("passed_ms", [33, 100, 200, 500, 1_000])
@pytest.mark.parametrize(
    ("paces", "now", "expected"),
    [
        pytest.param(STILL, moved(0.3, 0.1, 5), 1.0, id="all jump alike"),
        pytest.param(STILL, moved(0.03, -0.02, 5), 1.0, id="not far"),
        pytest.param(STILL, moved(0.3, 0.1, 4), 0.8, id="most do"),
        pytest.param(APART, moved(0.05, 0.08, 5, APART), 1.0, id="on their ways"),
        pytest.param(TOGETHER, moved(0.0, 0.1, 5, TOGETHER), 1.0, id="in step"),
        pytest.param(STILL, moved(0.3, 0.1, 3), None, id="exactly 60 % is not over it"),
        pytest.param(STILL, moved(0.01, 0.0, 5), None, id="all err alike"),
        pytest.param(TOGETHER, moved(0.0, 0.0, 5, TOGETHER), None, id="all walk on"),
        pytest.param(TOGETHER, FEET, None, id="all stop"),
        pytest.param(TOGETHER, moved(-0.06, -0.01, 5, TOGETHER), None, id="all slow down"),
        pytest.param(STILL, [], None, id="nobody is found"),
        pytest.param(STILL, [(0.3, 0.9, 0.6), (0.8, 0.1, 0.6)], None, id="others are"),
        pytest.param(STILL, moved(0.0, 0.0, 5, APART), None, id="each goes another way"),
    ],
)
def test_share_that_jumped_alike_at_any_rate(
    paces: list[Pace], now: list[Foot], expected: float | None, passed_ms: int
) -> None:
    assert alike_share(going(paces), now, passed_ms=passed_ms) == expected


@pytest.mark.parametrize(("passed_ms", "expected"), [(33, 1.0), (1_000, None)])
def test_three_who_set_off_alike_are_a_bump_only_where_no_walk_leads_so_far(
    passed_ms: int, expected: float | None
) -> None:
    before, now = going(STILL)[:3], moved(0.1, 0.0, 3)[:3]
    assert alike_share(before, now, passed_ms=passed_ms) == expected


@pytest.mark.parametrize(("passed_ms", "expected"), [(33, 0.8), (1_000, None)])
def test_people_who_set_off_together_are_less_alike_than_a_view(
    passed_ms: int, expected: float | None
) -> None:
    steps = [0.1, 0.135, 0.17, 0.065, 0.1]
    now = [(x + step, y, height) for (x, y, height), step in zip(FEET, steps, strict=True)]
    assert alike_share(going(STILL), now, passed_ms=passed_ms) == expected


def test_one_box_is_not_two_people_who_jumped() -> None:
    beside = [(0.5, 0.5, 0.2, 0.0, 0.0, 0.02), (0.51, 0.5, 0.2, 0.0, 0.0, 0.02)]
    before = [*going(STILL)[:2], *beside]
    now = [(x + 0.3, y, height) for x, y, height, *_ in before[:3]]
    assert alike_share(before, now, passed_ms=33) == 0.75


def seen_twice(past_at_ms: int) -> Followed:
    past = {"past_at_ms": past_at_ms, "past_x": 0.28, "past_y": 0.5}
    return Followed("0-0", "0-0", 0, 1_000, 0.3, 0.51, 0.2, **past)


def test_own_motion_is_the_last_step_in_time_and_a_frames_aspect() -> None:
    ahead = mover(seen_twice(500), 2_000, aspect=2.0, bumped_at_ms=-1)
    assert ahead == pytest.approx((0.6, 0.51, 0.2, 0.08, 0.02, 0.02))


@pytest.mark.parametrize(("past_at_ms", "bumped_at_ms"), [(1_000, -1), (500, 1_000), (500, 501)])
def test_motion_nobody_has_seen_may_be_a_walk(past_at_ms: int, bumped_at_ms: int) -> None:
    ahead = mover(seen_twice(past_at_ms), 2_000, aspect=2.0, bumped_at_ms=bumped_at_ms)
    assert ahead == pytest.approx((0.6, 0.51, 0.2, 0.0, 0.0, walk_reach(1_000) * 0.2))


def test_errors_of_boxes_are_no_motion_that_hides_a_jump() -> None:
    errors = [(0.0, 0.018), (0.018, 0.0), (0.0, -0.018), (-0.018, 0.0), (0.013, 0.013)]
    assert alike_share(going(errors), moved(0.07, 0.07, 5), passed_ms=1_000) == 1.0


@pytest.mark.parametrize("step", [0.0199, 0.02, 0.0201])
def test_slow_walk_in_step_is_no_bump(step: float) -> None:
    paces = [(step, 0.0)] * 5
    before = going(paces)
    for err in (-1e-9, 0.0, 1e-9):
        assert alike_share(before, moved(err, 0.0, 5, paces), passed_ms=200) is None


def test_step_before_a_bump_is_own_motion_after_it() -> None:
    assert mover(seen_twice(500), 2_000, aspect=2.0, bumped_at_ms=500)[3] > 0.0


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (0.0, 0.0, True),
        (0.5, 0.09, True),
        (1.09, 0.0, True),
        (1.11, 0.0, False),
        (0.5, 0.11, False),
    ],
)
def test_who_is_on_the_way_did_not_jump(x: float, y: float, expected: bool) -> None:
    assert is_steady((0.0, 0.0, 1.0, 1.0, 0.0, 0.1), x, y) is expected
