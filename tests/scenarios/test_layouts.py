"""Layout versions: from when they hold, and what goes on across a change."""

import pytest

from schemas.crossings import CrossingRecord
from schemas.dwell import DwellRecord
from schemas.errors import MessageError
from schemas.layout import Camera, Floor, Line, SiteLayout, Zone
from schemas.occupancy import OccupancyRecord
from schemas.queues import QueueRecord
from schemas.sites import SiteRecord
from schemas.tracks import TrackRecord
from streams.engine import SiteEngine
from tests.scenarios.scene import (
    SITE,
    Finals,
    Person,
    View,
    door,
    feed,
    layout,
    mark,
    play,
    square,
    standing,
    till,
)


def version(number: int, zones: list[Zone] | None = None, **more: object) -> SiteLayout:
    return layout(Camera(id="cam", zones=zones or []), version=number, **more)


def by_window(finals: Finals) -> list[tuple[int, int]]:
    found = [(one.window_start_ms, one.layout_version) for one in finals.of(OccupancyRecord)]
    return sorted(found)


SHELF = [square("shelf", 0.4, 0.6)]


def test_version_holds_from_the_first_boundary_above_what_the_camera_has_absorbed() -> None:
    view, engine = View(), SiteEngine(SITE)
    finals = feed(engine, [mark(version(1, SHELF)), *view.film([], range(0, 70_000, 100))])
    finals.records += feed(engine, [mark(version(2, SHELF), from_ms=60_000)]).records
    finals.records += feed(
        engine, [*view.film([], range(70_000, 180_000, 100)), view.end(180_000)]
    ).records
    assert by_window(finals) == [(0, 1), (60_000, 1), (120_000, 2)]


def test_version_published_ahead_holds_from_its_time() -> None:
    view = View()
    log = [mark(version(1, SHELF)), mark(version(2, SHELF), from_ms=60_000)]
    finals = play([*log, *view.film([], range(0, 120_000, 100)), view.end(120_000)])
    assert by_window(finals) == [(0, 1), (60_000, 2)]


def test_first_version_after_frames_without_any_holds_from_the_next_boundary() -> None:
    view, engine = View(), SiteEngine(SITE)
    finals = feed(engine, view.film([], range(0, 30_000, 100)))
    log = [mark(version(1, SHELF)), *view.film([], range(30_000, 120_000, 100)), view.end(120_000)]
    finals.records += feed(engine, log).records
    assert by_window(finals) == [(60_000, 1)]


def test_window_sizes_change_where_both_have_a_boundary() -> None:
    view = View()
    log = [
        mark(version(1, SHELF, window_s=60)),
        mark(version(2, SHELF, window_s=90), from_ms=90_000),
    ]
    finals = play([*log, *view.film([], range(0, 270_000, 100)), view.end(270_000)])
    assert by_window(finals) == [(0, 1), (60_000, 1), (120_000, 1), (180_000, 2)]


def test_replayed_mark_changes_nothing() -> None:
    engine = SiteEngine(SITE)
    feed(engine, [mark(version(1, SHELF)), mark(version(2, SHELF)), *View().film([], [0, 100])])
    before = engine.snapshot()
    feed(engine, [mark(version(1)), mark(version(2))])
    assert engine.snapshot() == before


def test_mark_with_a_layout_that_does_not_hold_is_refused_and_changes_nothing() -> None:
    engine = SiteEngine(SITE)
    before = engine.snapshot()
    with pytest.raises(MessageError, match="window_s"):
        engine.adopt(mark(version(1, SHELF, window_s=7)))
    assert engine.snapshot() == before


def test_visit_goes_on_where_its_zone_survives_and_ends_where_it_does_not() -> None:
    view = View()
    zones = [square("kept", 0.4, 0.6), square("gone", 0.3, 0.7)]
    log = [mark(version(1, zones)), mark(version(2, zones[:1]), from_ms=60_000)]
    person = standing(0.5, 0.6, from_ms=0, to_ms=100_000)
    finals = play([*log, *view.film([person], range(0, 120_000, 100)), view.end(120_000)])
    (track,) = finals.of(TrackRecord)
    dwells = {visit.zone: visit.dwell_ms for visit in track.visits}
    assert dwells == {"kept": 100_000, "gone": 60_000}
    assert finals.total(DwellRecord, "visit_total", zone="gone") == 1
    assert finals.total(OccupancyRecord, "person_ms", zone="gone") == 60_000
    assert finals.total(OccupancyRecord, "person_ms", zone="kept") == 100_000


