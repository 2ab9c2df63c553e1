"""How a track has moved lately: whether it walks, or came or went over the picture's edge.

In: a followed track. Out: yes or no. Decides what may be made of a track's beginning or end.
"""

from streams.metrics.followed import Followed
from streams.metrics.sights import PathPoint, distance

STILL_HEIGHTS = 0.3
"""Who moved less lately is not walking, box heights."""
WALKING_HEIGHTS = 0.6
"""Who moved more lately is on their way, box heights."""
EDGE_FRACTION = 0.02
"""Feet this near to the bottom or to a side of the picture can leave it."""
WALKED_IN_HEIGHTS = 1.0
"""Who came in from there by more until they joined has not just moved up a place, box heights."""
HALF_WIDTH_HEIGHTS = 0.2
"""From the foot point, in the middle of a person, to their side, box heights."""


def is_walking(track: Followed, *, aspect: float) -> bool:
    """Whether a track was on its way somewhere when it was last seen."""
    apart = distance(track.moment_ago, track.last_sight, aspect)
    return apart > WALKING_HEIGHTS * track.seen_height


def heading(track: Followed) -> tuple[float, float]:
    """Where a track will be in a moment if it goes on as in the last, 0-1 in the picture."""
    _, x, y = track.moment_ago
    return 2.0 * track.seen_x - x, 2.0 * track.seen_y - y


def has_walked_in(track: Followed, *, aspect: float) -> bool:
    """Whether a track began at the edge of the picture and has come in since."""
    height = track.seen_height
    now = track.seen_at_ms, track.seen_x, track.seen_y
    side = EDGE_FRACTION + HALF_WIDTH_HEIGHTS * height / aspect
    return _is_way_over_edge(track.path.start, now, WALKED_IN_HEIGHTS * height, side, aspect)


def has_walked_out(track: Followed, *, aspect: float) -> bool:
    """Whether a track that has ended did so on its way out of the picture."""
    last = track.seen_at_ms, track.seen_x, track.seen_y
    least = STILL_HEIGHTS * track.seen_height
    return _is_way_over_edge(last, track.moment_ago, least, EDGE_FRACTION, aspect)


def _is_way_over_edge(
    outer: PathPoint, inner: PathPoint, least: float, side: float, aspect: float
) -> bool:
    """Whether a way between two points leads over the bottom or a side of the picture.

    Args:
        outer: The point that is at the edge if it does.
        inner: The other.
        least: How much further in that is, as a share of the frame's height.
        side: How near to a side is at it, 0-1.
        aspect: Width over height of the frame.
    """
    _, x, y = outer
    _, inner_x, inner_y = inner
    return (
        (y > 1.0 - EDGE_FRACTION and y - inner_y > least)
        or (x > 1.0 - side and (x - inner_x) * aspect > least)
        or (x < side and (inner_x - x) * aspect > least)
    )
