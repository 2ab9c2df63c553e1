"""Optimal one-to-one assignment with a price for staying alone: costs in, a partner per row out.

Shortest augmenting paths, written here rather than taken from scipy, because this runs inside the
compiled step and because a row may stay alone at a price: a pair beyond the gate is never taken.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.tracking.compiled import compiled


class _Matching(NamedTuple):
    partner: NDArray[np.int64]
    taken_by: NDArray[np.int64]
    row_price: NDArray[np.float64]
    column_price: NDArray[np.float64]


class _Search(NamedTuple):
    row_length: NDArray[np.float64]
    column_length: NDArray[np.float64]
    before: NDArray[np.int64]
    done: NDArray[np.bool_]


@compiled
def assign(costs: NDArray[np.float64], alone: float) -> NDArray[np.int64]:
    """The partner of each row, -1 where it stays alone, so that the total cost is smallest.

    Args:
        costs: `(rows, columns)`; pairs that cost `alone` or more are never taken.
        alone: What a row without a partner costs.

    Returns:
        `(rows,)` the column of each row, or -1.

    Example:
        >>> assign(np.array([[1.0, 2.0], [1.0, 9.0], [1.0, 1.0]]), 5.0).tolist()
        [-1, 0, 1]
    """
    row_count, column_count = costs.shape
    matching = _Matching(
        np.full(row_count, -1, np.int64),
        np.full(column_count, -1, np.int64),
        np.zeros(row_count),
        np.zeros(column_count),
    )
    search = _Search(
        np.empty(row_count),
        np.empty(column_count),
        np.empty(column_count, np.int64),
        np.empty(column_count, np.bool_),
    )
    for start in range(row_count):
        row, column, length = _cheapest_end(costs, alone, matching, search, start)
        _reprice(matching, search, length)
        if column < 0 and row != start:
            column = matching.partner[row]
            matching.partner[row] = -1
        if column >= 0:
            _switch(matching, search, start, column)
    return matching.partner


@compiled
def _cheapest_end(
    costs: NDArray[np.float64], alone: float, matching: _Matching, search: _Search, start: int
) -> tuple[int, int, float]:
    """Search from a row: the free column, or else (-1) the row that is best left alone."""
    search.row_length[:] = np.inf
    search.column_length[:] = np.inf
    search.done[:] = False
    row, length = start, 0.0
    lonely, lonely_length = start, np.inf
    while True:
        search.row_length[row] = length
        stay = length + alone - matching.row_price[row]
        if stay < lonely_length:
            lonely, lonely_length = row, stay
        column = _nearest_column(costs, alone, matching, search, row)
        if column < 0 or lonely_length <= search.column_length[column]:
            return lonely, -1, lonely_length
        length = search.column_length[column]
        search.done[column] = True
        row = matching.taken_by[column]
        if row < 0:
            return -1, column, length


@compiled
def _nearest_column(
    costs: NDArray[np.float64], alone: float, matching: _Matching, search: _Search, row: int
) -> int:
    """Bring the columns' lengths up to date through a row; the nearest not done, -1 for none."""
    nearest = -1
    nearest_length = np.inf
    offset = search.row_length[row] - matching.row_price[row]
    for column in range(costs.shape[1]):
        if search.done[column]:
            continue
        if costs[row, column] < alone:
            through = offset + costs[row, column] - matching.column_price[column]
            if through < search.column_length[column]:
                search.column_length[column] = through
                search.before[column] = row
        if search.column_length[column] < nearest_length:
            nearest, nearest_length = column, search.column_length[column]
    return nearest


@compiled
def _reprice(matching: _Matching, search: _Search, length: float) -> None:
    """Keep the prices such that no pair costs less than both of its, and a taken one just that."""
    for row in range(len(search.row_length)):
        if search.row_length[row] < np.inf:
            matching.row_price[row] += length - search.row_length[row]
    for column in range(len(search.column_length)):
        if search.done[column]:
            matching.column_price[column] -= length - search.column_length[column]


@compiled
def _switch(matching: _Matching, search: _Search, start: int, column: int) -> None:
    """Give a column to the row before it, the old one of that row to the next, up to `start`."""
    while True:
        row = search.before[column]
        freed = matching.partner[row]
        matching.partner[row] = column
        matching.taken_by[column] = row
        if row == start:
            return
        column = freed
