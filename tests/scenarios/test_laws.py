"""Laws of the engine, on random stores: what shuffling, replaying and restarting never change."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from schemas import codec
from schemas.alerts import AlertRecord
from schemas.crossings import CrossingRecord
from schemas.detections import DetectionStatus
from schemas.dwell import DwellRecord
from schemas.flows import FlowRecord
from schemas.heatmaps import HeatmapRecord
from schemas.journeys import JourneyRecord
from schemas.layout import Camera, Floor, Line, Rule, SiteLayout, ZoneKind
from schemas.occupancy import OccupancyRecord
from schemas.queues import QueueRecord
from schemas.sites import SiteRecord
from schemas.topics import key_of
from schemas.tracks import TrackRecord
from streams.engine import SNAPSHOT_FORM, SiteEngine
from streams.errors import SnapshotError
from tests.scenarios.scene import (
    SITE,
    Finals,
    Message,
    Person,
    View,
    door,
    feed,
    layout,
    mark,
    play,
    square,
)

SEEDS = range(4)
CAMERAS = ("east", "north", "west")
FLOOR = [(0.0, 0.0, 0.0, 0.0), (1.0, 0.0, 10.0, 0.0), (1.0, 1.0, 10.0, 10.0), (0.0, 1.0, 0.0, 10.0)]
UNTIL_MS = 120_000


def store(version: int = 1, *, window_s: int = 30, recall_ms: int = 60_000) -> SiteLayout:
    """Three cameras over one floor, each with every kind of zone and a line."""
    cameras = []
    for index, name in enumerate(CAMERAS):
        zones = [
            square(
                f"till-{name}", 0.2, 0.5, ZoneKind.QUEUE, service=[f"desk-{name}"], long_above=1
            ),
            square(f"desk-{name}", 0.5, 0.7, ZoneKind.SERVICE, enter_ms=1_000),
            square(f"back-{name}", 0.85, 1.0, ZoneKind.STAFF),
            square(f"shelf-{name}", 0.4 + 0.1 * version, 0.9, band=0.1),
        ]
        zones = [replace(zone, recall_ms=recall_ms) for zone in zones]
        lines: list[Line] = [door(f"door-{name}", x=0.3 + 0.1 * index)]
        cameras.append(
            Camera(id=name, zones=zones, lines=lines, homography=FLOOR, max_track_ms=40_000)
        )
    rules = [Rule(id="long", on="till-east", when="length > 1", for_s=2.0, cool_down_s=5.0)]
    floor = Floor(width_m=10.0, height_m=10.0, cell_m=1.0)
    return layout(*cameras, version=version, window_s=window_s, rules=rules, floor=floor)


def wanderer(dice: random.Random) -> Person:
    """Someone who walks about, stops, and now and then cannot be seen."""
    at_ms = dice.randrange(0, UNTIL_MS - 20_000)
    x, y = dice.uniform(0.0, 1.0), dice.uniform(0.3, 1.0)
    path = [(at_ms, x, y)]
    for _ in range(dice.randrange(2, 12)):
        if dice.random() < 0.5:
            at_ms += dice.randrange(500, 15_000)
        else:
            next_x, next_y = dice.uniform(0.0, 1.0), dice.uniform(0.3, 1.0)
            at_ms += 200 + round(8_000 * (abs(next_x - x) + abs(next_y - y)))
            x, y = next_x, next_y
        path.append((at_ms, x, y))
    hidden = []
    for _ in range(dice.randrange(0, 3)):
        start = dice.randrange(path[0][0], path[-1][0])
        hidden.append((start, start + dice.randrange(100, 7_000)))
    return Person(path, hidden)


def times(dice: random.Random) -> Iterator[int]:
    """Frames at a rate that changes, with gaps short and long."""
    at_ms = dice.randrange(0, 3_000)
    every_ms = dice.choice([100, 200, 500])
    while at_ms < UNTIL_MS:
        yield at_ms
        chance = dice.random()
        if chance < 0.002:
            at_ms += dice.randrange(10_001, 25_000)
        elif chance < 0.01:
            at_ms += dice.randrange(2_000, 9_000)
        elif chance < 0.02:
            every_ms = dice.choice([100, 200, 500])
        at_ms += every_ms


def logs(seed: int) -> dict[str, list[Message]]:
    """Each camera's own log: frames, some of them shed, and the end."""
    dice = random.Random(seed)
    found: dict[str, list[Message]] = {}
    for camera in CAMERAS:
        people = [wanderer(dice) for _ in range(8)]
        view = View(camera)
        frames: list[Message] = []
        for at_ms in times(dice):
            feet = [one.feet(at_ms) for one in people]
            is_shed = dice.random() < 0.02
            status = DetectionStatus.SHED if is_shed else DetectionStatus.OK
            frames.append(view.frame(at_ms, [one for one in feet if one], status=status))
        found[camera] = [*frames, view.end(UNTIL_MS)]
    return found


