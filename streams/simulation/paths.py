"""Ways around the furniture: shortest polylines between two points of a floor plan.

A visibility graph over the corners of the furniture, grown by a body's half width. Ways between
the named points of a store repeat all day, so they are remembered per graph.
"""

import heapq
import math

import numpy as np
from numpy.typing import NDArray

from streams.simulation.plan import Rect, Xy

_CLEARANCE_M = 0.3
_CORNER_M = 0.36


class Ways:
    """Shortest ways between points, around given obstacles.

    The memory of ways is bounded by the pairs of named points of one store: the points that chance
    chooses are beyond all obstacles, on the street.
    """

    def __init__(self, obstacles: list[Rect], within: Rect) -> None:
        grown = [rect.grown(_CLEARANCE_M) for rect in obstacles]
        self._low = np.array([(rect.x0, rect.y0) for rect in grown])
        self._high = np.array([(rect.x1, rect.y1) for rect in grown])
        self._street_y = max(rect.y1 for rect in grown)
        corners = [point for rect in obstacles for point in rect.grown(_CORNER_M).corners]
        self._nodes = [
            point
            for point in corners
            if within.contains(point) and not any(rect.contains(point) for rect in grown)
        ]
        self._edges = [self._visible_from(point) for point in self._nodes]
        self._found: dict[tuple[Xy, Xy], list[Xy]] = {}

    def between(self, start: Xy, goal: Xy) -> list[Xy]:
        """The corners of the shortest way, from behind `start` up to and with `goal`."""
        if min(start[1], goal[1]) > self._street_y:
            return [goal]
        key = (start, goal)
        if key not in self._found:
            self._found[key] = self._search(start, goal)
        return self._found[key]

    def _search(self, start: Xy, goal: Xy) -> list[Xy]:
        if self._is_free(start, np.array([goal]))[0]:
            return [goal]
        first = self._visible_from(start)
        last = self._visible_from(goal)
        best: dict[int, float] = {}
        heap = [(distance, node, -1) for node, distance in first.items()]
        heapq.heapify(heap)
        came: dict[int, int] = {}
        goal_cost, goal_node = math.inf, -1
        while heap:
            cost, node, before = heapq.heappop(heap)
            if node in best or cost >= goal_cost:
                continue
            best[node], came[node] = cost, before
            if node in last and cost + last[node] < goal_cost:
                goal_cost, goal_node = cost + last[node], node
            for other, distance in self._edges[node].items():
                if other not in best:
                    heapq.heappush(heap, (cost + distance, other, node))
        way = [goal]
        while goal_node >= 0:
            way.insert(0, self._nodes[goal_node])
            goal_node = came[goal_node]
        return way

    def _visible_from(self, point: Xy) -> dict[int, float]:
        nodes = np.array(self._nodes)
        free = self._is_free(point, nodes)
        distances = np.hypot(nodes[:, 0] - point[0], nodes[:, 1] - point[1])
        return {
            int(node): float(distances[node]) for node in np.flatnonzero(free & (distances > 1e-9))
        }

    def _is_free(self, start: Xy, ends: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether the segments from one point cross no obstacle; the slab test.

        An obstacle that holds one of the ends does not count: who stands at a shelf may leave it.
        """
        origin = np.array(start)
        step = ends[:, None, :] - origin
        step = np.where(np.abs(step) < 1e-12, 1e-12, step)
        near = (self._low - origin) / step
        far = (self._high - origin) / step
        enter = np.minimum(near, far).max(axis=2)
        leave = np.maximum(near, far).min(axis=2)
        inside_start = ((origin >= self._low) & (origin <= self._high)).all(axis=1)
        inside_end = ((ends[:, None, :] >= self._low) & (ends[:, None, :] <= self._high)).all(
            axis=2
        )
        crosses = (enter < leave) & (leave > 0.0) & (enter < 1.0)
        crosses &= ~inside_start & ~inside_end
        return np.asarray(~crosses.any(axis=1))
