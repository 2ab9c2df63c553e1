"""Waits that go on under another track: who vanished and turns up, who was taken for another."""

import pytest

from schemas.layout import Camera
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
    standing,
    till,
)
from tests.scenarios.test_queues import outcome, totals
from tests.streams.metrics.stage import Stage

STORE = layout(Camera(id="cam", zones=till()))
HIDDEN_FROM_MS, TO_DESK_MS = 40_000, 70_000


def customer(*, hidden_ms: int) -> Person:
    """Stands in the queue, is hidden for a while, and is served in the end."""
    path = [(0, 0.3, 0.6), (TO_DESK_MS, 0.3, 0.6), (71_000, 0.6, 0.6), (90_000, 0.6, 0.6)]
    return Person(path, hidden=[(HIDDEN_FROM_MS, HIDDEN_FROM_MS + hidden_ms)])


def test_someone_who_turns_up_where_they_vanished_has_waited_all_the_time() -> None:
    finals = film(STORE, [customer(hidden_ms=20_000)], until_ms=120_000)
    assert totals(finals) == outcome(joined=1, served=1)
    served, *_ = [one for one in finals.of(QueueRecord) if one.served_total]
    # In service from 70.67 s on: the first sight beyond x = 0.5.
    assert served.wait_mean_ms == 70_700
    first, *_ = finals.of(QueueRecord)
    assert first.length_mean == 1.0


def test_someone_who_turns_up_on_the_way_to_the_desk_is_served() -> None:
    finals = film(STORE, [customer(hidden_ms=30_200)], until_ms=120_000)
    assert totals(finals) == outcome(joined=1, served=1)


def test_someone_who_turns_up_in_the_queue_and_gives_up_abandoned_it() -> None:
    path = [(0, 0.3, 0.6), (40_000, 0.3, 0.6), (41_000, 0.05, 0.6), (60_000, 0.05, 0.6)]
    finals = film(STORE, [Person(path, hidden=[(10_000, 30_000)])], until_ms=120_000)
    assert totals(finals) == outcome(joined=1, abandoned=1)


@pytest.mark.parametrize(
    ("recall_ms", "hidden_ms"),
    [
        pytest.param(15_000, 20_000, id="too late"),
        pytest.param(0, 10_000, id="not wanted"),
    ],
)
def test_someone_who_turns_up_later_than_recall_ms_is_lost_and_joins_anew(
    recall_ms: int, hidden_ms: int
) -> None:
    store = layout(Camera(id="cam", zones=till(recall_ms=recall_ms)))
    finals = film(store, [customer(hidden_ms=hidden_ms)], until_ms=120_000)
    assert totals(finals) == outcome(joined=2, lost=1, served=1)
    first, *_ = finals.of(QueueRecord)
    assert first.lost_total == 1
    assert first.length_mean < 0.9


def test_someone_who_turns_up_elsewhere_is_somebody_else() -> None:
    gone = standing(0.3, 0.6, from_ms=0, to_ms=10_000)
    other = standing(0.45, 0.88, from_ms=30_000, to_ms=80_000)
    finals = film(STORE, [gone, other], until_ms=120_000)
    assert totals(finals) == outcome(joined=2, lost=2)


def test_someone_seen_walking_in_is_nobody_who_vanished() -> None:
    gone = standing(0.3, 0.6, from_ms=0, to_ms=10_000)
    other = Person([(20_000, 0.05, 0.8), (22_000, 0.3, 0.6), (80_000, 0.3, 0.6)])
    finals = film(STORE, [gone, other], until_ms=120_000)
    assert totals(finals) == outcome(joined=2, lost=2)


