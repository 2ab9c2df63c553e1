"""Who has moved up does not give up: a track that then turns back has met somebody who leaves."""

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.layout import Camera, ZoneKind
from streams.metrics.tallies import ZoneTally
from tests.scenarios.scene import layout, square, till
from tests.scenarios.test_exchanges import ASIDE, DESK, PLACE, Step, play, walk
from tests.streams.metrics.stage import Stage

STORE = layout(Camera(id="cam", zones=till()))
UP = (0.36, 0.6)
"""Three tenths of a body nearer to the desk than `PLACE`."""
BACK = (PLACE, ASIDE)
PAST = ((0.42, 0.7), (0.47, 0.98))


def left(
    *,
    up: tuple[float, float] = UP,
    stays_ms: int = 500,
    away: tuple[tuple[float, float], ...] = BACK,
) -> Iterator[Step]:
    """Waits for 20 s, moves up, stays there for so long and is gone, by a place every 0.5 s."""
    for at_ms in range(0, 40_000, 500):
        step = (at_ms - 20_000 - stays_ms) // 500
        since = up if step < 0 else away[min(step, len(away) - 1)]
        yield at_ms, *(PLACE if at_ms < 20_000 else since), "0-0"


def counted(stage: Stage) -> ZoneTally:
    stage.finish()
    return stage.ledger.window_at(0).zone("till")


@pytest.mark.parametrize(
    ("how", "stays"),
    [
        pytest.param({}, True, id="up a place"),
        pytest.param({"up": (0.325, 0.6)}, False, id="hardly"),
        pytest.param({"stays_ms": 3_000}, False, id="and stands there first"),
        pytest.param({"away": PAST}, False, id="and goes on past the desk"),
        pytest.param({"up": (0.24, 0.6)}, False, id="down a place"),
        pytest.param({"up": (0.36, 0.98), "away": (ASIDE,)}, False, id="when out of the queue"),
    ],
)
def test_who_moves_up_and_is_off_the_other_way_has_not_given_up(
    how: dict[str, Any], stays: bool
) -> None:
    stage = Stage(STORE)
    play(stage, left(**how))
    tally = counted(stage)
    assert (tally.joined, tally.abandoned, tally.lost) == (1, int(not stays), int(stays))


def test_to_move_up_is_to_come_nearer_to_any_desk_of_the_queue() -> None:
    further = square("far", 0.8, 0.9, ZoneKind.SERVICE)
    queue, desk = till()
    behind = square("behind", 0.0, 0.05, ZoneKind.SERVICE)
    for service in ([behind, desk], [desk, further], [behind, further]):
        names = [zone.id for zone in service]
        zones = [square("till", 0.2, 0.5, ZoneKind.QUEUE, service=names), *service]
        assert queue.polygon == zones[0].polygon
        stage = Stage(layout(Camera(id="cam", zones=zones)))
        play(stage, left())
        assert counted(stage).abandoned == 0


@pytest.mark.parametrize(
    ("since_ms", "place", "are_one"),
    [
        pytest.param(18_500, UP, True, id="there, just before"),
        pytest.param(22_500, UP, True, id="there, just afterwards"),
        pytest.param(18_500, (0.47, 0.7), True, id="who moved on by a place"),
        pytest.param(18_500, (0.45, 0.8), False, id="too far away"),
        pytest.param(14_000, UP, False, id="there, long before"),
        pytest.param(24_000, UP, True, id="there, later"),
    ],
)
def test_who_came_about_then_goes_on_with_the_wait_of_who_was_passed(
    since_ms: int, place: tuple[float, float], are_one: bool
) -> None:
    stage = Stage(STORE)
    play(stage, left(), walk("0-1", (since_ms, place)))
    tally = counted(stage)
    assert (tally.joined, tally.abandoned, tally.lost) == (2 - are_one, 0, int(not are_one))


def test_who_goes_to_the_desk_as_they_move_up_was_served() -> None:
    """Also under a new track, first seen there, while theirs turns back with who was there."""
    stage = Stage(STORE)
    next_to_it = (0.435, 0.6)
    play(
        stage,
        walk("0-0", (0, next_to_it), (19_500, next_to_it), (20_000, (0.48, 0.6)), (21_500, ASIDE)),
        walk("0-1", (21_000, (0.53, 0.6)), (22_000, DESK)),
    )
    assert counted(stage).waits_ms == [21_000]


def test_who_walks_in_and_turns_round_at_once_has_given_up() -> None:
    stage = Stage(STORE)
    walks_in = (0, (0.05, 0.6)), (1_000, (0.22, 0.6)), (3_800, (0.4, 0.6)), (4_800, (0.15, 0.6))
    play(stage, walk("0-0", *walks_in))
    assert (counted(stage).abandoned, counted(stage).lost) == (1, 0)


@pytest.mark.parametrize("hidden_ms", [1_500, 7_500])
def test_who_was_hidden_for_long_before_has_not_just_moved_up(hidden_ms: int) -> None:
    stage = Stage(STORE)
    for step in left():
        if not 20_000 - hidden_ms <= step[0] < 20_000:
            play(stage, iter([step]))
    assert counted(stage).abandoned == int(hidden_ms > 3_000)


def test_where_somebody_stood_long_ago_is_forgotten_before_it_is_known_that_they_left() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(handover_ms=18_000))))
    play(stage, left())
    assert counted(stage).abandoned == 1


def test_feet_that_tremble_do_not_move_up() -> None:
    stage = Stage(STORE)
    for at_ms, x, y, track in left(up=PLACE):
        off = -0.02 if at_ms == 18_500 else 0.015 if at_ms == 20_000 else 0.0
        stage.see([(at_ms, x + off, y)], track)
    assert counted(stage).abandoned == 1


def test_who_is_seen_again_where_they_were_passed_waits_on() -> None:
    stage = Stage(STORE)
    play(stage, left())
    stage.see([(at_ms, 0.45, 0.6) for at_ms in range(35_000, 45_000, 500)], "0-1")
    stage.see([(45_000, *DESK), (45_500, *DESK)], "0-1")
    tally = counted(stage)
    assert (tally.joined, tally.abandoned, tally.waits_ms) == (1, 0, [45_000])


def test_nobody_is_taken_to_be_passed_where_no_wait_is_recalled() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(recall_ms=0))))
    play(stage, left())
    assert counted(stage).abandoned == 1
