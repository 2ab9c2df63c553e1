"""Visits that go on under another track: who vanished in a zone and turns up there."""

from collections.abc import Sequence

import pytest

from schemas.dwell import DwellRecord
from schemas.layout import Camera
from schemas.occupancy import OccupancyRecord
from schemas.tracks import TrackRecord
from streams.engine import SiteEngine
from tests.scenarios.scene import (
    SITE,
    Finals,
    Person,
    View,
    feed,
    film,
    layout,
    mark,
    square,
    standing,
    till,
)
from tests.streams.metrics.stage import Stage

SHELF = square("shelf", 0.4, 0.6)
STORE = layout(Camera(id="cam", zones=[SHELF]))
VISIT_MS = 50_000


def visitor(*, hidden_ms: int) -> Person:
    """Looks at the shelf for 50 s, out of sight from 20 s on, and walks on."""
    path = [(0, 0.5, 0.6), (VISIT_MS, 0.5, 0.6), (VISIT_MS + 1_000, 0.8, 0.6), (60_000, 0.8, 0.6)]
    return Person(path, hidden=[(20_000, 20_000 + hidden_ms)])


def dwells_ms(finals: Finals) -> list[int]:
    """Of windows with one visit each."""
    found = [one for one in finals.of(DwellRecord) if one.visit_total]
    assert all(one.visit_total == 1 for one in found)
    return [one.dwell_mean_ms or 0 for one in found]


def visit_total(finals: Finals) -> int:
    return finals.total(DwellRecord, "visit_total")


def test_visit_of_someone_who_turns_up_where_they_vanished_lasted_all_the_time() -> None:
    finals = film(STORE, [visitor(hidden_ms=20_000)], until_ms=120_000)
    # Out of the zone 0.33 s after setting off.
    assert dwells_ms(finals) == [VISIT_MS + 400]
    parts = [visit for track in finals.of(TrackRecord) for visit in track.visits]
    assert [(one.entered_at_ms, one.exited_at_ms) for one in parts] == [
        (0, 19_900),
        (40_000, VISIT_MS + 400),
    ]
    # Track time counts the first 2 s of an unseen stretch within a track, none between two.
    assert finals.total(OccupancyRecord, "person_ms") == 19_900 + 10_400


def test_visit_out_of_sight_for_a_while_is_open() -> None:
    store = layout(Camera(id="cam", zones=[SHELF]), window_s=15)
    finals = film(store, [visitor(hidden_ms=20_000)], until_ms=120_000)
    opened = {one.window_end_ms: one.open_visit_count for one in finals.of(DwellRecord)}
    assert [opened[end_ms] for end_ms in (15_000, 30_000, 45_000, 60_000)] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("recall_ms", "hidden_ms", "visit_count"),
    [
        pytest.param(15_000, 14_900, 1, id="just in time"),
        pytest.param(15_000, 15_200, 2, id="too late"),
        pytest.param(0, 8_000, 2, id="not wanted"),
    ],
)
def test_someone_who_turns_up_later_than_recall_ms_visits_anew(
    recall_ms: int, hidden_ms: int, visit_count: int
) -> None:
    zones = [square("shelf", 0.4, 0.6, recall_ms=recall_ms)]
    store = layout(Camera(id="cam", zones=zones))
    finals = film(store, [visitor(hidden_ms=hidden_ms)], until_ms=120_000)
    assert visit_total(finals) == visit_count


@pytest.mark.parametrize(
    ("gone", "other"),
    [
        pytest.param(
            standing(0.45, 0.4, from_ms=0, to_ms=10_000),
            standing(0.55, 0.88, from_ms=20_000, to_ms=30_000),
            id="elsewhere",
        ),
        pytest.param(
            standing(0.5, 0.6, from_ms=0, to_ms=10_000),
            Person([(20_000, 0.2, 0.6), (23_000, 0.5, 0.6), (40_000, 0.5, 0.6)]),
            id="seen walking in",
        ),
        pytest.param(
            standing(0.45, 0.6, from_ms=0, to_ms=10_000),
            standing(0.53, 0.6, from_ms=9_000, to_ms=30_000),
            id="there before",
        ),
        pytest.param(
            Person([(0, 0.5, 0.6), (8_000, 0.5, 0.6), (9_000, 0.8, 0.6), (10_000, 0.8, 0.6)]),
            standing(0.5, 0.6, from_ms=20_000, to_ms=30_000),
            id="after the first has walked off",
        ),
    ],
)
def test_someone_who_is_not_where_another_vanished_is_another(gone: Person, other: Person) -> None:
    assert visit_total(film(STORE, [gone, other], until_ms=120_000)) == 2


def test_visit_of_someone_who_walks_out_of_the_picture_is_over() -> None:
    store = layout(Camera(id="cam", zones=[square("all", 0.0, 1.0)]))
    gone = Person([(0, 0.5, 0.8), (10_000, 0.5, 0.8), (13_000, 0.99, 0.8)])
    other = standing(0.97, 0.8, from_ms=20_000, to_ms=30_000)
    assert visit_total(film(store, [gone, other], until_ms=120_000)) == 2


