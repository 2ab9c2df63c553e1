"""Whether the camera itself moved.

In: where tracks were in the frame before, where boxes are now. Out: yes or no.

People walk each their own way; when over 60 % of them jump by one and the same step, it is the view
that jumped. The tracker may have lost them all by then, so positions are compared, not matches.
"""

from collections.abc import Sequence

MIN_TRACKS = 3
"""Fewer people may well do the same by chance."""
ALIKE_SHARE = 0.6
"""More than this share of the tracks must have jumped alike."""
ALIKE = 0.2
"""How near to the common step a jump is alike, box heights."""
JUMP = 0.1
"""Shortest jump that is not a step, box heights, at any frame rate."""
RUN_PER_S = 1.5
"""What running adds to that, box heights per second."""

Foot = tuple[float, float, float]
"""x (scaled by width/height), y, box height; all in frame heights."""


def jump_reach(passed_ms: int) -> float:
    """The longest step between two frames that is not a jump, box heights."""
    return JUMP + RUN_PER_S * passed_ms / 1000


def alike_share(before: Sequence[Foot], now: Sequence[Foot], *, passed_ms: int) -> float | None:
    """The share of people that jumped alike between two frames, if it shows that the view moved.

    Args:
        before: Tracks seen in the earlier frame.
        now: Boxes of the later frame.
        passed_ms: Time between the frames.

    Example:
        >>> still = [(0.2, 0.5, 0.1), (0.5, 0.6, 0.1), (0.8, 0.4, 0.1)]
        >>> moved = [(x + 0.1, y, h) for x, y, h in still]
        >>> alike_share(still, moved, passed_ms=100), alike_share(still, still, passed_ms=100)
        (1.0, None)
    """
    reach = jump_reach(passed_ms)
    still_count = sum(_has_near(x, y, reach * height, now) for x, y, height in before)
    if still_count >= (1.0 - ALIKE_SHARE) * len(before):
        return None
    # Over 60 % jumped alike, so at least one of any 40 % of them did, whichever those are.
    for x, y, height in before[: int(len(before) * (1.0 - ALIKE_SHARE)) + 1]:
        for to_x, to_y, to_height in now:
            if abs(to_height - height) < ALIKE * height:
                share = _share_moved(to_x - x, to_y - y, before, now)
                if share > ALIKE_SHARE:
                    return share
    return None


def _share_moved(dx: float, dy: float, before: Sequence[Foot], now: Sequence[Foot]) -> float:
    alike = sum(_has_near(x + dx, y + dy, ALIKE * height, now) for x, y, height in before)
    return alike / len(before)


def _has_near(x: float, y: float, reach: float, now: Sequence[Foot]) -> bool:
    return any(
        (to_x - x) * (to_x - x) + (to_y - y) * (to_y - y) <= reach * reach for to_x, to_y, _ in now
    )
