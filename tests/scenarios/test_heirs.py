"""Two tracks of one person in a queue are one wait: the one that stays goes on with it."""

import pytest

from schemas.layout import Camera
from schemas.queues import QueueRecord
from streams.engine import SiteEngine
from tests.scenarios.scene import SITE, Person, View, feed, film, layout, mark, standing, till
from tests.scenarios.test_queues import outcome, totals
from tests.streams.metrics.stage import Stage

STORE = layout(Camera(id="cam", zones=till()))
PLACE, ASIDE, DESK = (0.3, 0.6), (0.1, 0.6), (0.6, 0.6)
BESIDE = (0.43, 0.6)
GONE_AT_MS, LOST_BY_MS = 20_000, 90_000


def queue_up(stage: Stage, *, joined_at_ms: int, place: tuple[float, float] = PLACE) -> None:
    """One track waits from 0 until it ends; another comes from aside and is served at 40 s."""
    for at_ms in range(0, 40_000, 500):
        if at_ms <= GONE_AT_MS:
            stage.see([(at_ms, *PLACE)], "0-0")
        stage.see([(at_ms, *(place if at_ms >= joined_at_ms else ASIDE))], "0-1")
        if at_ms == GONE_AT_MS + 5_000:
            stage.end("0-0")


@pytest.mark.parametrize(
    ("joined_at_ms", "place", "is_heir"),
    [
        pytest.param(16_000, PLACE, True, id="shortly before"),
        pytest.param(20_000, PLACE, True, id="in that moment"),
        pytest.param(16_000, BESIDE, True, id="beside it"),
        pytest.param(12_500, PLACE, False, id="long before"),
        pytest.param(16_000, (0.45, 0.6), False, id="elsewhere"),
    ],
)
def test_who_joined_where_a_track_ends_has_its_wait(
    joined_at_ms: int, place: tuple[float, float], is_heir: bool
) -> None:
    stage = Stage(STORE)
    queue_up(stage, joined_at_ms=joined_at_ms, place=place)
    stage.see([(40_000, *DESK), (40_500, *DESK)], "0-1")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.lost) == ((1, 0) if is_heir else (2, 1))
    assert tally.waits_ms == [40_000 - (0 if is_heir else joined_at_ms)]


def test_an_heir_in_the_queue_has_the_wait_once_nobody_can_turn_up() -> None:
    stage = Stage(STORE)
    queue_up(stage, joined_at_ms=16_000)
    stage.see([(LOST_BY_MS, *PLACE)], "0-1")
    stage.journeys.expire(LOST_BY_MS)
    assert stage.ledger.zone("till").waits.open == {"0-1": 0}
    stage.see([(LOST_BY_MS + 500, *DESK), (LOST_BY_MS + 1_000, *DESK)], "0-1")
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.lost) == (1, 0)
    assert stage.ledger.window_at(LOST_BY_MS).zone("till").waits_ms == [LOST_BY_MS + 500]


def test_an_heir_who_has_vanished_turns_up_with_the_wait() -> None:
    stage = Stage(STORE)
    queue_up(stage, joined_at_ms=16_000)
    stage.end("0-1")
    stage.journeys.expire(GONE_AT_MS + 65_500)
    stage.see([(at_ms, *PLACE) for at_ms in range(90_000, 96_000, 500)], "0-2")
    stage.see([(96_000, *DESK), (96_500, *DESK)], "0-2")
    assert stage.ledger.window_at(0).zone("till").joined == 1
    assert stage.ledger.window_at(96_000).zone("till").waits_ms == [96_000]


def test_who_turns_up_again_leaves_no_heir() -> None:
    stage = Stage(STORE)
    queue_up(stage, joined_at_ms=16_000)
    stage.see([(at_ms, *PLACE) for at_ms in range(40_000, 46_000, 500)], "0-2")
    stage.see([(46_000, *DESK), (46_500, *DESK)], "0-1")
    stage.see([(50_000, *DESK), (50_500, *DESK)], "0-2")
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.lost) == (2, 0)
    assert tally.waits_ms == [46_000 - 16_000, 50_000]


def test_who_waits_longer_is_nobodys_heir() -> None:
    stage = Stage(STORE)
    for at_ms in range(14_000, 30_000, 500):
        stage.see([(at_ms, *PLACE)], "0-0")
        if 15_000 <= at_ms <= 20_000:
            stage.see([(at_ms, *BESIDE)], "0-1")
    stage.end("0-1")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.lost) == (2, 1)


def test_an_heir_has_one_wait() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 40_000, 500):
        if at_ms <= 20_000:
            stage.see([(at_ms, *PLACE)], "0-0")
            stage.see([(at_ms, *PLACE)], "0-2")
        stage.see([(at_ms, *(PLACE if at_ms >= 16_000 else ASIDE))], "0-1")
    stage.end("0-0")
    stage.end("0-2")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.lost) == (2, 1)


def test_no_wait_is_left_where_none_is_recalled() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till(recall_ms=0))))
    queue_up(stage, joined_at_ms=16_000)
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.lost) == (2, 1)


def test_an_heir_of_an_heir_has_the_first_ones_wait() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 45_000, 500):
        for track, from_ms, to_ms in (("0-0", 0, 20_000), ("0-1", 16_000, 30_000)):
            if from_ms <= at_ms <= to_ms:
                stage.see([(at_ms, *PLACE)], track)
            if at_ms == to_ms + 5_500:
                stage.end(track)
        stage.see([(at_ms, *(PLACE if at_ms >= 26_000 else ASIDE))], "0-2")
    stage.see([(45_000, *DESK), (45_500, *DESK)], "0-2")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.lost, tally.waits_ms) == (1, 0, [45_000])


