"""How a track has moved lately: whether it walks, where it stood, which way it came and went.

In: a followed track. Out: yes or no, a place or a way. Decides what may be made of a track's
beginning or end, or of where it leaves a queue.
"""

from streams.metrics.followed import MOMENT_MS, Followed
from streams.metrics.sights import CountedSight, PathPoint, distance, shortest_step_ms

Way = tuple[float, float]
"""From one place to another, to the right and downwards, shares of the frame's height."""

STILL_HEIGHTS = 0.3
"""Who moved less lately is not walking, box heights."""
WALKING_HEIGHTS = 0.6
"""Who moved more lately is on their way, box heights."""
EDGE_FRACTION = 0.02
"""Feet this near to the bottom or to a side of the picture can leave it."""
WALKED_IN_HEIGHTS = 1.0
"""Who came in from there by more until they joined has not just moved up a place, box heights."""
STANDING_HEIGHTS = 0.15
"""Who moved less between two points of their trail stands, box heights."""
COMING_HEIGHTS = 0.5
"""The way on which somebody came is the last of this length, box heights."""
GOING_HEIGHTS = 1.0
"""The way on which somebody goes is the first of this length, box heights."""
LEAP_MS = 1_500
"""A track that is not seen for this long may go on with somebody else."""
LEAP_TIMES = 2.5
"""And for so many times as long as between two points of its trail."""
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


def stood_at(track: Followed, *, aspect: float) -> PathPoint:
    """Where a track last stood, lately; where it was then if it has walked all the time."""
    least = STANDING_HEIGHTS * track.seen_height
    points = track.lately
    for before, at in zip(points[-2::-1], points[:0:-1], strict=True):
        if distance(before, at, aspect) <= least:
            return at
    return points[0]


def stood_for_long_at(track: Followed, until_ms: int, *, aspect: float) -> PathPoint:
    """Where a track last stood for three points of its trail, by an instant; or its first there."""
    least = STANDING_HEIGHTS * track.seen_height
    points = [point for point in track.trail if point[0] <= until_ms] or track.trail[:1]
    for first, before, at in zip(points[-3::-1], points[-2:0:-1], points[:1:-1], strict=True):
        if max(distance(first, at, aspect), distance(before, at, aspect)) <= least:
            return at
    return points[0]


def way_between(start: PathPoint, end: PathPoint, aspect: float) -> Way:
    """The way from one point straight to another."""
    return (end[1] - start[1]) * aspect, end[2] - start[2]


def way_in(track: Followed, *, aspect: float) -> Way | None:
    """The way on which a track came to where it is; None if that is too long ago, or unseen."""
    least = COMING_HEIGHTS * track.seen_height
    here = track.last_point
    before = (point for point in reversed(track.trail) if distance(point, here, aspect) > least)
    point = next(before, None)
    return None if point is None else way_between(point, here, aspect)


def way_out(track: Followed, place: PathPoint, *, aspect: float) -> Way:
    """The way on which a track went from a place on its trail."""
    least = GOING_HEIGHTS * track.seen_height
    here = track.last_point
    after = (
        point
        for point in track.trail
        if point[0] > place[0] and distance(point, place, aspect) > least
    )
    return way_between(place, next(after, here), aspect)


def leads_on(way: Way, further: Way) -> bool:
    """Whether one way goes on with another, rather than turning back."""
    return way[0] * further[0] + way[1] * further[1] >= 0.0


def leapt_from(
    track: Followed, left_at_ms: int, seen_again_ms: int, *, aspect: float
) -> CountedSight | None:
    """Where a track stood that was next seen a while later, and somewhere else.

    Args:
        track: The track.
        left_at_ms: Its last sight there.
        seen_again_ms: The next.
        aspect: Width over height of the frame.

    Returns:
        The last point of its trail there, or None if it was seen walking away.
    """
    before = [point for point in track.trail if point[0] <= left_at_ms]
    after = next((point for point in track.trail if point[0] > left_at_ms), None)
    if len(before) < 2 or after is None:
        return None
    usual_ms = shortest_step_ms(before)
    if seen_again_ms - left_at_ms < max(LEAP_MS, LEAP_TIMES * usual_ms):
        return None
    least = STILL_HEIGHTS * track.seen_height
    has_stood = distance(track.was_at(before[-1][0] - MOMENT_MS), before[-1], aspect) <= least
    is_elsewhere = distance(before[-1], after, aspect) > least
    return (*before[-1], track.seen_height) if has_stood and is_elsewhere else None


def has_walked_in(track: Followed, *, aspect: float) -> bool:
    """Whether a track has come in over the edge of the picture, just before its first sight."""
    height = track.seen_height
    side = EDGE_FRACTION + HALF_WIDTH_HEIGHTS * height / aspect
    return _is_way_over_edge(
        track.path.before_start, track.last_point, WALKED_IN_HEIGHTS * height, side, aspect
    )


def has_walked_out(track: Followed, *, aspect: float) -> bool:
    """Whether a track that has ended did so on its way out of the picture."""
    least = STILL_HEIGHTS * track.seen_height
    return _is_way_over_edge(track.last_point, track.moment_ago, least, EDGE_FRACTION, aspect)


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
