"""Heatmaps summed over a span: cell by cell, and over cameras on the floor plan.

In: sparse grids, one per camera and window. Out: one grid per camera and shape; on the floor, where
each cell belongs to one camera, one grid for the site.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

import numpy as np
from sqlalchemy import Connection, RowMapping, Text, cast, func, select

from schemas.tables import TABLE_OF
from serve.api.answers import Heatmap
from serve.api.merging import share
from serve.api.opening import Buckets
from serve.api.series import begins_within
from serve.api.sparse import rows_in

Space = Literal["image", "floor"]
"""What the cells of a heatmap lie on."""

_HEATMAPS = TABLE_OF["heatmaps"]


def heatmaps_in(
    connection: Connection, *, site: str, buckets: Buckets, space: Space, camera: str | None
) -> list[Heatmap]:
    """The heatmaps of a site in a span, by camera.

    Args:
        connection: To the view store.
        site: Id of the site.
        buckets: One, to sum over.
        space: What the cells lie on.
        camera: Only this camera's; None for all.
    """
    held_ms = _HEATMAPS.c.coverage * (_HEATMAPS.c.window_end_ms - _HEATMAPS.c.window_start_ms)
    cells = cast(_HEATMAPS.c.cells, Text)
    grid = (_HEATMAPS.c.camera, _HEATMAPS.c.rows, _HEATMAPS.c.cols, _HEATMAPS.c.cell_m)
    statement = (
        select(
            *grid,
            func.sum(held_ms).label("held_ms"),
            func.string_agg(cells, ",").filter(cells != "[]").label("cells"),
        )
        .where(
            _HEATMAPS.c.site == site,
            _HEATMAPS.c.space == space,
            _HEATMAPS.c.window_start_ms >= buckets.whole[0],
            _HEATMAPS.c.window_start_ms < buckets.whole[1],
            *begins_within(_HEATMAPS.c.window_start_ms, buckets.counted),
            *([] if camera is None else [_HEATMAPS.c.camera == camera]),
        )
        .group_by(*grid)
        .order_by(*grid)
    )
    by_grid = defaultdict(list)
    for row in connection.execute(statement).mappings():
        owner = None if space == "floor" else row["camera"]
        by_grid[owner, row["rows"], row["cols"], row["cell_m"]].append(row)
    length_ms = buckets.length_ms(buckets.whole)
    return [_summed(rows, space=space, length_ms=length_ms) for rows in by_grid.values()]


def summed_cells(grids: Iterable[str], *, rows: int, cols: int) -> list[tuple[int, int, int]]:
    """Sparse grids of one shape, added.

    Args:
        grids: Each the JSON of `[[row, col, person_ms], ...]`; several that are not empty may be
            joined by commas.
        rows: Number of rows.
        cols: Number of columns.

    Returns:
        `[row, col, person_ms]` of the cells that are not zero, sorted.

    Example:
        >>> summed_cells(["[[0, 1, 500]]", "[[0, 1, 250], [1, 0, 40]]"], rows=2, cols=2)
        [(0, 1, 750), (1, 0, 40)]
    """
    cells = rows_in(grids, width=3)
    total = np.zeros(rows * cols, dtype=np.int64)
    np.add.at(total, cells[:, 0] * cols + cells[:, 1], cells[:, 2])
    filled = total.nonzero()[0]
    columns = (filled // cols, filled % cols, total[filled])
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _summed(parts: list[RowMapping], *, space: Space, length_ms: int) -> Heatmap:
    first = parts[0]
    grids = (one["cells"] or "[]" for one in parts)
    cells = summed_cells(grids, rows=first["rows"], cols=first["cols"])
    return Heatmap(
        camera=None if space == "floor" else first["camera"],
        space=space,
        rows=first["rows"],
        cols=first["cols"],
        cell_m=first["cell_m"],
        coverage=share(sum(one["held_ms"] for one in parts) / len(parts), length_ms),
        person_ms=sum(person_ms for _, _, person_ms in cells),
        cells=cells,
    )