def test_an_heir_who_gives_up_has_given_up_that_wait() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 40_000, 500):
        if at_ms <= GONE_AT_MS:
            stage.see([(at_ms, *PLACE)], "0-0")
        elif at_ms == GONE_AT_MS + 5_500:
            stage.end("0-0")
        stage.see([(at_ms, *(PLACE if 16_000 <= at_ms < 30_000 else ASIDE))], "0-1")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.lost, tally.abandoned) == (1, 0, 1)


def test_nobody_is_an_heir_where_every_track_ends() -> None:
    people = [standing(0.3, 0.6, from_ms=0, to_ms=30_000)]
    people += [standing(0.36, 0.6, from_ms=24_000, to_ms=30_000)]
    finals = film(STORE, people, until_ms=30_000)
    assert totals(finals) == outcome(joined=2, lost=2)


def test_no_heir_has_joined_in_a_closed_window() -> None:
    stage = Stage(STORE)
    stage.ledger.hold(0, 70_000)
    for at_ms in range(0, 67_000, 500):
        if at_ms <= 60_500:
            stage.see([(at_ms, *PLACE)], "0-0")
        stage.see([(at_ms, *(PLACE if at_ms >= 58_000 else ASIDE))], "0-1")
    (closed,) = stage.ledger.close(60_000)
    stage.end("0-0")
    stage.finish()
    assert closed.zone("till").joined == 2
    assert stage.ledger.window_at(60_000).zone("till").lost == 1


PAIR = [
    standing(0.3, 0.6, from_ms=0, to_ms=62_000),
    Person([(58_000, 0.36, 0.6), (130_000, 0.36, 0.6), (131_000, 0.6, 0.6), (150_000, 0.6, 0.6)]),
]


def test_a_window_waits_for_whose_wait_it_was_that_began_in_it() -> None:
    finals = film(STORE, PAIR, until_ms=200_000)
    assert totals(finals) == outcome(joined=1, served=1)
    first, second, *_ = sorted(finals.of(QueueRecord), key=lambda one: one.window_start_ms)
    assert (first.joined_total, first.open_count) == (1, 1)
    # One person waits, not two.
    assert (first.length_max, second.length_mean) == (1, 1.0)


@pytest.mark.parametrize("cut_ms", [61_000, 66_000, 90_000, 125_000])
def test_a_restart_does_not_change_whose_wait_it_was(cut_ms: int) -> None:
    view = View()
    frames = [*view.film(PAIR, range(0, 200_000, 100)), view.end(200_000)]
    before, after = frames[: cut_ms // 100], frames[cut_ms // 100 :]
    engine, again = SiteEngine(SITE), SiteEngine(SITE)
    feed(engine, [mark(STORE), *before])
    feed(again, [mark(STORE), *before])
    assert (
        feed(SiteEngine.restore(again.snapshot()), after).by_key() == feed(engine, after).by_key()
    )


@pytest.mark.parametrize(
    ("to_ms", "place", "joined"),
    [
        pytest.param(19_000, PLACE, 1, id="soon after joining next to them"),
        pytest.param(26_000, PLACE, 2, id="long after"),
        pytest.param(19_000, (0.42, 0.6), 2, id="elsewhere"),
    ],
)
def test_a_second_track_that_ends_first_was_nobody(
    to_ms: int, place: tuple[float, float], joined: int
) -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 35_000, 500):
        stage.see([(at_ms, *PLACE)], "0-0")
        if 15_000 <= at_ms <= to_ms:
            stage.see([(at_ms, *place)], "0-1")
        if at_ms == to_ms + 5_000:
            stage.end("0-1")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.lost) == (joined, joined - 1)
    assert stage.ledger.zone("till").waits.open == {"0-0": 0}


def test_who_joined_first_and_vanishes_soon_was_somebody() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 35_000, 500):
        if at_ms <= 8_000:
            stage.see([(at_ms, *PLACE)], "0-0")
        if at_ms == 14_000:
            stage.end("0-0")
        stage.see([(at_ms, *(PLACE if at_ms >= 12_000 else ASIDE))], "0-1")
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.lost) == (2, 1)


def test_a_second_track_that_is_heir_to_a_wait_was_somebody() -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 35_000, 500):
        stage.see([(at_ms, 0.34, 0.6)], "0-8")
        for track, from_ms, to_ms in (("0-0", 0, 20_000), ("0-1", 16_000, 22_000)):
            if from_ms <= at_ms <= to_ms:
                stage.see([(at_ms, *PLACE)], track)
            if at_ms == to_ms + 5_000:
                stage.end(track)
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.lost) == (2, 1)


def test_a_second_track_in_a_closed_window_stays_counted() -> None:
    stage = Stage(STORE)
    stage.ledger.hold(0, 70_000)
    stage.see([(at_ms, *PLACE) for at_ms in range(0, 70_000, 500)], "0-0")
    stage.see([(at_ms, *PLACE) for at_ms in range(58_000, 66_000, 500)], "0-1")
    (closed,) = stage.ledger.close(60_000)
    stage.end("0-1")
    stage.finish()
    assert closed.zone("till").joined == 2
    assert stage.ledger.window_at(60_000).zone("till").lost == 1


def test_windows_wait_until_it_is_certain_who_joined() -> None:
    people = [
        standing(0.3, 0.6, from_ms=0, to_ms=200_000),
        standing(0.35, 0.6, from_ms=57_000, to_ms=64_000),
    ]
    finals = film(STORE, people, until_ms=200_000)
    joined = [one.joined_total for one in finals.of(QueueRecord)]
    assert joined == [1, 0, 0, 0]