def in_turn(found: dict[str, list[Message]]) -> list[Message]:
    """The cameras one after the other."""
    return [mark(store()), *(one for camera in sorted(found) for one in found[camera])]


def shuffled(found: dict[str, list[Message]], seed: int) -> list[Message]:
    """Another interleaving of the same logs."""
    dice = random.Random(seed)
    waiting = {camera: list(reversed(log)) for camera, log in found.items()}
    merged: list[Message] = [mark(store())]
    while waiting:
        camera = dice.choice(sorted(waiting))
        for _ in range(dice.choice([1, 1, 5, 200])):
            if waiting[camera]:
                merged.append(waiting[camera].pop())
        if not waiting[camera]:
            del waiting[camera]
    return merged


@pytest.mark.parametrize("seed", SEEDS)
def test_interleaving_of_cameras_changes_no_final(seed: int) -> None:
    found = logs(seed)
    reference = play(in_turn(found)).by_key()
    assert len({topic for topic, _ in reference}) >= 8
    for order in range(2):
        assert play(shuffled(found, order)).by_key() == reference


@pytest.mark.case(16)
@pytest.mark.parametrize("seed", SEEDS[:2])
def test_restore_from_a_snapshot_at_any_message_changes_no_byte(seed: int) -> None:
    messages = shuffled(logs(seed), seed)
    reference = play(messages)
    dice = random.Random(seed)
    engine, finals = SiteEngine(SITE), Finals()
    for message in messages:
        finals.records += feed(engine, [message]).records
        if dice.random() < 0.02:
            saved = engine.snapshot()
            engine = SiteEngine.restore(saved)
            assert engine.snapshot() == saved
    assert finals.records == reference.records


@pytest.mark.case(14)
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_replay_of_any_overlap_changes_nothing(seed: int) -> None:
    messages = shuffled(logs(seed), seed)
    reference = play(messages)
    dice = random.Random(seed)
    engine, finals = SiteEngine(SITE), Finals()
    at = 0
    while at < len(messages):
        upto = min(len(messages), at + dice.randrange(1, 400))
        finals.records += feed(engine, messages[at:upto]).records
        back = dice.randrange(0, upto)
        before = engine.snapshot()
        assert feed(engine, messages[back:upto]).records == []
        assert engine.snapshot() == before
        at = upto
    assert finals.records == reference.records


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_replay_from_an_older_snapshot_says_the_same_again(seed: int) -> None:
    messages = shuffled(logs(seed), seed)
    cut = len(messages) // 2
    engine = SiteEngine(SITE)
    feed(engine, messages[: cut - 300])
    old = engine.snapshot()
    between = feed(engine, messages[cut - 300 : cut]).records
    assert feed(SiteEngine.restore(old), messages[cut - 300 : cut]).records == between


@pytest.mark.parametrize("seed", SEEDS)
def test_no_final_is_said_twice(seed: int) -> None:
    finals = play(shuffled(logs(seed), seed))
    once = [
        (type(one), key_of(one))
        for one in finals.records
        if not isinstance(one, SiteRecord | AlertRecord)
    ]
    assert len(once) == len(set(once))


