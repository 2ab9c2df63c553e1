"""Crossings of a line: who counts, when, and which way."""

import random

import pytest

from schemas.crossings import CrossingRecord
from schemas.flows import FlowRecord
from schemas.layout import Camera
from schemas.tracks import TrackRecord
from streams.engine import SiteEngine
from streams.metrics.line_walks import END_AFTER_MS
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
    standing,
)

STORE = layout(Camera(id="cam", lines=[door()]))


def counts(finals: Finals) -> tuple[int, int]:
    return finals.total(FlowRecord, "in_total"), finals.total(FlowRecord, "out_total")


def walk(*points: tuple[int, float, float]) -> Finals:
    return film(STORE, [Person(points)], until_ms=60_000)


def test_walking_over_the_line_and_back_is_one_in_and_one_out() -> None:
    finals = walk((0, 0.3, 0.6), (5_000, 0.7, 0.6), (10_000, 0.3, 0.6))
    assert counts(finals) == (1, 1)
    entry, leave = sorted(finals.of(CrossingRecord), key=lambda one: one.crossed_at_ms)
    assert (entry.direction, leave.direction) == ("in", "out")
    assert (entry.crossed_at_ms, leave.crossed_at_ms) == (2_500, 7_500)
    assert entry.xy == (0.5, 0.6)
    (track,) = finals.of(TrackRecord)
    assert [one.direction for one in track.crossings] == ["in", "out"]


def test_time_is_when_the_path_met_the_line_between_two_frames() -> None:
    view = View()
    frames = [view.frame(at, [(x, 0.6)]) for at, x in ((0, 0.44), (1_000, 0.49), (2_000, 0.54))]
    frames += [view.frame(at, [(0.54, 0.6)]) for at in (3_000, 4_000)]
    finals = play([mark(STORE), *frames, view.end(5_000)])
    (crossing,) = finals.of(CrossingRecord)
    assert crossing.crossed_at_ms == 1_200


@pytest.mark.case(1)
@pytest.mark.parametrize("seed", range(3))
def test_standing_on_the_line_for_300_frames_with_jitter_counts_zero(seed: int) -> None:
    dice = random.Random(seed)
    view = View()
    frames = []
    for index in range(300):
        left, top, right, bottom = box(0.5, 0.6)
        dx, dy = dice.gauss(0.0, 3.0), dice.gauss(0.0, 3.0)
        frames.append(view.boxes(index * 100, [(left + dx, top + dy, right + dx, bottom + dy)]))
    assert counts(play([mark(STORE), *frames, view.end(30_000)])) == (0, 0)


@pytest.mark.case(10)
@pytest.mark.parametrize(
    "points",
    [
        pytest.param([(0, 0.3, 0.95), (5_000, 0.7, 0.95)], id="through the end of the line"),
        pytest.param([(0, 0.3, 0.98), (5_000, 0.7, 0.98)], id="around the end of the line"),
        pytest.param([(0, 0.5, 0.4), (5_000, 0.5, 0.9)], id="along the line"),
        pytest.param(
            [(0, 0.4, 0.6), (3_000, 0.51, 0.6), (6_000, 0.4, 0.6)], id="over it within the band"
        ),
        pytest.param(
            [
                (0, 0.45, 0.9),
                (2_000, 0.505, 0.9),
                (4_000, 0.45, 0.9),
                (6_000, 0.45, 0.98),
                (9_000, 0.6, 0.98),
            ],
            id="touched, left, then around its end",
        ),
    ],
)
def test_what_is_no_crossing(points: list[tuple[int, float, float]]) -> None:
    assert counts(walk(*points)) == (0, 0)


@pytest.mark.case(7)
def test_two_who_cross_in_one_frame_and_half_a_second_later_all_count() -> None:
    people = [
        Person([(start, 0.3, y), (start + 4_000, 0.7, y)])
        for start, y in ((0, 0.4), (0, 0.65), (500, 0.9))
    ]
    finals = film(STORE, people, until_ms=60_000)
    assert counts(finals) == (3, 0)


@pytest.mark.case(9)
def test_opposite_directions_differ() -> None:
    right = Person([(0, 0.3, 0.5), (4_000, 0.7, 0.5)])
    left = Person([(0, 0.7, 0.8), (4_000, 0.3, 0.8)])
    assert counts(film(STORE, [right, left], until_ms=60_000)) == (1, 1)


