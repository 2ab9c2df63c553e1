"""Waits that go on under another track: a place in a queue stays whose it is.

In: tracks that join a queue, enter its service, leave it or end in it. Out: whether they go on with
a wait that began before. People in a queue hide one another for longer than a tracker can follow,
two who meet may leave with each other's track, and one may have two tracks for a while. But

* who turns up where somebody vanished is that somebody, soon if they were on their way;
* who has the place of one who walks away was there before, under another track (`exchanges`);
* who moves up does not give up: whose track turns back then stays (`handovers`);
* who is back from the desk at once was not served there;
* who joined where another vanished then is them, their heir, unless these turn up before the heir's
  wait ends; and who vanished so soon after joining next to another was nobody else;
* how the wait of who has gone for good has ended is told by the desk and who else is seen
  (`endings`).
"""

from collections.abc import Iterator

from msgspec.structs import replace

from streams.metrics import waits
from streams.metrics.endings import Endings, is_in_reach
from streams.metrics.exchanges import EXCHANGE_MS, REVEALED_MS, Exchanges
from streams.metrics.followed import Followed
from streams.metrics.handovers import turned_back_at
from streams.metrics.ledger import Ledger, ZoneHistory
from streams.metrics.plan import CameraPlan, ZonePlan
from streams.metrics.presences import NONE_MS, Phase, Presence
from streams.metrics.sights import (
    CountedSight,
    PathPoint,
    distance,
    distance_in_reach,
    nearest,
)
from streams.metrics.vanished import End, Vanished
from streams.metrics.ways import has_walked_in, heading, is_walking, leapt_from
from streams.windowing.spans import Interval

HEIR_MS = 7_000
"""Longest time for which one person in a queue has two tracks."""
HEIR_HEIGHTS = 0.7
"""Farthest between the two, box heights."""
WALKER_MS = 8_000
"""Who vanished on their way turns up within this."""