@pytest.mark.parametrize("seed", SEEDS)
def test_queue_books_balance(seed: int) -> None:
    finals = play(in_turn(logs(seed)))
    for camera in CAMERAS:
        open_before = 0
        for one in by_time(finals.of(QueueRecord, camera=camera)):
            departed = one.served_total + one.abandoned_total + one.lost_total
            assert open_before + one.joined_total == departed + one.open_count
            assert sum(count for _, count in one.wait_histogram) == one.served_total
            assert one.length_mean <= one.length_max
            open_before = one.open_count
        assert open_before == 0
    assert finals.total(QueueRecord, "joined_total") > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_heatmaps_hold_exactly_the_time_of_confirmed_tracks(seed: int) -> None:
    finals = play(in_turn(logs(seed)))
    for camera in CAMERAS:
        heat = finals.of(HeatmapRecord, camera=camera, space="image")
        spent_ms = sum(ms for one in heat for _, _, ms in one.cells)
        tracks = finals.of(TrackRecord, camera=camera, staff=False)
        lived_ms = sum(one.ended_at_ms - one.started_at_ms for one in tracks)
        # Unseen stretches count their first two seconds only; without any, the two are equal.
        assert 0 < spent_ms <= lived_ms
        floor = finals.of(HeatmapRecord, camera=camera, space="floor")
        owned_ms = sum(ms for one in floor for _, _, ms in one.cells)
        assert owned_ms <= spent_ms
    site = finals.total(SiteRecord, "person_ms")
    assert site == sum(
        ms for one in finals.of(HeatmapRecord, space="floor") for _, _, ms in one.cells
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_visits_in_windows_are_the_visits_of_tracks(seed: int) -> None:
    _, *frames = in_turn(logs(seed))
    finals = play([mark(store(recall_ms=0)), *frames])
    zones = {one.zone for one in finals.of(DwellRecord)}
    tracks = finals.of(TrackRecord)
    for zone in zones:
        visits = [visit for track in tracks for visit in track.visits if visit.zone == zone]
        assert finals.total(DwellRecord, "visit_total", zone=zone) == len(visits)
        spent_ms = finals.total(OccupancyRecord, "person_ms", zone=zone)
        assert spent_ms <= sum(visit.dwell_ms for visit in visits)
    assert all(not track.visits for track in tracks if track.staff)


@pytest.mark.parametrize("seed", SEEDS)
def test_visits_that_go_on_under_another_track_become_fewer_and_lose_no_time(seed: int) -> None:
    finals = play(in_turn(logs(seed)))
    tracks = finals.of(TrackRecord)
    counted = finals.of(DwellRecord)
    for zone in {one.zone for one in counted}:
        visits = [visit for track in tracks for visit in track.visits if visit.zone == zone]
        windows = [one for one in counted if one.zone == zone]
        assert 0 < sum(one.visit_total for one in windows) <= len(visits)
        dwell_ms = sum((one.dwell_mean_ms or 0) * one.visit_total for one in windows)
        # The means are rounded.
        assert dwell_ms >= sum(visit.dwell_ms for visit in visits) - len(visits)
    assert counted


@pytest.mark.parametrize("seed", SEEDS)
def test_every_zone_is_left_as_often_as_it_was_reached(seed: int) -> None:
    finals = play(in_turn(logs(seed)))
    for camera in CAMERAS:
        reached, left = Counter[str | None](), Counter[str | None]()
        for record in finals.of(JourneyRecord, camera=camera):
            for origin, zone, count in record.transitions:
                left[origin] += count
                reached[zone] += count
        people = {
            one.track.split("-")[0] + one.track.split("-")[1]
            for one in finals.of(TrackRecord, camera=camera)
            if one.visits
        }
        assert reached == left
        assert reached[None] == len(people) > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_flows_are_the_crossings(seed: int) -> None:
    finals = play(in_turn(logs(seed)))
    crossings = finals.of(CrossingRecord)
    assert crossings
    for flow in finals.of(FlowRecord):
        own = [
            one.direction
            for one in crossings
            if one.line == flow.line
            and flow.window_start_ms <= one.crossed_at_ms < flow.window_end_ms
        ]
        assert (flow.in_total, flow.out_total) == (own.count("in"), own.count("out"))
    of_tracks = sum(len(track.crossings) for track in finals.of(TrackRecord))
    assert of_tracks == len(crossings)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_layout_changes_keep_every_law(seed: int) -> None:
    found = logs(seed)
    later = mark(store(2, window_s=60), from_ms=60_000)
    finals = []
    for order in range(3):
        messages = shuffled(found, order)
        # The second version is known before any camera reaches it, in every order.
        messages.insert(1, later)
        finals.append(play(messages))
    assert finals[0].by_key() == finals[1].by_key() == finals[2].by_key()
    for one in finals[0].of(QueueRecord):
        assert one.layout_version == (1 if one.window_start_ms < 60_000 else 2)
    for camera in CAMERAS:
        records = by_time(finals[0].of(QueueRecord, camera=camera))
        departed = sum(one.served_total + one.abandoned_total + one.lost_total for one in records)
        assert sum(one.joined_total for one in records) == departed


def test_engine_says_the_same_for_a_camera_alone_and_among_others() -> None:
    found = logs(0)
    together = play(in_turn(found)).by_key()
    for camera in CAMERAS:
        alone = play([mark(store()), *found[camera]])
        own = [one for one in alone.records if not isinstance(one, SiteRecord)]
        assert own
        for key, value in Finals(own).by_key().items():
            assert together[key] == value


def test_records_are_json_that_reads_back() -> None:
    for record in play(in_turn(logs(1))).records:
        assert codec.decode(codec.encode(record), type(record)) == record


def by_time(records: list[QueueRecord]) -> list[QueueRecord]:
    return sorted(records, key=lambda one: one.window_start_ms)


@pytest.mark.parametrize(
    "snapshot",
    [b"", b"\x90", SiteEngine("s").snapshot().replace(bytes([SNAPSHOT_FORM]), b"\x03", 1)],
    ids=["nothing", "another shape", "another form"],
)
def test_snapshot_of_another_version_is_refused_with_what_to_do(snapshot):
    with pytest.raises(SnapshotError, match="delete the topic of snapshots"):
        SiteEngine.restore(snapshot)
