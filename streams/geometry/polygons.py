"""Whether a foot point lies in a zone, or how far from its border: a polygon in, the answer out.

The even-odd rule on plain floats. An edge is stored from its upper to its lower end, so two zones
that share an edge compute the same bits for it, and a point on it lies in exactly one of them.
"""

import math
from collections.abc import Sequence

Vertex = tuple[float, float]


class Polygon:
    """A simple polygon in 0-1 coordinates, y down."""

    __slots__ = ("_bottom", "_edges", "_left", "_right", "_top", "sides")

    def __init__(self, vertices: Sequence[Vertex]) -> None:
        xs = [x for x, _ in vertices]
        ys = [y for _, y in vertices]
        self._left, self._right = min(xs), max(xs)
        self._top, self._bottom = min(ys), max(ys)
        self.sides = list(zip(vertices, [*vertices[1:], vertices[0]], strict=True))
        """From each vertex to the next, in order."""
        self._edges = [_edge(start, end) for start, end in self.sides if start[1] != end[1]]

    def contains(self, x: float, y: float) -> bool:
        """Whether a point lies inside; its left and top edges belong to it, the others do not.

        Example:
            >>> square = Polygon([(0, 0), (1, 0), (1, 1), (0, 1)])
            >>> square.contains(0, 0), square.contains(1, 0.5), square.contains(0.5, 1)
            (True, False, False)
        """
        if not (self._left <= x <= self._right and self._top <= y <= self._bottom):
            return False
        is_inside = False
        for top, bottom, x_at_top, slope in self._edges:
            if top <= y < bottom and x < x_at_top + (y - top) * slope:
                is_inside = not is_inside
        return is_inside

    def border_distance(self, x: float, y: float, *, aspect: float) -> float:
        """Distance of a point from the border, as a share of the frame's height.

        Args:
            x: From the left, 0-1.
            y: From the top, 0-1.
            aspect: Width over height of the frame.

        Example:
            >>> square = Polygon([(0, 0), (1, 0), (1, 1), (0, 1)])
            >>> square.border_distance(1.5, 0.5, aspect=2.0)
            1.0
        """
        return min(_distance(x, y, start, end, aspect) for start, end in self.sides)


def _distance(x: float, y: float, start: Vertex, end: Vertex, aspect: float) -> float:
    along = (end[0] - start[0]) * aspect, end[1] - start[1]
    to_point = (x - start[0]) * aspect, y - start[1]
    length_2 = along[0] ** 2 + along[1] ** 2
    share = (to_point[0] * along[0] + to_point[1] * along[1]) / length_2 if length_2 else 0.0
    share = min(max(share, 0.0), 1.0)
    return math.hypot(to_point[0] - share * along[0], to_point[1] - share * along[1])


def _edge(start: Vertex, end: Vertex) -> tuple[float, float, float, float]:
    (x1, y1), (x2, y2) = (start, end) if start[1] < end[1] else (end, start)
    return y1, y2, x1, (x2 - x1) / (y2 - y1)
