import random

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.layout import Camera, Line, LineKind, SiteLayout, Zone, ZoneKind
from streams.metrics.cells import IMAGE_COLS, IMAGE_ROWS, MIXED, image_cell
from streams.metrics.plan import CameraPlan

PART = st.floats(0.0, 1.0)
POINT = st.tuples(PART, PART)


def plan_of(zones: list[Zone], lines: list[Line]) -> CameraPlan:
    camera = Camera(id="cam", zones=zones, lines=lines)
    return CameraPlan(SiteLayout(site="s", version=1, cameras=[camera]), "cam", None)


@settings(max_examples=60, deadline=None)
@given(st.lists(POINT, min_size=3, max_size=6), st.randoms(use_true_random=False))
def test_what_a_cell_says_of_zones_holds_for_every_point_of_it(
    vertices: list[tuple[float, float]], dice: random.Random
) -> None:
    plan = plan_of([Zone(id="z", kind=ZoneKind.BROWSE, polygon=vertices)], [])
    for x, y in points(vertices, dice):
        said = plan.cell_zones[image_cell(x, y)]
        assert said in (MIXED, plan.zones_at(x, y))


@settings(max_examples=60, deadline=None)
@given(POINT, POINT, st.randoms(use_true_random=False))
def test_what_a_cell_says_of_lines_holds_for_every_point_of_it(
    start: tuple[float, float], end: tuple[float, float], dice: random.Random
) -> None:
    if max(abs(start[0] - end[0]), abs(start[1] - end[1])) < 1e-3:
        return
    line = Line(id="l", kind=LineKind.PASSAGE, start=start, end=end)
    plan = plan_of([], [line])
    (segment,) = plan.segments(16 / 9)
    for x, y in points([start, end], dice):
        cell = image_cell(x, y)
        offset, _ = segment.place(x, y)
        if plan.cell_right[cell] != MIXED:
            assert (plan.cell_right[cell], plan.cell_left[cell]) == (offset > 0, offset < 0)


def test_cells_away_from_every_edge_are_answered_without_geometry() -> None:
    square = [(0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)]
    plan = plan_of([Zone(id="z", kind=ZoneKind.BROWSE, polygon=square)], [])
    mixed = plan.cell_zones.count(MIXED)
    assert 0 < mixed < 0.1 * IMAGE_ROWS * IMAGE_COLS
    assert plan.cell_zones[image_cell(0.5, 0.5)] == 1
    assert plan.cell_zones[image_cell(0.1, 0.1)] == 0


def points(near: list[tuple[float, float]], dice: random.Random) -> list[tuple[float, float]]:
    """Points anywhere, on the edges between the vertices, and on borders of cells."""
    found = [(dice.random(), dice.random()) for _ in range(60)]
    for (x1, y1), (x2, y2) in zip(near, [*near[1:], near[0]], strict=True):
        parts = [dice.random() for _ in range(10)]
        found += [(x1 + part * (x2 - x1), y1 + part * (y2 - y1)) for part in parts]
    found += [(dice.randrange(IMAGE_COLS) / IMAGE_COLS, dice.random()) for _ in range(10)]
    found += [(dice.random(), dice.randrange(IMAGE_ROWS) / IMAGE_ROWS) for _ in range(10)]
    return [(x, y) for x, y in found if x < 1.0 and y < 1.0]
