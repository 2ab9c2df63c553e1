"""Crossings of a line: who counts, when, and which way."""

import random

import pytest

from schemas.crossings import CrossingRecord
from schemas.flows import FlowRecord
from schemas.layout import Camera
from schemas.tracks import TrackRecord
from streams.metrics.line_walks import END_AFTER_MS
from tests.scenarios.scene import (
    Finals,
    Person,
    View,
    box,
    door,
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
