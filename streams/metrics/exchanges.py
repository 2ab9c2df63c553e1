"""Who has the place of somebody who leaves a queue: tracks change persons there.

In: a track that has left its queue, or one first seen in it. Out: who has the place of the one, or
whose the other has. Somebody walks past one who waits, or hides them, and each may go on with the
other's track, or under a new one. Who came into the queue about then and has the place is who
stood there, if they

* have been at the desk before: who was served does not queue again at once;
* came by the way on which the other goes on: it is one walk, under two tracks;
* or were first seen there, so that nobody knows whence they came.

Who came another way has just joined, and the other has given up.
"""

from collections.abc import Iterator

from streams.metrics.followed import Followed
from streams.metrics.ledger import Ledger
from streams.metrics.plan import ZonePlan
from streams.metrics.presences import IN_STAY, NONE_MS, Phase, Presence
from streams.metrics.sights import NEAR_HEIGHTS, PathPoint, distance, nearest
from streams.metrics.vanished import End
from streams.metrics.ways import leads_on, way_in, way_out

EXCHANGE_MS = 2_500
"""Longest time between one person's step out of a queue and the other's into it."""
PASSING_MS = 5_000
"""Who walks past the others in a queue is through within this."""
BEHIND_MS = 1_000
"""The track they had stands still at most this much later than the other leaves."""
PASSING_HEIGHTS = 1.0
"""Farthest between two places of which somebody moved from one to the other then, box heights."""
REVEALED_MS = 10_000
"""Longest time for which somebody is hidden by one who leaves with their track."""
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
        """Who has the place of a track that has left its queue.

        Their stay began as it left, in a window that is open, and is theirs alone: it has joined
        by itself, or not yet.
        """
        if presence.place is None:
            return None
        key = nearest(
            (apart, one.key)
            for apart, one in self._newcomers(presence.place, queue, presence.inside_at_ms, aspect)
            if one is not track and _has_taken(one, apart, track, queue, presence, aspect=aspect)
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

    def _newcomers(
        self, place: PathPoint, queue: ZonePlan, left_at_ms: int, aspect: float
    ) -> Iterator[tuple[float, Followed]]:
        """Who is near a place and came into the queue about then; and how far they are, heights."""
        history = self._ledger.zone(queue.id)
        earliest_ms = max(left_at_ms - PASSING_MS, self._ledger.state.closed_until_ms)
        for one in self._tracks.values():
            stay = one.presences.get(queue.id)
            if stay is None or stay.phase not in IN_STAY or one.key in history.vanished:
                continue
            is_own = not stay.has_queued or stay.joined_at_ms == stay.entered_at_ms
            if is_own and earliest_ms <= stay.entered_at_ms <= left_at_ms + EXCHANGE_MS:
                yield distance(place, one.last_sight, aspect) / one.seen_height, one

    def _gone(self, queue: ZonePlan) -> Iterator[tuple[str, int, int, PathPoint, float]]:
        """Who has left: track, when their wait began, when they left, where they stood, height.

        Who has just left may be on their way to the desk.
        """
        history = self._ledger.zone(queue.id)
        for key, gone in history.vanished.items():
            if gone.is_followed and gone.end == End.ABANDONED:
                yield key, gone.joined_at_ms, gone.ended_at_ms, gone.sight[:3], gone.sight[3]
        for key, since_ms in history.followed_waits.items():
            one = self._tracks[key]
            stay = one.presences[queue.id]
            is_away = stay.phase == Phase.AWAY and stay.desk_at_ms == NONE_MS
            if is_away and stay.place and one.seen_at_ms - stay.inside_at_ms >= EXCHANGE_MS:
                yield key, since_ms, stay.inside_at_ms, stay.place, one.seen_height


def _has_taken(
    one: Followed,
    apart: float,
    gone: Followed,
    queue: ZonePlan,
    presence: Presence,
    *,
    aspect: float,
) -> bool:
    """Whether somebody near the place of who has left was there all the time, by another track."""
    after_ms = one.presences[queue.id].entered_at_ms - presence.inside_at_ms
    way = way_in(one, aspect=aspect)
    if after_ms <= BEHIND_MS and apart <= PASSING_HEIGHTS:
        if _has_been_at_desk(one, queue):
            return True
        if way is not None and presence.place is not None:
            return leads_on(way, way_out(gone, presence.place, aspect=aspect))
    return way is None and abs(after_ms) <= EXCHANGE_MS and apart <= NEAR_HEIGHTS


def _has_been_at_desk(track: Followed, queue: ZonePlan) -> bool:
    desks = queue.settings.service
    return any(
        name in desks for name in [*track.presences, *(visit.zone for visit in track.visits)]
    )
