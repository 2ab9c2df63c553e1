"""Cases that broke other counters of people: each is a test, marked with its number.

`pytest -m case` runs them all; `grep -rn "case(8)" tests` finds one. Here are those that a site
engine alone can show and that had no place elsewhere, and the proof that none is missing.
"""

import ast
import math
import random
from pathlib import Path

import pytest

from schemas.alerts import AlertRecord
from schemas.crossings import CrossingRecord
from schemas.detections import Detection
from schemas.dwell import DwellRecord
from schemas.flows import FlowRecord
from schemas.heatmaps import HeatmapRecord
from schemas.layout import Camera, Rule, Zone, ZoneKind
from schemas.occupancy import OccupancyRecord
from schemas.sites import SiteRecord
from schemas.tracks import TrackRecord
from streams.engine import SiteEngine
from tests.scenarios.scene import (
    SITE,
    Finals,
    Message,
    Person,
    View,
    box,
    door,
    feed,
    film,
    layout,
    mark,
    play,
    present_count,
    square,
    standing,
    till,
)

CASES = {
    1: "someone stands on a line and trembles: nobody crosses",
    2: "things seen once share no identity: they count nowhere",
    3: "a box lies over two zones: it counts where its feet are",
    4: "a cell of the heatmap is hot for long: it does not wrap",
    5: "the first frames are empty: the heatmap is empty, not broken",
    6: "frames without detections: occupancy falls to zero",
    7: "two cross in one frame, or half a second apart: both count",
    8: "someone passes a line or a zone whole between two frames",
    9: "the two directions differ, however the line lies",
    10: "grazing a line's end, passing it outside, walking along it: no crossing",
    11: "20,000 people later the state is as small as before",
    12: "a class that flickers: no new track, nothing counted twice",
    13: "back within the grace: one visit; later: two; dwell without the time away",
    14: "replays, backlogs, frames late or stamped twice: seconds are those of the frames",
    15: "the frame rate changes on the way: seconds stay seconds",
    16: "a restart changes no count",
    17: "one camera stops: the others go on, its people expire",
    18: "the broker is away: nothing is lost, or the loss is counted",
    19: "the model file is missing: the start fails and says which",
    20: "credentials are in no log and no message",
    21: "a zone that is none is refused with its field's name",
    22: "time that stands still or runs backwards: counted, nothing changes",
    23: "a jump of an hour: tracks and visits end at their last sight, no windows between",
    24: "boxes with NaN, inverted, outside: dropped and counted, the frame kept",
    25: "no box and 500 boxes are both a frame",
    26: "the camera is bumped: no crossings from it, an alert",
    27: "the clocks of two cameras differ by a minute: each is right by itself",
    28: "a length that trembles around a threshold: one alert per episode",
}
"""By number, in words."""

STORE = layout(Camera(id="cam", zones=[square("shelf", 0.4, 0.6)], lines=[door()]))


def counts(finals: Finals) -> tuple[int, int]:
    return finals.total(FlowRecord, "in_total"), finals.total(FlowRecord, "out_total")


def test_every_case_has_a_test() -> None:
    found: set[int] = set()
    for path in Path(__file__).parents[1].rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for decorator in node.decorator_list:
                is_case = ast.unparse(decorator).startswith("pytest.mark.case(")
                if is_case and isinstance(decorator, ast.Call):
                    found |= {ast.literal_eval(number) for number in decorator.args}
    assert found == set(CASES)


@pytest.mark.case(1)
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("across", [True, False], ids=["across the image", "down the image"])
def test_trembling_on_a_line_of_someone_half_as_tall_counts_one_at_most(
    across: bool, seed: int
) -> None:
    line = door(start=(0.2, 0.6), end=(0.8, 0.6)) if across else door()
    dice, view, frames = random.Random(seed), View(), []
    for at_ms in range(0, 30_000, 100):
        dx, dy = dice.gauss(0.0, 3.0), dice.gauss(0.0, 3.0)
        frames.append(view.boxes(at_ms, [(483 + dx, 500 + dy, 517 + dx, 600 + dy)]))
    finals = play([mark(layout(Camera(id="cam", lines=[line]))), *frames, view.end(30_000)])
    assert max(counts(finals)) <= 1


