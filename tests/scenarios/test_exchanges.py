"""Who has the place of somebody who leaves a queue, where tracks change persons."""

from collections.abc import Iterator
from dataclasses import replace
from heapq import merge
from typing import Any

import pytest

from schemas.layout import Camera
from streams.metrics.tallies import ZoneTally
from tests.scenarios.scene import Person, layout, till
from tests.streams.metrics.stage import Stage

STORE = layout(Camera(id="cam", zones=till()))
PLACE, ASIDE, DESK = (0.3, 0.6), (0.1, 0.6), (0.6, 0.6)
ABOVE, BELOW = (0.3, 0.2), (0.3, 0.98)


def served_at_40_s(stage: Stage) -> ZoneTally:
    """What is counted once the second track has gone to the desk and the source has ended."""
    stage.see([(40_000, *DESK), (40_500, *DESK)], "0-1")
    stage.finish()
    return stage.ledger.window_at(0).zone("till")


Step = tuple[int, float, float, str]
"""Instant, place, track."""


def walk(
    track: str, *path: tuple[int, tuple[float, float]], until_ms: int = 40_000
) -> Iterator[Step]:
    """Walks straight to each place, to be there at its instant, and stands from the last on."""
    person = Person([(at_ms, *place) for at_ms, place in (*path, (until_ms, path[-1][1]))])
    for at_ms in range(path[0][0], until_ms, 500):
        feet = person.feet(at_ms)
        assert feet is not None
        yield at_ms, *feet, track


def play(stage: Stage, *walks: Iterator[Step]) -> None:
    """They walk side by side."""
    for at_ms, x, y, track in merge(*walks):
        stage.see([(at_ms, x, y)], track)


def passed(
    *,
    came_ms: int,
    place: tuple[float, float] = PLACE,
    back: bool = False,
    handover_ms: int = 5_000,
) -> Stage:
    """One waits for 20 s and walks off upwards, another comes from below or above to a place."""
    stage = Stage(layout(Camera(id="cam", zones=till(handover_ms=handover_ms))))
    start = ABOVE if back else BELOW
    play(
        stage,
        walk("0-0", (0, PLACE), (20_000, PLACE), (22_000, ABOVE)),
        walk("0-1", (0, start), (came_ms - 2_000, start), (came_ms, place)),
    )
    return stage


@pytest.mark.parametrize(
    ("how", "exchanged"),
    [
        pytest.param({"came_ms": 21_000}, True, id="as the other leaves"),
        pytest.param({"came_ms": 18_500}, True, id="just before"),
        pytest.param({"came_ms": 21_000, "place": (0.3, 0.68)}, True, id="nearly there"),
        pytest.param({"came_ms": 21_000, "place": (0.3, 0.73)}, False, id="a place behind"),
        pytest.param({"came_ms": 17_500, "handover_ms": 1_000}, False, id="long before"),
        pytest.param({"came_ms": 25_500}, False, id="afterwards"),
        pytest.param({"came_ms": 21_000, "place": (0.45, 0.75)}, False, id="elsewhere"),
        pytest.param({"came_ms": 21_000, "back": True}, False, id="from where the other goes"),
        pytest.param(
            {"came_ms": 21_000, "back": True, "handover_ms": 12_000},
            False,
            id="from where the other goes, known long after",
        ),
    ],
)
def test_who_came_the_way_on_which_another_leaves_has_their_place(
    how: dict[str, Any], exchanged: bool
) -> None:
    tally = served_at_40_s(passed(**how))
    assert (tally.joined, tally.abandoned) == ((1, 0) if exchanged else (2, 1))
    assert (tally.waits_ms == [40_000]) == exchanged


@pytest.mark.parametrize(
    ("first_seen_ms", "place", "exchanged"),
    [
        pytest.param(18_000, PLACE, True, id="just before"),
        pytest.param(16_000, PLACE, False, id="long before"),
        pytest.param(18_000, (0.3, 0.72), False, id="elsewhere"),
    ],
)
def test_who_was_first_seen_at_the_place_of_one_who_leaves_was_there(
    first_seen_ms: int, place: tuple[float, float], exchanged: bool
) -> None:
    stage = Stage(STORE)
    play(
        stage,
        walk("0-0", (0, PLACE), (20_000, PLACE), (20_500, ASIDE)),
        walk("0-1", (first_seen_ms, place)),
    )
    tally = served_at_40_s(stage)
    assert (tally.joined, tally.abandoned) == ((1, 0) if exchanged else (2, 1))


@pytest.mark.parametrize("revisit_ms", [3_000, 60_000])
@pytest.mark.parametrize("was_at_desk", [True, False])
def test_who_was_at_the_desk_before_has_not_just_come_whichever_way(
    was_at_desk: bool, revisit_ms: int
) -> None:
    queue, desk = till()
    stage = Stage(layout(Camera(id="cam", zones=[queue, replace(desk, revisit_ms=revisit_ms)])))
    before = DESK if was_at_desk else ABOVE
    play(
        stage,
        walk("0-0", (0, PLACE), (20_000, PLACE), (22_000, ABOVE)),
        walk("0-1", (0, before), (5_000, before), (9_000, ABOVE), (19_000, ABOVE), (21_000, PLACE)),
    )
    tally = served_at_40_s(stage)
    assert (tally.joined, tally.abandoned) == ((1, 0) if was_at_desk else (2, 1))


