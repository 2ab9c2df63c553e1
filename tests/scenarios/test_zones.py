"""Stays, visits and occupancy of a zone."""

import pytest

from schemas.dwell import DwellRecord
from schemas.layout import Camera, Zone, ZoneKind
from schemas.occupancy import OccupancyRecord
from schemas.queues import QueueRecord
from schemas.tracks import TrackRecord, Visit
from tests.scenarios.scene import (
    Finals,
    Person,
    View,
    box,
    film,
    layout,
    mark,
    play,
    square,
    standing,
    till,
)
from tests.streams.metrics.stage import Stage

STORE = layout(Camera(id="cam", zones=[square("shelf", 0.4, 0.6)]))


def visits(finals: Finals) -> list[Visit]:
    return [visit for track in finals.of(TrackRecord) for visit in track.visits]


def test_visit_lasts_from_first_sight_inside_to_the_end_of_the_last_ones_hold() -> None:
    shopper = Person([(0, 0.3, 0.6), (2_000, 0.5, 0.6), (10_000, 0.5, 0.6), (12_000, 0.7, 0.6)])
    finals = film(STORE, [shopper], until_ms=60_000)
    # Inside from the sight at 1.0 s (x = 0.4) to that at 10.9 s (x = 0.59), which held to 11.0 s.
    (visit,) = visits(finals)
    assert (visit.entered_at_ms, visit.exited_at_ms, visit.dwell_ms) == (1_000, 11_000, 10_000)
    (dwell,) = finals.of(DwellRecord)
    assert (dwell.visit_total, dwell.dwell_mean_ms, dwell.open_visit_count) == (1, 10_000, 0)
    assert (dwell.dwell_p50_ms, dwell.dwell_p95_ms) == (10_000, 10_000)
    (occupancy,) = finals.of(OccupancyRecord)
    assert occupancy.person_ms == 10_000
    assert occupancy.count_mean == round(10_000 / 60_000, 4)
    assert occupancy.count_max == 1


@pytest.mark.case(13)
@pytest.mark.parametrize(
    ("away_ms", "expected"),
    [
        pytest.param(800, [10_000], id="an excursion under exit_ms is inside"),
        pytest.param(2_000, [8_000], id="back within revisit_ms: one visit of two stays"),
        pytest.param(3_000, [7_000], id="back after exactly revisit_ms: still one visit"),
        pytest.param(3_100, [3_000, 3_900], id="back later: two visits"),
    ],
)
def test_return(away_ms: int, expected: list[int]) -> None:
    view = View()
    inside = [(0, 3_000), (3_000 + away_ms, 10_000)]
    frames = []
    for at_ms in range(0, 20_000, 100):
        is_inside = any(start <= at_ms < end for start, end in inside)
        frames.append(view.frame(at_ms, [(0.41 if is_inside else 0.39, 0.6)]))
    finals = play([mark(STORE), *frames, view.end(20_000)])
    assert [visit.dwell_ms for visit in visits(finals)] == expected
    (dwell,) = finals.of(DwellRecord)
    assert dwell.visit_total == len(expected)


@pytest.mark.parametrize(
    ("x", "band", "away_ms", "expected"),
    [
        pytest.param(0.39, 0.1, 7_900, [20_000], id="at the edge"),
        pytest.param(0.39, 0.1, 9_200, [3_000, 7_800], id="at the edge for long"),
        pytest.param(0.37, 0.1, 5_000, [3_000, 12_000], id="beyond the edge"),
        pytest.param(0.39, 0.0, 5_000, [3_000, 12_000], id="without a band"),
    ],
)
def test_who_stands_at_the_edge_for_a_while_has_not_left(
    x: float, band: float, away_ms: int, expected: list[int]
) -> None:
    view = View()
    shelf = layout(Camera(id="cam", zones=[square("shelf", 0.4, 0.6, band=band)]))
    frames = []
    for at_ms in range(0, 30_000, 100):
        is_inside = at_ms < 3_000 or 3_000 + away_ms <= at_ms < 20_000
        frames.append(
            view.frame(at_ms, [(0.41 if is_inside else x if at_ms < 20_000 else 0.36, 0.6)])
        )
    finals = play([mark(shelf), *frames, view.end(30_000)])
    assert [visit.dwell_ms for visit in visits(finals)] == expected