def test_wait_goes_on_where_its_queue_survives_and_is_lost_where_it_does_not() -> None:
    view = View()
    other = [square("other", 0.0, 0.2)]
    waiting = Person([(0, 0.3, 0.6), (80_000, 0.3, 0.6), (82_000, 0.6, 0.6), (100_000, 0.6, 0.6)])
    frames = [*view.film([waiting], range(0, 120_000, 100)), view.end(120_000)]
    kept = play(
        [mark(version(1, till())), mark(version(2, till() + other), from_ms=60_000), *frames]
    )
    assert kept.total(QueueRecord, "served_total") == 1
    gone = play([mark(version(1, till())), mark(version(2, other), from_ms=60_000), *frames])
    (record,) = gone.of(QueueRecord)
    assert (record.joined_total, record.lost_total, record.open_count) == (1, 1, 0)


def test_line_that_stays_is_crossed_across_the_change_and_a_moved_one_is_not() -> None:
    def store(number: int, line: Line) -> SiteLayout:
        return layout(Camera(id="cam", lines=[line]), version=number)

    walker = Person([(57_000, 0.4, 0.6), (63_000, 0.6, 0.6), (70_000, 0.6, 0.6)])
    for second, count in ((door(), 1), (door(x=0.45), 0)):
        view = View()
        log = [mark(store(1, door())), mark(store(2, second), from_ms=60_000)]
        frames = [*view.film([walker], range(0, 120_000, 100)), view.end(120_000)]
        assert len(play([*log, *frames]).of(CrossingRecord)) == count


def test_camera_first_heard_of_after_many_versions_has_the_newest_in_force() -> None:
    engine = SiteEngine(SITE)
    for number in range(1, 20):
        feed(engine, [mark(version(number, SHELF), from_ms=(number - 1) * 60_000)])
    view = View()
    frames = [*view.film([], range(17 * 60_000, 19 * 60_000, 500)), view.end(19 * 60_000)]
    finals = feed(engine, frames)
    assert by_window(finals) == [(17 * 60_000, 18), (18 * 60_000, 19)]
    assert len(engine.snapshot()) < 10_000


def test_many_versions_published_while_a_camera_is_silent_are_bounded() -> None:
    engine, view = SiteEngine(SITE), View()
    feed(engine, [mark(version(1, SHELF)), *view.film([], range(0, 5_000, 100))])
    for number in range(2, 60):
        feed(engine, [mark(version(number, SHELF), from_ms=number * 60_000)])
    assert len(engine.snapshot()) < 20_000
    finals = feed(engine, view.film([], range(60 * 60_000, 62 * 60_000, 500)))
    assert by_window(finals)[-1][1] == 59


def test_merge_of_a_window_says_the_newest_version_any_camera_had() -> None:
    def store(number: int) -> SiteLayout:
        floor = Floor(width_m=1.0, height_m=1.0)
        return layout(Camera(id="a"), Camera(id="b"), version=number, floor=floor)

    slow, fast, engine = View("a"), View("b"), SiteEngine(SITE)
    feed(engine, [mark(store(1)), *slow.film([], range(0, 130_000, 100))])
    finals = feed(engine, [mark(store(2), from_ms=60_000), *fast.film([], range(0, 180_000, 100))])
    finals.records += feed(
        engine, [fast.end(180_000), *slow.film([], range(130_000, 180_000, 100))]
    ).records
    finals.records += feed(engine, [slow.end(180_000)]).records
    sites = sorted(finals.of(SiteRecord), key=lambda one: one.window_start_ms)
    assert [one.layout_version for one in sites] == [1, 2, 2]
    assert all(one.complete for one in sites)