@pytest.mark.case(2)
def test_things_seen_once_on_both_sides_of_a_line_count_nowhere() -> None:
    walker = Person([(0, 0.3, 0.85), (8_000, 0.7, 0.85), (9_000, 0.7, 0.85)])
    sides = [(x, y) for x in (0.1, 0.25, 0.45, 0.55, 0.75, 0.9) for y in (0.35, 0.6)]
    view, frames = View(), []
    for at_ms in range(0, 9_000, 100):
        feet = [one for one in [walker.feet(at_ms)] if one]
        # A second and a half later nobody expects them where the next ones are.
        frames.append(view.frame(at_ms, feet + (sides if at_ms % 1_500 == 700 else [])))
    finals = play([mark(STORE), *frames, view.end(9_000)])
    assert counts(finals) == (1, 0)
    assert len(finals.of(TrackRecord)) == 1
    assert [one.count_max for one in finals.of(OccupancyRecord)] == [1]


@pytest.mark.case(3)
@pytest.mark.parametrize(
    ("feet_y", "expected"),
    [
        pytest.param(0.6, {"far": 0, "near": 1}, id="head in one, feet in the other"),
        pytest.param(0.44, {"far": 1, "near": 0}, id="feet in the farther one"),
        pytest.param(0.76, {"far": 0, "near": 0}, id="body in the nearer one, feet before it"),
    ],
)
def test_box_over_two_zones_counts_where_its_feet_are(
    feet_y: float, expected: dict[str, int]
) -> None:
    zones = [
        Zone(id=name, kind=ZoneKind.BROWSE, polygon=[(0.2, y), (0.8, y), (0.8, to_y), (0.2, to_y)])
        for name, y, to_y in (("far", 0.3, 0.45), ("near", 0.55, 0.75))
    ]
    store = layout(Camera(id="cam", zones=zones))
    finals = film(store, [standing(0.5, feet_y, from_ms=0, to_ms=30_000)], until_ms=60_000)
    assert {one.zone: one.count_max for one in finals.of(OccupancyRecord)} == expected


@pytest.mark.case(3)
def test_feet_below_the_image_are_in_no_zone_at_its_edge() -> None:
    zone = Zone(
        id="mat", kind=ZoneKind.BROWSE, polygon=[(0.2, 0.5), (0.8, 0.5), (0.8, 1), (0.2, 1)]
    )
    view = View()
    frames = [view.boxes(at_ms, [box(0.5, 1.05)]) for at_ms in range(0, 30_000, 100)]
    finals = play([mark(layout(Camera(id="cam", zones=[zone]))), *frames, view.end(30_000)])
    assert [one.count_max for one in finals.of(OccupancyRecord)] == [0]
    assert len(finals.of(TrackRecord)) == 1


@pytest.mark.case(5)
def test_heatmap_whose_first_frames_are_empty_holds_what_came_after() -> None:
    finals = film(STORE, [standing(0.5, 0.6, from_ms=70_000, to_ms=100_000)], until_ms=120_000)
    first, second = sorted(finals.of(HeatmapRecord), key=lambda one: one.window_start_ms)
    assert (first.cells, first.coverage) == ([], 1.0)
    assert [ms for _, _, ms in second.cells] == [30_000]


@pytest.mark.case(6)
def test_present_of_a_zone_is_zero_once_empty_frames_have_ended_its_tracks() -> None:
    engine, view = SiteEngine(SITE), View()
    person = standing(0.5, 0.6, from_ms=0, to_ms=20_000)
    feed(engine, [mark(STORE), *view.film([person], range(0, 20_000, 100))])
    assert present_count(engine) == 1
    feed(engine, view.film([], range(20_000, 24_900, 100)))
    assert present_count(engine) == 1, "who is unseen for less than lost_ms may be hidden"
    feed(engine, view.film([], range(24_900, 25_100, 100)))
    assert present_count(engine) == 0


