"""Where people spent their time, on the image and on the floor."""

import pytest

from schemas.heatmaps import HeatmapRecord
from schemas.layout import Camera, Floor
from schemas.sites import SiteRecord
from schemas.tracks import TrackRecord
from streams.metrics.cells import IMAGE_COLS, IMAGE_ROWS
from tests.scenarios.scene import Finals, Person, View, film, layout, mark, play, standing

FLAT = [(0.0, 0.0, 0.0, 0.0), (1.0, 0.0, 10.0, 0.0), (1.0, 1.0, 10.0, 10.0), (0.0, 1.0, 0.0, 10.0)]
"""The image is the floor, 10 m x 10 m."""
CLOSER = [
    (0.0, 0.0, 5.0, 0.0),
    (1.0, 0.0, 10.0, 0.0),
    (1.0, 1.0, 10.0, 10.0),
    (0.0, 1.0, 5.0, 10.0),
]
"""The image is the right half of that floor: cells there are larger."""
FLOOR = Floor(width_m=10.0, height_m=10.0, cell_m=0.5)


def spent_ms(records: list[HeatmapRecord]) -> int:
    return sum(ms for one in records for _, _, ms in one.cells)


def cells(finals: Finals, **fields: object) -> dict[tuple[int, int], int]:
    (record,) = finals.of(HeatmapRecord, **fields)
    return {(row, col): ms for row, col, ms in record.cells}


def test_time_lies_in_the_cell_of_the_feet() -> None:
    store = layout(Camera(id="cam", homography=FLAT), floor=FLOOR)
    finals = film(store, [standing(0.32, 0.71, from_ms=0, to_ms=40_000)], until_ms=60_000)
    row, col = int(0.71 * IMAGE_ROWS), int(0.32 * IMAGE_COLS)
    assert cells(finals, space="image") == {(row, col): 40_000}
    assert cells(finals, space="floor") == {(14, 6): 40_000}


def test_sum_over_the_image_is_exactly_the_time_of_confirmed_tracks() -> None:
    people = [
        Person([(137, 0.1, 0.4), (20_011, 0.9, 0.9), (95_003, 0.05, 0.95)]),
        Person([(5_000, 0.9, 0.5), (70_000, 0.1, 0.5)]),
        standing(0.999, 1.0, from_ms=3_333, to_ms=100_000),
    ]
    finals = film(layout(Camera(id="cam")), people, until_ms=120_000, every_ms=67)
    tracks = finals.of(TrackRecord)
    lived_ms = sum(one.ended_at_ms - one.started_at_ms for one in tracks)
    assert spent_ms(finals.of(HeatmapRecord, space="image")) == lived_ms > 250_000


def test_unseen_stretch_counts_its_first_two_seconds_where_it_began() -> None:
    view = View()
    person = Person([(0, 0.5, 0.6), (20_000, 0.5, 0.6)], hidden=[(5_000, 9_500)])
    frames = view.film([person], range(0, 20_100, 100))
    finals = play([mark(layout(Camera(id="cam"))), *frames, view.end(30_000)])
    assert spent_ms(finals.of(HeatmapRecord)) == 4_900 + 2_000 + 10_500


@pytest.mark.case(4)
def test_hottest_cell_never_wraps() -> None:
    finals = film(
        layout(Camera(id="cam"), window_s=900),
        [standing(0.5, 0.6, from_ms=0, to_ms=800_000)],
        until_ms=900_000,
        every_ms=1_000,
    )
    assert spent_ms(finals.of(HeatmapRecord)) == 800_000


@pytest.mark.case(5)
def test_empty_frames_give_an_empty_heatmap() -> None:
    (record,) = film(layout(Camera(id="cam")), [], until_ms=60_000).of(HeatmapRecord)
    assert (record.cells, record.coverage) == ([], 1.0)


def test_overlapping_cameras_do_not_count_a_person_twice() -> None:
    store = layout(
        Camera(id="far", homography=FLAT), Camera(id="near", homography=CLOSER), floor=FLOOR
    )
    far, near = View("far"), View("near")
    # One person at 7.6 m, 6.1 m stands in both images; another at 2.6 m only in one.
    both, one = (
        standing(0.76, 0.61, from_ms=0, to_ms=40_000),
        standing(0.26, 0.61, from_ms=0, to_ms=20_000),
    )
    same = standing(0.52, 0.61, from_ms=0, to_ms=40_000)
    finals = play(
        [
            mark(store),
            *far.film([both, one], range(0, 60_000, 100)),
            far.end(60_000),
            *near.film([same], range(0, 60_000, 100)),
            near.end(60_000),
        ]
    )
    assert cells(finals, space="floor", camera="near") == {(12, 15): 40_000}
    assert cells(finals, space="floor", camera="far") == {(12, 5): 20_000}
    (site,) = finals.of(SiteRecord)
    assert site.person_ms == 60_000


def test_site_without_a_homography_knows_no_floor_time() -> None:
    finals = film(layout(Camera(id="cam")), [], until_ms=60_000)
    assert [one.person_ms for one in finals.of(SiteRecord)] == [None]
    assert finals.of(HeatmapRecord, space="floor") == []


@pytest.mark.parametrize("every_ms", [50, 250, 1_000])
def test_heat_does_not_depend_on_the_frame_rate(every_ms: int) -> None:
    person = standing(0.5, 0.6, from_ms=0, to_ms=50_000)
    finals = film(layout(Camera(id="cam")), [person], until_ms=60_000, every_ms=every_ms)
    assert spent_ms(finals.of(HeatmapRecord)) == 50_000
