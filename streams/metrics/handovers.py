"""Desks that pass to whoever is next while tracks change persons.

In: a track that waited, and has left its queue or vanished. Out: whether its person was served
then, and since when. Whoever was served leaves past those who wait, who is next comes to the desk
past them, and between two frames each of them may go on with another's track: that of the desk
stays there and is somebody else's now, that of who was called walks off, or ends.

So somebody was called as whoever is at the desk stirred or was hidden, if just then

* a track set off that was next to the desk;
* one set off that was farther back, and all before it have stirred: each has moved up into the
  track of the one before, and the last one's walks off;
* one vanished, wherever it stood, and the first before it has stirred, if there is any.

In the latter two it was somebody else if service began for anybody just then. Who walks off while
whoever is at the desk stands still in sight has given up: some do as the first. But nobody moves up
to give up: whose track does, and turns back, was met by one who leaves with it, and stays.
"""

from collections.abc import Iterator

from streams.metrics.followed import MOMENT_MS, Followed
from streams.metrics.ledger import Ledger
from streams.metrics.plan import CameraPlan, ZonePlan
from streams.metrics.presences import NONE_MS, Presence
from streams.metrics.sights import PathPoint, distance
from streams.metrics.vanished import End
from streams.metrics.ways import STANDING_HEIGHTS, leads_on, stood_for_long_at, way_between, way_out

CALLED_HEIGHTS = 0.4
"""Farthest from a desk of who is called to it, box heights."""
AT_DESK_HEIGHTS = 0.15
"""Farthest outside a desk's zone of who is at it, box heights: feet tremble over its edge."""
STIR_HEIGHTS = 0.2
"""Who is farther from where they stood has stirred, box heights."""
PASSED_HEIGHTS = 0.12
"""Who is farther from where they stood has moved up, or somebody has passed, box heights."""
BEFORE_MS = 1_500
"""A desk passes to the next at most this long before the track of that one sets off."""
AFTER_MS = 2_500
"""And at most this long after."""
UP_HEIGHTS = 0.15
"""Who came nearer to a desk by more did so to move up, box heights."""
TURNING_MS = 2_000
"""Who moves up meets who leaves, and loses their track to them, at most this much later."""
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
        others = others_waiting(track, queue, self._ledger, self._tracks)
        instants: list[int] = []
        for name in queue.settings.service:
            desk = plan.zone_by_id[name]
            nearer = nearer_to(desk, place, others, aspect)
            if not has_first_moved(nearer, place[0], aspect):
                continue
            if is_seen and not _have_set_off(track, place, nearer, desk, aspect):
                continue
            is_next = is_seen and not nearer
            for one in self._stayed_at(desk, track, queue, place[0], aspect):
                at_ms = _stirred_at(one, place[0], aspect)
                if at_ms is None or at_ms < presence.joined_at_ms:
                    continue
                if is_next or not self._is_turn_taken(queue.id, max(place[0], at_ms)):
                    instants.append(at_ms)
        return min(instants, default=NONE_MS)

    def _stayed_at(
        self, desk: ZonePlan, track: Followed, queue: ZonePlan, about_ms: int, aspect: float
    ) -> Iterator[Followed]:
        """Who was at a desk before an instant, and is there now; not who came from the queue."""
        waiting = self._ledger.zone(queue.id).followed_waits
        before_ms = about_ms - BEFORE_MS
        for one in self._tracks.values():
            is_customer = one.is_counted and one.key not in waiting
            is_late = one.path.start[0] >= before_ms or _has_come(one, desk, since_ms=before_ms)
            is_gone = one.seen_at_ms < track.seen_at_ms - LATELY_MS
            if not is_customer or is_late or is_gone:
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


def others_waiting(
    track: Followed, queue: ZonePlan, ledger: Ledger, tracks: dict[str, Followed]
) -> list[Followed]:
    """Who waits in a queue and is followed, but for one."""
    keys = ledger.zone(queue.id).followed_waits
    return [tracks[key] for key in keys if key != track.key]