def test_who_was_at_the_desk_long_ago_may_queue_again() -> None:
    stage = Stage(STORE)
    play(
        stage,
        walk("0-0", (0, PLACE), (90_000, PLACE), (92_000, ABOVE), until_ms=110_000),
        walk(
            "0-1",
            (0, DESK),
            (5_000, DESK),
            (9_000, ABOVE),
            (89_000, ABOVE),
            (91_000, PLACE),
            until_ms=110_000,
        ),
    )
    stage.finish()
    joined = [stage.ledger.window_at(at_ms).zone("till").joined for at_ms in (0, 60_000)]
    assert joined == [1, 1]


def test_who_was_not_seen_since_another_left_has_nobodys_place() -> None:
    stage = Stage(STORE)
    play(
        stage,
        walk("0-0", (0, PLACE), (20_000, PLACE), (20_500, ASIDE)),
        walk("0-1", (18_000, PLACE), until_ms=19_500),
    )
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.abandoned, tally.lost) == (1, 1, 0)


def test_who_stands_beside_the_queue_again_has_nobodys_place() -> None:
    """Else the other would wait until this one left."""
    stage = Stage(layout(Camera(id="cam", zones=till(join_ms=8_000))))
    stands, behind, beside = (0.3, 0.82), (0.3, 0.86), (0.3, 0.91)
    coming = (57_000, BELOW), (58_000, behind)
    play(
        stage,
        walk("0-0", (0, stands), (58_000, stands), (59_500, ABOVE), until_ms=80_000),
        walk("0-1", (0, BELOW), *coming, (61_000, behind), (61_500, beside), until_ms=80_000),
    )
    stage.finish()
    assert stage.ledger.window_at(0).zone("till").abandoned == 1


def test_who_goes_on_with_a_wait_of_their_own_has_nobody_elses() -> None:
    stage = Stage(STORE)
    play(
        stage,
        walk("0-0", (0, PLACE), (20_000, PLACE), (20_500, ASIDE)),
        walk("0-2", (0, (0.3, 0.69)), until_ms=15_000),
        walk("0-1", (19_000, (0.3, 0.69))),
    )
    stage.end("0-2")
    tally = served_at_40_s(stage)
    assert (tally.joined, tally.abandoned, tally.waits_ms) == (2, 1, [40_000])


def test_who_was_served_and_may_wait_on_has_nobody_elses_place() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(return_ms=60_000, join_ms=8_000))))
    first = (0.3, 0.75)
    play(
        stage,
        walk("0-0", (0, PLACE), (22_000, PLACE), (22_500, ASIDE)),
        walk("0-1", (0, first), (14_000, first), (14_500, DESK), (20_500, DESK), (21_000, first)),
    )
    tally = served_at_40_s(stage)
    assert (tally.joined, tally.abandoned, tally.waits_ms) == (2, 1, [40_000])


@pytest.mark.parametrize(
    ("path", "first_seen_ms"),
    [
        pytest.param([(20_500, DESK), (21_000, ASIDE)], 20_500, id="touched the desk"),
        pytest.param(
            [(20_500, (0.35, 0.95)), (23_500, (0.6, 0.95)), (24_000, DESK)], 19_000, id="slowly"
        ),
    ],
)
def test_nobody_has_the_place_of_who_is_on_the_way_to_the_desk(
    path: list[tuple[int, tuple[float, float]]], first_seen_ms: int
) -> None:
    queue, desk = till()
    stage = Stage(layout(Camera(id="cam", zones=[queue, replace(desk, enter_ms=1_000)])))
    play(
        stage,
        walk("0-0", (0, PLACE), (20_000, PLACE), *path),
        walk("0-1", (first_seen_ms, PLACE), until_ms=35_000),
    )
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.direct) == (2, 0)
    assert tally.waits_ms == [next(at_ms for at_ms, place in path if place == DESK)]


def test_a_place_is_where_somebody_stood_last() -> None:
    stage = Stage(STORE)
    before = (0.3, 0.75)
    play(
        stage,
        walk(
            "0-0", (0, before), (17_000, before), (18_000, PLACE), (20_000, PLACE), (20_500, ASIDE)
        ),
        walk("0-1", (21_000, PLACE)),
    )
    tally = served_at_40_s(stage)
    assert (tally.joined, tally.abandoned) == (1, 0)


def test_the_way_out_begins_where_somebody_stood() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(handover_ms=1_000))))
    play(
        stage,
        walk("0-0", (19_500, BELOW), (20_500, PLACE), (22_500, PLACE), (24_000, ABOVE)),
        walk("0-1", (0, BELOW), (21_500, BELOW), (23_000, PLACE)),
    )
    tally = served_at_40_s(stage)
    assert (tally.joined, tally.abandoned) == (1, 0)


