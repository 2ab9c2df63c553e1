"""Desks that pass to whoever is next while tracks change persons.

In: a track that waited, and has left its queue or vanished. Out: whether its person was served
then, and since when. Whoever was served leaves past those who wait, who is next comes to the desk
past them, and between two frames each of them may go on with another's track: that of the desk
stays there and is somebody else's now, that of who was called walks off, or ends.

So somebody was called as a track at the desk stirred or was out of sight, if a track set off then

* that was next to the desk;
* that was farther back, while all before it stirred: each has moved up into the track of the one
  before, and the last one's walks off;
* that vanished, wherever it stood.

In the latter two it was somebody else if service began for anybody just then. Who walks off while
whoever is at the desk stands still in sight has given up: some do as the first.
"""

from collections.abc import Iterator
from itertools import pairwise

from streams.metrics.followed import Followed
from streams.metrics.ledger import Ledger
from streams.metrics.plan import CameraPlan, ZonePlan
from streams.metrics.presences import NONE_MS, Presence
from streams.metrics.sights import PathPoint, distance, shortest_step_ms
from streams.metrics.vanished import End
from streams.metrics.ways import stood_for_long_at

CALLED_HEIGHTS = 0.4
"""Farthest from a desk of who is called to it, box heights."""
AT_DESK_HEIGHTS = 0.15
"""Farthest outside a desk's zone of who is at it, box heights: feet tremble over its edge."""
STIR_HEIGHTS = 0.15
"""Who is farther from where they stood has stirred, box heights."""
PASSED_HEIGHTS = 0.12
"""Who is farther from where they stood has moved up, or somebody has passed, box heights."""
BEFORE_MS = 1_500
"""A desk passes to the next at most this long before the track of that one sets off."""
AFTER_MS = 2_500
"""And at most this long after."""
HIDDEN_TIMES = 2
"""Who is not seen for so many times as long as between two points of their trail is hidden."""
LATELY_MS = 2_000
"""Who has not been seen for longer may be anywhere."""
TURN_MS = 2_000
"""Service that began at most this long before is of the same handover."""
NEXT_TURN_MS = 500
"""Service that begins later than this after it is of the next."""


class Handovers:
    """The handovers at the desks of one camera. Keeps nothing."""

    def __init__(self, ledger: Ledger, tracks: dict[str, Followed]) -> None:
        self._ledger = ledger
        self._tracks = tracks

    def called_at(
        self,
        track: Followed,
        plan: CameraPlan,
        queue: ZonePlan,
        presence: Presence,
        aspect: float,
        *,
        is_seen: bool,
    ) -> int:
        """When whoever waited under a track was called, if a desk passed to them.

        Args:
            track: Has left its queue, or vanished.
            plan: The layout in force.
            queue: Its queue.
            presence: The track there.
            aspect: Width over height of the frame.
            is_seen: Whether it was seen to leave.

        Returns:
            The instant, or `NONE_MS` where no desk passed to anybody.
        """
        place = stood_for_long_at(track, presence.inside_at_ms, aspect=aspect)
        if presence.joined_at_ms > place[0]:
            return NONE_MS
        instants: list[int] = []
        for name in queue.settings.service:
            desk = plan.zone_by_id[name]
            nearer = self._nearer(track, queue, desk, place, aspect)
            if is_seen and not _have_set_off(track, place, nearer, desk, aspect):
                continue
            is_next = is_seen and not nearer
            for one in self._stayed_at(desk, track, queue, place[0], aspect):
                at_ms = _stirred_at(one, place[0], aspect)
                if at_ms is None:
                    continue
                if is_next or not self._is_turn_taken(queue.id, max(place[0], at_ms)):
                    instants.append(at_ms)
        return min(instants, default=NONE_MS)

    def _nearer(
        self, track: Followed, queue: ZonePlan, desk: ZonePlan, place: PathPoint, aspect: float
    ) -> list[Followed]:
        """Who else waited there, nearer to a desk than a place, as its track set off."""
        apart = _apart(place, desk, aspect)
        keys = self._ledger.zone(queue.id).followed_waits
        others = [self._tracks[key] for key in keys if key != track.key]
        return [one for one in others if _apart(_before(one, place[0]), desk, aspect) < apart]

    def _stayed_at(
        self, desk: ZonePlan, track: Followed, queue: ZonePlan, about_ms: int, aspect: float
    ) -> Iterator[Followed]:
        """Who was at a desk before an instant, and is there now."""
        waiting = self._ledger.zone(queue.id).followed_waits
        before_ms = about_ms - BEFORE_MS
        for one in self._tracks.values():
            stay = one.presences.get(desk.id)
            has_just_come = stay and stay.has_queued and stay.entered_at_ms > before_ms
            if one.key in waiting or has_just_come or one.path.start[0] >= before_ms:
                continue
            if one.seen_at_ms < track.seen_at_ms - LATELY_MS:
                continue
            reach = AT_DESK_HEIGHTS * one.seen_height
            places = _before(one, about_ms), one.last_point
            if all(_is_at(desk, place, reach, aspect) for place in places):
                yield one

    def _is_turn_taken(self, queue: str, at_ms: int) -> bool:
        """Whether service began for somebody who waited about an instant."""
        history = self._ledger.zone(queue)
        served = (gone.ended_at_ms for gone in history.vanished.values() if gone.end == End.SERVED)
        turns_ms = [*history.turns_ms, *served]
        return any(at_ms - TURN_MS <= turn_ms <= at_ms + NEXT_TURN_MS for turn_ms in turns_ms)


def _have_set_off(
    track: Followed, place: PathPoint, nearer: list[Followed], desk: ZonePlan, aspect: float
) -> bool:
    """Whether the track or one nearer was next to a desk, and all those have stirred."""
    places = [place, *(_before(one, place[0]) for one in nearer)]
    first = min(_apart(one, desk, aspect) for one in places)
    if first > CALLED_HEIGHTS * track.seen_height:
        return False
    return all(_has_moved(one, place[0], aspect) for one in nearer)


def _has_moved(track: Followed, about_ms: int, aspect: float) -> bool:
    """Whether a track was elsewhere about an instant than it was before."""
    stood, least = _before(track, about_ms), PASSED_HEIGHTS * track.seen_height
    return any(
        distance(point, stood, aspect) > least
        for point in track.trail
        if stood[0] < point[0] <= about_ms + AFTER_MS
    )


def _stirred_at(track: Followed, about_ms: int, aspect: float) -> int | None:
    """When a track at a desk was out of sight, or elsewhere than before, about an instant."""
    stood, least = _before(track, about_ms), STIR_HEIGHTS * track.seen_height
    hidden_ms = HIDDEN_TIMES * shortest_step_ms(track.trail)
    for before, at in pairwise(track.trail):
        if not about_ms - BEFORE_MS <= before[0] <= about_ms + AFTER_MS:
            continue
        if at[0] - before[0] >= hidden_ms:
            return before[0] + hidden_ms // HIDDEN_TIMES
        if distance(at, stood, aspect) > least:
            return at[0]
    return None


def _before(track: Followed, about_ms: int) -> PathPoint:
    return track.was_at(about_ms - BEFORE_MS)


def _is_at(desk: ZonePlan, place: PathPoint, reach: float, aspect: float) -> bool:
    return desk.polygon.contains(place[1], place[2]) or _apart(place, desk, aspect) <= reach


def _apart(place: PathPoint, desk: ZonePlan, aspect: float) -> float:
    return desk.polygon.border_distance(place[1], place[2], aspect=aspect)