def nearer_to(
    desk: ZonePlan, place: PathPoint, others: list[Followed], aspect: float
) -> list[Followed]:
    """Who of others was nearer to a desk as a track set off from a place; the first first."""
    ranked = [(desk_distance(_before(one, place[0]), desk, aspect), one.key, one) for one in others]
    least = desk_distance(place, desk, aspect)
    return [one for apart, _, one in sorted(ranked) if apart < least]


def has_first_moved(nearer: list[Followed], about_ms: int, aspect: float) -> bool:
    """Whether the first of those nearer to a desk, if there is any, has moved about an instant."""
    return not nearer or _has_moved(nearer[0], about_ms, aspect)


def turned_back_at(
    track: Followed, plan: CameraPlan, queue: ZonePlan, left_at_ms: int, aspect: float
) -> PathPoint | None:
    """Where a track that stood in a queue turned back as it had moved up, just before it left.

    None if it did not come nearer to a desk, or went on from there.
    """
    stood = track.was_at(left_at_ms - TURNING_MS)
    before = track.was_at(stood[0] - 1)
    has_stood = distance(before, stood, aspect) <= STANDING_HEIGHTS * track.seen_height
    if not has_stood or not 0 <= left_at_ms - stood[0] <= TURNING_MS + MOMENT_MS:
        return None
    points = [point for point in track.trail if stood[0] <= point[0] <= left_at_ms]
    least = UP_HEIGHTS * track.seen_height
    for name in queue.settings.service:
        desk = plan.zone_by_id[name]
        apart, turned = min((desk_distance(point, desk, aspect), point) for point in points)
        # Of two, since feet tremble.
        was_apart = min(desk_distance(point, desk, aspect) for point in (before, stood))
        way = way_out(track, turned, aspect=aspect)
        is_back = not leads_on(way_between(stood, turned, aspect), way)
        if was_apart - apart > least and is_back:
            return turned
    return None


def desk_distance(place: PathPoint, desk: ZonePlan, aspect: float) -> float:
    """From a place to a desk's border, as a share of the frame's height."""
    return desk.polygon.border_distance(place[1], place[2], aspect=aspect)


def _have_set_off(
    track: Followed, place: PathPoint, nearer: list[Followed], desk: ZonePlan, aspect: float
) -> bool:
    """Whether the first of all was next to a desk, and who is between the two has moved."""
    first = _before(nearer[0], place[0]) if nearer else place
    if desk_distance(first, desk, aspect) > CALLED_HEIGHTS * track.seen_height:
        return False
    return all(_has_moved(one, place[0], aspect) for one in nearer[1:])


def _has_moved(track: Followed, about_ms: int, aspect: float) -> bool:
    return _elsewhere_at(track, about_ms, PASSED_HEIGHTS, aspect) is not None


def _has_come(track: Followed, desk: ZonePlan, *, since_ms: int) -> bool:
    """Whether somebody has come to a desk from its queue."""
    stay = track.presences.get(desk.id)
    return stay is not None and stay.has_queued and stay.entered_at_ms > since_ms


def _stirred_at(track: Followed, about_ms: int, aspect: float) -> int | None:
    """When, about an instant, a track at a desk was hidden, or elsewhere than before."""
    for from_ms, to_ms in track.hidden:
        if about_ms - BEFORE_MS <= from_ms <= about_ms + AFTER_MS:
            return (from_ms + to_ms) // 2
    return _elsewhere_at(track, about_ms, STIR_HEIGHTS, aspect)


def _elsewhere_at(track: Followed, about_ms: int, heights: float, aspect: float) -> int | None:
    """When, about an instant, a track was first farther than that from where it was before."""
    stood, least = _before(track, about_ms), heights * track.seen_height
    instants = (
        point[0]
        for point in track.trail
        if stood[0] < point[0] <= about_ms + AFTER_MS and distance(point, stood, aspect) > least
    )
    return next(instants, None)


def _before(track: Followed, about_ms: int) -> PathPoint:
    return track.was_at(about_ms - BEFORE_MS)


def _is_at(desk: ZonePlan, place: PathPoint, reach: float, aspect: float) -> bool:
    is_inside = desk.polygon.contains(place[1], place[2])
    return is_inside or desk_distance(place, desk, aspect) <= reach
