"""Who is served although their track did not stay at the desk: people change places there."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.layout import Camera
from tests.scenarios.scene import film, layout, standing, till
from tests.scenarios.test_queues import outcome, totals
from tests.streams.metrics.stage import Stage

QUEUE, DESK = till()
STORE = layout(Camera(id="cam", zones=[QUEUE, replace(DESK, enter_ms=1_000)]))
PLACE, AT_DESK, ASIDE = (0.3, 0.6), (0.6, 0.6), (0.1, 0.6)
NEXT = (0.48, 0.6)
"""A tenth of a body from the desk."""


def waited(stage: Stage, *path: tuple[int, tuple[float, float]], track: str = "0-0") -> None:
    """Waits for 20 s, then goes where the path says."""
    stage.see([(at_ms, *PLACE) for at_ms in range(0, 20_500, 500)], track)
    stage.see([(at_ms, *place) for at_ms, place in path], track)


@pytest.mark.parametrize(
    ("path", "served"),
    [
        pytest.param([(20_500, AT_DESK), (21_000, ASIDE)], True, id="touches the desk"),
        pytest.param([(20_500, ASIDE), (24_000, AT_DESK), (24_500, ASIDE)], True, id="on the way"),
        pytest.param([(20_500, ASIDE), (21_000, ASIDE)], False, id="does not"),
        pytest.param(
            [(20_500, AT_DESK), (21_000, PLACE), (24_000, PLACE), (24_500, ASIDE)],
            False,
            id="comes back first",
        ),
        pytest.param([(20_500, ASIDE), (25_600, AT_DESK), (26_000, ASIDE)], False, id="later"),
    ],
)
def test_who_leaves_by_the_desk_was_served(
    path: list[tuple[int, tuple[float, float]]], served: bool
) -> None:
    stage = Stage(STORE)
    waited(stage, *path, (30_000, ASIDE), (31_000, ASIDE))
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, len(tally.waits_ms), tally.abandoned) == (1, int(served), int(not served))
    if served:
        assert tally.waits_ms == [next(at_ms for at_ms, place in path if place == AT_DESK)]


def test_who_is_back_from_the_desk_and_off_at_once_has_not_given_up() -> None:
    """To move up, and back, is to meet who leaves: theirs is the track that is off."""
    stage = Stage(STORE)
    off = (22_000, ASIDE), (30_000, ASIDE), (31_000, ASIDE)
    waited(stage, (20_500, AT_DESK), (21_000, PLACE), *off)
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.abandoned, tally.lost) == ([], 0, 1)


def test_whose_track_ends_at_the_desk_at_once_was_served() -> None:
    stage = Stage(STORE)
    waited(stage, (20_500, AT_DESK))
    stage.end()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.direct) == ([20_500], 0)


def test_nobody_is_served_twice() -> None:
    stage = Stage(STORE)
    waited(stage, (20_500, AT_DESK), (21_000, ASIDE), (27_000, ASIDE))
    stage.see([(at_ms, *AT_DESK) for at_ms in range(27_500, 30_000, 500)])
    stage.end()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.direct, tally.abandoned) == ([20_500], 0, 0)


def test_who_was_served_and_joins_again_waits_anew() -> None:
    stage = Stage(layout(Camera(id="cam", zones=[replace(QUEUE, join_ms=5_000), DESK])))
    waited(stage, *((at_ms, AT_DESK) for at_ms in range(20_500, 22_500, 500)))
    stage.see([(at_ms, *PLACE) for at_ms in range(22_500, 40_000, 500)])
    stage.see([(at_ms, *ASIDE) for at_ms in range(40_000, 48_000, 500)])
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.waits_ms, tally.abandoned) == (2, [20_500], 1)


@pytest.mark.parametrize(
    ("place", "is_taken", "others", "served"),
    [
        pytest.param(NEXT, True, [], True, id="next to a desk with somebody at it"),
        pytest.param(NEXT, False, [], False, id="the desk is free"),
        pytest.param((0.4, 0.6), True, [], False, id="away from the desk"),
        pytest.param(NEXT, True, [(0.49, 0.7)], False, id="another is nearer"),
        pytest.param(NEXT, True, [(0.4, 0.6)], True, id="others are behind"),
    ],
)
def test_who_is_next_and_vanishes_has_taken_their_turn(
    place: tuple[float, float], is_taken: bool, others: list[tuple[float, float]], served: bool
) -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 500):
        if is_taken:
            stage.see([(at_ms, *AT_DESK)], "0-9")
        for index, other in enumerate(others, 1):
            stage.see([(at_ms, *other)], f"0-{index}")
        if at_ms <= 20_000:
            stage.see([(at_ms, *place)], "0-0")
        elif at_ms == 25_500:
            stage.end("0-0")
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.lost) == ([], 0)
    stage.journeys.expire(90_000)
    assert (tally.waits_ms, tally.lost) == (([20_000], 0) if served else ([], 1))
    assert tally.joined == 1 + len(others)


def test_who_is_next_when_the_source_ends_was_not_served() -> None:
    people = [standing(*NEXT, from_ms=0, to_ms=30_000), standing(*AT_DESK, from_ms=0, to_ms=30_000)]
    finals = film(STORE, people, until_ms=30_000)
    assert totals(finals) == outcome(joined=1, lost=1)


def test_who_is_next_and_turns_up_again_waits_on() -> None:
    stage = Stage(STORE)
    stage.see([(at_ms, *AT_DESK) for at_ms in range(0, 26_000, 500)], "0-9")
    stage.see([(at_ms, *NEXT) for at_ms in range(0, 20_500, 500)], "0-0")
    stage.end("0-0")
    stage.see([(at_ms, *NEXT) for at_ms in range(30_000, 50_000, 500)], "0-1")
    stage.journeys.expire(90_000)
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.joined) == ([], 1)
    assert stage.ledger.zone("till").waits.open == {"0-1": 0}


def called(*, stirs_ms: int, back: bool, distance: float = 0.02, other: bool = False) -> Stage:
    """Somebody waits for 20 s near a desk, then walks off; whoever is there stirs at an instant."""
    stage = Stage(STORE)
    waiting = 0.5 - distance, 0.6
    for at_ms in range(0, 40_000, 500):
        stirs = stirs_ms <= at_ms and not (back and at_ms >= stirs_ms + 1_000)
        there = (0.55, 0.6) if stirs else AT_DESK
        stage.see([(at_ms, *there)], "0-9")
        if other:
            stage.see([(at_ms, 0.495, 0.6)], "0-8")
        stage.see([(at_ms, *(waiting if at_ms <= 20_000 else ASIDE))], "0-0")
    stage.finish()
    return stage


@pytest.mark.parametrize(
    ("how", "served"),
    [
        pytest.param({"stirs_ms": 19_000, "back": True}, True, id="as that one set off"),
        pytest.param({"stirs_ms": 50_000, "back": True}, False, id="as that one stands"),
        pytest.param({"stirs_ms": 13_000, "back": True}, False, id="long after"),
        pytest.param({"stirs_ms": 19_000, "back": False}, True, id="and stands beside then"),
        pytest.param(
            {"stirs_ms": 19_000, "back": True, "distance": 0.09}, False, id="from farther away"
        ),
        pytest.param(
            {"stirs_ms": 19_000, "back": True, "other": True}, False, id="another is nearer"
        ),
    ],
)
def test_who_walks_off_from_the_desk_as_that_one_stirs_was_served(
    how: dict[str, Any], served: bool
) -> None:
    tally = called(**how).ledger.window_at(0).zone("till")
    assert tally.waits_ms == ([19_000] if served else [])
    assert tally.abandoned == int(not served)


@pytest.mark.parametrize(
    ("ahead", "served"),
    [
        pytest.param([(0.48, 18_500)], True, id="the first stirs too"),
        pytest.param([(0.48, 18_500), (0.44, 19_000)], True, id="all stir"),
        pytest.param([(0.48, None)], False, id="the first stands still"),
        pytest.param([(0.48, 18_500), (0.44, None)], False, id="one stands still"),
        pytest.param([(0.48, 18_500), (0.36, None)], True, id="one behind stands still"),
        pytest.param([(0.48, 10_000)], False, id="the first stirred long before"),
        pytest.param([(0.41, 18_500)], False, id="nobody is next to the desk"),
        pytest.param([(0.48, 12_000, 15_000)], False, id="the first stirred, then was hidden"),
    ],
)
def test_who_walks_off_as_all_before_them_move_up_leaves_with_who_was_served(
    ahead: list[tuple], served: bool
) -> None:
    """Ahead are a place, when somebody stirs there, and until when they are seen."""
    stage = Stage(STORE)
    for at_ms in range(0, 40_000, 500):
        stage.see([(at_ms, *((0.55, 0.6) if at_ms == 18_000 else AT_DESK))], "0-9")
        for index, (x, stirs_ms, *until_ms) in enumerate(ahead, 1):
            if not until_ms or at_ms <= until_ms[0]:
                sways = 0.6 if at_ms % 1_000 else 0.61
                stage.see([(at_ms, x, 0.64 if at_ms == stirs_ms else sways)], f"0-{index}")
        stage.see([(at_ms, *((0.4, 0.6) if at_ms <= 19_000 else ASIDE))], "0-0")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.abandoned) == (([18_000], 0) if served else ([], 1))


def test_nobody_is_called_where_tracks_are_taken_at_their_word() -> None:
    queue = replace(QUEUE, recall_ms=0)
    stage = Stage(layout(Camera(id="cam", zones=[queue, DESK])))
    for at_ms in range(0, 40_000, 500):
        stirs = 19_000 <= at_ms < 20_000
        stage.see([(at_ms, *((0.55, 0.6) if stirs else AT_DESK))], "0-9")
        stage.see([(at_ms, *(NEXT if at_ms <= 20_000 else ASIDE))], "0-0")
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.abandoned) == ([], 1)


def test_who_just_came_to_the_desk_has_not_set_off() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 40_000, 500):
        stirs = 17_500 <= at_ms < 18_500
        place = ASIDE if at_ms < 15_500 else (0.55, 0.6) if stirs else AT_DESK
        stage.see([(at_ms, *place)], "0-9")
        stage.see([(at_ms, *(NEXT if at_ms <= 20_000 else ASIDE))], "0-0")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.abandoned) == ([], 1)


def test_nobody_who_stood_beside_the_queue_is_called_before_they_waited() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till())))
    for at_ms in range(0, 40_000, 500):
        stage.see([(at_ms, 0.54 if at_ms == 17_000 else 0.6, 0.6)], "0-9")
        y = 0.93 if at_ms < 17_500 else 0.88 if at_ms < 21_000 else 0.98
        stage.see([(at_ms, 0.48, y)], "0-0")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.abandoned) == ([], 1)


def test_nobody_is_called_before_they_waited() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till())))
    for at_ms in range(0, 40_000, 100):
        if not 20_000 <= at_ms < 24_900:
            stage.see([(at_ms, 0.54 if 16_000 <= at_ms < 17_000 else 0.6, 0.6)], "0-9")
        if at_ms >= 19_000:
            stage.see([(at_ms, 0.48 if at_ms < 24_000 else 0.1, 0.6)], "0-0")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.abandoned) == ([], 1)


def test_of_whom_was_not_seen_lately_nobody_knows_whether_they_are_back() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 40_000, 500):
        stirs = 17_500 <= at_ms < 18_000
        if at_ms <= 18_000 or at_ms > 22_000:
            stage.see([(at_ms, *((0.55, 0.6) if stirs else AT_DESK))], "0-9")
        stage.see([(at_ms, *(NEXT if at_ms <= 20_500 else ASIDE))], "0-0")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.abandoned) == ([], 1)


@pytest.mark.parametrize(
    ("how", "served"),
    [
        pytest.param({}, True, id="as they leave"),
        pytest.param({"other": (0.495, 0.6)}, False, id="another is nearer"),
        pytest.param({"back_ms": 24_500}, False, id="and comes again"),
        pytest.param({"first_seen_ms": 15_500}, False, id="long before"),
        pytest.param({"first_seen_ms": 22_500}, False, id="afterwards"),
        pytest.param({"until_ms": 20_000}, False, id="and walks on"),
        pytest.param({"start": (0.8, 0.6)}, False, id="but not there at first"),
        pytest.param({"place": (0.35, 0.6)}, False, id="from farther away"),
        pytest.param({"desk": (0.8, 0.6)}, False, id="behind the desk"),
        pytest.param({"recall_ms": 0}, False, id="where tracks are taken at their word"),
    ],
)
def test_who_walks_off_from_the_desk_as_somebody_is_first_seen_at_it_was_served(
    how: dict[str, Any], served: bool
) -> None:
    asked: dict[str, Any] = {"first_seen_ms": 18_500, "until_ms": 60_000, "place": NEXT}
    asked |= {"desk": AT_DESK, "recall_ms": 60_000} | how
    queue = replace(QUEUE, recall_ms=asked["recall_ms"])
    stage = Stage(layout(Camera(id="cam", zones=[queue, replace(DESK, enter_ms=3_000)])))
    for at_ms in range(0, 40_000, 500):
        stage.see([(at_ms, *(asked["place"] if at_ms <= 20_000 else ASIDE))], "0-0")
        if "other" in asked:
            stage.see([(at_ms, *asked["other"])], "0-8")
        if asked["first_seen_ms"] < at_ms < asked.get("back_ms", 0):
            stage.see([(at_ms, 0.8, 0.6)], "0-1")
        elif asked["first_seen_ms"] <= at_ms:
            is_first = at_ms == asked["first_seen_ms"] and "start" in asked
            there = asked["start"] if is_first else asked["desk"]
            stage.see([(at_ms, *(there if at_ms < asked["until_ms"] else ASIDE))], "0-1")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.abandoned) == (([18_500], 0) if served else ([], 1))


def test_who_is_relieved_was_served_as_they_left_at_the_latest() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till())))
    for at_ms in range(0, 40_000, 500):
        stage.see([(at_ms, *(NEXT if at_ms <= 20_000 else ASIDE))], "0-0")
        if at_ms > 20_000:
            stage.see([(at_ms, *AT_DESK)], "0-1")
    stage.finish()
    assert stage.ledger.window_at(0).zone("till").waits_ms == [20_000]


def test_nobody_is_relieved_before_they_waited() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(join_ms=1_000))))
    for at_ms in range(0, 40_000, 500):
        if at_ms >= 18_500:
            stage.see([(at_ms, *AT_DESK)], "0-1")
        if at_ms >= 19_000:
            stage.see([(at_ms, *(NEXT if at_ms <= 21_000 else ASIDE))], "0-0")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.abandoned) == ([], 1)


def test_one_at_the_desk_is_one_who_waited() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till())))
    for at_ms in range(0, 40_000, 500):
        for track, y in (("0-0", 0.6), ("0-2", 0.61), ("0-3", 0.59)):
            stage.see([(at_ms, *((0.48, y) if at_ms <= 20_000 else (0.1, y)))], track)
        if at_ms >= 18_500:
            stage.see([(at_ms, *AT_DESK)], "0-1")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.abandoned) == ([18_500], 2)


def test_who_goes_on_with_a_wait_at_the_desk_is_nobody_else() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till())))
    for at_ms in range(0, 40_000, 500):
        if at_ms <= 17_000:
            stage.see([(at_ms, 0.49, 0.7)], "0-2")
        stage.see([(at_ms, *(NEXT if at_ms <= 20_000 else ASIDE))], "0-0")
        if at_ms >= 18_500:
            stage.see([(at_ms, *AT_DESK)], "0-1")
    stage.end("0-2")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.waits_ms, tally.abandoned) == (2, [18_500], 1)


def test_who_is_at_the_desk_for_long_is_not_first_seen_there_as_their_track_is_cut() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(), max_track_ms=19_000)))
    for at_ms in range(0, 30_000, 500):
        stage.see([(at_ms, *AT_DESK)], "0-1")
        if at_ms >= 10_000:
            stage.see([(at_ms, *(NEXT if at_ms <= 20_000 else ASIDE))], "0-0")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.abandoned) == ([], 1)