@pytest.mark.case(8)
@pytest.mark.parametrize("every_ms", [500, 1_000])
def test_zone_passed_whole_between_two_frames_is_no_stay_and_its_edges_are_crossed(
    every_ms: int,
) -> None:
    """A stay takes a sight inside; that somebody passed is for lines to say."""
    zone = square("mat", 0.48, 0.52)
    edges = [door("near", x=0.48), door("far", x=0.52)]
    step = 0.09
    # On either side of the zone in neighbouring frames, never in it.
    feet = [(0.455 + step * number, 0.6) for number in range(-4, 5)]
    view = View()
    frames = [view.frame(number * every_ms, [one]) for number, one in enumerate(feet)]
    store = layout(Camera(id="cam", zones=[zone], lines=edges))
    finals = play([mark(store), *frames, view.end(9 * every_ms)])
    assert len(finals.of(TrackRecord)) == 1
    assert {one.line for one in finals.of(CrossingRecord)} == {"near", "far"}
    assert counts(finals) == (2, 0)
    assert finals.total(DwellRecord, "visit_total") == 0
    assert finals.total(OccupancyRecord, "person_ms") == 0


@pytest.mark.case(9)
@pytest.mark.parametrize("angle_deg", range(0, 360, 45))
def test_directions_differ_however_the_line_lies(angle_deg: int) -> None:
    along = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    right = -along[1], along[0]
    ends = [(0.5 + part * along[0], 0.6 + part * along[1]) for part in (-0.3, 0.3)]
    line = door(start=ends[0], end=ends[1])
    there, back = (
        [(at_ms, 0.5 + part * right[0], 0.6 + part * right[1]) for at_ms, part in path]
        for path in (((0, -0.2), (4_000, 0.2)), ((0, 0.2), (4_000, -0.2)))
    )
    store = layout(Camera(id="cam", lines=[line]))
    assert counts(film(store, [Person(there)], until_ms=60_000)) == (1, 0)
    assert counts(film(store, [Person(back)], until_ms=60_000)) == (0, 1)


@pytest.mark.case(12)
@pytest.mark.parametrize("phase", range(3))
def test_walker_whose_class_flickers_crosses_once(phase: int) -> None:
    walker = Person([(0, 0.3, 0.6), (8_000, 0.7, 0.6), (9_000, 0.7, 0.6)])
    view, frames = View(), []
    for number, at_ms in enumerate(range(0, 9_000, 100)):
        name = "dog" if number % 3 == phase and number else "person"
        feet = walker.feet(at_ms)
        assert feet is not None
        frames.append(view.boxes(at_ms, [box(*feet)], classes=[name]))
    finals = play([mark(STORE), *frames, view.end(9_000)])
    assert counts(finals) == (1, 0)
    assert len(finals.of(TrackRecord)) == 1
    assert finals.total(DwellRecord, "visit_total") == 1


@pytest.mark.case(14)
@pytest.mark.parametrize("seed", range(3))
def test_log_with_late_frames_repeats_and_equal_stamps_gives_the_finals_of_the_clean_one(
    seed: int,
) -> None:
    shopper = Person([(0, 0.3, 0.6), (5_000, 0.5, 0.6), (40_000, 0.5, 0.6), (45_000, 0.8, 0.6)])
    dice = random.Random(seed)
    clean, view = View(), View()
    messy: list[Detection] = []
    for at_ms in range(0, 50_000, 200):
        messy += view.film([shopper], [at_ms])
        for other_ms in (at_ms, at_ms - dice.randrange(1, 5_000)):
            if dice.random() < 0.2 and other_ms >= 0:
                messy.append(view.frame(other_ms, [(0.9, 0.9)]))
        if dice.random() < 0.2:
            messy += messy[-dice.randrange(1, 20) :]
    finals = play([mark(STORE), *clean.film([shopper], range(0, 50_000, 200)), clean.end(50_000)])
    assert play([mark(STORE), *messy, view.end(50_000)]).by_key() == finals.by_key()
    assert finals.total(DwellRecord, "visit_total") == 1


