"""How a wait has ended whose track has gone, if nobody turns up who goes on with it.

In: a track that waited, and has left its queue or vanished. Out: whether its person was served,
and when, has given up, never waited, or is lost, which is what cannot be told.

* It was their turn (`desks`), or a desk passed to them under another track (`handovers`): served.
* It ended just after it joined, next to somebody who waits: it was a second track of that one.
* It walked off; or it vanished, and somebody is first seen next to the place just then who leaves:
  that is them, and they have given up.
"""

from streams.metrics.desks import Desks
from streams.metrics.exchanges import SAME_HEIGHTS
from streams.metrics.followed import Followed
from streams.metrics.handovers import Handovers
from streams.metrics.ledger import Ledger
from streams.metrics.plan import CameraPlan, ZonePlan
from streams.metrics.presences import NONE_MS, Presence
from streams.metrics.sights import distance, distance_in_reach
from streams.metrics.vanished import End
from streams.metrics.ways import has_walked_in

SECOND_MS = 10_000
"""Longest wait of a person's second track."""
OUTSIDE_MS = 2_000
"""Who leaves under another track is first seen at most this long after the last sight."""


class Endings:
    """How the waits of one camera end. Keeps nothing."""

    def __init__(self, ledger: Ledger, tracks: dict[str, Followed]) -> None:
        self._ledger = ledger
        self._tracks = tracks
        self.desks = Desks(ledger, tracks)
        self.handovers = Handovers(ledger, tracks)

    def of_vanished(
        self,
        track: Followed,
        plan: CameraPlan,
        queue: ZonePlan,
        presence: Presence,
        aspect: float,
        *,
        is_leaving: bool,
    ) -> tuple[End, int]:
        """How and when the wait of a track ends that has vanished, while frames went on.

        Args:
            track: The track.
            plan: The layout in force.
            queue: Where it waits.
            presence: The track there.
            aspect: Width over height of the frame.
            is_leaving: Whether it was last seen walking away.
        """
        seen_at_ms = presence.inside_at_ms
        if self.desks.is_next(track, plan, queue, aspect):
            return End.SERVED, seen_at_ms
        if self._is_second(track, queue, presence, aspect):
            return End.NEVER, seen_at_ms
        called_at_ms = self.handovers.called_at(
            track, plan, queue, presence, aspect, is_seen=is_leaving
        )
        if called_at_ms == NONE_MS and not is_leaving:
            called_at_ms = self.desks.relieved_at(
                track, plan, queue, presence, aspect, is_seen=False
            )
        if called_at_ms != NONE_MS:
            return End.SERVED, called_at_ms
        if is_leaving or self._leaves_unseen(track, plan, queue, aspect):
            return End.ABANDONED, seen_at_ms
        return End.LOST, seen_at_ms

    def _is_second(
        self, track: Followed, queue: ZonePlan, presence: Presence, aspect: float
    ) -> bool:
        """Whether a track ends that joined just before, next to somebody who waits, and stood."""
        joined_at_ms = presence.joined_at_ms
        if track.seen_at_ms - joined_at_ms > SECOND_MS:
            return False
        if joined_at_ms < self._ledger.state.closed_until_ms:
            return False
        place = track.last_point
        reach = SAME_HEIGHTS * track.seen_height
        return any(
            distance(place, self._tracks[key].last_sight, aspect) <= reach
            for key, since_ms in self._ledger.zone(queue.id).followed_waits.items()
            if since_ms < joined_at_ms
        )

    def _leaves_unseen(
        self, track: Followed, plan: CameraPlan, queue: ZonePlan, aspect: float
    ) -> bool:
        """Whether somebody is first seen near to where a track vanishes, and not for the queue."""
        sight = track.last_sight
        for one in self._tracks.values():
            start = one.path.start
            is_then = one.part == 1 and sight[0] < start[0] <= sight[0] + OUTSIDE_MS
            if not is_then or not one.is_counted or len(one.path.points) < 2:
                continue
            apart = distance_in_reach(start, sight, aspect)
            if apart is None or has_walked_in(one, aspect=aspect):
                continue
            is_off = distance(one.last_point, sight, aspect) > apart
            if is_off and not is_in_reach((one.seen_x, one.seen_y), plan, queue):
                return True
        return False


def is_in_reach(place: tuple[float, float], plan: CameraPlan, queue: ZonePlan) -> bool:
    """Whether a place, x and y in 0-1, is in a queue or at one of its desks."""
    zones = [queue, *(plan.zone_by_id[desk] for desk in queue.settings.service)]
    return any(zone.polygon.contains(*place) for zone in zones)
