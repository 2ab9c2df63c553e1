"""Crossings of one line by one track: foot points in, at most one crossing per step out.

A side is where the track was last beyond the band around the line, so who stands on the line,
whatever the jitter, is on no new side and counts zero. Meeting the segment alone is not crossing
it, nor is changing sides around its end.
"""

from typing import Literal, NamedTuple

import msgspec

from streams.geometry.segments import Segment, meeting

END_AFTER_MS = 2_000
"""A track that ends across the line, within the band, crossed if it met it this long before."""
NEVER_MS = -1
"""No meeting since the track was last beyond the band."""


class Crossing(msgspec.Struct, frozen=True, array_like=True):
    """A crossing that has become certain."""

    at_ms: int
    """When it happened."""
    direction: Literal["in", "out"]
    """In is to the right-hand side of A->B, y pointing down."""
    x: float
    """Where the path last met the line, 0-1 from the left."""
    y: float
    """The same, 0-1 from the top."""


class PastCrossing(NamedTuple):
    """A crossing as its track keeps it; small in a snapshot."""

    line: str
    """Id of the line."""
    at_ms: int
    """When it happened."""
    direction: Literal["in", "out"]
    """In is to the right-hand side of A->B, y pointing down."""


class LineWalk(msgspec.Struct, array_like=True):
    """One track and one line; leaves with its track."""

    side: int
    """Where it was last beyond the band, or born, or came from: -1, 1, or 0 for exactly on it."""
    met_at_ms: int = NEVER_MS
    """The last meeting with the segment since it was beyond the band."""
    met_x: float = 0.0
    """Where that was, 0-1 from the left."""
    met_y: float = 0.0
    """The same, 0-1 from the top."""

    @classmethod
    def born(cls, offset: float) -> "LineWalk":
        """The walk of a track first seen at a signed distance from the line."""
        return cls(sign(offset))

    def step(self, step: "Step", segment: Segment) -> float:
        """Follow the path one step on, and take note of where it meets the segment.

        Args:
            step: From the last sight to this one.
            segment: The line, for frames of this shape.

        Returns:
            The signed distance from the line at the step's end.
        """
        offset, share = segment.place(step.from_x, step.from_y)
        next_offset, next_share = segment.place(step.to_x, step.to_y)
        part = meeting(offset, share, next_offset, next_share)
        if part is not None:
            self.met_at_ms = step.from_ms + round(part * (step.to_ms - step.from_ms))
            self.met_x = step.from_x + part * (step.to_x - step.from_x)
            self.met_y = step.from_y + part * (step.to_y - step.from_y)
        return next_offset

    def beyond(self, offset: float) -> bool:
        """Note that the track is beyond the band, at a signed distance: whether it has crossed."""
        side = sign(offset)
        has_crossed = side == -self.side and self.side != 0 and self.met_at_ms != NEVER_MS
        self.side = side
        if not has_crossed:
            self.met_at_ms = NEVER_MS
        return has_crossed

    def ended(self, offset: float, at_ms: int) -> bool:
        """Note that the track has ended within the band: whether it has crossed.

        Args:
            offset: Its signed distance from the line at its last sight.
            at_ms: The instant of that.
        """
        if self.met_at_ms == NEVER_MS or at_ms - self.met_at_ms < END_AFTER_MS:
            return False
        if self.side == 0 or sign(offset) != -self.side:
            return False
        self.side = -self.side
        return True

    def cross(self, at_ms: int, *, line_ms: int, open_from_ms: int) -> Crossing:
        """What the walk's meeting has become, now that it has crossed; it is forgotten.

        Args:
            at_ms: The instant of the sight that made it certain.
            line_ms: Longest time since the meeting for the crossing to have happened then.
            open_from_ms: Start of the earliest open window; a meeting before it comes too late.
        """
        is_soon = at_ms - self.met_at_ms <= line_ms and self.met_at_ms >= open_from_ms
        crossed_at_ms = self.met_at_ms if is_soon else at_ms
        self.met_at_ms = NEVER_MS
        return Crossing(crossed_at_ms, direction_from(-self.side), self.met_x, self.met_y)


class Step(msgspec.Struct, frozen=True, gc=False):
    """One step of a track's path, from one sight to the next; coordinates 0-1."""

    from_ms: int
    """Instant of the earlier sight."""
    to_ms: int
    """Instant of the later sight."""
    from_x: float
    """Earlier foot point."""
    from_y: float
    """Earlier foot point."""
    to_x: float
    """Later foot point."""
    to_y: float
    """Later foot point."""


def direction_from(side: int) -> Literal["in", "out"]:
    """Which way somebody crosses who comes from a side, -1 or 1."""
    return "in" if side < 0 else "out"


def sign(offset: float) -> int:
    """-1, 0 or 1: which side of a line a signed distance is on."""
    return (offset > 0.0) - (offset < 0.0)