class Recalls:
    """Whose wait a track goes on with, in one camera.

    Keeps nothing: who has vanished is in the ledger, until they turn up or cannot any more.
    """

    def __init__(self, ledger: Ledger, tracks: dict[str, Followed]) -> None:
        self._ledger = ledger
        self._tracks = tracks
        self._endings = Endings(ledger, tracks)
        self._exchanges = Exchanges(ledger, tracks)

    def recall(self, track: Followed, queue: ZonePlan, *, aspect: float) -> int | None:
        """Give a track that joins or is served the wait of whoever vanished where it began.

        That is asked once per track. It is the wait of who left that place then, maybe with
        another's track, or of who vanished there. Vanished has also who is still followed but was
        not seen since; if they are seen again they join anew, with all of their stay.

        Returns:
            When that wait began, or None without one. Who left goes before who vanished; of
            several it is the nearest.
        """
        if not track.is_new:
            return None
        track.is_new = False
        if not queue.settings.recall_ms or has_walked_in(track, aspect=aspect):
            return None
        history = self._ledger.zone(queue.id)
        start = track.path.start
        key = nearest(self._exchanges.leavers(start, queue, aspect=aspect)) or nearest(
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
        before.has_queued = before.phase == Phase.AWAY
        other.is_calm = False
        return joined_at_ms

    def leave(
        self,
        track: Followed,
        plan: CameraPlan,
        queue: ZonePlan,
        presence: Presence,
        *,
        aspect: float,
    ) -> None:
        """A track that waits was seen to leave its queue, and has not come to the desk since."""
        left_at_ms, outside_at_ms = presence.inside_at_ms, presence.outside_at_ms
        if not queue.settings.recall_ms:
            self.finish(track, queue, presence, left_at_ms, End.ABANDONED)
            return
        asked = track, plan, queue, presence, aspect
        called_at_ms = self._endings.handovers.called_at(*asked, is_seen=True)
        if called_at_ms != NONE_MS:
            self.finish(track, queue, presence, called_at_ms, End.SERVED)
            return
        if self._exchange(track, queue, presence, aspect):
            return
        relieved_at_ms = self._endings.desks.relieved_at(*asked, is_seen=True)
        if relieved_at_ms != NONE_MS:
            self.finish(track, queue, presence, relieved_at_ms, End.SERVED)
            return
        turned = turned_back_at(track, plan, queue, left_at_ms, aspect)
        if turned is not None:
            self._stay(track, queue, presence, turned, aspect)
            return
        sight = leapt_from(track, left_at_ms, outside_at_ms, aspect=aspect)
        if sight is not None:
            self._lose_sight(track, queue, presence, sight)
        else:
            self.finish(track, queue, presence, left_at_ms, End.ABANDONED)

    def _stay(
        self,
        track: Followed,
        queue: ZonePlan,
        presence: Presence,
        turned: PathPoint,
        aspect: float,
    ) -> None:
        """Whoever waited stays while their track leaves: under a new one, or out of sight."""
        one = self._exchanges.who_stays(turned, queue, presence.inside_at_ms, aspect=aspect)
        if one is None:
            self._lose_sight(track, queue, presence, (*turned, track.seen_height))
        else:
            self._replace(track, queue, presence, one)

    def _exchange(
        self, track: Followed, queue: ZonePlan, presence: Presence, aspect: float
    ) -> bool:
        """Give the wait of a track that has left to who has its place, if somebody has."""
        one = self._exchanges.successor(track, queue, presence, aspect=aspect)
        if one is None:
            return False
        self._replace(track, queue, presence, one)
        return True

    def _replace(self, track: Followed, queue: ZonePlan, presence: Presence, one: Followed) -> None:
        """Give the wait of a track to another, whose own, which began just then, never was."""
        other = one.presences[queue.id]
        self._replace_wait(queue.id, track.key, one.key, other.joined_at_ms)
        other.joined_at_ms, presence.joined_at_ms = presence.joined_at_ms, NONE_MS
        other.has_queued = True

    def _lose_sight(
        self, track: Followed, queue: ZonePlan, presence: Presence, sight: CountedSight
    ) -> None:
        """Whoever waited was last seen then, and their track went on with somebody else."""
        self._ledger.zone(queue.id).vanished[track.key] = Vanished(
            joined_at_ms=presence.joined_at_ms,
            ended_at_ms=presence.inside_at_ms,
            turns_up_by_ms=sight[0] + queue.settings.recall_ms,
            sight=sight,
        )
        presence.joined_at_ms = NONE_MS

    def come_back(self, track: Followed, queue: ZonePlan, back_at_ms: int) -> int | None:
        """Give a track that is in its queue again the wait that seemed to end at the desk.

        Args:
            track: May have such a wait.
            queue: Its queue.
            back_at_ms: First sight there since.

        Returns:
            When that wait began, or None without one: it is over if they were away for long.
        """
        vanished = self._ledger.zone(queue.id).vanished
        gone = vanished.get(track.key)
        if gone is None or back_at_ms <= gone.ended_at_ms:
            return None
        if gone.end == End.SERVED and back_at_ms <= gone.turns_up_by_ms:
            del vanished[track.key]
            return gone.joined_at_ms
        self._end(queue.id, track.key)
        return None

    def finish(
        self, track: Followed, queue: ZonePlan, presence: Presence, ended_at_ms: int, end: End
    ) -> None:
        """A wait ends as its track is served or gives up, unless somebody soon turns up."""
        settings = queue.settings
        if end == End.SERVED:
            within_ms = settings.return_ms
        else:
            within_ms = min(settings.recall_ms, REVEALED_MS)
        _, x, y = presence.place or track.moment_ago
        self._ledger.zone(queue.id).vanished[track.key] = Vanished(
            joined_at_ms=presence.joined_at_ms,
            ended_at_ms=ended_at_ms,
            turns_up_by_ms=ended_at_ms + within_ms,
            sight=(ended_at_ms, x, y, track.seen_height),
            end=end,
            is_followed=True,
        )
        presence.joined_at_ms = NONE_MS
        if not within_ms:
            self._end(queue.id, track.key)

    def vanish(
        self,
        track: Followed,
        plan: CameraPlan,
        queue: ZonePlan,
        presence: Presence,
        *,
        aspect: float,
        is_watched: bool,
    ) -> None:
        """A track has ended that waits: it may turn up again, for a while.

        Args:
            track: The track.
            plan: The layout in force.
            queue: Where it waits.
            presence: The track there.
            aspect: Width over height of the frame.
            is_watched: Whether there were frames since; if not, nobody knows how the wait ended.
        """
        history = self._ledger.zone(queue.id)
        is_walker = is_walking(track, aspect=aspect)
        is_leaving = is_walker and not is_in_reach(heading(track), plan, queue)
        if is_leaving and self._exchange(track, queue, presence, aspect):
            return
        recall_ms = queue.settings.recall_ms
        heir = self._heir(track, queue, presence, aspect)
        end, ended_at_ms = End.LOST, presence.inside_at_ms
        if is_watched:
            end, ended_at_ms = self._endings.of_vanished(
                track, plan, queue, presence, aspect, is_leaving=is_leaving
            )
        history.vanished[track.key] = Vanished(
            joined_at_ms=presence.joined_at_ms,
            ended_at_ms=ended_at_ms,
            turns_up_by_ms=track.seen_at_ms + min(recall_ms, WALKER_MS if is_walker else recall_ms),
            sight=track.last_sight,
            end=end,
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
        """End the waits of who has not turned up by an instant, or whose queue is no more."""
        for name, history in self._ledger.state.zones.items():
            zone = plan.zone_by_id.get(name)
            # Who turns up just in time has yet to join, in some frame.
            late_ms = (
                zone.settings.join_ms + plan.camera.hold_ms
                if zone is not None and zone.is_queue
                else None
            )
            for key, gone in list(history.vanished.items()):
                if late_ms is None or at_ms > gone.turns_up_by_ms + late_ms:
                    self._end(name, key)

    def expire_all(self) -> None:
        """The source has ended: nobody turns up any more."""
        for name, history in self._ledger.state.zones.items():
            for key in list(history.vanished):
                self._end(name, key)

    def pending_since(self) -> list[int]:
        """From when on those who may yet turn up may change what is counted."""
        histories = self._ledger.state.zones.values()
        return [
            gone.pending_since_ms for history in histories for gone in history.vanished.values()
        ]

    def _end(self, queue: str, key: str) -> None:
        """Nobody turned up: another track was them, or the wait has ended."""
        history = self._ledger.zone(queue)
        gone = history.vanished[key]
        if self._has_heir(gone, queue):
            joined_at_ms = self._hand_over(key, queue)
            heir = history.vanished.get(gone.heir)
            if heir is None:
                self._tracks[gone.heir].presences[queue].joined_at_ms = joined_at_ms
            else:
                end = End.LOST if heir.end == End.NEVER else heir.end
                history.vanished[gone.heir] = replace(heir, joined_at_ms=joined_at_ms, end=end)
            return
        del history.vanished[key]
        match gone.end:
            case End.LOST:
                waits.lose(queue, self._ledger, key, gone.ended_at_ms)
            case End.SERVED:
                waits.serve(queue, self._ledger, key, (gone.joined_at_ms, gone.ended_at_ms))
            case End.ABANDONED:
                waits.abandon(queue, self._ledger, key, gone.ended_at_ms)
            case End.NEVER:
                waits.forget(queue, self._ledger, key, gone.joined_at_ms)

    def _heir(
        self, track: Followed, queue: ZonePlan, presence: Presence, aspect: float
    ) -> str | None:
        """Who joined where a track ends, shortly before that or since, and has been seen since."""
        vanished_at_ms = track.seen_at_ms
        place = track.last_point
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
        for key, joined_at_ms in self._ledger.zone(queue.id).followed_waits.items():
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
        """A wait goes on under a track whose own, if it has begun at an instant, never was."""
        if joined_at_ms != NONE_MS:
            self._ledger.window_at(joined_at_ms).zone(queue).joined -= 1
        _rename(self._ledger.zone(queue), key, successor)

    def _out_of_sight(self, at_ms: int, queue: ZonePlan) -> Iterator[tuple[str, CountedSight]]:
        """Who waits and was last seen before an instant, not too long, and that sight."""
        history = self._ledger.zone(queue.id)
        for key in history.waits.open:
            gone = history.vanished.get(key)
            if gone is None:
                sight = self._tracks[key].last_sight
                until_ms = sight[0] + queue.settings.recall_ms
            elif gone.is_followed:
                continue
            else:
                sight, until_ms = gone.sight, gone.turns_up_by_ms
            if sight[0] < at_ms <= until_ms:
                yield key, sight


def _rename(history: ZoneHistory, key: str, successor: str) -> None:
    """A wait goes on under another track: it is heir to whom the first was heir to."""
    history.waits.rename(key, successor)
    for name, gone in history.vanished.items():
        if gone.heir == key:
            history.vanished[name] = replace(gone, heir=successor)
