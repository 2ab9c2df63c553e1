"""How waits end whose tracks go on with others as a desk passes to whoever is next."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.layout import Camera, ZoneKind
from tests.scenarios.scene import Person, View, film, layout, mark, play, square, standing, till
from tests.scenarios.test_queues import outcome, totals
from tests.streams.metrics.stage import Stage

QUEUE, DESK = till()
STORE = layout(Camera(id="cam", zones=[QUEUE, replace(DESK, enter_ms=1_000)]))
AT_DESK, STEP_ASIDE, ASIDE, BEHIND = (0.6, 0.6), (0.55, 0.6), (0.1, 0.6), (0.3, 0.6)
NEXT = (0.48, 0.6)
"""A tenth of a body from the desk."""
UNTIL_MS = 20_000
"""The last sight of who waits, or of them in the queue."""


def ends(stage: Stage) -> tuple[list[int], int, int]:
    """Of those waiting at one till: waits of who was served, who gave up, who is lost."""
    stage.journeys.expire(120_000)
    tally = stage.ledger.window_at(0).zone("till")
    return tally.waits_ms, tally.abandoned, tally.lost


def film_desk(stage: Stage, at_ms: int, **how: Any) -> None:
    """Somebody is at a desk: `stirs_ms` and `hidden_ms` are when they step aside, or are unseen."""
    stage.frame(at_ms)
    place = how.get("place", AT_DESK)
    if at_ms < how.get("comes_ms", 0):
        place = (0.9, 0.6)
    elif at_ms in (how.get("stirs_ms"), how.get("stirs_ms", 0) + 500):
        place = STEP_ASIDE
    if at_ms != how.get("hidden_ms") and at_ms < how.get("until_ms", 60_000):
        stage.see([(at_ms, *place)], "0-9")


@pytest.mark.parametrize(
    ("desk", "served_ms"),
    [
        pytest.param({"stirs_ms": 20_000}, 20_000, id="that one stirs"),
        pytest.param({"hidden_ms": 20_500}, 20_500, id="that one is out of sight"),
        pytest.param({}, None, id="that one stands still, in sight"),
        pytest.param({"stirs_ms": 17_000}, None, id="before"),
        pytest.param({"stirs_ms": 23_500}, None, id="after"),
        pytest.param({"hidden_ms": 24_000}, None, id="that one is out of sight after"),
        pytest.param({"stirs_ms": 20_000, "comes_ms": 19_000}, None, id="and has just come"),
        pytest.param({"stirs_ms": 20_000, "place": (0.72, 0.6)}, 20_000, id="at the very edge"),
        pytest.param({"stirs_ms": 20_000, "place": (0.74, 0.6)}, None, id="beside the desk"),
    ],
)
@pytest.mark.parametrize("vanishes", [True, False])
def test_a_desk_passes_to_who_sets_off_as_that_one_stirs(
    desk: dict[str, Any], served_ms: int | None, vanishes: bool
) -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 500):
        film_desk(stage, at_ms, **desk)
        if at_ms <= UNTIL_MS:
            stage.see([(at_ms, *(BEHIND if vanishes else NEXT))], "0-0")
        elif not vanishes:
            stage.see([(at_ms, *ASIDE)], "0-0")
        elif at_ms == 25_500:
            stage.end("0-0")
    served = [] if served_ms is None else [served_ms]
    is_open = served_ms is None
    assert ends(stage) == (served, int(is_open and not vanishes), int(is_open and vanishes))


@pytest.mark.parametrize(
    ("turn_ms", "is_theirs"),
    [
        pytest.param(None, True, id="nobody else came"),
        pytest.param(16_000, True, id="long before"),
        pytest.param(19_000, False, id="just before"),
        pytest.param(22_000, True, id="afterwards"),
    ],
)
def test_nobody_who_vanished_was_called_as_another_came_to_the_desk(
    turn_ms: int | None, is_theirs: bool
) -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 500):
        film_desk(stage, at_ms, stirs_ms=20_000)
        comes = turn_ms is not None and at_ms >= turn_ms
        if turn_ms is not None:
            stage.see([(at_ms, *((0.65, 0.6) if comes else (0.46, 0.6)))], "0-1")
        if at_ms <= UNTIL_MS:
            stage.see([(at_ms, *BEHIND)], "0-0")
        elif at_ms == 25_500:
            stage.end("0-0")
    waits_ms, _, lost = ends(stage)
    others = [] if turn_ms is None else [turn_ms]
    assert (sorted(waits_ms), lost) == (
        sorted([*others, *[20_000][:is_theirs]]),
        int(not is_theirs),
    )


def test_who_is_next_is_called_though_another_came_just_before() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 500):
        film_desk(stage, at_ms, stirs_ms=20_000)
        stage.see([(at_ms, *((0.65, 0.6) if at_ms >= 19_000 else (0.49, 0.6)))], "0-1")
        stage.see([(at_ms, *(NEXT if at_ms <= UNTIL_MS else ASIDE))], "0-0")
    waits_ms, *others = ends(stage)
    assert (sorted(waits_ms), others) == ([19_000, 20_000], [0, 0])


def test_who_leaves_as_all_before_them_moved_up_is_not_who_came_to_the_desk() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 500):
        film_desk(stage, at_ms, stirs_ms=19_500)
        stage.see([(at_ms, *((0.65, 0.6) if at_ms >= 19_000 else (0.49, 0.6)))], "0-1")
        stage.see([(at_ms, *(NEXT if at_ms >= 20_500 else (0.44, 0.6)))], "0-2")
        stage.see([(at_ms, *((0.4, 0.6) if at_ms <= UNTIL_MS else ASIDE))], "0-0")
    assert ends(stage) == ([19_000], 1, 0)


@pytest.mark.parametrize(
    ("moves_ms", "served"), [pytest.param(22_000, True, id="now"), pytest.param(24_000, False)]
)
def test_who_moves_up_does_so_as_the_others_do(moves_ms: int, served: bool) -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 500):
        film_desk(stage, at_ms, stirs_ms=20_000)
        stage.see([(at_ms, *((0.44, 0.6) if at_ms < moves_ms else NEXT))], "0-2")
        stage.see([(at_ms, *((0.4, 0.6) if at_ms <= UNTIL_MS else ASIDE))], "0-0")
    assert ends(stage) == (([20_000], 0, 0) if served else ([], 1, 0))


def test_who_waits_at_the_edge_of_the_desk_is_not_at_it() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 500):
        stage.see([(at_ms, 0.49, 0.65 if at_ms == 20_000 else 0.6)], "0-1")
        stage.see([(at_ms, *(BEHIND if at_ms <= UNTIL_MS else ASIDE))], "0-0")
    assert ends(stage) == ([], 1, 0)


def test_who_gave_up_just_then_has_not_come_to_the_desk() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 500):
        film_desk(stage, at_ms, stirs_ms=20_000)
        stage.see([(at_ms, *((0.3, 0.7) if at_ms < 19_500 else (0.1, 0.7)))], "0-1")
        if at_ms <= UNTIL_MS:
            stage.see([(at_ms, *BEHIND)], "0-0")
        elif at_ms == 25_500:
            stage.end("0-0")
    assert ends(stage) == ([20_000], 1, 0)


def test_of_two_at_the_desk_the_first_to_stir_tells_when() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 500):
        film_desk(stage, at_ms, stirs_ms=21_000)
        stage.see([(at_ms, 0.65, 0.7 if at_ms == 20_000 else 0.6)], "0-8")
        stage.see([(at_ms, *(NEXT if at_ms <= UNTIL_MS else ASIDE))], "0-0")
    assert ends(stage) == ([20_000], 0, 0)


def test_nobody_is_called_before_they_joined() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(join_ms=500))))
    for at_ms in range(0, 30_000, 500):
        film_desk(stage, at_ms, stirs_ms=19_500)
        if at_ms >= 20_000:
            stage.see([(at_ms, *(NEXT if at_ms <= 20_500 else ASIDE))], "0-0")
    assert ends(stage) == ([], 1, 0)


def test_who_passes_slowly_has_not_stood_there() -> None:
    stage = Stage(STORE)
    path = {20_500: 0.4, 21_000: 0.39, 21_500: 0.32, 22_000: 0.24}
    for at_ms in range(0, 30_000, 500):
        film_desk(stage, at_ms, stirs_ms=20_000)
        x = NEXT[0] if at_ms <= UNTIL_MS else path.get(at_ms, 0.1)
        stage.see([(at_ms, x, 0.6)], "0-0")
    assert ends(stage) == ([20_000], 0, 0)


def test_who_walks_off_from_further_back_as_somebody_is_first_seen_at_the_desk_has_given_up() -> (
    None
):
    stage = Stage(STORE)
    stage.see([(at_ms, 0.35, 0.6) for at_ms in range(0, 20_500, 500)], "0-0")
    stage.see([(at_ms, *AT_DESK) for at_ms in range(19_000, 26_000, 500)], "0-1")
    stage.see([(20_500, 0.28, 0.6), (21_000, 0.21, 0.6)], "0-0")
    stage.end("0-0")
    assert ends(stage) == ([], 1, 0)


@pytest.mark.parametrize("is_watched", [True, False])
def test_who_is_not_seen_for_want_of_frames_is_not_hidden(is_watched: bool) -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 100):
        if not 20_000 < at_ms < 21_200:
            stage.see([(at_ms, *AT_DESK)], "0-9")
            stage.see([(at_ms, *(NEXT if at_ms <= UNTIL_MS else ASIDE))], "0-0")
        elif is_watched:
            stage.frame(at_ms)
    assert ends(stage) == (([20_600], 0, 0) if is_watched else ([], 1, 0))


def test_who_blinks_is_not_hidden() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 100):
        film_desk(stage, at_ms, hidden_ms=20_000)
        stage.see([(at_ms, *(NEXT if at_ms <= UNTIL_MS else ASIDE))], "0-0")
    assert ends(stage) == ([], 1, 0)


def test_frames_that_come_a_little_early_or_late_hide_nobody() -> None:
    stage = Stage(STORE)
    for index in range(60):
        at_ms = 500 * index + (0, 20, -10)[index % 3]
        film_desk(stage, at_ms)
        stage.see([(at_ms, *(NEXT if at_ms <= UNTIL_MS else ASIDE))], "0-0")
    assert ends(stage) == ([], 1, 0)


def test_staff_who_stir_beside_the_desk_serve_nobody() -> None:
    cashier = square("counter", 0.7, 0.8, ZoneKind.STAFF)
    stage = Stage(layout(Camera(id="cam", zones=[QUEUE, DESK, cashier])))
    for at_ms in range(0, 30_000, 500):
        film_desk(stage, at_ms, place=(0.71, 0.6), stirs_ms=20_000)
        stage.see([(at_ms, *(NEXT if at_ms <= UNTIL_MS else ASIDE))], "0-0")
    assert ends(stage) == ([], 1, 0)


@pytest.mark.parametrize("comes", [True, False])
def test_nobody_was_served_whose_first_stands_still_as_they_vanish(comes: bool) -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 500):
        if not comes:
            film_desk(stage, at_ms, stirs_ms=20_000)
        elif at_ms >= UNTIL_MS:
            stage.see([(at_ms, *AT_DESK)], "0-9")
        stage.see([(at_ms, 0.4 if at_ms < UNTIL_MS else 0.44, 0.6)], "0-1")
        stage.see([(at_ms, *NEXT)], "0-2")
        if at_ms <= UNTIL_MS:
            stage.see([(at_ms, *BEHIND)], "0-0")
        elif at_ms == 25_500:
            stage.end("0-0")
    assert ends(stage) == ([], 0, 1)


def test_a_camera_s_own_frames_tell_who_is_hidden() -> None:
    served = Person([(0, 0.6, 0.6), (60_000, 0.6, 0.6)], hidden=[(20_000, 21_000)])
    leaving = Person(
        [(0, *NEXT), (20_000, *NEXT), (21_000, 0.4, 0.65), (23_500, 0.1, 0.7), (60_000, 0.1, 0.7)]
    )
    finals = film(STORE, [served, leaving], until_ms=60_000)
    assert totals(finals) == outcome(joined=1, served=1)


def test_staff_who_come_into_view_are_nobody_who_left() -> None:
    back = square("back", 0.0, 0.19, ZoneKind.STAFF)
    stage = Stage(layout(Camera(id="cam", zones=[QUEUE, DESK, back])))
    stage.see([(at_ms, 0.25, 0.6) for at_ms in range(0, 20_500, 500)], "0-0")
    stage.see([(20_500, 0.18, 0.6), (21_000, 0.1, 0.6)], "0-1")
    stage.end("0-0")
    assert ends(stage) == ([], 0, 1)


def test_who_is_seen_once_at_the_desk_before_the_frames_stop_tells_nothing() -> None:
    shortly = Person([(18_000, 0.6, 0.6), (18_450, 0.6, 0.6)])
    waits = standing(0.3, 0.6, from_ms=0, to_ms=20_000)
    view = View()
    frames = view.film([waits, shortly], range(0, 20_001, 100))
    frames += view.film([], range(27_000, 40_000, 100))
    finals = play([mark(STORE), *frames, view.end(40_000)])
    assert totals(finals) == outcome(joined=1, lost=1)


def test_nobody_is_called_to_a_desk_that_is_left() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 500):
        film_desk(stage, at_ms, stirs_ms=20_000, until_ms=21_500)
        stage.see([(at_ms, *(NEXT if at_ms <= UNTIL_MS else ASIDE))], "0-0")
    assert ends(stage) == ([], 1, 0)


def test_a_handover_that_a_vanished_wait_has_is_no_other_s() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 32_000, 500):
        film_desk(stage, at_ms, stirs_ms=20_000)
        for track, place, until_ms in (("0-0", BEHIND, 20_000), ("0-1", (0.3, 0.7), 20_500)):
            if at_ms <= until_ms:
                stage.see([(at_ms, *place)], track)
            elif at_ms == until_ms + 5_500:
                stage.end(track)
    assert ends(stage) == ([20_000], 0, 1)


@pytest.mark.parametrize(
    ("seen_ms", "place", "served"),
    [
        pytest.param((19_000, 30_000), AT_DESK, True, id="at the desk"),
        pytest.param((15_000, 30_000), AT_DESK, False, id="long before"),
        pytest.param((19_000, 30_000), (0.6, 0.2), False, id="elsewhere"),
        pytest.param((17_500, 19_500), AT_DESK, False, id="and is not seen since"),
    ],
)
def test_who_vanishes_anywhere_as_somebody_is_first_seen_at_the_desk_was_served(
    seen_ms: tuple[int, int], place: tuple[float, float], served: bool
) -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 500):
        if seen_ms[0] <= at_ms < seen_ms[1]:
            stage.see([(at_ms, *place)], "0-1")
        if at_ms <= UNTIL_MS:
            stage.see([(at_ms, *BEHIND)], "0-0")
        elif at_ms == 25_500:
            stage.end("0-0")
    assert ends(stage) == (([19_000], 0, 0) if served else ([], 0, 1))


@pytest.mark.parametrize(
    ("path", "abandoned"),
    [
        pytest.param([(20_500, 0.18, 0.6), (21_000, 0.1, 0.6)], True, id="and leaves"),
        pytest.param([(20_500, 0.18, 0.6)], False, id="once"),
        pytest.param([(20_000, 0.18, 0.6), (20_500, 0.1, 0.6)], False, id="beside them"),
        pytest.param([(23_000, 0.18, 0.6), (23_500, 0.1, 0.6)], False, id="later"),
        pytest.param([(20_500, 0.1, 0.95), (21_000, 0.1, 0.9)], False, id="far away"),
        pytest.param([(20_500, 0.1, 0.6), (21_000, 0.18, 0.6)], False, id="and comes nearer"),
        pytest.param(
            [(20_500, 0.22, 0.65), (21_000, 0.3, 0.7)], False, id="and stays in the queue"
        ),
        pytest.param([(20_500, 0.18, 0.6), (25_000, 0.6, 0.6)], False, id="and goes to the desk"),
        pytest.param([(21_000, 0.19, 0.99), (21_500, 0.19, 0.75)], False, id="but came in there"),
    ],
)
def test_who_vanishes_as_somebody_is_first_seen_beside_has_given_up(
    path: list[tuple[int, float, float]], abandoned: bool
) -> None:
    stage = Stage(STORE)
    at_edge = path[0][2] > 0.97
    stage.see([(at_ms, 0.25, 0.8 if at_edge else 0.6) for at_ms in range(0, 20_500, 500)], "0-0")
    stage.see(path, "0-1")
    stage.end("0-0")
    _, gave_up, lost = ends(stage)
    assert (gave_up, lost) == (int(abandoned), int(not abandoned))
