"""The floor plan as cells, and which camera counts each: so that no person is counted twice.

In: a layout. Out: per cell the index of the camera that owns it, and per camera the way from a foot
point to a cell it owns. Ownership needs no matching of people across cameras: it is decided by
geometry alone.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from schemas.layout import Floor, SiteLayout
from streams.geometry.homography import Homography, Matrix, fit

NO_CELL = -1
"""A foot point that counts in no cell; a cell that no camera owns."""


def floor_shape(floor: Floor) -> tuple[int, int]:
    """Rows (along y) and columns (along x) of the floor's cells; the last may reach over the plan.

    Example:
        >>> floor_shape(Floor(width_m=24.0, height_m=16.2, cell_m=0.5))
        (33, 48)
    """
    return math.ceil(floor.height_m / floor.cell_m), math.ceil(floor.width_m / floor.cell_m)


def homographies(layout: SiteLayout) -> dict[str, Homography]:
    """The map of each camera that has one."""
    fitted = {one.id: fit(one.homography) for one in layout.cameras if one.homography is not None}
    return {camera: found for camera, found in fitted.items() if found is not None}


def floor_owners(floor: Floor, maps: Mapping[str, Homography]) -> dict[str, frozenset[int]]:
    """The cells that each camera owns, as `row * cols + col`.

    A cell belongs to the camera in whose image its middle lies and whose map gives it the largest
    area there; ties go to the smaller id. Cells that no camera sees are nobody's.
    """
    rows, cols = floor_shape(floor)
    largest = np.zeros((rows, cols))
    owner = np.full((rows, cols), NO_CELL)
    cameras = sorted(maps)
    for index, camera in enumerate(cameras):
        area = _areas(floor, maps[camera].to_image)
        is_larger = area > largest
        largest[is_larger] = area[is_larger]
        owner[is_larger] = index
    flat = owner.ravel()
    return {
        camera: frozenset(np.flatnonzero(flat == index).tolist())
        for index, camera in enumerate(cameras)
    }


def unowned_cells(layout: SiteLayout) -> list[tuple[int, int]]:
    """Row and column of each floor cell that no camera counts, sorted; none without a floor."""
    if layout.floor is None:
        return []
    rows, cols = floor_shape(layout.floor)
    owned = frozenset[int]().union(*floor_owners(layout.floor, homographies(layout)).values())
    return [divmod(cell, cols) for cell in range(rows * cols) if cell not in owned]


class FloorView:
    """What one camera contributes to the floor: its map and the cells it owns."""

    __slots__ = ("_height_m", "_map", "_owned", "_width_m", "cell_m", "cols", "rows")

    def __init__(self, floor: Floor, homography: Homography, owned: frozenset[int]) -> None:
        self.rows, self.cols = floor_shape(floor)
        self._width_m, self._height_m, self.cell_m = floor.width_m, floor.height_m, floor.cell_m
        self._map = homography.to_floor
        self._owned = owned

    def cell_at(self, x: float, y: float) -> int:
        """The owned cell a foot point stands in; `NO_CELL` off the plan and in others' cells."""
        a, b, c, d, e, f, g, h, i = self._map
        w = g * x + h * y + i
        if w <= 0.0:
            return NO_CELL
        floor_x, floor_y = (a * x + b * y + c) / w, (d * x + e * y + f) / w
        if not (0.0 <= floor_x < self._width_m and 0.0 <= floor_y < self._height_m):
            return NO_CELL
        cell = int(floor_y / self.cell_m) * self.cols + int(floor_x / self.cell_m)
        return cell if cell in self._owned else NO_CELL


def _areas(floor: Floor, to_image: Matrix) -> NDArray[np.float64]:
    """`(rows, cols)` area of each cell in the image, 0 where its middle is not in it.

    Elementwise arithmetic only: no BLAS, so the same bits everywhere.
    """
    rows, cols = floor_shape(floor)
    xs, ys = np.arange(cols + 1) * floor.cell_m, np.arange(rows + 1) * floor.cell_m
    middle_x, middle_y, is_ahead = _onto(
        to_image, (xs[:-1] + floor.cell_m / 2)[None, :], (ys[:-1] + floor.cell_m / 2)[:, None]
    )
    is_seen = is_ahead & (middle_x >= 0) & (middle_x <= 1) & (middle_y >= 0) & (middle_y <= 1)
    x, y, is_corner_ahead = _onto(to_image, xs[None, :], ys[:, None])
    right_x, right_y = x[1:, 1:] - x[:-1, :-1], y[1:, 1:] - y[:-1, :-1]
    left_x, left_y = x[1:, :-1] - x[:-1, 1:], y[1:, :-1] - y[:-1, 1:]
    area = np.abs(right_x * left_y - right_y * left_x) / 2
    for part in (slice(None, -1), slice(1, None)):
        is_seen &= is_corner_ahead[part, :-1] & is_corner_ahead[part, 1:]
    return np.where(is_seen, area, 0.0)


def _onto(
    matrix: Matrix, x: NDArray[np.floating], y: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    a, b, c, d, e, f, g, h, i = matrix
    w = g * x + h * y + i
    is_ahead = w > 0
    safe = np.where(is_ahead, w, 1.0)
    return (a * x + b * y + c) / safe, (d * x + e * y + f) / safe, is_ahead