def test_who_walks_out_of_sight_in_a_zone_has_left() -> None:
    # Behind a wall in the middle of the picture; 30 s later somebody else comes from there.
    store = layout(Camera(id="cam", zones=[square("all", 0.0, 1.0)]))
    gone = Person([(0, 0.1, 0.8), (2_500, 0.5, 0.6)])
    other = Person([(35_000, 0.5, 0.6), (37_500, 0.1, 0.8)])
    assert visit_total(film(store, [gone, other], until_ms=120_000)) == 2


def test_windows_do_not_wait_for_a_visitor_of_a_zone_that_is_gone() -> None:
    store = layout(Camera(id="cam", zones=[square("shelf", 0.4, 0.6, recall_ms=600_000)]))
    engine, view = SiteEngine(SITE), View()
    frames = view.film([standing(0.5, 0.6, from_ms=0, to_ms=50_000)], range(0, 80_000, 100))
    new = mark(layout(Camera(id="cam"), version=2), from_ms=60_000)
    finals = feed(engine, [mark(store), *frames[:560], new, *frames[560:]])
    assert dwells_ms(finals) == [50_000]


def test_windows_wait_for_a_visitor_who_may_turn_up() -> None:
    engine, view = SiteEngine(SITE), View()
    person = standing(0.5, 0.6, from_ms=0, to_ms=10_000)
    frames = view.film([person], range(0, 131_200, 100))
    assert feed(engine, [mark(STORE), *frames[:714]]).of(DwellRecord) == []
    # 60 s for who turns up, 1 s to walk in, 0.3 s for the stay to be certain.
    assert dwells_ms(feed(engine, frames[714:715])) == [10_000]


def seen(*at_s: float, x: float = 0.5) -> Sequence[tuple[int, float, float]]:
    return [(round(one * 1_000), x, 0.6) for one in at_s]


@pytest.mark.parametrize("is_late", [False, True], ids=["begins before that is", "begins after"])
def test_visit_goes_on_whether_the_other_track_begins_before_the_first_has_ended_or_after(
    is_late: bool,
) -> None:
    stage = Stage(layout(Camera(id="cam", zones=[SHELF]), window_s=900))
    stage.see(seen(0, 1, 2, 3), "0-0")
    if is_late:
        stage.end("0-0")
    stage.see(seen(5, 6, 7), "5000-0")
    if not is_late:
        stage.end("0-0")
    stage.end("5000-0")
    stage.finish()
    assert stage.ledger.window_at(0).zone("shelf").dwells_ms == [7_000]
    assert stage.ledger.zone("shelf").visits.closed == [(0, 5_000), (5_000, 7_000)]


def test_of_two_who_vanished_the_nearer_goes_on_and_each_only_once() -> None:
    stage = Stage(layout(Camera(id="cam", zones=[SHELF]), window_s=900))
    stage.see(seen(0, 1, 2, 3, x=0.46), "0-0")
    stage.see(seen(1, 2, 3, x=0.5), "1000-0")
    stage.end("0-0")
    stage.end("1000-0")
    stage.see(seen(5, 6, x=0.51), "5000-0")
    stage.see(seen(8, 9, x=0.52), "8000-0")
    stage.end("5000-0")
    stage.end("8000-0")
    stage.finish()
    # What began at 1 s goes on with the first who turns up, what began at 0 s with the second.
    assert sorted(stage.ledger.window_at(0).zone("shelf").dwells_ms) == [5_000, 9_000]


def test_visit_after_the_one_that_went_on_is_one_of_its_own() -> None:
    # Away for longer than `revisit_ms`, not for `handover_ms`.
    stage = Stage(layout(Camera(id="cam", zones=till()), window_s=900))
    stage.see(seen(0, 1, 2, 3, x=0.3), "0-0")
    stage.end("0-0")
    path = [*seen(5, 6, x=0.3), *seen(7, 8, 9, 10.2, x=0.1), *seen(11, 12, x=0.3)]
    stage.see(path, "5000-0")
    stage.end("5000-0")
    stage.finish()
    assert stage.ledger.window_at(0).zone("till").dwells_ms == [7_000, 1_000]


def test_time_seen_outside_is_not_of_the_visit_that_goes_on() -> None:
    # Out from 2 s to 4 s, back at 4 s, and out of sight before that stay is certain.
    stage = Stage(layout(Camera(id="cam", zones=[SHELF], hold_ms=100), window_s=900))
    stage.see([*seen(0, 1, 1.9), *seen(2, 3, 3.9, x=0.62), *seen(4, 4.2)], "0-0")
    stage.end("0-0")
    stage.see(seen(8, 9), "8000-0")
    stage.end("8000-0")
    stage.finish()
    assert stage.ledger.window_at(0).zone("shelf").dwells_ms == [2_000 + 5_000]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param([*seen(2.9, 4, 5)], id="a moment before"),
        pytest.param([*seen(0, 1, 2, 3, 4, 5, 5.5, x=0.62), *seen(6.1, 7, 8)], id="before a cut"),
    ],
)
def test_who_was_there_before_the_visitor_vanished_is_another(
    path: Sequence[tuple[int, float, float]],
) -> None:
    stage = Stage(layout(Camera(id="cam", zones=[SHELF], max_track_ms=6_000), window_s=900))
    stage.see(seen(0, 1, 2, 3), "0-0")
    stage.see(path, "2900-0")
    stage.end("0-0")
    stage.end("2900-0")
    stage.finish()
    assert len(stage.ledger.window_at(0).zone("shelf").dwells_ms) == 2
