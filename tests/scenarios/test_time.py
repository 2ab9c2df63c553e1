"""Event time of a camera: holds and gaps, replays and disorder, ends, cuts, bad input."""

import random

import pytest

from schemas.detections import Detection, DetectionStatus
from schemas.dwell import DwellRecord
from schemas.heatmaps import HeatmapRecord
from schemas.layout import Camera, Rule, ZoneKind
from schemas.occupancy import OccupancyRecord
from schemas.queues import QueueRecord
from schemas.topics import key_of
from schemas.tracks import TrackRecord
from streams.engine import SiteEngine
from tests.scenarios.scene import (
    SITE,
    Finals,
    Person,
    View,
    box,
    door,
    feed,
    film,
    layout,
    mark,
    play,
    square,
    standing,
    till,
)

STORE = layout(Camera(id="cam", zones=[square("shelf", 0.4, 0.6)]))
HOUR_MS = 3_600_000


def coverages(finals: Finals) -> dict[int, float]:
    return {one.window_start_ms: one.coverage for one in finals.of(OccupancyRecord)}


def test_a_frame_holds_until_the_next_and_at_most_hold_ms() -> None:
    view = View()
    times = [0, 1_000, 5_000, 6_000, 58_500]
    finals = play([mark(STORE), *view.film([], times), view.end(70_000)])
    # 1 s, 2 s of 4 s, 1 s, 2 s, and 1.5 s + 0.5 s on either side of the window's end.
    assert coverages(finals) == {0: round(7_500 / 60_000, 4), 60_000: round(500 / 60_000, 4)}


def test_shed_and_rejected_frames_hold_nothing_but_move_time() -> None:
    view = View()
    messages = [view.frame(0)]
    messages += [view.frame(at, status=DetectionStatus.SHED) for at in range(1_000, 35_000, 1_000)]
    messages += [
        view.frame(at, status=DetectionStatus.REJECTED) for at in range(35_000, 80_000, 500)
    ]
    finals = play([mark(STORE), *messages])
    assert coverages(finals) == {0: round(2_000 / 60_000, 4)}


def test_window_closes_when_the_camera_reaches_its_end_plus_settle_ms() -> None:
    view, engine = View(), SiteEngine(SITE)
    feed(engine, [mark(STORE), *view.film([], range(0, 70_000, 100))])
    assert feed(engine, [view.frame(69_999)]).records == []
    assert feed(engine, [view.frame(70_000)]).of(OccupancyRecord) != []


@pytest.mark.case(23)
def test_windows_without_coverage_are_not_written() -> None:
    view = View()
    frames = view.film([], [*range(0, 30_000, 100), *range(HOUR_MS, HOUR_MS + 30_000, 100)])
    finals = play([mark(STORE), *frames, view.end(HOUR_MS + 30_000)])
    assert sorted(coverages(finals)) == [0, HOUR_MS]


@pytest.mark.case(23)
def test_a_jump_of_an_hour_ends_tracks_and_visits_at_their_last_sight() -> None:
    view = View()
    person = standing(0.5, 0.6, from_ms=0, to_ms=2 * HOUR_MS)
    frames = view.film([person], [*range(0, 30_000, 100), *range(HOUR_MS, HOUR_MS + 30_000, 100)])
    finals = play([mark(STORE), *frames, view.end(HOUR_MS + 30_000)])
    first, second = sorted(finals.of(TrackRecord), key=lambda one: one.started_at_ms)
    assert (first.started_at_ms, first.ended_at_ms) == (0, 29_900)
    assert [visit.exited_at_ms for visit in first.visits] == [29_900]
    assert second.started_at_ms == HOUR_MS
    assert first.track != second.track


@pytest.mark.parametrize(
    ("gap_ms", "tracks"),
    [pytest.param(3_000, 1, id="exactly gap_ms ends none"), pytest.param(3_001, 2, id="longer")],
)
def test_gap_without_frames(gap_ms: int, tracks: int) -> None:
    view = View()
    store = layout(Camera(id="cam", gap_ms=3_000))
    person = standing(0.5, 0.6, from_ms=0, to_ms=HOUR_MS)
    times = [*range(0, 5_100, 100), *range(5_000 + gap_ms, 20_000, 100)]
    finals = play([mark(store), *view.film([person], times), view.end(60_000)])
    assert len(finals.of(TrackRecord)) == tracks