def test_who_leaves_over_the_edge_left_at_the_border() -> None:
    shelf = layout(Camera(id="cam", zones=[square("shelf", 0.4, 0.6, band=0.5)]))
    shopper = Person([(0, 0.3, 0.6), (2_000, 0.5, 0.6), (10_000, 0.5, 0.6), (12_000, 0.7, 0.6)])
    (visit,) = visits(film(shelf, [shopper], until_ms=60_000))
    assert (visit.entered_at_ms, visit.exited_at_ms, visit.dwell_ms) == (1_000, 11_000, 10_000)


def test_a_window_waits_for_who_is_at_an_edge_or_was_and_is_unseen() -> None:
    shelf = layout(Camera(id="cam", zones=[square("shelf", 0.4, 0.6, band=0.1)]))
    path = [(0, 0.41, 0.6), (58_000, 0.41, 0.6), (58_100, 0.39, 0.6), (66_000, 0.39, 0.6)]
    path += [(66_100, 0.41, 0.6), (75_000, 0.41, 0.6)]
    shopper = Person(path, hidden=[(66_000, 70_800)])
    finals = film(shelf, [shopper], until_ms=90_000)
    first, *_ = sorted(finals.of(OccupancyRecord), key=lambda one: one.window_start_ms)
    assert first.person_ms == 60_000


def test_time_at_an_edge_is_kept_in_one_span() -> None:
    stage = Stage(layout(Camera(id="cam", zones=[square("shelf", 0.4, 0.6, band=0.1)])))
    stage.see([(at_ms, 0.41 if at_ms < 3_000 else 0.39, 0.6) for at_ms in range(0, 8_000, 100)])
    (presence,) = stage.journeys.tracks["0-0"].presences.values()
    assert presence.undecided == [(3_000, 7_900)]


def test_a_queue_has_no_edge() -> None:
    path = [(0, 0.21, 0.6), (10_000, 0.21, 0.6), (10_100, 0.19, 0.6), (17_000, 0.19, 0.6)]
    path += [(17_100, 0.21, 0.6), (30_000, 0.21, 0.6)]
    store = layout(Camera(id="cam", zones=till(band=0.1)))
    finals = film(store, [Person(path)], until_ms=60_000)
    assert finals.total(QueueRecord, "abandoned_total") == 1


@pytest.mark.parametrize(
    ("inside_ms", "count"),
    [pytest.param(300, 1, id="for enter_ms"), pytest.param(200, 0, id="for less")],
)
def test_being_inside(inside_ms: int, count: int) -> None:
    view = View()
    frames = [
        view.frame(at_ms, [(0.41 if 1_000 <= at_ms < 1_000 + inside_ms else 0.39, 0.6)])
        for at_ms in range(0, 10_000, 100)
    ]
    finals = play([mark(STORE), *frames, view.end(10_000)])
    assert len(visits(finals)) == count
    assert finals.total(OccupancyRecord, "person_ms") == inside_ms * count


def test_unseen_is_not_outside() -> None:
    view = View()
    hidden = Person([(0, 0.5, 0.6), (20_000, 0.5, 0.6)], hidden=[(5_000, 9_000)])
    finals = play([mark(STORE), *view.film([hidden], range(0, 20_100, 100)), view.end(21_000)])
    (visit,) = visits(finals)
    assert visit.dwell_ms == 20_000
    # Of an unseen stretch, from the last sight before it on, the first two seconds count.
    assert finals.total(OccupancyRecord, "person_ms") == 4_900 + 2_000 + 11_000


