"""Whether the camera itself moved.

In: where tracks were in the frame before and what they did until then, where boxes are now. Out:
yes or no.

People walk each their own way; when over 60 % of them jump by one and the same step that none of
them was about to take, it is the view that jumped. A jump is what is left of a step when the
track's own motion is taken off, so a group that walks in step is none, however long the time
between two frames. The tracker may have lost them all by then, so positions are compared, not
matches.
"""

from collections.abc import Sequence

import numpy as np

from streams.metrics.followed import Followed

MIN_TRACKS = 3
"""Fewer people may well do the same by chance."""
MIN_WALKERS = 4
"""And fewer may well set off at once: as many must have jumped alike where a walk leads as far."""
ALIKE_SHARE = 0.6
"""More than this share of the tracks must have jumped alike."""
ALIKE = 0.2
"""How near to the common step a jump is alike, box heights."""
CLOSELY_ALIKE = 0.1
"""The same where a walk leads as far: people who set off together are not that much alike."""
JUMP = 0.1
"""Shortest jump that is no error of the boxes, box heights."""
RUN_PER_S = 1.5
"""What running adds to that where nobody knows how a track moves, box heights per second."""

Foot = tuple[float, float, float]
"""x (scaled by width/height), y, box height; all in frame heights."""
Mover = tuple[float, float, float, float, float, float]
"""A `Foot`, how far its own motion leads in x and y, and how far off that it is no jump."""


def mover(track: Followed, at_ms: int, *, aspect: float, bumped_at_ms: int) -> Mover:
    """A track seen in the frame before, and where it is expected now.

    Args:
        track: The track.
        at_ms: Event time of the frame at hand.
        aspect: Width of the frame over its height.
        bumped_at_ms: The last frame in which the camera itself moved: a step over it is nobody's.
    """
    x, y, height = track.seen_x * aspect, track.seen_y, track.seen_height
    past_ms, passed_ms = track.seen_at_ms - track.past_at_ms, at_ms - track.seen_at_ms
    if past_ms <= 0 or track.past_at_ms < bumped_at_ms <= track.seen_at_ms:
        return x, y, height, 0.0, 0.0, walk_reach(passed_ms) * height
    onward = passed_ms / past_ms
    ahead_x, ahead_y = (x - track.past_x * aspect) * onward, (y - track.past_y) * onward
    return x, y, height, ahead_x, ahead_y, JUMP * height


def walk_reach(passed_ms: int) -> float:
    """The longest step that somebody may take between two frames, box heights."""
    return JUMP + RUN_PER_S * passed_ms / 1000


def is_steady(one: Mover, x: float, y: float) -> bool:
    """Whether somebody who is now at a place did not jump: walked on, slowed down or stopped."""
    from_x, from_y, _, ahead_x, ahead_y, reach = one
    dx, dy = x - from_x, y - from_y
    if dx * dx + dy * dy <= reach * reach:
        return True
    length = ahead_x * ahead_x + ahead_y * ahead_y
    part = min(max((dx * ahead_x + dy * ahead_y) / length, 0.0), 1.0) if length > 0.0 else 0.0
    dx, dy = dx - part * ahead_x, dy - part * ahead_y
    return dx * dx + dy * dy <= reach * reach


def alike_share(before: Sequence[Mover], now: Sequence[Foot], *, passed_ms: int) -> float | None:
    """The share of people that jumped alike between two frames, if it shows that the view moved.

    Args:
        before: Tracks seen in the earlier frame.
        now: Boxes of the later frame.
        passed_ms: Time between the frames.

    Example:
        >>> still = [(0.2 * n, 0.1 * n, 0.1, 0.0, 0.0, 0.01) for n in range(1, 5)]
        >>> moved = [(x + 0.1, y, h) for x, y, h, *_ in still]
        >>> alike_share(still, moved, passed_ms=1_000)
        1.0
        >>> alike_share(still, [one[:3] for one in still], passed_ms=1_000) is None
        True
    """
    walked = walk_reach(passed_ms)
    walkers = [(*one[:5], max(one[5], walked * one[2])) for one in before]
    far_count = _alike_count(walkers, now, alike=ALIKE, enough=MIN_TRACKS)
    near_count = _alike_count(
        before, now, alike=CLOSELY_ALIKE, enough=MIN_WALKERS, furthest=2.0 * walked
    )
    share = max(far_count, near_count) / len(before)
    return share if share > ALIKE_SHARE else None


def _alike_count(
    before: Sequence[Mover],
    now: Sequence[Foot],
    *,
    alike: float,
    enough: int,
    furthest: float = np.inf,
) -> int:
    """The most tracks that jumped by one step of at most so many heights; 0 if not enough did."""
    has_jumped = [not any(is_steady(one, x, y) for x, y, _ in now) for one in before]
    if not now or sum(has_jumped) < max(enough, ALIKE_SHARE * len(before)):
        return 0
    tracks, boxes = np.array(before), np.array(now)
    height, ahead = tracks[:, 2, np.newaxis], tracks[:, 3:5]
    # Who stands seems to move by the errors of boxes, which are not to count once more.
    ahead[np.square(ahead).sum(axis=1) <= np.square(JUMP * tracks[:, 2])] = 0.0
    dx = boxes[:, 0] - (tracks[:, 0] + ahead[:, 0])[:, np.newaxis]
    dy = boxes[:, 1] - (tracks[:, 1] + ahead[:, 1])[:, np.newaxis]
    # Who did not jump did not jump alike either.
    dx[np.logical_not(has_jumped)] = np.inf
    is_step = (abs(boxes[:, 2] - height) < ALIKE * height) & np.isfinite(dx)
    is_step &= dx * dx + dy * dy <= np.square(furthest * height)
    # Over 60 % jumped alike, so at least one of any 40 % of them did, whichever those are.
    is_step[int(len(before) * (1.0 - ALIKE_SHARE)) + 1 :] = False
    near = np.square(alike * height)
    most = 0
    # One by one: all at once they would take the memory of every pair times every pair.
    for step_x, step_y in zip(dx[is_step], dy[is_step], strict=True):
        is_alike = np.square(dx - step_x) + np.square(dy - step_y) <= near
        # One box is one person: it stands for no more than one of the tracks.
        most = max(most, min(is_alike.any(axis=1).sum(), is_alike.any(axis=0).sum()))
    return int(most) if most >= enough else 0
