"""Visits that go on under another track: who looks at a shelf is hidden now and then.

In: visits whose track has ended, visits that begin. Out: whether one is the other's beginning. Who
stood in a zone or at its edge when they vanished, and was first seen there, is that visitor: the
time out of sight is of the visit, as it is within one track. Nobody is asked whose own visit is
over before the first track ends; and who flickers for long is one visitor.
"""

from streams.metrics import presences
from streams.metrics.followed import Followed
from streams.metrics.ledger import Ledger
from streams.metrics.plan import CameraPlan, ZonePlan
from streams.metrics.presences import Phase, Presence
from streams.metrics.sights import WALK_MS, distance_in_reach, nearest
from streams.metrics.vanished import VanishedVisitor


class VisitRecalls:
    """Whose visit a visit goes on with, in one camera.

    Keeps nothing: who has vanished is in the ledger, until they turn up or the visit has ended.
    """

    def __init__(self, ledger: Ledger, tracks: dict[str, Followed]) -> None:
        self._ledger = ledger
        self._tracks = tracks

    def vanish(self, track: Followed, zone: ZonePlan, presence: Presence, *, aspect: float) -> None:
        """A track has ended within its visit: somebody seen since is them, or may turn up."""
        is_back = presence.phase == Phase.ENTERING
        gone = VanishedVisitor(
            dwell_ms=presence.dwell_ms,
            exited_at_ms=presence.left_at_ms,
            inside_from_ms=presence.entered_at_ms if is_back else presence.left_at_ms,
            # Who turns up just in time has yet to walk in, and their stay to be certain.
            lost_after_ms=track.seen_at_ms
            + zone.settings.recall_ms
            + WALK_MS
            + zone.settings.enter_ms,
            sight=track.last_sight,
        )
        key = nearest((_apart(gone, one, zone, aspect), key) for key, one in self._tracks.items())
        if key is None:
            self._ledger.zone(zone.id).vanished_visitors[track.key] = gone
        else:
            self._go_on(track.key, gone, zone, self._tracks[key].presences[zone.id])

    def recall(self, track: Followed, zone: ZonePlan, *, aspect: float) -> None:
        """A visit has begun: it goes on with that of whoever vanished where its track began."""
        vanished = self._ledger.zone(zone.id).vanished_visitors
        key = nearest((_apart(gone, track, zone, aspect), key) for key, gone in vanished.items())
        if key is not None:
            self._go_on(key, vanished.pop(key), zone, track.presences[zone.id])

    def expire(self, at_ms: int, plan: CameraPlan) -> None:
        """Who has not turned up by an instant has left, or whose zone the plan does not have."""
        for name, history in self._ledger.state.zones.items():
            for key, gone in list(history.vanished_visitors.items()):
                if at_ms > gone.lost_after_ms or name not in plan.zone_by_id:
                    self._leave(name, key)

    def expire_all(self) -> None:
        """The source has ended: nobody turns up any more."""
        for name, history in self._ledger.state.zones.items():
            for key in list(history.vanished_visitors):
                self._leave(name, key)

    def pending_since(self) -> list[int]:
        """Ends of the visits of those who may yet turn up."""
        histories = self._ledger.state.zones.values()
        return [one.exited_at_ms for each in histories for one in each.vanished_visitors.values()]

    def _go_on(self, key: str, gone: VanishedVisitor, zone: ZonePlan, presence: Presence) -> None:
        presence.visit_before_ms = gone.dwell_ms + presence.visit_at_ms - gone.inside_from_ms
        self._ledger.finish(self._ledger.zone(zone.id).visits, key, presence.visit_at_ms)

    def _leave(self, zone: str, key: str) -> None:
        gone = self._ledger.zone(zone).vanished_visitors.pop(key)
        presences.count_visit(zone, self._ledger, key, gone.exited_at_ms, gone.dwell_ms)


def _apart(gone: VanishedVisitor, track: Followed, zone: ZonePlan, aspect: float) -> float | None:
    """How far from somebody's last sight a track began, if its visit may be the same person's."""
    presence = track.presences.get(zone.id)
    if presence is None or not presence.has_visit or presence.visit_before_ms or track.part > 1:
        return None
    start = track.path.start
    unseen_ms = start[0] - gone.sight[0]
    is_at_once = presence.visit_at_ms <= start[0] + WALK_MS
    if not 0 < unseen_ms <= zone.settings.recall_ms or not is_at_once:
        return None
    return distance_in_reach(start, gone.sight, aspect)
