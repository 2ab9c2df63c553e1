"""Image to floor and back: four or more point pairs in, a projective map out.

Fitted in exact rational arithmetic (least squares over the pairs) instead of LAPACK, whose last
bits differ between machines; only the nine results are rounded to floats. It happens once per
layout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

PointPair = tuple[float, float, float, float]
"""Image x, image y (0-1), floor x, floor y (m)."""
Matrix = tuple[float, float, float, float, float, float, float, float, float]
"""3x3, row by row."""
_Row = list[Fraction]


@dataclass(frozen=True, slots=True)
class Homography:
    """A projective map; the third coordinate is positive for what lies in front of the camera."""

    to_floor: Matrix
    """Image point to floor point."""
    to_image: Matrix
    """Floor point to image point."""


def project(matrix: Matrix, x: float, y: float) -> tuple[float, float] | None:
    """Where a map puts a point; None for what lies on or beyond the horizon.

    Example:
        >>> (
        ...     project((1, 0, 0, 0, 1, 0, 0, 1, 0), 3.0, 2.0),
        ...     project((1, 0, 0, 0, 1, 0, 0, 1, 0), 3.0, 0.0),
        ... )
        ((1.5, 1.0), None)
    """
    a, b, c, d, e, f, g, h, i = matrix
    w = g * x + h * y + i
    if w <= 0.0:
        return None
    return (a * x + b * y + c) / w, (d * x + e * y + f) / w


def fit(pairs: Sequence[PointPair]) -> Homography | None:
    """The map that fits the pairs best, or None where they do not determine one.

    Args:
        pairs: Four or more; with more, the squared algebraic error is smallest.

    Example:
        >>> fit([(0, 0, 0, 0), (1, 0, 4, 0), (1, 1, 4, 2), (0, 1, 0, 2)]).to_floor
        (4.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 1.0)
    """
    exact = [tuple(map(Fraction, pair)) for pair in pairs]
    count = len(exact)
    # Centred on the points, so that the map's last entry, set to 1, cannot be 0 for a real view.
    cx = sum((pair[0] for pair in exact), Fraction(0)) / count
    cy = sum((pair[1] for pair in exact), Fraction(0)) / count
    rows: list[_Row] = []
    for x, y, floor_x, floor_y in exact:
        u, v, one, zero = x - cx, y - cy, Fraction(1), Fraction(0)
        rows.append([u, v, one, zero, zero, zero, -u * floor_x, -v * floor_x, floor_x])
        rows.append([zero, zero, zero, u, v, one, -u * floor_y, -v * floor_y, floor_y])
    solution = _solve(_normal_equations(rows))
    if solution is None:
        return None
    a, b, c, d, e, f, g, h = solution
    centred = (a, b, c, d, e, f, g, h, Fraction(1))
    forward = _uncentred(centred, cx, cy)
    backward = _inverse(forward)
    if backward is None:
        return None
    return Homography(_as_floats(forward), _as_floats(backward))


def _normal_equations(rows: list[_Row]) -> list[_Row]:
    return [
        [sum((row[i] * row[j] for row in rows), Fraction(0)) for j in range(9)] for i in range(8)
    ]


def _solve(equations: list[_Row]) -> _Row | None:
    """Gauss-Jordan elimination; exact, so any pivot that is not 0 will do."""
    size = len(equations)
    for column in range(size):
        pivot = next((r for r in range(column, size) if equations[r][column]), None)
        if pivot is None:
            return None
        equations[column], equations[pivot] = equations[pivot], equations[column]
        head = equations[column]
        head[:] = [value / head[column] for value in head]
        for row in equations:
            if row is not head and row[column]:
                factor = row[column]
                row[:] = [value - factor * top for value, top in zip(row, head, strict=True)]
    return [row[-1] for row in equations]


def _uncentred(matrix: Sequence[Fraction], cx: Fraction, cy: Fraction) -> _Row:
    rows = (matrix[0:3], matrix[3:6], matrix[6:9])
    return [part for m, n, o in rows for part in (m, n, o - m * cx - n * cy)]


def _inverse(matrix: Sequence[Fraction]) -> _Row | None:
    a, b, c, d, e, f, g, h, i = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if not determinant:
        return None
    adjugate = (
        *(e * i - f * h, c * h - b * i, b * f - c * e),
        *(f * g - d * i, a * i - c * g, c * d - a * f),
        *(d * h - e * g, b * g - a * h, a * e - b * d),
    )
    return [part / determinant for part in adjugate]


def _as_floats(matrix: Sequence[Fraction]) -> Matrix:
    a, b, c, d, e, f, g, h, i = (float(part) for part in matrix)
    return a, b, c, d, e, f, g, h, i