def test_visit_ends_at_the_last_sight_where_the_track_ends_inside() -> None:
    finals = film(STORE, [standing(0.5, 0.6, from_ms=0, to_ms=10_000)], until_ms=60_000)
    (visit,) = visits(finals)
    assert (visit.exited_at_ms, visit.dwell_ms) == (10_000, 10_000)


def test_visit_belongs_to_the_window_of_its_last_exit() -> None:
    shopper = Person([(50_000, 0.5, 0.6), (80_000, 0.5, 0.6), (83_000, 0.9, 0.6)])
    finals = film(STORE, [shopper], until_ms=120_000)
    first, second = sorted(finals.of(DwellRecord), key=lambda one: one.window_start_ms)
    assert (first.visit_total, first.open_visit_count, first.dwell_p50_ms) == (0, 1, None)
    assert (second.visit_total, second.open_visit_count) == (1, 0)


@pytest.mark.case(6)
def test_frames_without_detections_bring_occupancy_to_zero() -> None:
    finals = film(STORE, [standing(0.5, 0.6, from_ms=0, to_ms=30_000)], until_ms=120_000)
    first, second = sorted(finals.of(OccupancyRecord), key=lambda one: one.window_start_ms)
    assert (first.count_max, first.person_ms) == (1, 30_000)
    assert (second.count_max, second.count_mean, second.person_ms) == (0, 0.0, 0)
    assert second.coverage == 1.0


def test_largest_count_is_of_people_there_at_one_instant() -> None:
    people = [
        standing(0.45, 0.6, from_ms=0, to_ms=20_000),
        standing(0.55, 0.6, from_ms=10_000, to_ms=30_000),
    ]
    people.append(standing(0.45, 0.6, from_ms=35_000, to_ms=50_000))
    (record,) = film(STORE, people, until_ms=60_000).of(OccupancyRecord)
    assert record.count_max == 2


@pytest.mark.case(3)
def test_one_box_counts_in_one_of_two_zones_that_share_an_edge() -> None:
    zones = [square("left", 0.2, 0.5), square("right", 0.5, 0.8)]
    finals = film(
        layout(Camera(id="cam", zones=zones)),
        [standing(0.5, 0.6, from_ms=0, to_ms=50_000)],
        until_ms=60_000,
    )
    counts = [one.count_max for one in finals.of(OccupancyRecord)]
    assert sorted(counts) == [0, 1]


def test_zones_that_overlap_each_count() -> None:
    zones = [square("one", 0.2, 0.6), square("two", 0.4, 0.8)]
    finals = film(
        layout(Camera(id="cam", zones=zones)),
        [standing(0.5, 0.6, from_ms=0, to_ms=50_000)],
        until_ms=60_000,
    )
    assert [one.count_max for one in finals.of(OccupancyRecord)] == [1, 1]


@pytest.mark.parametrize("every_ms", [33, 100, 200, 500])
def test_seconds_do_not_depend_on_the_frame_rate(every_ms: int) -> None:
    finals = film(
        STORE, [standing(0.5, 0.6, from_ms=5_000, to_ms=45_000)], until_ms=60_000, every_ms=every_ms
    )
    (visit,) = visits(finals)
    assert abs(visit.dwell_ms - 40_000) <= 2 * every_ms


@pytest.mark.case(15)
def test_frame_rate_that_changes_mid_stream_changes_no_second() -> None:
    view = View()
    times = [*range(0, 20_000, 33), *range(20_000, 40_000, 500), *range(40_000, 60_000, 100)]
    person = standing(0.5, 0.6, from_ms=0, to_ms=59_900)
    finals = play([mark(STORE), *view.film([person], times), view.end(60_000)])
    (visit,) = visits(finals)
    assert visit.dwell_ms == 59_900
    assert finals.total(OccupancyRecord, "person_ms") == 59_900