@pytest.mark.case(22)
def test_equal_and_earlier_times_are_counted_and_change_nothing() -> None:
    view, engine = View(), SiteEngine(SITE)
    person = standing(0.5, 0.6, from_ms=0, to_ms=HOUR_MS)
    feed(engine, [mark(STORE), *view.film([person], range(0, 5_000, 100))])
    before = engine.snapshot()
    late = [view.frame(at, [(0.9, 0.6)]) for at in (4_900, 4_000, 0)]
    assert feed(engine, late).records == []
    assert engine.snapshot() == before
    assert engine.counters()["cam"]["out_of_order"] == 3


@pytest.mark.case(14)
def test_messages_of_an_older_run_and_of_known_offsets_are_replays() -> None:
    old, view, engine = View(run=1), View(run=2), SiteEngine(SITE)
    feed(engine, [mark(STORE), *view.film([], range(0, 1_000, 100))])
    before = engine.snapshot()
    old.offset = 1_000
    again = View(run=2)
    feed(engine, [old.frame(50_000), *again.film([], range(20_000, 21_000, 100))])
    assert engine.snapshot() == before
    assert engine.counters()["cam"]["replayed"] == 11


def test_a_new_run_goes_on_with_offsets_from_anywhere() -> None:
    first, second = View(run=1), View(run=2)
    frames = [*first.film([], range(0, 30_000, 100)), *second.film([], range(30_000, 60_000, 100))]
    finals = play([mark(STORE), *frames, second.end(60_000)])
    assert coverages(finals) == {0: 1.0}


def test_a_gateway_that_names_no_run_is_known_by_its_offsets() -> None:
    view, engine = View(run=None), SiteEngine(SITE)
    frames = view.film([], range(0, 1_000, 100))
    feed(engine, [mark(STORE), *frames])
    before = engine.snapshot()
    feed(engine, frames)
    assert engine.snapshot() == before
    assert engine.counters()["cam"] == {"ok": 10, "replayed": 10, "bad_box": 0, "ignored_box": 0}


def test_ended_closes_everything_and_what_comes_later_in_its_window_is_counted() -> None:
    view, engine = View(), SiteEngine(SITE)
    person = standing(0.5, 0.6, from_ms=0, to_ms=HOUR_MS)
    finals = feed(
        engine, [mark(STORE), *view.film([person], range(0, 30_000, 100)), view.end(30_000)]
    )
    assert len(finals.of(TrackRecord)) == 1
    assert coverages(finals) == {0: 0.5}
    before = engine.snapshot()
    assert feed(engine, [view.frame(45_000), view.frame(59_999)]).records == []
    assert engine.snapshot() == before
    assert engine.counters()["cam"]["after_end"] == 2
    more = feed(engine, [*view.film([person], range(60_000, 90_000, 100)), view.end(90_000)])
    assert coverages(more) == {60_000: 0.5}


def test_message_without_a_time_is_counted_and_changes_nothing() -> None:
    view, engine = View(), SiteEngine(SITE)
    feed(engine, [mark(STORE), *view.film([], range(0, 1_000, 100))])
    before = engine.snapshot()
    assert feed(engine, [view.frame(None, status=DetectionStatus.REJECTED)]).records == []
    assert engine.snapshot() == before
    assert engine.counters()["cam"]["rejected"] == 1


def test_track_over_max_track_ms_is_cut_and_goes_on() -> None:
    store = layout(Camera(id="cam", zones=[square("shelf", 0.4, 0.6)], max_track_ms=20_000))
    finals = film(store, [standing(0.5, 0.6, from_ms=0, to_ms=50_000)], until_ms=60_000)
    parts = sorted(finals.of(TrackRecord), key=lambda one: one.started_at_ms)
    assert [(one.started_at_ms, one.ended_at_ms) for one in parts] == [
        (0, 20_000),
        (20_000, 40_000),
        (40_000, 50_000),
    ]
    assert [one.continues for one in parts] == [None, parts[0].track, parts[1].track]
    # A cut ends no visit.
    assert [len(one.visits) for one in parts] == [0, 0, 1]
    assert parts[2].visits[0].dwell_ms == 50_000


def test_path_of_a_long_track_is_thinned_and_keeps_its_ends() -> None:
    walker = Person([(0, 0.1, 0.6), (55_000, 0.9, 0.6)])
    (track,) = film(STORE, [walker], until_ms=60_000).of(TrackRecord)
    assert len(track.path) <= 256
    assert track.path[0] == (0, 0.1, 0.6)
    assert track.path[-1] == (55_000, 0.9, 0.6)
    assert track.path == sorted(track.path)


