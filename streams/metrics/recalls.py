"""Waits that go on under another track: a place in a queue stays whose it is.

In: tracks that join a queue, enter its service, leave it or end in it. Out: whether they go on with
a wait that began before. People in a queue hide one another for longer than a tracker can follow,
and two who meet may leave with each other's track; but who turns up where somebody vanished is that
somebody, and who comes to stand where another steps away in the same moment has not just come.
"""

import math
from collections.abc import Iterator

from streams.metrics import waits
from streams.metrics.followed import Followed, PathPoint
from streams.metrics.ledger import Ledger
from streams.metrics.plan import ZonePlan
from streams.metrics.presences import NONE_MS, Presence
from streams.metrics.sights import CountedSight
from streams.metrics.vanished import Vanished

NEAR_HEIGHTS = 0.5
"""Farthest between two sights at one place, box heights."""
PACE_HEIGHTS_S = 1.0
"""How fast people walk, box heights/s."""
WALK_MS = 1_000
"""How long somebody out of sight walks at most: to set off, or to move up."""
EXCHANGE_MS = 2_000
"""Longest time between one person's step out of a queue and the other's into it."""
BEFORE_MS = 2_000
"""How long before leaving a queue a person was still at their place."""
STILL_HEIGHTS = 0.3
"""Who moved less in that time stands, box heights."""
EDGE = 0.02
"""Feet this near to the bottom or to a side of the picture can leave it, 0-1."""


class Recalls:
    """Whose wait a track goes on with, in one camera.

    Keeps nothing: who has vanished is in the ledger, for `recall_ms` at most.
    """

    def __init__(self, ledger: Ledger, tracks: dict[str, Followed]) -> None:
        self._ledger = ledger
        self._tracks = tracks

    def recall(self, track: Followed, queue: ZonePlan, *, aspect: float) -> int | None:
        """Give a track without a wait that of somebody who vanished where it was first seen.

        Returns:
            When that wait began, or None without one. Of several it is the nearest.
        """
        if track.part > 1:
            return None
        history = self._ledger.zone(queue.id)
        start = track.path.start
        near = [
            (distance, key)
            for key, gone in self._out_of_sight(start[0], queue)
            if (distance := _distance(start, gone, aspect)) <= _reach(gone, start[0])
        ]
        if not near:
            return None
        _, key = min(near)
        history.waits.rename(key, track.key)
        if key in history.vanished:
            return history.vanished.pop(key).joined_at_ms
        before = self._tracks[key].presences[queue.id]
        joined_at_ms, before.joined_at_ms = before.joined_at_ms, NONE_MS
        return joined_at_ms

    def exchange(
        self, track: Followed, queue: ZonePlan, presence: Presence, *, aspect: float
    ) -> bool:
        """Give the wait of a track that leaves to who stepped in as it left and has its place now.

        Their own, which began just then, never was.

        Returns:
            Whether there is somebody; not where the window in which they joined is closed.
        """
        left_at_ms = presence.inside_at_ms
        place = track.path.at(left_at_ms - BEFORE_MS)
        spans = self._ledger.zone(queue.id).waits
        earliest_ms = max(left_at_ms - EXCHANGE_MS, self._ledger.state.closed_until_ms)
        near = [
            (distance, key)
            for key, joined_at_ms in spans.open.items()
            if earliest_ms <= joined_at_ms <= left_at_ms + EXCHANGE_MS
            and key in self._tracks
            and key != track.key
            and (distance := _distance(place, _last_sight(self._tracks[key]), aspect))
            <= NEAR_HEIGHTS * track.seen_height
        ]
        if not near:
            return False
        _, key = min(near)
        other = self._tracks[key].presences[queue.id]
        self._ledger.window_at(other.joined_at_ms).zone(queue.id).joined -= 1
        other.joined_at_ms, presence.joined_at_ms = presence.joined_at_ms, NONE_MS
        spans.rename(track.key, key)
        return True

    def vanish(self, track: Followed, queue: ZonePlan, presence: Presence) -> None:
        """A track has ended that waits: it may turn up again, for a while."""
        self._ledger.zone(queue.id).vanished[track.key] = Vanished(
            presence.joined_at_ms,
            presence.inside_at_ms + queue.settings.recall_ms,
            _last_sight(track),
        )

    def expire(self, at_ms: int | None) -> None:
        """Who has not turned up by an instant, or ever if that is None, is lost."""
        for queue, history in self._ledger.state.zones.items():
            for key, gone in list(history.vanished.items()):
                if at_ms is None or at_ms > gone.until_ms:
                    del history.vanished[key]
                    waits.lose(queue, self._ledger, key, gone.sight[0])

    def pending_since(self) -> list[int]:
        """Last sights of those who may yet turn up."""
        histories = self._ledger.state.zones.values()
        return [gone.sight[0] for history in histories for gone in history.vanished.values()]

    def _out_of_sight(self, at_ms: int, queue: ZonePlan) -> Iterator[tuple[str, CountedSight]]:
        """Who waits and was last seen before an instant, not too long, and that sight."""
        history = self._ledger.zone(queue.id)
        for key in history.waits.open:
            gone = history.vanished.get(key)
            sight = gone.sight if gone is not None else _last_sight(self._tracks[key])
            if at_ms - queue.settings.recall_ms <= sight[0] < at_ms:
                yield key, sight


def has_walked_out(track: Followed, *, aspect: float) -> bool:
    """Whether a track that has ended did so on its way out of the picture."""
    sight = _last_sight(track)
    at_ms, x, y, height = sight
    is_at_edge = y > 1.0 - EDGE or not EDGE < x < 1.0 - EDGE
    moved = _distance(track.path.at(at_ms - BEFORE_MS), sight, aspect)
    return is_at_edge and moved > STILL_HEIGHTS * height


def _last_sight(track: Followed) -> CountedSight:
    return track.seen_at_ms, track.seen_x, track.seen_y, track.seen_height


def _distance(point: PathPoint, sight: CountedSight, aspect: float) -> float:
    """Distance of two foot points, as a share of the frame's height."""
    return math.hypot((point[1] - sight[1]) * aspect, point[2] - sight[2])


def _reach(gone: CountedSight, at_ms: int) -> float:
    """How far from where somebody vanished they may turn up at an instant."""
    walked_ms = min(at_ms - gone[0], WALK_MS)
    return gone[3] * (NEAR_HEIGHTS + PACE_HEIGHTS_S * walked_ms / 1_000)
