"""Waits that go on under another track: who vanished and turns up, who was taken for another."""

from dataclasses import replace

import pytest

from schemas.detections import Detection
from schemas.layout import Camera
from schemas.queues import QueueRecord
from streams.engine import SiteEngine
from tests.scenarios.scene import (
    SITE,
    Message,
    Person,
    View,
    feed,
    film,
    layout,
    mark,
    play,
    present_count,
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


def test_someone_who_turns_up_too_late_on_the_way_to_the_desk_is_direct() -> None:
    store = layout(Camera(id="cam", zones=till(recall_ms=28_500)))
    finals = film(store, [customer(hidden_ms=29_900)], until_ms=120_000)
    assert totals(finals) == outcome(joined=1, lost=1, direct=1)


@pytest.mark.parametrize(
    ("recall_ms", "hidden_ms", "is_recalled"),
    [
        pytest.param(15_000, 14_900, True, id="just in time"),
        pytest.param(15_000, 15_200, False, id="too late"),
        pytest.param(0, 8_000, False, id="not wanted"),
    ],
)
def test_someone_who_turns_up_later_than_recall_ms_is_lost_and_joins_anew(
    recall_ms: int, hidden_ms: int, is_recalled: bool
) -> None:
    store = layout(Camera(id="cam", zones=till(recall_ms=recall_ms)))
    finals = film(store, [customer(hidden_ms=hidden_ms)], until_ms=120_000)
    anew = 0 if is_recalled else 1
    assert totals(finals) == outcome(joined=1 + anew, lost=anew, served=1)


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


@pytest.mark.parametrize(
    ("place", "inward", "recalled"),
    [
        pytest.param((0.05, 0.6), (0.3, 0.6), False, id="in from the left"),
        pytest.param((0.95, 0.6), (0.7, 0.6), False, id="in from the right"),
        pytest.param((0.5, 0.99), (0.5, 0.74), False, id="in from below"),
        pytest.param((0.05, 0.6), (0.05, 0.85), True, id="along the edge"),
        pytest.param((0.05, 0.6), (0.2, 0.6), True, id="moves up"),
        pytest.param((0.13, 0.6), (0.38, 0.6), True, id="from further inside"),
        pytest.param((0.09, 0.6), (0.34, 0.6), False, id="in between two frames"),
    ],
)
def test_who_walks_into_the_picture_is_nobody_who_vanished_at_its_edge(
    place: tuple[float, float], inward: tuple[float, float], recalled: bool
) -> None:
    whole = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    stage = Stage(layout(Camera(id="cam", zones=[replace(till()[0], polygon=whole, service=[])])))
    stage.see([(at_ms, *place) for at_ms in range(0, 10_000, 500)], "0-0")
    stage.end("0-0")
    steps = [(30_000 + 250 * n, *between(place, inward, n / 4)) for n in range(5)]
    stage.see([*steps, (36_000, *inward)], "0-1")
    assert stage.ledger.zone("till").waits.open["0-1"] == (0 if recalled else 30_000)


def test_who_was_not_seen_right_after_their_first_sight_came_no_faster_than_their_frames() -> None:
    whole = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    stage = Stage(layout(Camera(id="cam", zones=[replace(till()[0], polygon=whole, service=[])])))
    stage.see([(at_ms, 0.13, 0.6) for at_ms in range(0, 10_000, 500)], "0-0")
    stage.end("0-0")
    stage.see([(30_000, 0.13, 0.6)] + [(at, 0.38, 0.6) for at in (31_000, 31_250, 36_000)], "0-1")
    assert stage.ledger.zone("till").waits.open["0-1"] == 0


def between(start: tuple[float, float], end: tuple[float, float], share: float) -> tuple:
    """The point after a share of the way."""
    return tuple(a + share * (b - a) for a, b in zip(start, end, strict=True))


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


def test_someone_who_shuffles_along_the_edge_of_the_picture_has_not_left_it() -> None:
    zones = till()
    zones[0].polygon[:] = [(0.2, 0.3), (0.5, 0.3), (0.5, 1.0), (0.2, 1.0)]
    person = Person([(0, 0.3, 0.99), (10_000, 0.3, 0.99), (12_000, 0.42, 0.99)])
    finals = film(layout(Camera(id="cam", zones=zones)), [person], until_ms=90_000)
    assert totals(finals) == outcome(joined=1, lost=1)


def wide(frames: list[Detection]) -> list[Message]:
    """The same feet and heights in a picture twice as wide."""
    return [
        replace(one, width=2 * one.width, boxes=[(2 * x, y, 2 * z, w) for x, y, z, w in one.boxes])
        for one in frames
        if one.width is not None and one.boxes is not None
    ]


def test_distances_are_those_in_a_wide_picture_too() -> None:
    view = View()
    people = [standing(0.25, 0.6, from_ms=0, to_ms=10_000)]
    # Near in a square picture: one box height away, two here.
    people += [standing(0.45, 0.6, from_ms=20_000, to_ms=60_000)]
    frames = wide(view.film(people, range(0, 70_000, 100)))
    finals = play([mark(STORE), *frames, view.end(70_000)])
    assert totals(finals) == outcome(joined=2, lost=2)


def test_a_restart_does_not_change_who_walked_out() -> None:
    zones = till()
    zones[0].polygon[:] = [(0.0, 0.3), (0.5, 0.3), (0.5, 0.9), (0.0, 0.9)]
    store, view = layout(Camera(id="cam", zones=zones)), View()
    walker = Person([(0, 0.215, 0.6), (10_000, 0.215, 0.6), (15_000, 0.015, 0.6)])
    frames = wide(view.film([walker], range(0, 15_100, 100)))
    before, after = [mark(store), *frames], [view.end(16_000)]
    straight, again = SiteEngine(SITE), SiteEngine(SITE)
    feed(straight, before)
    feed(again, before)
    finals = feed(straight, after)
    assert feed(SiteEngine.restore(again.snapshot()), after).by_key() == finals.by_key()
    assert totals(finals) == outcome(joined=1, abandoned=1)


def test_one_person_goes_on_with_one_wait() -> None:
    people = [
        standing(0.4, 0.5, from_ms=0, to_ms=10_000),
        standing(0.4, 0.7, from_ms=0, to_ms=10_000),
        Person(
            [
                (20_000, 0.4, 0.6),
                (21_000, 0.55, 0.6),
                (30_000, 0.55, 0.6),
                (31_000, 0.75, 0.6),
                (40_000, 0.75, 0.6),
                (41_000, 0.55, 0.6),
                (50_000, 0.55, 0.6),
            ]
        ),
    ]
    finals = film(STORE, people, until_ms=120_000)
    assert totals(finals) == outcome(joined=2, served=1, lost=1)


def test_someone_robbed_of_their_wait_while_unseen_joins_anew() -> None:
    people = [
        Person(
            [(0, 0.45, 0.6), (60_000, 0.45, 0.6), (61_000, 0.6, 0.6), (70_000, 0.6, 0.6)],
            hidden=[(20_000, 20_600)],
        ),
        standing(0.53, 0.6, from_ms=20_100, to_ms=50_000),
    ]
    finals = film(STORE, people, until_ms=120_000)
    assert totals(finals) == outcome(joined=2, served=2)


def test_someone_lost_outside_counts_at_their_last_sight_in_the_queue() -> None:
    person = Person([(0, 0.25, 0.6), (60_000, 0.25, 0.6), (60_600, 0.18, 0.6), (61_000, 0.18, 0.6)])
    finals = film(STORE, [person], until_ms=150_000)
    (record,) = [one for one in finals.of(QueueRecord) if one.lost_total]
    assert record.window_start_ms == 60_000
    assert record.length_mean == round(400 / 60_000, 4)


def test_who_vanished_is_lost_when_the_layout_drops_the_queue() -> None:
    view = View()
    stores = [
        layout(Camera(id="cam", zones=till(recall_ms=200_000))),
        layout(Camera(id="cam"), version=2),
        layout(Camera(id="cam", zones=till(recall_ms=200_000)), version=3),
    ]
    people = [
        standing(0.3, 0.6, from_ms=0, to_ms=50_000),
        standing(0.3, 0.6, from_ms=85_000, to_ms=130_000),
    ]
    marks = [mark(one, from_ms=(one.version - 1) * 60_000) for one in stores]
    finals = play([*marks, *view.film(people, range(0, 140_000, 100)), view.end(200_000)])
    assert totals(finals) == outcome(joined=2, lost=2)
    assert [one.lost_total for one in finals.of(QueueRecord, window_start_ms=0)] == [1]


def test_who_vanished_is_not_of_the_present() -> None:
    engine, view = SiteEngine(SITE), View()
    person = standing(0.3, 0.6, from_ms=0, to_ms=10_000)
    feed(engine, [mark(STORE), *view.film([person], range(0, 10_000, 100))])
    assert present_count(engine) == 1
    feed(engine, view.film([], range(10_000, 20_000, 100)))
    assert present_count(engine) == 0


def test_windows_wait_for_who_may_turn_up() -> None:
    engine, view = SiteEngine(SITE), View()
    person = standing(0.3, 0.6, from_ms=0, to_ms=10_000)
    before = feed(engine, [mark(STORE), *view.film([person], range(0, 72_000, 100))])
    assert before.of(QueueRecord) == []
    after = feed(engine, view.film([], range(72_000, 76_000, 100)))
    assert totals(after) == outcome(joined=1, lost=1)