def test_of_two_who_vanished_the_nearer_turns_up() -> None:
    people = [
        standing(0.3, 0.6, from_ms=0, to_ms=10_000),
        standing(0.36, 0.6, from_ms=3_000, to_ms=10_000),
        Person([(20_000, 0.35, 0.6), (30_000, 0.35, 0.6), (31_000, 0.6, 0.6), (50_000, 0.6, 0.6)]),
    ]
    finals = film(STORE, people, until_ms=120_000)
    assert totals(finals) == outcome(joined=2, served=1, lost=1)
    (served,) = [one for one in finals.of(QueueRecord) if one.served_total]
    # From 3.0 s to the first sight at x = 0.5.
    assert served.wait_mean_ms == 30_600 - 3_000


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param([(10_000, 0.3, 0.6), (13_000, 0.3, 0.99)], {"abandoned": 1}, id="walks out"),
        pytest.param([(10_000, 0.3, 0.6), (13_000, 0.3, 0.9)], {"lost": 1}, id="on the way"),
        pytest.param(
            [(1_000, 0.3, 0.99), (11_500, 0.3, 0.99)], {"lost": 1}, id="stands at the edge"
        ),
    ],
)
def test_someone_who_walks_out_of_the_picture_abandoned_the_queue(
    path: list[tuple[int, float, float]], expected: dict[str, int]
) -> None:
    zones = till()
    zones[0].polygon[:] = [(0.2, 0.3), (0.5, 0.3), (0.5, 1.0), (0.2, 1.0)]
    walker = Person([(0, path[0][1], path[0][2]), *path])
    finals = film(layout(Camera(id="cam", zones=zones)), [walker], until_ms=90_000)
    assert totals(finals) == outcome(joined=1, **expected)


def test_who_vanished_is_not_of_the_present() -> None:
    engine, view = SiteEngine(SITE), View()
    person = standing(0.3, 0.6, from_ms=0, to_ms=10_000)
    feed(engine, [mark(STORE), *view.film([person], range(0, 10_000, 100))])
    assert waiting_now(engine) == 1
    feed(engine, view.film([], range(10_000, 20_000, 100)))
    assert waiting_now(engine) == 0


def test_windows_wait_for_who_may_turn_up() -> None:
    engine, view = SiteEngine(SITE), View()
    person = standing(0.3, 0.6, from_ms=0, to_ms=10_000)
    before = feed(engine, [mark(STORE), *view.film([person], range(0, 72_000, 100))])
    assert before.of(QueueRecord) == []
    after = feed(engine, view.film([], range(72_000, 74_000, 100)))
    assert totals(after) == outcome(joined=1, lost=1)


def waiting_now(engine: SiteEngine) -> int:
    live = engine.live()
    assert live is not None
    (camera,) = live.cameras
    return next(zone.count for zone in camera.zones if zone.zone == "till")


PLACE, ASIDE = (0.3, 0.6), (0.1, 0.6)


@pytest.mark.parametrize(
    ("stepped_in_ms", "place", "exchanged"),
    [
        pytest.param(20_000, PLACE, True, id="in the same moment, at the same place"),
        pytest.param(21_500, PLACE, True, id="a moment later"),
        pytest.param(23_000, PLACE, False, id="later"),
        pytest.param(20_000, (0.45, 0.6), False, id="elsewhere"),
    ],
)
def test_who_steps_in_at_the_place_of_who_steps_out_has_not_just_come(
    stepped_in_ms: int, place: tuple[float, float], exchanged: bool
) -> None:
    stage = Stage(layout(Camera(id="cam", zones=till())))
    for at_ms in range(0, 40_000, 500):
        stage.see([(at_ms, *(PLACE if at_ms < 20_000 else ASIDE))], "0-0")
        stage.see([(at_ms, *(place if at_ms >= stepped_in_ms else ASIDE))], "0-1")
    stage.see([(40_000, 0.6, 0.6), (40_500, 0.6, 0.6)], "0-1")
    tally = stage.ledger.window_at(0).zone("till")
    assert tally.joined == 2 - exchanged
    assert tally.abandoned == 1 - exchanged
    assert tally.waits_ms == [40_000 - (0 if exchanged else stepped_in_ms)]


def test_no_exchange_reaches_into_a_closed_window() -> None:
    stage = Stage(layout(Camera(id="cam", zones=till())))
    for at_ms in range(0, 64_000, 500):
        stage.see([(at_ms, *(PLACE if at_ms < 59_000 else ASIDE))], "0-0")
        stage.see([(at_ms, *(PLACE if at_ms >= 59_000 else ASIDE))], "0-1")
    (closed,) = stage.ledger.close(60_000) or [None]
    stage.see([(65_000, *ASIDE)], "0-0")
    assert stage.ledger.window_at(60_000).zone("till").abandoned == 1
    assert closed is None or closed.zone("till").joined == 2
