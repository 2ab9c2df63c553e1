import random

import pytest

from streams.geometry.homography import Matrix, PointPair, fit, project

CAMERA: Matrix = (9.0, 1.0, 0.5, -0.5, 14.0, -2.0, 0.1, -0.8, 1.4)


def seen_through(matrix: Matrix, points: list[tuple[float, float]]) -> list[PointPair]:
    pairs = []
    for x, y in points:
        floor = project(matrix, x, y)
        assert floor is not None
        pairs.append((x, y, *floor))
    return pairs


@pytest.mark.parametrize("count", [4, 5, 9])
def test_fit_finds_the_map_the_pairs_come_from(count: int) -> None:
    dice = random.Random(count)
    points = [(dice.random(), dice.random()) for _ in range(count)]
    found = fit(seen_through(CAMERA, points))
    assert found is not None
    for x, y in ((0.1, 0.2), (0.9, 0.8), (0.5, 0.5)):
        there = project(found.to_floor, x, y)
        assert there is not None
        assert there == pytest.approx(project(CAMERA, x, y), abs=1e-9)
        assert project(found.to_image, *there) == pytest.approx((x, y), abs=1e-9)


def test_fit_works_where_the_images_corner_lies_on_the_horizon() -> None:
    through_corner: Matrix = (4.0, 0.0, 1.0, 0.0, 0.0, 3.0, 0.2, 1.0, 0.0)
    found = fit(seen_through(through_corner, [(0.1, 0.4), (0.9, 0.4), (0.9, 0.9), (0.1, 0.9)]))
    assert found is not None
    there = project(through_corner, 0.5, 0.6)
    assert there is not None
    assert project(found.to_floor, 0.5, 0.6) == pytest.approx(there, abs=1e-9)
    assert project(found.to_floor, 0.0, 0.0) is None


def test_order_of_the_pairs_changes_no_bit() -> None:
    dice = random.Random(3)
    noisy = [
        (*pair[:3], pair[3] + dice.gauss(0, 0.01))
        for pair in seen_through(CAMERA, [(dice.random(), dice.random()) for _ in range(7)])
    ]
    reference = fit(noisy)
    for _ in range(5):
        dice.shuffle(noisy)
        assert fit(noisy) == reference


@pytest.mark.parametrize(
    "pairs",
    [
        pytest.param([(0.0, 0.0, 0.0, 0.0)] * 4, id="one point four times"),
        pytest.param([(i / 4, i / 4, float(i), float(i)) for i in range(4)], id="all on one line"),
        pytest.param(
            [(x, y, x + 2 * y, 0.0) for x in (0.0, 0.5, 1.0) for y in (0.0, 0.7)],
            id="all onto one line of the floor",
        ),
        pytest.param(
            [
                (0.0, 0.0, 1.0, 0.0),
                (1.0, 0.0, 1.0, 0.0),
                (1.0, 1.0, 1.0, 0.0),
                (0.0, 1.0, 1.0, 0.0),
            ],
            id="all onto one point",
        ),
    ],
)
def test_pairs_that_determine_no_map_give_none(pairs: list[PointPair]) -> None:
    assert fit(pairs) is None
