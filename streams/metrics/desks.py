"""Whose turn it is at a desk, where tracks do not tell: people change places there.

In: a track that waits and ends, or leaves the queue. Out: whether, or since when, its person is
at the desk. Who is served next stands next to whoever is there, passes them, hides them, and each
may go on with the other's track (`handovers`), or under a new one:

* who vanishes for good next to a desk at which somebody was, with nobody nearer to it, has taken
  their turn;
* so has who walks off from there just as somebody is first seen at the desk, or vanishes then,
  wherever they stood.
"""

from streams.metrics.exchanges import BEHIND_MS
from streams.metrics.followed import Followed
from streams.metrics.handovers import (
    CALLED_HEIGHTS,
    desk_distance,
    has_first_moved,
    nearer_to,
    others_waiting,
)
from streams.metrics.ledger import Ledger
from streams.metrics.plan import CameraPlan, ZonePlan
from streams.metrics.presences import IN_STAY, NONE_MS, Presence
from streams.metrics.sights import PathPoint

NEXT_HEIGHTS = 0.3
"""Farthest from a desk of who vanishes there, being next, box heights."""
RELIEVED_MS = 3_500
"""Who is at the desk is first seen at most this much before the track they had leaves the queue."""


class Desks:
    """The desks of one camera. Keeps nothing."""

    def __init__(self, ledger: Ledger, tracks: dict[str, Followed]) -> None:
        self._ledger = ledger
        self._tracks = tracks

    def is_next(self, track: Followed, plan: CameraPlan, queue: ZonePlan, aspect: float) -> bool:
        """Whether a track ends at a desk with somebody at it, and nobody waits nearer to it."""
        place = track.last_point
        others = [
            other.last_point for other in others_waiting(track, queue, self._ledger, self._tracks)
        ]
        reach = NEXT_HEIGHTS * track.seen_height
        return any(
            self._is_taken(desk, track.seen_at_ms)
            for desk in queue.settings.service
            if _is_first(place, others, plan.zone_by_id[desk], reach, aspect)
        )

    def relieved_at(
        self,
        track: Followed,
        plan: CameraPlan,
        queue: ZonePlan,
        presence: Presence,
        aspect: float,
        *,
        is_seen: bool,
    ) -> int:
        """When somebody was first seen at the desk as a track left that waited next to it.

        Args:
            track: Has left, and was not seen to come to the desk; or has vanished, wherever.
            plan: The layout in force.
            queue: Its queue.
            presence: The track there.
            aspect: Width over height of the frame.
            is_seen: Whether it was seen to leave.

        Returns:
            That instant, or when it left if that was earlier; `NONE_MS` where nobody was. Whoever
            it is has their wait then, and is not asked for again.
        """
        place, left_at_ms = presence.place, presence.inside_at_ms
        if place is None:
            return NONE_MS
        others = others_waiting(track, queue, self._ledger, self._tracks)
        places = [other.was_at(place[0]) for other in others]
        reach = CALLED_HEIGHTS * track.seen_height
        earliest_ms = max(left_at_ms - RELIEVED_MS, presence.joined_at_ms)
        for desk in queue.settings.service:
            zone = plan.zone_by_id[desk]
            if is_seen:
                may_be_theirs = _is_first(place, places, zone, reach, aspect)
            else:
                nearer = nearer_to(zone, place, others, aspect)
                may_be_theirs = has_first_moved(nearer, place[0], aspect)
            if not may_be_theirs:
                continue
            for one in self._tracks.values():
                stay = one.presences.get(desk)
                if stay is None or not stay.has_visit or stay.has_queued:
                    continue
                if one.seen_at_ms < left_at_ms:
                    continue
                at_ms, x, y = one.path.start
                is_then = one.part == 1 and earliest_ms <= at_ms <= left_at_ms + BEHIND_MS
                if is_then and zone.polygon.contains(x, y):
                    stay.has_queued = True
                    return min(at_ms, left_at_ms)
        return NONE_MS

    def _is_taken(self, desk: str, since_ms: int) -> bool:
        """Whether somebody has been seen at a desk since an instant."""
        return any(
            (presence := track.presences.get(desk)) is not None
            and presence.phase in IN_STAY
            and track.seen_at_ms > since_ms
            for track in self._tracks.values()
        )


def _is_first(
    place: PathPoint, others: list[PathPoint], desk: ZonePlan, reach: float, aspect: float
) -> bool:
    """Whether a place is within reach of a desk, and nobody else's is nearer to it."""
    apart = desk_distance(place, desk, aspect)
    return apart <= reach and not any(
        desk_distance(other, desk, aspect) < apart for other in others
    )
