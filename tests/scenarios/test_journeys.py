"""Steps from zone to zone."""

import pytest

from schemas.journeys import JourneyRecord, Transition
from schemas.layout import Camera, ZoneKind
from tests.scenarios.scene import (
    Finals,
    Person,
    View,
    film,
    layout,
    mark,
    play,
    square,
    standing,
    till,
)

ZONES = [square("bags", 0.0, 0.2), square("hats", 0.3, 0.5), square("shoes", 0.6, 0.8)]
STORE = layout(Camera(id="cam", zones=ZONES))


def steps(finals: Finals) -> list[list[Transition]]:
    """The windows' matrices, oldest first."""
    records = sorted(finals.of(JourneyRecord), key=lambda one: one.window_start_ms)
    return [one.transitions for one in records]


def walk(*stops: tuple[float, int], from_ms: int = 0) -> Person:
    """Stands at each x for so long, and walks from one to the next in 2 s per 0.3."""
    path = []
    for (x, stay_ms), (next_x, _) in zip(stops, [*stops[1:], stops[-1]], strict=True):
        path += [(from_ms, x, 0.6), (from_ms + stay_ms, x, 0.6)]
        from_ms += stay_ms + round(abs(next_x - x) / 0.3 * 2_000)
    return Person(path)


def test_each_visit_is_a_step_from_the_one_before() -> None:
    people = [walk((0.1, 5_000), (0.4, 5_000), (0.7, 5_000)), walk((0.7, 4_000), (0.4, 4_000))]
    assert steps(film(STORE, people, until_ms=60_000)) == [
        [
            (None, "bags", 1),
            (None, "shoes", 1),
            ("bags", "hats", 1),
            ("hats", None, 1),
            ("hats", "shoes", 1),
            ("shoes", None, 1),
            ("shoes", "hats", 1),
        ]
    ]


def test_same_step_by_several_people_adds_up() -> None:
    people = [walk((0.1, 9_000), (0.4, 9_000), from_ms=at) for at in (0, 15_000, 30_000)]
    assert steps(film(STORE, people, until_ms=60_000)) == [
        [(None, "bags", 3), ("bags", "hats", 3), ("hats", None, 3)]
    ]


@pytest.mark.parametrize(
    ("away_ms", "until_ms"),
    [
        pytest.param(2_000, 40_000, id="within revisit_ms: one visit"),
        pytest.param(8_000, 40_000, id="later: the visit before was to the same zone"),
    ],
)
def test_coming_back_to_the_same_zone_is_no_step(away_ms: int, until_ms: int) -> None:
    view = View()
    frames = [
        view.frame(at_ms, [(0.51 if 5_000 <= at_ms < 5_000 + away_ms else 0.49, 0.6)])
        for at_ms in range(0, 20_000, 100)
    ]
    finals = play([mark(STORE), *frames, view.end(until_ms)])
    assert steps(finals) == [[(None, "hats", 1), ("hats", None, 1)]]


def test_passing_through_a_zone_for_less_than_enter_ms_is_no_step() -> None:
    zones = [ZONES[0], square("hats", 0.3, 0.5, enter_ms=4_000), ZONES[2]]
    finals = film(
        layout(Camera(id="cam", zones=zones)), [walk((0.1, 5_000), (0.7, 5_000))], until_ms=60_000
    )
    assert steps(finals) == [[(None, "bags", 1), ("bags", "shoes", 1), ("shoes", None, 1)]]


def test_step_belongs_to_the_window_of_the_first_sight_of_the_later_visit() -> None:
    # On the right from 59.9 s on: certain at 60.2 s, counted in the minute in which it began.
    zones = [square("left", 0.3, 0.5), square("right", 0.5, 0.7)]
    view = View()
    frames = [
        view.frame(at_ms, [(0.49 if at_ms < 59_900 else 0.51, 0.6)])
        for at_ms in range(50_000, 100_000, 100)
    ]
    finals = play([mark(layout(Camera(id="cam", zones=zones))), *frames, view.end(100_000)])
    assert steps(finals) == [[(None, "left", 1), ("left", "right", 1)], [("right", None, 1)]]


def test_last_step_belongs_to_the_window_of_the_last_sight() -> None:
    # Out of every zone at 41 s, lost from view at 59.5 s, which is certain at 64.6 s.
    shopper = Person(
        [(30_000, 0.4, 0.6), (40_000, 0.4, 0.6), (42_000, 0.55, 0.6), (59_500, 0.55, 0.6)]
    )
    assert steps(film(STORE, [shopper], until_ms=120_000)) == [
        [(None, "hats", 1), ("hats", None, 1)],
        [],
    ]


def test_who_visits_nothing_takes_no_step() -> None:
    passer = Person([(0, 0.9, 0.6), (10_000, 0.95, 0.6)])
    assert steps(film(STORE, [passer], until_ms=60_000)) == [[]]


def test_staff_takes_no_steps() -> None:
    zones = [*ZONES, square("back", 0.85, 1.0, ZoneKind.STAFF)]
    clerk = walk((0.9, 10_000), (0.7, 10_000), (0.4, 10_000))
    guest = walk((0.9, 3_000), (0.7, 10_000), from_ms=1_000)
    store = layout(Camera(id="cam", zones=zones))
    assert steps(film(store, [clerk], until_ms=60_000)) == [[]]
    assert steps(film(store, [guest], until_ms=60_000)) == [
        [(None, "shoes", 1), ("shoes", None, 1)]
    ]


def test_who_is_served_steps_from_the_queue_to_the_desk() -> None:
    finals = film(
        layout(Camera(id="cam", zones=till())),
        [walk((0.4, 8_000), (0.6, 8_000))],
        until_ms=60_000,
    )
    assert steps(finals) == [[(None, "till", 1), ("desk", None, 1), ("till", "desk", 1)]]


def test_cut_of_an_old_track_is_no_step() -> None:
    camera = Camera(id="cam", zones=ZONES, max_track_ms=10_000)
    finals = film(layout(camera), [walk((0.1, 25_000), (0.4, 25_000))], until_ms=60_000)
    assert steps(finals) == [[(None, "bags", 1), ("bags", "hats", 1), ("hats", None, 1)]]


def test_step_from_a_zone_that_the_layout_no_longer_has_still_counts() -> None:
    later = layout(Camera(id="cam"), version=2)
    view = View()
    frames = view.film([standing(0.4, 0.6, from_ms=0, to_ms=80_000)], range(0, 90_000, 100))
    finals = play([mark(STORE), mark(later, from_ms=60_000), *frames, view.end(90_000)])
    assert steps(finals) == [[(None, "hats", 1)], [("hats", None, 1)]]


def test_camera_without_zones_has_no_matrix() -> None:
    finals = film(
        layout(Camera(id="cam")), [standing(0.4, 0.6, from_ms=0, to_ms=50_000)], until_ms=60_000
    )
    assert finals.of(JourneyRecord) == []
