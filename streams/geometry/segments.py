"""Which side of a line a point is on, how far, and where a path meets the line's segment.

In and out: points with x scaled by width/height, so that distances are in frame heights. Touching
an end of the segment is not meeting it: who walks round a line's end has not crossed it.
"""

import math


class Segment:
    """A directed segment A->B; its right-hand side, y down, has positive distances."""

    __slots__ = ("_ax", "_ay", "_length", "_ux", "_uy", "aspect")

    def __init__(
        self, start: tuple[float, float], end: tuple[float, float], *, aspect: float
    ) -> None:
        self.aspect = aspect
        self._ax, self._ay = start[0] * aspect, start[1]
        dx, dy = end[0] * aspect - self._ax, end[1] - self._ay
        self._length = math.sqrt(dx * dx + dy * dy)
        self._ux, self._uy = dx / self._length, dy / self._length

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a point lies: its signed distance, and its share of the way from A to B.

        Args:
            x: 0-1 from the left; scaled here.
            y: 0-1 from the top.

        Returns:
            Distance in frame heights, positive to the right of A->B; share 0 at A, 1 at B.

        Example:
            >>> Segment((0, 0.5), (1, 0.5), aspect=2.0).place(0.25, 0.75)
            (0.25, 0.25)
        """
        px, py = x * self.aspect - self._ax, y - self._ay
        return self._ux * py - self._uy * px, (self._ux * px + self._uy * py) / self._length


def meeting(offset: float, share: float, next_offset: float, next_share: float) -> float | None:
    """How far along a step the path meets the segment, 0-1, or None where it does not.

    Args:
        offset: Signed distance at the step's start, as `Segment.place` gives it.
        share: Share of the way from A to B there.
        next_offset: The same at the step's end.
        next_share: The same at the step's end.

    Example:
        >>> meeting(-1.0, 0.5, 3.0, 0.5), meeting(-1.0, 1.0, 1.0, 1.0), meeting(1.0, 0.5, 2.0, 0.5)
        (0.25, None, None)
    """
    if next_offset == 0.0:
        part = 1.0
    elif offset == 0.0:
        part = 0.0
    elif (offset < 0.0) == (next_offset < 0.0):
        return None
    else:
        part = offset / (offset - next_offset)
    at = share + part * (next_share - share)
    return part if 0.0 < at < 1.0 else None