@pytest.mark.case(17)
@pytest.mark.parametrize("has_ended", [True, False], ids=["its source ended", "it fell silent"])
def test_camera_that_stops_changes_no_final_of_another(has_ended: bool) -> None:
    store = layout(
        Camera(id="front", lines=[door("front-door")]),
        Camera(id="back", zones=[square("shelf", 0.4, 0.6)], lines=[door("back-door")]),
    )
    walkers = [Person([(at, 0.3, 0.6), (at + 9_000, 0.7, 0.6)]) for at in range(0, 170_000, 10_000)]

    def finals_of_back(front_until_ms: int, *, ends: bool) -> dict[tuple[str, bytes], bytes]:
        front, back = View("front"), View("back")
        log: list[Message] = [mark(store)]
        for at_ms in range(0, 180_000, 200):
            if at_ms < front_until_ms:
                log += front.film(walkers, [at_ms])
            elif at_ms == front_until_ms and ends:
                log.append(front.end(at_ms))
            log += back.film(walkers, [at_ms])
        records = play([*log, back.end(180_000)]).records
        own = [one for one in records if getattr(one, "camera", None) == "back"]
        return Finals(own).by_key()

    expected = finals_of_back(180_000, ends=False)
    assert expected
    assert finals_of_back(45_000, ends=has_ended) == expected


@pytest.mark.case(27)
def test_cameras_whose_clocks_differ_by_a_minute_are_each_right_and_complete_when_both_passed() -> (
    None
):
    store = layout(Camera(id="back", lines=[door("back-door")]), Camera(id="front", lines=[door()]))
    behind_ms, engine, finals = 60_000, SiteEngine(SITE), Finals()
    # At one moment of the world, one clock says this and the other a minute less.
    views, events = (View("front"), View("back")), (
        [Person([(70_000, 0.3, 0.6), (74_000, 0.7, 0.6)])],
        [Person([(10_000, 0.3, 0.6), (14_000, 0.7, 0.6)])],
    )  # fmt: skip
    feed(engine, [mark(store)])
    for at_ms in range(60_000, 300_000, 200):
        for view, people, own_ms in zip(views, events, (at_ms, at_ms - behind_ms), strict=True):
            finals.records += feed(engine, view.film(people, [own_ms])).records
    crossings = {one.line: one.crossed_at_ms for one in finals.of(CrossingRecord)}
    assert crossings == {"door": 72_000, "back-door": 12_000}
    for start_ms, entries in ((60_000, 1), (120_000, 0)):
        told = [
            (one.cameras_seen, one.complete, one.entry_total)
            for one in finals.records
            if isinstance(one, SiteRecord) and one.window_start_ms == start_ms
        ]
        assert told == [(1, False, entries), (2, True, entries)]


@pytest.mark.case(28)
@pytest.mark.parametrize("seed", range(3))
def test_length_that_trembles_around_the_threshold_is_one_alert_per_episode(seed: int) -> None:
    """Two rushes in an hour; dips in them and peaks between them are shorter than `for_s`."""
    dice, view, frames = random.Random(seed), View(), []
    rushes = [(600_000, 1_500_000), (2_400_000, 3_000_000)]
    count = 0
    for at_ms in range(0, 3_600_000, 1_000):
        if at_ms % 15_000 == 0:
            is_rush = any(start <= at_ms < end for start, end in rushes)
            was_odd = is_rush == (count <= 3)
            usual = [4, 5, 6] if is_rush else [1, 2, 3]
            odd = [2, 3] if is_rush else [5, 6]
            count = dice.choice(usual if was_odd or dice.random() < 0.5 else odd)
        feet = [(0.22 + 0.13 * (i % 3), 0.5 + 0.3 * (i // 3)) for i in range(count)]
        frames.append(view.frame(at_ms, feet))
    rule = Rule(id="long", on="till", when="length > 4", for_s=30.0)
    store = layout(Camera(id="cam", zones=till()), rules=[rule])
    finals = play([mark(store), *frames, view.end(3_600_000)])
    alerts = [one for one in finals.records if isinstance(one, AlertRecord)]
    assert [one.state for one in alerts] == ["opened", "closed"] * 2
    opened_at_ms = [one.opened_at_ms for one in alerts if one.state == "opened"]
    for (start, end), at_ms in zip(rushes, opened_at_ms, strict=True):
        assert start <= at_ms < end
