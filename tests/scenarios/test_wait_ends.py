"""How a wait ends where its track leaves, vanishes, or comes back: not always as it seems."""

import pytest

from schemas.layout import Camera, ZoneKind
from schemas.queues import QueueRecord
from streams.engine import SiteEngine
from tests.scenarios.scene import (
    SITE,
    Person,
    View,
    feed,
    film,
    layout,
    mark,
    present_count,
    square,
    standing,
    till,
)
from tests.scenarios.test_exchanges import play, served_at_40_s, walk
from tests.scenarios.test_queues import outcome, totals
from tests.streams.metrics.stage import Stage

STORE = layout(Camera(id="cam", zones=till()))
PLACE, ASIDE, DESK = (0.3, 0.6), (0.1, 0.6), (0.6, 0.6)


@pytest.mark.parametrize(
    ("back_at_ms", "return_ms", "goes_on"),
    [
        pytest.param(22_000, 3_000, True, id="at once"),
        pytest.param(24_000, 3_000, False, id="later"),
        pytest.param(22_000, 0, False, id="where nobody steps back"),
    ],
)
def test_who_is_back_from_the_desk_at_once_waits_on(
    back_at_ms: int, return_ms: int, goes_on: bool
) -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(return_ms=return_ms))))
    stage.see([(at_ms, *PLACE) for at_ms in range(0, 20_000, 500)])
    stage.see([(at_ms, *DESK) for at_ms in range(20_000, back_at_ms, 500)])
    stage.see([(at_ms, *PLACE) for at_ms in range(back_at_ms, 40_000, 500)])
    stage.see([(at_ms, *DESK) for at_ms in range(40_000, 45_000, 500)])
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert tally.joined == 2 - goes_on
    assert tally.waits_ms == ([40_000] if goes_on else [20_000, 40_000 - back_at_ms])


@pytest.mark.parametrize("at_desk_ms", [500, 1_000, 1_500, 2_500])
@pytest.mark.parametrize("back_ms", [1_500, 4_500, 6_000, 20_000])
def test_who_steps_back_from_the_desk_is_served_when_their_turn_comes(
    at_desk_ms: int, back_ms: int
) -> None:
    store = layout(Camera(id="cam", zones=till(return_ms=8_000, join_ms=5_000)))
    stage = Stage(store)
    turn_ms = 20_000 + at_desk_ms + back_ms
    for at_ms in range(0, 60_000, 100):
        is_at_desk = 20_000 <= at_ms < 20_000 + at_desk_ms or at_ms >= turn_ms
        stage.see([(at_ms, *(DESK if is_at_desk else PLACE))])
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.waits_ms, tally.direct) == (1, [turn_ms], 0)


@pytest.mark.parametrize("every_ms", [100, 400, 700, 1_000])
def test_who_is_back_just_in_time_waits_on_whatever_the_frame_rate(every_ms: int) -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(return_ms=8_000, join_ms=5_000))))
    for at_ms in range(0, 50_000, every_ms):
        stage.journeys.expire(at_ms)
        stage.see([(at_ms, *(DESK if 20_000 <= at_ms < 28_000 else PLACE))])
    assert stage.ledger.window_at(0).zone("till").joined == 1


def test_nobody_goes_on_with_a_wait_that_began_after_they_came() -> None:
    zones = [*till(join_ms=1_000), square("back", 0.5, 0.6, ZoneKind.STAFF)]
    stage = Stage(layout(Camera(id="cam", zones=zones)))
    for at_ms in range(18_000, 60_000, 100):
        if at_ms >= 20_000:
            stage.see([(at_ms, 0.49 if at_ms <= 21_200 else 0.1, 0.6)], "0-0")
        if at_ms >= 19_600:
            stage.see([(at_ms, 0.51 if at_ms < 27_500 else 0.9, 0.6)], "0-1")
        if at_ms % 500 == 0:
            stage.journeys.expire(at_ms)
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.abandoned) == ([], 1)


def test_who_gave_up_and_is_back_joins_anew() -> None:
    stage = Stage(STORE)
    for from_ms, place in ((0, PLACE), (20_000, ASIDE), (26_000, PLACE)):
        stage.see([(at_ms, *place) for at_ms in range(from_ms, min(from_ms + 20_000, 32_000), 500)])
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.abandoned) == (2, 1)