def test_in_is_to_the_right_hand_side_of_the_line_with_y_down() -> None:
    across = door(start=(0.2, 0.6), end=(0.8, 0.6))
    down = Person([(0, 0.5, 0.4), (4_000, 0.5, 0.8)])
    finals = film(layout(Camera(id="cam", lines=[across])), [down], until_ms=60_000)
    assert counts(finals) == (1, 0)


def test_crossing_while_unseen_counts_when_seen_again() -> None:
    walker = Person([(0, 0.3, 0.6), (8_000, 0.7, 0.6)], hidden=[(3_000, 5_000)])
    assert counts(film(STORE, [walker], until_ms=60_000)) == (1, 0)


@pytest.mark.parametrize(
    ("stays_ms", "expected"),
    [
        pytest.param(END_AFTER_MS + 200, (1, 0), id="two seconds after meeting it"),
        pytest.param(END_AFTER_MS - 400, (0, 0), id="sooner"),
    ],
)
def test_track_that_ends_within_the_band_beyond_the_line(
    stays_ms: int, expected: tuple[int, int]
) -> None:
    finals = walk(
        (0, 0.3, 0.6), (2_000, 0.5, 0.6), (2_100, 0.51, 0.6), (2_100 + stays_ms, 0.51, 0.6)
    )
    assert counts(finals) == expected


def test_who_lingers_in_the_band_for_long_has_crossed_when_beyond_it() -> None:
    finals = walk(
        (0, 0.4, 0.6),
        (2_000, 0.51, 0.6),
        (9_000, 0.515, 0.6),
        (10_000, 0.6, 0.6),
        (12_000, 0.6, 0.6),
    )
    (crossing,) = finals.of(CrossingRecord)
    assert 9_000 < crossing.crossed_at_ms < 10_000


def test_band_grows_with_the_person() -> None:
    tall, near = 0.5, 0.53
    view = View()
    boxes = [
        (1000 * (x - 0.05), 1000 * (0.8 - tall), 1000 * (x + 0.05), 800.0)
        for x in (0.4, 0.43, 0.46, 0.49, 0.52, near, near, near)
    ]
    frames = [view.boxes(at * 200, [one]) for at, one in enumerate(boxes)]
    assert counts(play([mark(STORE), *frames, view.end(2_000)])) == (0, 0)


@pytest.mark.case(8)
def test_fast_mover_over_the_whole_line_between_two_frames_counts() -> None:
    runner = Person([(0, 0.41, 0.6), (400, 0.47, 0.6), (700, 0.58, 0.6), (1_500, 0.7, 0.6)])
    assert counts(film(STORE, [runner], until_ms=60_000, every_ms=200)) == (1, 0)


def test_crossing_certain_only_after_midnight_belongs_before_it() -> None:
    finals = film(
        STORE,
        [Person([(57_000, 0.4, 0.6), (60_000, 0.505, 0.6), (64_000, 0.7, 0.6)])],
        until_ms=120_000,
    )
    (crossing,) = finals.of(CrossingRecord)
    assert 59_800 < crossing.crossed_at_ms < 60_000
    assert [one.in_total for one in finals.of(FlowRecord)] == [1, 0]


def test_nobody_counts_where_nobody_walks() -> None:
    assert counts(film(STORE, [standing(0.3, 0.6, from_ms=0, to_ms=50_000)], until_ms=60_000)) == (
        0,
        0,
    )


COMES = [(2_000, 0.55, 0.6), (4_000, 0.95, 0.6)]
"""First seen past the line, and met it a quarter of a second before, going by how they walk."""


def camera(**more: object) -> Camera:
    return Camera(id="cam", lines=[door(**more)])


def test_who_is_first_seen_past_the_line_and_walks_on_has_crossed_it() -> None:
    (crossing,) = walk(*COMES).of(CrossingRecord)
    assert (crossing.crossed_at_ms, crossing.direction) == (1_750, "in")
    assert crossing.xy == (0.5, 0.6)


@pytest.mark.parametrize("every_ms", [50, 200, 500, 1_000])
def test_who_comes_into_view_past_the_line_counts_at_any_frame_rate(every_ms: int) -> None:
    finals = film(STORE, [Person(COMES)], until_ms=60_000, every_ms=every_ms)
    assert counts(finals) == (1, 0)


