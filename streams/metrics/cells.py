"""The image in cells: what holds for a whole cell is looked up, not computed per foot point.

In: edges, and what holds at a point. Out: what holds in each cell of the image heatmap. A cell that
an edge touches says so, and its foot points are judged one by one: the answers are the same, only
faster.
"""

import math
from collections.abc import Callable, Iterable, Iterator

IMAGE_ROWS = 36
IMAGE_COLS = 64
"""The image heatmap's grid, over the whole frame whatever its size."""
MIXED = -1
"""Value of a cell through which an edge runs."""
_SLACK = 1e-9
"""How far beyond its cells an edge is taken to reach: more than any rounding of a coordinate."""

Point = tuple[float, float]


def image_cell(x: float, y: float) -> int:
    """The image cell of a foot point, `row * IMAGE_COLS + col`; beyond an edge, the last one.

    Example:
        >>> image_cell(0.0, 0.0), image_cell(1.0, 1.0), image_cell(-0.1, 0.5)
        (0, 2303, 1152)
    """
    row, col = int(y * IMAGE_ROWS), int(x * IMAGE_COLS)
    row = 0 if row < 0 else IMAGE_ROWS - 1 if row >= IMAGE_ROWS else row
    col = 0 if col < 0 else IMAGE_COLS - 1 if col >= IMAGE_COLS else col
    return row * IMAGE_COLS + col


def cell_middle(cell: int) -> Point:
    """The middle of a cell, 0-1."""
    row, col = divmod(cell, IMAGE_COLS)
    return (col + 0.5) / IMAGE_COLS, (row + 0.5) / IMAGE_ROWS


def cells_touched(start: Point, end: Point) -> Iterator[int]:
    """The cells that a segment touches, and at most some that it nearly does."""
    (x1, y1), (x2, y2) = sorted((start, end), key=lambda point: point[1])
    for row in _span(y1, y2, IMAGE_ROWS):
        top, bottom = row / IMAGE_ROWS - _SLACK, (row + 1) / IMAGE_ROWS + _SLACK
        entry, leave = (
            (_x_at(max(y1, top), (x1, y1), (x2, y2)), _x_at(min(y2, bottom), (x1, y1), (x2, y2)))
            if y2 > y1
            else (x1, x2)
        )
        for col in _span(min(entry, leave), max(entry, leave), IMAGE_COLS):
            yield row * IMAGE_COLS + col


def by_cell(edges: Iterable[tuple[Point, Point]], value_at: Callable[[Point], int]) -> list[int]:
    """A value per cell, `MIXED` where an edge runs; between edges it is the same from cell to cell.

    Args:
        edges: Where the value may change.
        value_at: The value at a point.
    """
    values = [MIXED] * (IMAGE_ROWS * IMAGE_COLS)
    touched = {cell for edge in edges for cell in cells_touched(*edge)}
    for start, end in _runs(touched):
        values[start:end] = [value_at(cell_middle(start))] * (end - start)
    return values


def through_image(start: Point, end: Point) -> tuple[Point, Point]:
    """The line through two points, long enough to leave the image at both ends."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    far = 2.0 / max(abs(dx), abs(dy))
    return (
        (start[0] - far * dx, start[1] - far * dy),
        (end[0] + far * dx, end[1] + far * dy),
    )


def _runs(touched: set[int]) -> Iterator[tuple[int, int]]:
    """First and past-the-last cell of each stretch of a row between touched cells."""
    for row_start in range(0, IMAGE_ROWS * IMAGE_COLS, IMAGE_COLS):
        start = row_start
        for cell in range(row_start, row_start + IMAGE_COLS):
            if cell in touched:
                if start < cell:
                    yield start, cell
                start = cell + 1
        if start < row_start + IMAGE_COLS:
            yield start, row_start + IMAGE_COLS


def _span(low: float, high: float, count: int) -> range:
    first = max(0, math.floor((low - _SLACK) * count))
    return range(first, min(count - 1, math.floor((high + _SLACK) * count)) + 1)


def _x_at(y: float, start: Point, end: Point) -> float:
    return start[0] + (y - start[1]) * (end[0] - start[0]) / (end[1] - start[1])
