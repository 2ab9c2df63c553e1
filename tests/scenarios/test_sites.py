"""A site's windows merged over its cameras."""

from collections.abc import Sequence

import pytest

from schemas.detections import Detection
from schemas.layout import Camera, LineKind
from schemas.occupancy import OccupancyRecord
from schemas.sites import SiteRecord
from streams.engine import SiteEngine
from tests.scenarios.scene import (
    SITE,
    Message,
    Person,
    View,
    door,
    feed,
    layout,
    mark,
    play,
    square,
    standing,
)

STORE = layout(
    Camera(id="back", lines=[door("back-door", kind=LineKind.PASSAGE)]),
    Camera(id="front", lines=[door("front-door")], zones=[square("hall", 0.0, 1.0)]),
)


def visitor(from_ms: int) -> Person:
    return Person([(from_ms, 0.3, 0.6), (from_ms + 4_000, 0.7, 0.6)])


def camera_log(name: str, people: Sequence[Person], from_ms: int, until_ms: int) -> list[Detection]:
    view = View(name)
    return [*view.film(people, range(from_ms, until_ms, 100)), view.end(until_ms)]


def test_footfall_is_crossings_of_entrance_lines_alone() -> None:
    log: list[Message] = [mark(STORE)]
    log += camera_log("front", [visitor(0), visitor(10_000)], 0, 60_000)
    log += camera_log("back", [visitor(0)], 0, 60_000)
    (site,) = play(log).of(SiteRecord)
    assert (site.entry_total, site.exit_total) == (2, 0)
    assert (site.cameras_seen, site.cameras_total, site.complete) == (2, 2, True)
    assert site.coverage == 1.0


def test_site_is_written_again_by_each_camera_and_a_missing_one_keeps_it_open() -> None:
    engine = SiteEngine(SITE)
    first = feed(engine, [mark(STORE), *camera_log("front", [visitor(0)], 0, 60_000)])
    (half,) = first.of(SiteRecord)
    assert (half.cameras_seen, half.complete, half.coverage, half.entry_total) == (1, False, 0.5, 1)
    (whole,) = feed(engine, camera_log("back", [], 30_000, 60_000)).of(SiteRecord)
    assert (whole.cameras_seen, whole.complete, whole.coverage, whole.entry_total) == (
        2,
        True,
        0.75,
        1,
    )


def test_camera_that_saw_nothing_of_a_window_completes_it_by_passing_it() -> None:
    engine = SiteEngine(SITE)
    feed(engine, [mark(STORE), *camera_log("front", [visitor(0)], 0, 60_000)])
    (site,) = feed(engine, [View("back").frame(200_000)]).of(SiteRecord)
    assert (site.complete, site.coverage, site.entry_total) == (True, 0.5, 1)


@pytest.mark.case(17)
def test_one_camera_that_stops_affects_no_other_and_its_occupancy_expires() -> None:
    engine, front, back = SiteEngine(SITE), View("front"), View("back")
    person = standing(0.5, 0.6, from_ms=0, to_ms=600_000)
    feed(engine, [mark(STORE), *front.film([person], range(0, 30_000, 100))])
    feed(engine, back.film([person], range(0, 35_000, 100)))
    live = engine.live()
    assert live is not None
    assert [len(one.tracks) for one in live.cameras] == [1, 1]
    assert live.cameras[1].zones[0].count == 1
    closed = feed(engine, back.film([person], range(35_000, 135_000, 100)))
    live = engine.live()
    assert live is not None
    assert [len(one.tracks) for one in live.cameras] == [1, 0]
    assert live.cameras[1].zones[0].count == 0
    assert [one.cameras_seen for one in closed.of(SiteRecord)] == [1, 1]
    # When it speaks again, it turns out when its people were last seen.
    finals = feed(engine, [front.frame(200_000)])
    assert finals.total(OccupancyRecord, "person_ms") == 29_900


def test_camera_that_no_layout_names_is_in_no_merge() -> None:
    log: list[Message] = [mark(STORE), *camera_log("spare", [visitor(0)], 0, 60_000)]
    assert play(log).of(SiteRecord) == []


def test_live_before_the_first_frame_is_nothing_and_reading_it_changes_nothing() -> None:
    engine = SiteEngine(SITE)
    assert engine.live() is None
    person = standing(0.5, 0.6, from_ms=0, to_ms=60_000)
    feed(engine, [mark(STORE), *View("front").film([person], range(0, 5_000, 100))])
    before = engine.snapshot()
    live = engine.live()
    assert live is not None
    assert (live.at_ms, live.layout_version) == (4_900, 1)
    assert [(one.x, one.y) for one in live.cameras[0].tracks] == [(0.5, 0.6)]
    assert engine.snapshot() == before
