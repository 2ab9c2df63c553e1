"""Who has the place of somebody who leaves a queue: tracks change persons there.

In: a track that has left its queue, or one first seen in it. Out: who has the place of the one, or
whose the other has. Somebody walks past one who waits, or hides them, and each may go on with the
other's track, or under a new one. Who came into the queue about then and has the place is who
stood there, if they

* have been at the desk just before: who was served does not queue again at once;
* came by the way on which the other goes on: it is one walk, under two tracks;
* or were first seen there, so that nobody knows whence they came.

Who came another way has just joined, and the other has given up. Only if its track moved up before
it turned back (`handovers`), its person is still there: whoever came about then, and is near, may
be them, by whichever way.
"""

from collections.abc import Iterator

from streams.metrics.followed import Followed
from streams.metrics.ledger import Ledger
from streams.metrics.plan import ZonePlan
from streams.metrics.presences import NONE_MS, Phase, Presence
from streams.metrics.sights import NEAR_HEIGHTS, PathPoint, distance, nearest
from streams.metrics.vanished import End
from streams.metrics.ways import Way, leads_on, way_in, way_out

EXCHANGE_MS = 2_500
"""Longest time between one person's step out of a queue and the other's into it."""
PASSING_MS = 5_000
"""Who walks past the others in a queue is through within this."""
BEHIND_MS = 1_000
"""The track they had stands still at most this much later than the other leaves."""
AGAIN_MS = 60_000
"""Who was served does not queue again within this."""
REVEALED_MS = 10_000
"""Longest time for which somebody is hidden by one who leaves with their track."""
MOVED_ON_HEIGHTS = 1.0
"""Who was met by one who leaves is at most this far from there a little later, box heights."""
SAME_HEIGHTS = 0.3
"""Farthest between a person's sights by two tracks, or before and behind another, box heights."""


class Exchanges:
    """The tracks in one camera that may have changed persons. Keeps nothing."""

    def __init__(self, ledger: Ledger, tracks: dict[str, Followed]) -> None:
        self._ledger = ledger
        self._tracks = tracks

    def successor(
        self, track: Followed, queue: ZonePlan, presence: Presence, *, aspect: float
    ) -> Followed | None:
        """Who has the place of a track that has left its queue, and was seen there since.

        Their stay began about then, in a window that is open, and is theirs alone: it has joined
        by itself, or not yet.
        """
        place, left_at_ms = presence.place, presence.inside_at_ms
        if place is None:
            return None
        way = way_out(track, place, aspect=aspect)
        key = nearest(
            (apart, one.key)
            for one in self._newcomers(queue, left_at_ms)
            if (apart := distance(place, one.last_sight, aspect)) <= NEAR_HEIGHTS * one.seen_height
            and _has_come_by(one, queue, left_at_ms, way, aspect=aspect)
        )
        return None if key is None else self._tracks[key]

    def who_stays(
        self, turned: PathPoint, queue: ZonePlan, left_at_ms: int, *, aspect: float
    ) -> Followed | None:
        """Who may be the person whose track turned back at a place and then left the queue.

        They came into the queue about then, have been seen there since, and have no wait but their
        own, which is in an open window.
        """
        key = nearest(
            (apart, one.key)
            for one in self._newcomers(queue, left_at_ms)
            if (apart := distance(turned, one.last_sight, aspect))
            <= MOVED_ON_HEIGHTS * one.seen_height
        )
        return None if key is None else self._tracks[key]

    def leavers(
        self, start: PathPoint, queue: ZonePlan, *, aspect: float
    ) -> Iterator[tuple[float, str]]:
        """Who left a place, not for the desk, before somebody was first seen there.

        Returns:
            Their tracks, and how far the place was from where that one was seen.
        """
        within_ms = min(queue.settings.recall_ms, REVEALED_MS)
        for key, since_ms, left_at_ms, place, height in self._gone(queue):
            apart = distance(start, place, aspect)
            earliest_ms = max(left_at_ms - EXCHANGE_MS, since_ms)
            is_then = earliest_ms <= start[0] <= left_at_ms + within_ms
            if is_then and apart <= SAME_HEIGHTS * height:
                yield apart, key

    def _newcomers(self, queue: ZonePlan, left_at_ms: int) -> Iterator[Followed]:
        """Who came into a queue about an instant, and was seen there since."""
        history = self._ledger.zone(queue.id)
        earliest_ms = max(left_at_ms - PASSING_MS, self._ledger.state.closed_until_ms)
        for one in self._tracks.values():
            stay = one.presences.get(queue.id)
            if stay is None or stay.phase != Phase.INSIDE or one.key in history.vanished:
                continue
            is_own = not stay.has_queued or stay.joined_at_ms == stay.entered_at_ms
            is_then = earliest_ms <= stay.entered_at_ms <= left_at_ms + EXCHANGE_MS
            if is_own and is_then and one.seen_at_ms > left_at_ms:
                yield one

    def _gone(self, queue: ZonePlan) -> Iterator[tuple[str, int, int, PathPoint, float]]:
        """Who has left: track, when their wait began, when they left, where they stood, height.

        Who has just left may be on their way to the desk.
        """
        history = self._ledger.zone(queue.id)
        for key, gone in history.vanished.items():
            if gone.end == End.ABANDONED:
                yield key, gone.joined_at_ms, gone.ended_at_ms, gone.sight[:3], gone.sight[3]
        for key, since_ms in history.followed_waits.items():
            one = self._tracks[key]
            stay = one.presences[queue.id]
            is_away = stay.phase == Phase.AWAY and stay.desk_at_ms == NONE_MS
            if is_away and stay.place and one.seen_at_ms - stay.inside_at_ms >= EXCHANGE_MS:
                yield key, since_ms, stay.inside_at_ms, stay.place, one.seen_height


def _has_come_by(
    one: Followed, queue: ZonePlan, left_at_ms: int, further: Way, *, aspect: float
) -> bool:
    """Whether somebody at the place of who has left was there before, by another track.

    Args:
        one: Came into the queue about then.
        queue: The queue.
        left_at_ms: When the other left.
        further: The way on which they went.
        aspect: Width over height of the frame.
    """
    entered_at_ms = one.presences[queue.id].entered_at_ms
    after_ms = entered_at_ms - left_at_ms
    way = way_in(one, aspect=aspect)
    if after_ms <= BEHIND_MS:
        if _was_at_desk(one, queue, since_ms=left_at_ms - AGAIN_MS):
            return True
        if way is not None:
            return leads_on(way, further)
    is_unseen = way is None and one.trail[0][0] <= entered_at_ms
    return is_unseen and abs(after_ms) <= EXCHANGE_MS


def _was_at_desk(track: Followed, queue: ZonePlan, *, since_ms: int) -> bool:
    """Whether somebody has been at a desk of a queue since an instant."""
    desks = queue.settings.service
    return any(name in track.presences for name in desks) or any(
        visit.zone in desks and visit.exited_at_ms >= since_ms for visit in track.visits
    )
