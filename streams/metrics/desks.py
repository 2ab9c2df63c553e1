"""Whose turn it is at a desk, where tracks do not tell: people change places there.

In: a track that waits and ends, or leaves the queue. Out: whether, or since when, its person is
at the desk. Who is served next stands next to whoever is there, passes them, hides them, and each
may go on with the other's track.

* Who vanishes for good next to a desk at which somebody was, with nobody nearer to it, has taken
  their turn.
* So has who walks off from there just as whoever stood at the desk has set off and is back: it is
  the one who was there that walks, under the other's track. The same further back in the queue
  where all before them stir too: each has moved up into the track of the one before.
* So has who walks off from there just as somebody is first seen at the desk.

Who walks off while that one stands still has not: some give up as the first.
"""

from streams.metrics.exchanges import BEHIND_MS
from streams.metrics.followed import Followed
from streams.metrics.ledger import Ledger
from streams.metrics.plan import CameraPlan, ZonePlan
from streams.metrics.presences import IN_STAY, NONE_MS, Presence
from streams.metrics.sights import PathPoint, distance

NEXT_HEIGHTS = 0.3
"""Farthest from a desk of who vanishes there, being next, box heights."""
CALLED_HEIGHTS = 0.4
"""Farthest from a desk of who is called to it, box heights."""
STIR_HEIGHTS = 0.2
"""Who is farther from where they stood has set off, box heights."""
PASSED_HEIGHTS = 0.12
"""Who is farther from where they stood has moved up, or somebody has passed, box heights."""
SETTLED_MS = 1_000
"""Who came to a desk less than this before may still be finding their place there."""
UNSEEN_MS = 2_000
"""Of whom was not seen for longer nobody knows whether they are back."""
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
        others = [other.last_point for other in self._others(track, queue)]
        reach = NEXT_HEIGHTS * track.seen_height
        return any(
            self._is_taken(desk, track.seen_at_ms)
            for desk in queue.settings.service
            if _is_first(place, others, plan.zone_by_id[desk], reach, aspect)
        )

    def called_at(
        self, track: Followed, plan: CameraPlan, queue: ZonePlan, presence: Presence, aspect: float
    ) -> int:
        """When whoever was at the desk set off, to be back now that somebody leaves the queue.

        Args:
            track: Waits, and is seen outside its queue.
            plan: The layout in force.
            queue: Its queue.
            presence: The track there.
            aspect: Width over height of the frame.

        Returns:
            That instant, or `NONE_MS` where nobody did.
        """
        place = track.lately[0]
        if presence.joined_at_ms > place[0] or not queue.settings.recall_ms:
            return NONE_MS
        instants = [
            at_ms
            for desk in queue.settings.service
            if self._have_moved_up(track, queue, plan.zone_by_id[desk], aspect)
            for one in self._tracks.values()
            if _has_stayed(one.presences.get(desk), since_ms=place[0] - SETTLED_MS)
            and one.seen_at_ms >= track.seen_at_ms - UNSEEN_MS
            and (at_ms := _set_off_at(one, place[0], aspect)) is not None
        ]
        return min(instants, default=NONE_MS)

    def relieved_at(
        self, track: Followed, plan: CameraPlan, queue: ZonePlan, presence: Presence, aspect: float
    ) -> int:
        """When somebody was first seen at the desk as a track left that waited next to it.

        Args:
            track: Was seen to leave, and not to come to the desk.
            plan: The layout in force.
            queue: Its queue.
            presence: The track there.
            aspect: Width over height of the frame.

        Returns:
            That instant, or when it left if that was earlier; `NONE_MS` where nobody was. Whoever
            it is has their wait then, and is not asked for again.
        """
        place, left_at_ms = presence.place, presence.inside_at_ms
        if place is None:
            return NONE_MS
        others = [other.was_at(place[0]) for other in self._others(track, queue)]
        reach = CALLED_HEIGHTS * track.seen_height
        earliest_ms = max(left_at_ms - RELIEVED_MS, presence.joined_at_ms)
        for desk in queue.settings.service:
            zone = plan.zone_by_id[desk]
            if not _is_first(place, others, zone, reach, aspect):
                continue
            for one in self._tracks.values():
                stay = one.presences.get(desk)
                if stay is None or not stay.has_visit or stay.has_queued:
                    continue
                at_ms, x, y = one.path.start
                is_then = one.part == 1 and earliest_ms <= at_ms <= left_at_ms + BEHIND_MS
                if is_then and zone.polygon.contains(x, y):
                    stay.has_queued = True
                    return min(at_ms, left_at_ms)
        return NONE_MS

    def _have_moved_up(
        self, track: Followed, queue: ZonePlan, desk: ZonePlan, aspect: float
    ) -> bool:
        """Whether a track was next to a desk, or somebody is and all between have moved up."""
        place = track.lately[0]
        first = apart = _border_distance(place, desk, aspect)
        for one in self._others(track, queue):
            nearer = _border_distance(one.lately[0], desk, aspect)
            if nearer < apart:
                first = min(first, nearer)
                if _away_at(one, PASSED_HEIGHTS, place[0], aspect) is None:
                    return False
        return first <= CALLED_HEIGHTS * track.seen_height

    def _others(self, track: Followed, queue: ZonePlan) -> list[Followed]:
        """Who else waits there and is followed."""
        keys = self._ledger.zone(queue.id).followed_waits
        return [self._tracks[key] for key in keys if key != track.key]

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
    apart = _border_distance(place, desk, aspect)
    return apart <= reach and not any(
        _border_distance(other, desk, aspect) < apart for other in others
    )


def _border_distance(place: PathPoint, desk: ZonePlan, aspect: float) -> float:
    return desk.polygon.border_distance(place[1], place[2], aspect=aspect)


def _has_stayed(presence: Presence | None, *, since_ms: int) -> bool:
    return presence is not None and presence.has_visit and presence.visit_at_ms <= since_ms


def _set_off_at(track: Followed, since_ms: int, aspect: float) -> int | None:
    """When, from an instant on, somebody was away from where they stand again."""
    is_back = (
        distance(track.last_point, track.lately[0], aspect) <= STIR_HEIGHTS * track.seen_height
    )
    return _away_at(track, STIR_HEIGHTS, since_ms, aspect) if is_back else None


def _away_at(track: Followed, heights: float, since_ms: int, aspect: float) -> int | None:
    """When, from an instant on, somebody was first farther than that from where they stood."""
    least = heights * track.seen_height
    stood = track.lately[0]
    away = (point[0] for point in track.lately if distance(point, stood, aspect) > least)
    return next((at_ms for at_ms in away if at_ms >= since_ms), None)