@pytest.mark.case(24)
@pytest.mark.parametrize(
    "bad",
    [
        pytest.param((float("nan"), 400.0, 530.0, 600.0), id="nan"),
        pytest.param((470.0, 400.0, float("inf"), 600.0), id="infinite"),
        pytest.param((530.0, 400.0, 470.0, 600.0), id="inverted"),
        pytest.param((470.0, 600.0, 530.0, 600.0), id="empty"),
        pytest.param((0.0, 400.0, 1e-150, 600.0), id="next to no width"),
        pytest.param((470.0, 0.0, 530.0, 1e-150), id="next to no height"),
        pytest.param((1_100.0, 400.0, 1_200.0, 600.0), id="right of the frame"),
        pytest.param((-200.0, 400.0, -100.0, 600.0), id="left of the frame"),
        pytest.param((470.0, -300.0, 530.0, -100.0), id="above the frame"),
    ],
)
def test_bad_box_is_dropped_and_counted_and_its_frame_kept(
    bad: tuple[float, float, float, float],
) -> None:
    view, engine = View(), SiteEngine(SITE)
    frames = [view.boxes(at, [bad, box(0.5, 0.6)]) for at in range(0, 10_000, 100)]
    finals = feed(engine, [mark(STORE), *frames, view.end(10_000)])
    assert engine.counters()["cam"]["bad_box"] == 100
    (track,) = finals.of(TrackRecord)
    assert (track.started_at_ms, track.ended_at_ms) == (0, 9_900)


