"""Where people spent their time, per camera and window; two heatmaps of one grid add."""

from dataclasses import dataclass
from typing import Literal

from schemas.windows import WindowRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatmapRecord(WindowRecord):
    """Person-milliseconds per cell, sparse."""

    space: Literal["image", "floor"]
    """Whether cells lie on the camera's image or on the site's floor plan."""
    rows: int
    """Number of rows of the grid; row 0 is at the top (image) or at y = 0 m (floor)."""
    cols: int
    """Number of columns of the grid."""
    cell_m: float | None
    """Side of a floor cell, m; null for `image`."""
    cells: list[tuple[int, int, int]]
    """`[row, col, person_ms]` of the cells that are not zero, sorted."""
