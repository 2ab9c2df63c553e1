import math
import random

import pytest

from streams.geometry.polygons import Polygon

ELL = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.4), (0.4, 0.4), (0.4, 0.9), (0.1, 0.9)]


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        pytest.param(0.2, 0.8, True, id="in the long arm"),
        pytest.param(0.8, 0.2, True, id="in the short arm"),
        pytest.param(0.6, 0.6, False, id="in the notch"),
        pytest.param(0.05, 0.5, False, id="left of it"),
        pytest.param(0.5, 0.95, False, id="below it"),
        pytest.param(0.1, 0.5, True, id="on its left edge"),
        pytest.param(0.9, 0.2, False, id="on its right edge"),
    ],
)
def test_point(x: float, y: float, expected: bool) -> None:
    assert Polygon(ELL).contains(x, y) is expected
    assert Polygon(ELL[::-1]).contains(x, y) is expected


def test_points_anywhere_lie_in_exactly_one_of_two_triangles_that_make_a_square() -> None:
    upper = Polygon([(0.0, 0.0), (1.0, 0.0), (0.3, 0.7), (0.0, 1.0)])
    lower = Polygon([(1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.3, 0.7)])
    dice = random.Random(1)
    for _ in range(2_000):
        x, y = dice.random(), dice.random()
        assert upper.contains(x, y) != lower.contains(x, y)
    for step in range(1, 100):
        part = step / 100
        x, y = 1.0 - 0.7 * part, 0.7 * part
        assert upper.contains(x, y) != lower.contains(x, y)


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        pytest.param(0.6, 0.25, 0.15, id="inside, between two long sides"),
        pytest.param(0.05, 0.5, 0.1, id="left of it, in a wide picture"),
        pytest.param(0.5, 0.7, 0.2, id="in the notch"),
        pytest.param(0.925, 0.0, math.hypot(0.05, 0.1), id="beyond a corner"),
        pytest.param(0.1, 0.5, 0.0, id="on it"),
    ],
)
def test_distance_from_the_border_is_that_of_the_nearest_side(
    x: float, y: float, expected: float
) -> None:
    assert Polygon(ELL).border_distance(x, y, aspect=2.0) == pytest.approx(expected)
    assert Polygon(ELL[::-1]).border_distance(x, y, aspect=2.0) == pytest.approx(expected)