def test_who_walks_out_of_sight_as_another_has_their_place_has_not_given_up() -> None:
    stage = Stage(STORE)
    play(
        stage,
        walk("0-0", (0, PLACE), (20_000, PLACE), (21_000, (0.3, 0.31)), until_ms=21_500),
        walk("0-1", (0, BELOW), (18_000, BELOW), (20_000, PLACE), until_ms=24_000),
    )
    stage.end("0-0")
    play(stage, walk("0-1", (24_000, PLACE)))
    tally = served_at_40_s(stage)
    assert (tally.joined, tally.abandoned, tally.waits_ms) == (1, 0, [40_000])


def test_who_has_a_place_but_has_not_joined_yet_goes_on_with_its_wait() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(join_ms=8_000))))
    play(
        stage,
        walk("0-0", (0, PLACE), (20_000, PLACE), (22_000, ABOVE)),
        walk("0-1", (0, BELOW), (19_000, BELOW), (21_000, PLACE)),
    )
    tally = served_at_40_s(stage)
    assert (tally.joined, tally.abandoned, tally.waits_ms) == (1, 0, [40_000])


def test_who_is_first_seen_where_one_has_left_and_another_vanished_has_the_nearer_place() -> None:
    stage = Stage(STORE)
    play(
        stage,
        walk("0-0", (0, PLACE), (20_000, PLACE), (20_500, ASIDE)),
        walk("0-2", (0, (0.3, 0.7)), until_ms=15_000),
        walk("0-1", (20_500, PLACE)),
    )
    stage.end("0-2")
    tally = served_at_40_s(stage)
    assert (tally.joined, tally.abandoned, tally.waits_ms) == (2, 0, [40_000])
    assert tally.lost == 1


def test_no_wait_is_exchanged_where_none_is_recalled() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(recall_ms=0))))
    play(
        stage,
        walk("0-0", (0, PLACE), (20_000, PLACE), (20_500, ASIDE)),
        walk("0-1", (20_000, PLACE)),
    )
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.abandoned) == (2, 1)


def test_no_exchange_reaches_into_a_closed_window() -> None:
    stage = Stage(STORE)
    stage.ledger.hold(0, 70_000)
    play(
        stage,
        walk("0-0", (0, PLACE), (59_000, PLACE), (61_000, ABOVE), until_ms=63_500),
        walk("0-1", (0, BELOW), (57_000, BELOW), (59_000, PLACE), until_ms=63_500),
    )
    (closed,) = stage.ledger.close(60_000)
    stage.see([(67_000, *ABOVE)], "0-0")
    stage.finish()
    assert closed.zone("till").joined == 2
    assert stage.ledger.window_at(60_000).zone("till").abandoned == 1


@pytest.mark.parametrize(
    ("first_seen_ms", "place", "recall_ms", "goes_on"),
    [
        pytest.param(20_500, PLACE, 60_000, True, id="at once"),
        pytest.param(28_000, PLACE, 60_000, True, id="soon"),
        pytest.param(30_500, PLACE, 60_000, False, id="late"),
        pytest.param(26_000, PLACE, 6_000, False, id="too late to turn up"),
        pytest.param(20_500, (0.38, 0.6), 60_000, False, id="elsewhere"),
    ],
)
def test_who_was_hidden_by_one_who_leaves_with_their_track_has_not_just_come(
    first_seen_ms: int, place: tuple[float, float], recall_ms: int, goes_on: bool
) -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(recall_ms=recall_ms))))
    stage.see([(at_ms, *(PLACE if at_ms < 20_000 else ASIDE)) for at_ms in range(0, 30_000, 500)])
    stage.see([(at_ms, *place) for at_ms in range(first_seen_ms, 40_000, 500)], "0-1")
    tally = served_at_40_s(stage)
    assert (tally.joined, tally.abandoned) == ((1, 0) if goes_on else (2, 1))
    assert tally.waits_ms == [40_000 - (0 if goes_on else first_seen_ms)]


def test_who_is_first_seen_where_one_stood_who_was_served_has_just_come() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(return_ms=8_000))))
    stage.see([(at_ms, *PLACE) for at_ms in range(0, 20_000, 500)])
    stage.see([(at_ms, *DESK) for at_ms in range(20_000, 30_000, 500)])
    stage.see([(at_ms, *PLACE) for at_ms in range(21_000, 40_000, 500)], "0-1")
    tally = served_at_40_s(stage)
    assert (tally.joined, tally.waits_ms) == (2, [20_000, 19_000])


def test_who_has_left_the_queue_again_has_nobodys_place() -> None:
    """Else a wait would end at the desk before it began."""
    stage = Stage(layout(Camera(id="cam", zones=till(join_ms=1_000))))
    play(
        stage,
        walk("0-0", (9_000, PLACE), (12_000, PLACE), (12_500, ASIDE)),
        walk("0-1", (0, PLACE), (6_000, PLACE), (6_500, DESK), (8_000, PLACE), (12_500, DESK)),
    )
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert all(wait_ms >= 0 for wait_ms in tally.waits_ms)
    assert tally.joined == len(tally.waits_ms) + tally.abandoned + tally.lost
