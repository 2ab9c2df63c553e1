"""Waits that go on under another track: a place in a queue stays whose it is.

In: tracks that join a queue, enter its service, leave it or end in it. Out: whether they go on with
a wait that began before. People in a queue hide one another for longer than a tracker can follow,
two who meet may leave with each other's track, and one may have two tracks for a while. But

* who turns up where somebody vanished is that somebody;
* who comes to stand where another steps away in the same moment has not just come;
* who joined where another vanished then is them, their heir, unless these turn up before the heir's
  wait ends;
* who vanished for good next to a desk at which somebody was, with nobody nearer to it, has taken
  their turn. Who walks away from there has not: some give up as the first.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from streams.metrics import waits
from streams.metrics.followed import Followed
from streams.metrics.ledger import Ledger, ZoneHistory
from streams.metrics.plan import CameraPlan, ZonePlan
from streams.metrics.presences import IN_STAY, NONE_MS, Presence
from streams.metrics.sights import (
    NEAR_HEIGHTS,
    CountedSight,
    PathPoint,
    distance,
    distance_in_reach,
    nearest,
)
from streams.metrics.vanished import Vanished
from streams.windowing.spans import Interval

EXCHANGE_MS = 2_000
"""Longest time between one person's step out of a queue and the other's into it."""
HEIR_MS = 7_000
"""Longest time for which one person in a queue has two tracks."""
HEIR_HEIGHTS = 0.7
"""Farthest between the two, box heights."""
DESK_HEIGHTS = 0.3
"""Farthest from a desk of who steps up to it next, box heights."""
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


class Recalls:
    """Whose wait a track goes on with, in one camera.

    Keeps nothing: who has vanished is in the ledger, until they turn up or are lost.
    """

    def __init__(self, ledger: Ledger, tracks: dict[str, Followed]) -> None:
        self._ledger = ledger
        self._tracks = tracks

    def recall(self, track: Followed, queue: ZonePlan, *, aspect: float) -> int | None:
        """Give a track that joins or is served the wait of whoever vanished where it began.

        That is asked once per track. Vanished has also who is still followed but was not seen
        since; if they are seen again they join anew, with all of their stay.

        Returns:
            When that wait began, or None without one. Of several it is the nearest.
        """
        if not track.is_new:
            return None
        track.is_new = False
        if has_walked_in(track, aspect=aspect):
            return None
        history = self._ledger.zone(queue.id)
        start = track.path.start
        key = nearest(
            (distance_in_reach(start, gone, aspect), key)
            for key, gone in self._out_of_sight(start[0], queue)
        )
        if key is None:
            return None
        _rename(history, key, track.key)
        if key in history.vanished:
            return history.vanished.pop(key).joined_at_ms
        other = self._tracks[key]
        before = other.presences[queue.id]
        joined_at_ms, before.joined_at_ms = before.joined_at_ms, NONE_MS
        before.has_queued = other.is_calm = False
        return joined_at_ms

    def exchange(
        self, track: Followed, queue: ZonePlan, presence: Presence, *, aspect: float
    ) -> bool:
        """Give the wait of a track that has left to who stepped in as it left and has its place.

        Their own, which began just then, never was.

        Returns:
            Whether there is somebody; not where the window in which they joined is closed.
        """
        place, left_at_ms = presence.place, presence.inside_at_ms
        if place is None or not queue.settings.recall_ms:
            return False
        joined_in = left_at_ms - EXCHANGE_MS, left_at_ms + EXCHANGE_MS
        reach = NEAR_HEIGHTS * track.seen_height
        key = nearest(
            (apart, one.key)
            for apart, one in self._joined_near(place, queue, joined_in, reach, aspect)
            if one is not track
        )
        if key is None:
            return False
        other = self._tracks[key].presences[queue.id]
        self._replace_wait(queue.id, track.key, key, other.joined_at_ms)
        other.joined_at_ms, presence.joined_at_ms = presence.joined_at_ms, NONE_MS
        return True

    def vanish(
        self,
        track: Followed,
        plan: CameraPlan,
        queue: ZonePlan,
        presence: Presence,
        *,
        aspect: float,
    ) -> None:
        """A track has ended that waits: it may turn up again, for a while."""
        history = self._ledger.zone(queue.id)
        sight = track.last_sight
        heir = self._heir(track, queue, presence, aspect)
        history.vanished[track.key] = Vanished(
            joined_at_ms=presence.joined_at_ms,
            inside_at_ms=presence.inside_at_ms,
            lost_after_ms=sight[0] + queue.settings.recall_ms + queue.settings.join_ms,
            sight=sight,
            is_next=self._is_next(track, plan, queue, aspect),
            heir=heir or "",
            heir_at_ms=history.waits.open[heir] if heir else 0,
        )

    def settle(self, key: str, queue: str, presence: Presence) -> None:
        """A wait is about to end: it may be that of who vanished, and has not turned up yet."""
        vanished = self._ledger.zone(queue).vanished
        while left := [
            gone_key
            for gone_key, gone in vanished.items()
            if gone.heir == key and self._has_heir(gone, queue)
        ]:
            presence.joined_at_ms = self._hand_over(left[0], queue)

    def expire(self, at_ms: int, plan: CameraPlan) -> None:
        """Who has not turned up by an instant is lost, or whose queue the plan does not have."""
        for name, history in self._ledger.state.zones.items():
            zone = plan.zone_by_id.get(name)
            is_queue = zone is not None and zone.is_queue
            for key, gone in list(history.vanished.items()):
                if at_ms > gone.lost_after_ms or not is_queue:
                    self._lose(name, key)

    def expire_all(self) -> None:
        """The source has ended: nobody turns up any more."""
        for name, history in self._ledger.state.zones.items():
            for key in list(history.vanished):
                self._lose(name, key)

    def pending_since(self) -> list[int]:
        """Last sights in a queue of those who may yet turn up, and when their heirs joined."""
        histories = self._ledger.state.zones.values()
        return [
            min(gone.inside_at_ms, gone.heir_at_ms) if gone.heir else gone.inside_at_ms
            for history in histories
            for gone in history.vanished.values()
        ]

    def _lose(self, queue: str, key: str) -> None:
        """Somebody did not turn up: another track was them, they are served, or they are lost."""
        history = self._ledger.zone(queue)
        gone = history.vanished[key]
        if self._has_heir(gone, queue):
            joined_at_ms = self._hand_over(key, queue)
            heir = history.vanished.get(gone.heir)
            if heir is None:
                self._tracks[gone.heir].presences[queue].joined_at_ms = joined_at_ms
            else:
                history.vanished[gone.heir] = replace(heir, joined_at_ms=joined_at_ms)
            return
        del history.vanished[key]
        if gone.is_next:
            waits.serve(queue, self._ledger, key, (gone.joined_at_ms, gone.inside_at_ms))
        else:
            waits.lose(queue, self._ledger, key, gone.inside_at_ms)

    def _heir(
        self, track: Followed, queue: ZonePlan, presence: Presence, aspect: float
    ) -> str | None:
        """Who joined where a track ends, shortly before that or since, and has been seen since."""
        vanished_at_ms = track.seen_at_ms
        place = vanished_at_ms, track.seen_x, track.seen_y
        earliest_ms = max(vanished_at_ms - HEIR_MS, presence.joined_at_ms + 1)
        joined_in = earliest_ms, vanished_at_ms + EXCHANGE_MS
        reach = HEIR_HEIGHTS * track.seen_height
        return nearest(
            (apart, one.key)
            for apart, one in self._joined_near(place, queue, joined_in, reach, aspect)
            if one.seen_at_ms > vanished_at_ms
        )

    def _joined_near(
        self, place: PathPoint, queue: ZonePlan, joined_in: Interval, reach: float, aspect: float
    ) -> Iterator[tuple[float, Followed]]:
        """Who is followed near a place and joined then, in an open window; and how far they are."""
        earliest_ms, latest_ms = max(joined_in[0], self._ledger.state.closed_until_ms), joined_in[1]
        for key, joined_at_ms in self._ledger.zone(queue.id).waits.open.items():
            one = self._tracks.get(key)
            if one is None or not earliest_ms <= joined_at_ms <= latest_ms:
                continue
            apart = distance(place, one.last_sight, aspect)
            if apart <= reach:
                yield apart, one

    def _has_heir(self, gone: Vanished, queue: str) -> bool:
        """Whether that track still waits, with no wait but its own."""
        return self._ledger.zone(queue).waits.open.get(gone.heir) == gone.heir_at_ms

    def _hand_over(self, key: str, queue: str) -> int:
        """Give the wait of somebody who vanished to their heir, whose own never was: its start."""
        gone = self._ledger.zone(queue).vanished.pop(key)
        self._replace_wait(queue, key, gone.heir, gone.heir_at_ms)
        return gone.joined_at_ms

    def _replace_wait(self, queue: str, key: str, successor: str, joined_at_ms: int) -> None:
        """A wait goes on under a track whose own, which began at an instant, never was."""
        self._ledger.window_at(joined_at_ms).zone(queue).joined -= 1
        _rename(self._ledger.zone(queue), key, successor)

    def _is_next(self, track: Followed, plan: CameraPlan, queue: ZonePlan, aspect: float) -> bool:
        """Whether a track ends at a desk with somebody at it, and nobody waits nearer to it."""
        _, x, y, height = track.last_sight
        for name in queue.settings.service:
            desk = plan.zone_by_id[name].polygon
            apart = desk.border_distance(x, y, aspect=aspect)
            is_near = apart <= DESK_HEIGHTS * height
            if (
                is_near
                and self._is_taken(name, track.seen_at_ms)
                and not any(
                    desk.border_distance(other.seen_x, other.seen_y, aspect=aspect) < apart
                    for key in self._ledger.zone(queue.id).waits.open
                    if (other := self._tracks.get(key)) is not None
                )
            ):
                return True
        return False

    def _is_taken(self, desk: str, since_ms: int) -> bool:
        """Whether somebody has been seen at a desk since an instant."""
        return any(
            (presence := track.presences.get(desk)) is not None
            and presence.phase in IN_STAY
            and track.seen_at_ms > since_ms
            for track in self._tracks.values()
        )

    def _out_of_sight(self, at_ms: int, queue: ZonePlan) -> Iterator[tuple[str, CountedSight]]:
        """Who waits and was last seen before an instant, not too long, and that sight."""
        history = self._ledger.zone(queue.id)
        for key in history.waits.open:
            gone = history.vanished.get(key)
            sight = gone.sight if gone is not None else self._tracks[key].last_sight
            if at_ms - queue.settings.recall_ms <= sight[0] < at_ms:
                yield key, sight


def _rename(history: ZoneHistory, key: str, successor: str) -> None:
    """A wait goes on under another track: it is heir to whom the first was heir to."""
    history.waits.rename(key, successor)
    for name, gone in history.vanished.items():
        if gone.heir == key:
            history.vanished[name] = replace(gone, heir=successor)


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
    return _is_way_over_edge(last, track.trail[0], least, EDGE_FRACTION, aspect)


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


def is_walking(track: Followed, *, aspect: float) -> bool:
    """Whether a track was on its way somewhere when it was last seen."""
    return distance(track.trail[0], track.last_sight, aspect) > WALKING_HEIGHTS * track.seen_height