@pytest.mark.case(25)
@pytest.mark.parametrize("count", [0, 500])
def test_any_number_of_boxes_is_followed(count: int) -> None:
    view = View(side_px=10_000)
    feet = [(0.02 + 0.96 * (i % 25) / 25, 0.25 + 0.7 * (i // 25) / 20) for i in range(count)]
    boxes = [(x * 10_000 - 40, y * 10_000 - 200, x * 10_000 + 40, y * 10_000) for x, y in feet]
    frames = [view.boxes(at, boxes) for at in range(0, 1_000, 100)]
    assert len(play([mark(STORE), *frames, view.end(1_000)]).of(TrackRecord)) == count


def test_other_classes_are_not_people_and_missing_names_are() -> None:
    view = View()
    frames = [
        view.boxes(at, [box(0.3, 0.6), box(0.7, 0.6)], classes=["person", "dog"])
        for at in range(0, 5_000, 100)
    ]
    assert len(play([mark(STORE), *frames, view.end(5_000)]).of(TrackRecord)) == 1


def test_a_frame_without_its_size_moves_time_and_nothing_else() -> None:
    view, engine = View(), SiteEngine(SITE)
    frame = view.frame(1_000, [(0.5, 0.6)])
    feed(engine, [mark(STORE), Detection(**{**fields(frame), "width": None})])
    assert engine.counters()["cam"]["bad_frame"] == 1
    assert feed(engine, [view.frame(1_000)]).records == []
    assert engine.counters()["cam"]["out_of_order"] == 1


def test_frame_size_may_change_between_frames() -> None:
    small, large = View(), View(side_px=2_000)
    frames = small.film([standing(0.5, 0.6, from_ms=0, to_ms=HOUR_MS)], range(0, 5_000, 100))
    large.offset = small.offset
    frames += large.film([standing(0.5, 0.6, from_ms=0, to_ms=HOUR_MS)], range(5_000, 9_000, 100))
    assert len(play([mark(STORE), *frames, large.end(9_000)]).of(TrackRecord)) == 1


@pytest.mark.case(11)
def test_ids_of_20000_people_leave_the_engine_bounded() -> None:
    zones = [*till(), square("shelf", 0.6, 0.9)]
    rules = [Rule(id="long", on="till", when="length > 4")]
    store = layout(Camera(id="cam", zones=zones, lines=[door()]), rules=rules)
    view, engine = View(), SiteEngine(SITE)
    feed(engine, [mark(store)])
    dice = random.Random(1)
    sizes = []
    for batch in range(50):
        keys = set()
        for index in range(10):
            at_ms = (batch * 10 + index) * 20_000
            feet = [(dice.uniform(0.0, 1.0), dice.uniform(0.3, 1.0)) for _ in range(40)]
            for record in feed(engine, [view.frame(at_ms + d, feet) for d in (0, 100)]).records:
                keys.add(key_of(record))
        assert keys
        sizes.append(len(engine.snapshot()))
    assert max(sizes[25:]) <= 1.05 * max(sizes[:10])


def test_without_a_layout_there_are_tracks_and_image_heatmaps_only() -> None:
    view = View()
    person = standing(0.5, 0.6, from_ms=0, to_ms=HOUR_MS)
    finals = play([*view.film([person], range(0, 30_000, 100)), view.end(30_000)])
    assert {type(one) for one in finals.records} == {TrackRecord, HeatmapRecord}
    (heat,) = finals.of(HeatmapRecord)
    assert (heat.window_end_ms - heat.window_start_ms, heat.layout_version) == (60_000, 0)
    assert sum(ms for _, _, ms in heat.cells) == 29_900


def fields(detection: Detection) -> dict[str, object]:
    return {name: getattr(detection, name) for name in Detection.__slots__}


def visits_by_window(finals: Finals) -> dict[int, int]:
    return {one.window_start_ms: one.visit_total for one in finals.of(DwellRecord)}


def test_window_waits_for_a_track_whose_end_in_it_only_a_gap_decides() -> None:
    # Last seen at 58.0 s, still found again by the last `ok` frame, at 62.0 s; the camera's time
    # goes on, and only at 72.1 s is it certain that the visit ended before the minute did.
    store = layout(Camera(id="cam", zones=[square("shelf", 0.4, 0.6, recall_ms=0)]))
    view = View()
    person = standing(0.5, 0.6, from_ms=30_000, to_ms=58_000)
    frames = view.film([person], range(0, 62_100, 100))
    shed = [view.frame(at, status=DetectionStatus.SHED) for at in range(62_100, 72_100, 100)]
    engine = SiteEngine(SITE)
    assert feed(engine, [mark(store), *frames, *shed]).of(DwellRecord) == []
    closed = feed(engine, [view.frame(72_100, status=DetectionStatus.SHED)])
    assert visits_by_window(closed) == {0: 1}


def test_window_waits_for_the_verdict_on_who_may_be_staff() -> None:
    # Born behind the till at 58.5 s, lost from view there at 66.0 s: no staff, known at 71.1 s.
    zones = [square("back", 0.0, 0.3, ZoneKind.STAFF), square("all", 0.0, 1.0)]
    view = View()
    guest = standing(0.2, 0.6, from_ms=58_500, to_ms=66_000)
    frames = view.film([guest], range(0, 80_000, 100))
    finals = play([mark(layout(Camera(id="cam", zones=zones))), *frames, view.end(80_000)])
    spent = {one.window_start_ms: one.person_ms for one in finals.of(OccupancyRecord, zone="all")}
    assert spent == {0: 1_500, 60_000: 6_000}


@pytest.mark.parametrize(
    ("knobs", "expected"),
    [
        pytest.param({"enter_ms": 14_000}, {0: 2_000, 60_000: 28_000}, id="a stay"),
        pytest.param({"join_ms": 14_000}, {0: 2_000, 60_000: 28_000}, id="a place in the queue"),
    ],
)
def test_window_waits_for_what_takes_long_to_be_certain(
    knobs: dict[str, int], expected: dict[int, int]
) -> None:
    # In the queue from 58.0 s on, which is certain at 72.0 s.
    view = View()
    waiting = [standing(0.3, 0.6, from_ms=58_000, to_ms=88_000)]
    frames = view.film(waiting, range(0, 100_000, 100))
    store = layout(Camera(id="cam", zones=till(**knobs)))
    finals = play([mark(store), *frames, view.end(100_000)])
    spent = {one.window_start_ms: one.person_ms for one in finals.of(OccupancyRecord, zone="till")}
    assert spent == expected
    joined = {one.window_start_ms: one.joined_total for one in finals.of(QueueRecord)}
    assert joined == {0: 1, 60_000: 0}


def test_window_does_not_wait_for_whom_it_knows() -> None:
    zones = [square("back", 0.0, 0.3, ZoneKind.STAFF), square("all", 0.0, 1.0)]
    view, engine = View(), SiteEngine(SITE)
    people = [standing(x, 0.6, from_ms=40_000, to_ms=90_000) for x in (0.2, 0.6)]
    frames = view.film(people, range(0, 70_100, 100))
    feed(engine, [mark(layout(Camera(id="cam", zones=zones))), *frames[:-1]])
    assert feed(engine, frames[-1:]).of(OccupancyRecord) != []