def test_who_may_have_been_served_is_not_of_the_present() -> None:
    engine, view = SiteEngine(SITE), View()
    person = Person([(0, 0.45, 0.6), (20_000, 0.45, 0.6), (20_500, 0.6, 0.6), (40_000, 0.6, 0.6)])
    store = layout(Camera(id="cam", zones=till(return_ms=60_000)))
    feed(engine, [mark(store), *view.film([person], range(0, 22_000, 100))])
    assert present_count(engine) == 0


@pytest.mark.parametrize(
    ("x", "ends"),
    [
        pytest.param(0.17, outcome(joined=1, abandoned=1), id="walks off"),
        pytest.param(0.29, outcome(joined=1, lost=1), id="stands"),
        pytest.param(0.43, outcome(joined=1, lost=1), id="moves up"),
    ],
)
def test_who_vanishes_for_good_on_the_way_out_has_given_up(x: float, ends: dict[str, int]) -> None:
    person = Person([(0, 0.3, 0.6), (20_000, 0.3, 0.6), (20_600, x, 0.6)])
    assert totals(film(STORE, [person], until_ms=120_000)) == ends


@pytest.mark.parametrize(
    ("again_ms", "joined"),
    [pytest.param(24_000, 1, id="soon"), pytest.param(40_000, 2, id="long after")],
)
def test_who_vanishes_on_the_way_turns_up_soon(again_ms: int, joined: int) -> None:
    walker = Person([(0, 0.3, 0.6), (20_000, 0.3, 0.6), (20_600, 0.17, 0.6)])
    again = standing(0.25, 0.6, from_ms=again_ms, to_ms=60_000)
    finals = film(STORE, [walker, again], until_ms=160_000)
    assert finals.total(QueueRecord, "joined_total") == joined


def test_who_walks_off_as_the_source_ends_is_lost() -> None:
    walker = Person([(0, 0.3, 0.6), (20_000, 0.3, 0.6), (20_600, 0.17, 0.6)])
    assert totals(film(STORE, [walker], until_ms=20_700)) == outcome(joined=1, lost=1)


@pytest.mark.parametrize(
    ("unseen_ms", "recall_ms", "lost"),
    [
        pytest.param(2_000, 60_000, True, id="a while later"),
        pytest.param(1_000, 60_000, False, id="a moment later"),
        pytest.param(2_000, 0, False, id="where tracks are taken at their word"),
    ],
)
def test_who_stood_and_is_seen_far_off_a_while_later_is_somebody_else(
    unseen_ms: int, recall_ms: int, lost: bool
) -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(recall_ms=recall_ms))))
    stage.see([(at_ms, *PLACE) for at_ms in range(0, 20_500, 500)])
    stage.see([(at_ms, *ASIDE) for at_ms in range(20_000 + unseen_ms, 30_000, 500)])
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.lost, tally.abandoned) == (int(lost), int(not lost))


def test_whose_track_went_on_with_somebody_else_may_turn_up_again() -> None:
    stage = Stage(STORE)
    stage.see([(at_ms, *PLACE) for at_ms in range(0, 20_500, 500)])
    stage.see([(at_ms, *ASIDE) for at_ms in range(22_000, 30_000, 500)])
    play(stage, walk("0-1", (34_000, PLACE)))
    tally = served_at_40_s(stage)
    assert (tally.joined, tally.waits_ms) == (1, [40_000])


def test_who_walks_and_is_not_seen_for_a_while_has_given_up() -> None:
    stage = Stage(STORE)
    play(
        stage,
        walk(
            "0-0", (0, (0.45, 0.6)), (18_000, (0.45, 0.6)), (19_500, (0.22, 0.6)), until_ms=20_000
        ),
    )
    stage.see([(at_ms, *ASIDE) for at_ms in range(22_000, 30_000, 500)])
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.lost, tally.abandoned) == (0, 1)


def test_who_goes_a_step_while_unseen_has_given_up() -> None:
    stage = Stage(STORE)
    play(stage, walk("0-0", (0, (0.22, 0.6)), until_ms=20_500))
    play(stage, walk("0-0", (22_000, (0.19, 0.6)), (30_000, (0.19, 0.6)), until_ms=30_000))
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.lost, tally.abandoned) == (0, 1)


@pytest.mark.parametrize("every_ms", [200, 500, 1_000, 2_000, 3_000])
def test_who_walks_off_has_given_up_whatever_the_frame_rate(every_ms: int) -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 60_000, every_ms):
        stage.see([(at_ms, *(PLACE if at_ms <= 30_000 else ASIDE))])
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.lost, tally.abandoned) == (0, 1)