def test_staff_is_in_no_metric_only_in_tracks() -> None:
    zones = [square("back", 0.0, 0.3, ZoneKind.STAFF), square("shelf", 0.4, 0.6)]
    clerk = Person([(0, 0.2, 0.6), (10_000, 0.2, 0.6), (13_000, 0.5, 0.6), (40_000, 0.5, 0.6)])
    guest = Person([(0, 0.9, 0.8), (5_000, 0.5, 0.8), (40_000, 0.5, 0.8)])
    finals = film(layout(Camera(id="cam", zones=zones)), [clerk, guest], until_ms=60_000)
    assert [one.count_max for one in finals.of(OccupancyRecord)] == [1]
    assert finals.total(DwellRecord, "visit_total") == 1
    staff, other = finals.of(TrackRecord)
    assert (staff.staff, staff.visits) == (True, [])
    assert (other.staff, len(other.visits)) == (False, 1)
    assert staff.path


def test_guest_born_in_a_staff_zone_counts_from_birth_on() -> None:
    zones = [square("back", 0.0, 0.3, ZoneKind.STAFF), square("all", 0.0, 1.0)]
    guest = Person([(0, 0.2, 0.6), (5_000, 0.2, 0.6), (7_000, 0.5, 0.6), (40_000, 0.5, 0.6)])
    finals = film(layout(Camera(id="cam", zones=zones)), [guest], until_ms=60_000)
    (track,) = finals.of(TrackRecord)
    assert not track.staff
    assert finals.total(OccupancyRecord, "person_ms") == 40_000


def test_guest_lost_from_view_in_a_staff_zone_counts() -> None:
    zones = [square("back", 0.0, 0.3, ZoneKind.STAFF), square("all", 0.0, 1.0)]
    guest = standing(0.2, 0.6, from_ms=0, to_ms=6_000)
    finals = film(layout(Camera(id="cam", zones=zones)), [guest], until_ms=60_000)
    assert finals.total(OccupancyRecord, "person_ms") == 6_000


def test_detections_in_an_ignore_zone_are_dropped() -> None:
    zones = [square("mannequin", 0.4, 0.6, ZoneKind.IGNORE), square("all", 0.0, 1.0)]
    people = [
        standing(0.5, 0.6, from_ms=0, to_ms=50_000),
        standing(0.8, 0.6, from_ms=0, to_ms=50_000),
    ]
    finals = film(layout(Camera(id="cam", zones=zones)), people, until_ms=60_000)
    assert [one.count_max for one in finals.of(OccupancyRecord)] == [1]
    assert len(finals.of(TrackRecord)) == 1


def test_uncounted_kinds_of_zones_have_no_records() -> None:
    kinds = {kind: square(kind.value, 0.2, 0.4, kind) for kind in ZoneKind}
    zones: list[Zone] = list(kinds.values())
    finals = film(layout(Camera(id="cam", zones=zones)), [], until_ms=60_000)
    assert {one.zone for one in finals.of(OccupancyRecord)} == {"queue", "service", "browse"}


@pytest.mark.case(2)
def test_boxes_seen_once_are_nobody() -> None:
    view = View()
    frames = [
        view.frame(at_ms, [(0.42 + 0.05 * (at_ms // 2_000 % 4), 0.4 + 0.15 * (at_ms // 2_000 % 3))])
        if at_ms % 2_000 == 0
        else view.frame(at_ms)
        for at_ms in range(0, 58_000, 200)
    ]
    finals = play([mark(STORE), *frames, view.end(60_000)])
    assert finals.of(TrackRecord) == []
    assert [one.count_max for one in finals.of(OccupancyRecord)] == [0]


@pytest.mark.case(12)
def test_class_that_flickers_makes_no_new_track_and_no_second_visit() -> None:
    view = View()
    frames = [
        view.boxes(at, [box(0.5, 0.6)], classes=["dog" if at % 500 == 0 and at else "person"])
        for at in range(0, 30_000, 100)
    ]
    finals = play([mark(STORE), *frames, view.end(30_000)])
    (visit,) = visits(finals)
    assert visit.dwell_ms == 29_900
    assert len(finals.of(TrackRecord)) == 1
