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