@pytest.mark.parametrize(
    "points",
    [
        pytest.param([(2_000, 0.55, 0.6), (6_000, 0.55, 0.6)], id="stands"),
        pytest.param([(2_000, 0.55, 0.6), (6_000, 0.7, 0.6)], id="too slow to have met it"),
        pytest.param([(2_000, 0.51, 0.6), (2_600, 0.54, 0.6), (6_000, 0.54, 0.6)], id="trembles"),
        pytest.param([(2_000, 0.55, 0.6), (4_000, 0.55, 0.9)], id="along it"),
        pytest.param([(2_000, 0.55, 0.97), (4_000, 0.95, 0.97)], id="around its end"),
        pytest.param([(0, 0.55, 0.6), (2_000, 0.95, 0.6)], id="on the source's first frame"),
    ],
)
def test_who_is_first_seen_past_the_line_and_has_not_crossed_it(
    points: list[tuple[int, float, float]],
) -> None:
    assert counts(walk(*points)) == (0, 0)


def test_who_is_first_seen_past_the_line_and_walks_to_it_crosses_once() -> None:
    assert counts(walk((2_000, 0.55, 0.6), (4_000, 0.15, 0.6))) == (0, 1)


def test_nobody_has_crossed_unseen_where_the_layout_says_so() -> None:
    finals = film(layout(camera(unseen_ms=0)), [Person(COMES)], until_ms=60_000)
    assert counts(finals) == (0, 0)


@pytest.mark.parametrize(
    ("gap_ms", "expected"),
    [
        pytest.param(2_100, (0, 0), id="longer than a frame holds"),
        pytest.param(2_000, (1, 0), id="as long as a frame holds"),
    ],
)
def test_who_is_seen_past_the_line_after_a_gap(gap_ms: int, expected: tuple[int, int]) -> None:
    view = View()
    begins_ms = 1_000 + gap_ms
    walker = Person([(begins_ms, 0.55, 0.6), (begins_ms + 2_000, 0.95, 0.6)])
    times_ms = [*range(0, 1_001, 100), *range(begins_ms, begins_ms + 3_000, 100)]
    finals = play([mark(STORE), *view.film([walker], times_ms), view.end(begins_ms + 3_000)])
    assert counts(finals) == expected


def test_who_crossed_before_the_source_ended_and_began_again_counts_once() -> None:
    view = View()
    first = view.film([Person([(0, 0.3, 0.6), (1_400, 0.58, 0.6)])], range(0, 1_400, 100))
    again = view.film(
        [Person([(60_000, 0.6, 0.6), (62_000, 0.9, 0.6)])], range(60_000, 62_000, 100)
    )
    finals = play([mark(STORE), *first, view.end(1_400), *again, view.end(62_000)])
    assert counts(finals) == (1, 0)


def test_a_track_that_is_cut_past_the_line_has_crossed_once() -> None:
    short = Camera(id="cam", lines=[door()], max_track_ms=1_400)
    walker = Person([(0, 0.3, 0.6), (3_000, 0.75, 0.6)])
    assert counts(film(layout(short), [walker], until_ms=60_000)) == (1, 0)


def test_who_comes_from_further_off_has_crossed_where_the_layout_allows_for_it() -> None:
    walker = Person([(3_000, 0.64, 0.6), (6_500, 0.955, 0.6)])
    assert counts(film(STORE, [walker], until_ms=60_000)) == (0, 0)
    (crossing,) = film(layout(camera(unseen_ms=2_000)), [walker], until_ms=60_000).of(
        CrossingRecord
    )
    assert crossing.crossed_at_ms == round(3_000 - 0.14 / 0.09 * 1_000)


def test_who_came_into_view_past_one_line_and_crosses_another_counts_once_at_each() -> None:
    lines = [door("one"), door("two", x=0.8)]
    finals = film(layout(Camera(id="cam", lines=lines)), [Person(COMES)], until_ms=60_000)
    assert [one.line for one in finals.of(CrossingRecord)] == ["one", "two"]
    assert counts(finals) == (2, 0)


def test_an_engine_restored_knows_since_when_there_are_frames() -> None:
    view = View()
    walker = Person([(5_200, 0.55, 0.6), (7_200, 0.95, 0.6)])
    early = view.film([walker], range(5_000, 5_200, 100))
    late = view.film([walker], range(5_200, 9_000, 100))
    engine = SiteEngine(SITE)
    feed(engine, [mark(STORE), *early])
    finals = feed(SiteEngine.restore(engine.snapshot()), [*late, view.end(9_000)])
    assert counts(finals) == (0, 0)
