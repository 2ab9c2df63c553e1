"""What happened on true paths, by the definitions; the engine says the same of perfect boxes."""

import random

import numpy as np
import pytest

from perf.scene_bus import Finals
from perf.scene_figures import sums_of
from perf.scene_truth import Path, crossings, stays, truth_of, whole_paths
from schemas.layout import Camera
from streams.simulation.events import ServiceTruth, WaitTruth
from tests.scenarios.scene import (
    TALL,
    Person,
    View,
    door,
    layout,
    mark,
    play,
    square,
    standing,
    till,
)

EVERY_MS = 100
UNTIL_MS = 180_000


def way(person: Person, name: str = "p") -> Path:
    seen = [(at_ms, person.feet(at_ms)) for at_ms in range(0, UNTIL_MS, EVERY_MS)]
    times = [at_ms for at_ms, feet in seen if feet is not None]
    feet = np.array([feet for _, feet in seen if feet is not None])
    return Path(name, times, feet, np.full(len(times), TALL))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param([(0, 0.3, 0.6), (4_000, 0.7, 0.6)], ["in"], id="to the right is in"),
        pytest.param([(0, 0.7, 0.6), (4_000, 0.3, 0.6)], ["out"], id="to the left is out"),
        pytest.param(
            [(0, 0.3, 0.6), (2_000, 0.505, 0.6), (4_000, 0.3, 0.6)], [], id="back from the band"
        ),
        pytest.param([(0, 0.3, 0.1), (4_000, 0.7, 0.1)], [], id="past the end of the line"),
        pytest.param(
            [(0, 0.3, 0.6), (2_000, 0.51, 0.6), (5_000, 0.51, 0.6)], ["in"], id="ends in the band"
        ),
        pytest.param(
            [(0, 0.3, 0.6), (2_000, 0.7, 0.6), (4_000, 0.3, 0.6)],
            ["in", "out"],
            id="there and back",
        ),
    ],
)
def test_a_line_is_crossed_when_the_path_goes_on_beyond_its_band(path, expected):
    found = list(crossings(way(Person(path)), door(), aspect=1.0))
    assert [one.direction for one in found] == expected


def test_a_crossing_is_dated_by_the_meeting():
    (found,) = crossings(way(Person([(0, 0.3, 0.6), (4_000, 0.7, 0.6)])), door(), aspect=1.0)
    assert found.at_ms == pytest.approx(2_000, abs=EVERY_MS)


def test_a_short_look_out_of_a_zone_is_inside_and_a_short_look_in_is_none():
    zone = square("mat", 0.4, 0.6)
    out = [(5_000, 0.5, 0.6), (5_200, 0.7, 0.6), (5_800, 0.7, 0.6), (6_000, 0.5, 0.6)]
    person = Person([(0, 0.5, 0.6), *out, (9_000, 0.5, 0.6)])
    assert stays(way(person), zone) == [(0, 9_000)]
    glance = Person([(0, 0.1, 0.6), (1_000, 0.39, 0.6), (1_100, 0.41, 0.6), (1_200, 0.39, 0.6)])
    assert stays(way(glance), zone) == []


def test_who_is_unseen_for_longer_than_a_track_lasts_is_another_one():
    path = Path("p", [0, 1_000, 6_000, 11_001], np.zeros((4, 2)), np.ones(4))
    assert [one.at_ms for one in whole_paths(path, lost_ms=5_000)] == [[0, 1_000, 6_000], [11_001]]


@pytest.mark.parametrize(
    ("person", "outcomes"),
    [
        pytest.param(
            Person([(0, 0.3, 0.6), (9_000, 0.3, 0.6), (12_000, 0.6, 0.6), (15_000, 0.6, 0.6)]),
            ["served"],
            id="goes on to the desk",
        ),
        pytest.param(
            Person([(0, 0.3, 0.6), (9_000, 0.3, 0.6), (11_000, 0.1, 0.6), (15_000, 0.1, 0.6)]),
            ["abandoned"],
            id="leaves",
        ),
        pytest.param(standing(0.3, 0.6, from_ms=0, to_ms=9_000), ["open"], id="ends there"),
        pytest.param(
            Person([(0, 0.1, 0.6), (4_000, 0.6, 0.6), (9_000, 0.6, 0.6)]), [], id="never waits"
        ),
    ],
)
def test_a_wait_ends_as_the_person_does(person, outcomes):
    events = truth_of([way(person)], Camera(id="cam", zones=till()), aspect=1.0)
    assert [one.outcome for one in events if isinstance(one, WaitTruth)] == outcomes
    served = [one for one in events if isinstance(one, ServiceTruth)]
    assert bool(served) == (outcomes in (["served"], []))


def test_the_engine_says_of_perfect_boxes_what_the_definitions_say():
    dice = random.Random(5)
    people = [wanderer(dice, row) for row in range(5)]
    camera = Camera(
        id="cam",
        zones=[*till(), square("shelf", 0.6, 0.9)],
        # These people come out of nothing, anywhere.
        lines=[door(unseen_ms=0), door("second", x=0.3, unseen_ms=0)],
    )
    what = layout(camera, window_s=1)
    truth = truth_of([way(one, str(i)) for i, one in enumerate(people)], camera, aspect=1.0)
    view = View()
    frames = view.film(people, range(0, UNTIL_MS, EVERY_MS))
    finals = play([mark(what), *frames, view.end(UNTIL_MS)])
    figures = sums_of(what, truth, Finals.said(finals.records)).figures()
    assert figures["crossings_true"] > 30
    assert figures["crossings_f1"] == 1.0
    true, found = figures["joined"]
    assert true == found > 10
    for name in ("served", "abandoned", "open", "visits"):
        true, found = figures[name]
        assert true == found
    for name in ("occupancy", "length"):
        assert figures[name]["mae"] < 0.01 < 0.3 * figures[name]["always_mean"]


def wanderer(dice: random.Random, row: int) -> Person:
    """Walks along a row of the image and stops, again and again; rows keep people apart."""
    at_ms, y = dice.randrange(0, 3_000), 0.35 + 0.12 * row
    path = [(at_ms, dice.uniform(0.05, 0.95), y)]
    while True:
        x = dice.uniform(0.05, 0.95)
        at_ms += max(EVERY_MS, round(abs(x - path[-1][1]) * 8_000))
        walked = (at_ms, x, y)
        at_ms += dice.randrange(100, 12_000)
        if at_ms >= UNTIL_MS:
            return Person(path)
        path += [walked, (at_ms, x, y)]
