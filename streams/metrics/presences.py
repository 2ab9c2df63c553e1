"""One track in one zone: what its sights, inside or outside, make certain about its visit.

In: per sight whether it is inside, and until when the sight before it held. Out: entries in the
ledger. A stay begins at its first sight inside and is certain once it has lasted `enter_ms`; it is
over once the track was seen outside for `exit_ms`, and ended then where the hold of its last sight
inside ended.
"""

from enum import IntEnum
from typing import NamedTuple

import msgspec

from streams.metrics.ledger import Ledger
from streams.metrics.plan import ZonePlan
from streams.metrics.sights import PathPoint
from streams.windowing.spans import Interval

NONE_MS = -1
"""No such instant."""
EDGE_MS = 8_000
"""For longer nobody at a zone's edge is taken to come back: `exit_ms` runs from then on."""


class Phase(IntEnum):
    """Where a track stands towards a zone."""

    ENTERING = 0
    """Inside, not yet for `enter_ms`."""
    INSIDE = 1
    """In a stay that is certain."""
    EXCURSION = 2
    """Seen outside, not yet for `exit_ms`."""
    AWAY = 3
    """The stay is over; the visit or the wait may go on."""


IN_STAY = (Phase.INSIDE, Phase.EXCURSION)
"""In a stay that is certain and not over."""


class PastVisit(NamedTuple):
    """A visit that is over; small in a snapshot."""

    zone: str
    """Id of the zone."""
    entered_at_ms: int
    """First sight inside."""
    exited_at_ms: int
    """End of the last stay."""
    dwell_ms: int
    """Sum of the stays."""


class Presence(msgspec.Struct, array_like=True):
    """One track in one zone; leaves when nothing of it is open, with its track at the latest."""

    entered_at_ms: int
    """First sight of the stay, or of what may become one."""
    inside_at_ms: int
    """Last sight inside."""
    phase: Phase = Phase.ENTERING
    """Where the track stands towards the zone."""
    left_at_ms: int = NONE_MS
    """Where the last stay ended, if it ended: the end of the hold of its last sight inside."""
    outside_at_ms: int = NONE_MS
    """First sight of the excursion, or the last at the edge."""
    undecided: list[Interval] = []
    """Track time that is in the stay only if it becomes, or goes on being, one."""
    visit_at_ms: int = NONE_MS
    """First sight of the open visit's first stay."""
    visit_dwell_ms: int = 0
    """Sum of the visit's finished stays."""
    joined_at_ms: int = NONE_MS
    """In a queue: start of the open wait."""
    place: PathPoint | None = None
    """Where the track stood before it left, once it has."""
    has_queued: bool = False
    """In a queue: whether this stay has joined, or was served, already. In its service: whether a
    wait ended with this stay, or it was counted as service without one."""
    visit_before_ms: int = 0
    """What of the open visit was under another track, and unseen since; 0 if none was."""
    desk_at_ms: int = NONE_MS
    """In a queue: when the track was called to its service, or first seen there, since it left."""

    def is_calm(self, is_queue: bool) -> bool:
        """Whether another sight inside would change nothing but the time spent."""
        return self.phase == Phase.INSIDE and (self.has_queued or not is_queue)

    def pending_since(self, is_queue: bool) -> int | None:
        """From when on it is open what was: a stay, one that joins the queue, or a way out."""
        may_join = is_queue and not self.has_queued and self.phase != Phase.AWAY
        if self.phase == Phase.ENTERING or may_join:
            return self.entered_at_ms
        return self.left_at_ms if self.phase == Phase.EXCURSION else None

    @property
    def dwell_ms(self) -> int:
        """Dwell of the open visit, without the stay at hand."""
        return self.visit_before_ms + self.visit_dwell_ms

    @property
    def is_waiting(self) -> bool:
        """Whether a wait is open."""
        return self.joined_at_ms != NONE_MS

    @property
    def has_visit(self) -> bool:
        """Whether a visit is open."""
        return self.visit_at_ms != NONE_MS


class Person(msgspec.Struct, frozen=True, gc=False):
    """Whose sight it is, and when: what a step in a zone needs to know besides the zone."""

    key: str
    """The track's first id; a cut does not change it."""
    at_ms: int
    """Instant of the sight."""
    held_until_ms: int
    """Where the track time of the sight before ended: at this one, or `hold_ms` after it."""
    x: float
    """Foot point, 0-1."""
    y: float
    """Foot point, 0-1."""
    height: float
    """Box height, as a share of the frame's."""


def spend(presence: Presence, zone: str, ledger: Ledger, span: Interval) -> None:
    """The track spent a span, from one sight on, as this presence stands."""
    if presence.phase == Phase.INSIDE:
        ledger.stay(zone, *span)
    elif presence.phase != Phase.AWAY:
        if presence.undecided and presence.undecided[-1][1] == span[0]:
            span = presence.undecided.pop()[0], span[1]
        presence.undecided.append(span)


def step_inside(presence: Presence, zone: ZonePlan, ledger: Ledger, person: Person) -> bool:
    """The track is seen inside; a visit that is over was ended before.

    Whether a stay became certain.
    """
    if presence.phase == Phase.AWAY:
        presence.phase = Phase.ENTERING
        presence.entered_at_ms = person.at_ms
    elif presence.phase == Phase.EXCURSION:
        presence.phase = Phase.INSIDE
        _decide_inside(presence, zone, ledger)
    presence.inside_at_ms = person.at_ms
    lasted_ms = person.at_ms - presence.entered_at_ms
    has_begun = presence.phase == Phase.ENTERING and lasted_ms >= zone.settings.enter_ms
    if has_begun:
        begin_stay(presence, zone, ledger, person.key)
    return has_begun


def step_outside(
    presence: Presence, zone: ZonePlan, ledger: Ledger, person: Person, *, is_at_edge: bool
) -> bool:
    """The track is seen outside. Whether a stay became certain, by the hold of the sight before.

    At the edge it has not gone yet: the foot points of who stands there tremble.
    """
    has_begun = False
    if presence.phase == Phase.ENTERING:
        lasted_ms = person.held_until_ms - presence.entered_at_ms
        if lasted_ms < zone.settings.enter_ms:
            presence.phase = Phase.AWAY
            presence.undecided.clear()
            return False
        begin_stay(presence, zone, ledger, person.key)
        has_begun = True
    if presence.phase == Phase.INSIDE:
        presence.phase = Phase.EXCURSION
        presence.left_at_ms = person.held_until_ms
        presence.outside_at_ms = person.at_ms
    if presence.phase == Phase.EXCURSION:
        if is_at_edge and person.at_ms - presence.left_at_ms < EDGE_MS:
            presence.outside_at_ms = person.at_ms
        if person.at_ms - presence.outside_at_ms >= zone.settings.exit_ms:
            end_stay(presence, zone.id, ledger, person.key)
    return has_begun


def begin_stay(presence: Presence, zone: ZonePlan, ledger: Ledger, key: str) -> None:
    """What may have been a stay is one, from its first sight on."""
    presence.phase = Phase.INSIDE
    presence.has_queued = presence.is_waiting
    history = ledger.zone(zone.id)
    ledger.begin(history.stays, key, presence.entered_at_ms)
    if not presence.has_visit:
        presence.visit_at_ms = presence.entered_at_ms
        ledger.begin(history.visits, key, presence.entered_at_ms)
    _decide_inside(presence, zone, ledger)


def end_stay(presence: Presence, zone: str, ledger: Ledger, key: str) -> None:
    """The stay is over where its last sight inside held to."""
    presence.phase = Phase.AWAY
    presence.undecided.clear()
    presence.visit_dwell_ms += presence.left_at_ms - presence.entered_at_ms
    ledger.finish(ledger.zone(zone).stays, key, presence.left_at_ms)


def is_visit_over(presence: Presence, zone: ZonePlan, at_ms: int) -> bool:
    """Whether at an instant a visit is over: away for longer than `revisit_ms`."""
    is_away = presence.phase == Phase.AWAY and presence.has_visit
    return is_away and at_ms - presence.left_at_ms > zone.settings.revisit_ms


def end_visit(
    presence: Presence, zone: str, ledger: Ledger, key: str, *, last_ms: int | None = None
) -> PastVisit:
    """The visit is over: it counts in the window of its last exit.

    Args:
        presence: Away.
        zone: Id of the zone.
        ledger: Takes the dwell.
        key: The track's first id.
        last_ms: The last instant at which the zone is counted, where a layout without it follows.
    """
    exited_at_ms = presence.left_at_ms
    counted_at_ms = exited_at_ms if last_ms is None else min(exited_at_ms, last_ms)
    count_visit(zone, ledger, key, counted_at_ms, presence.dwell_ms)
    return close_visit(presence, zone)


def close_visit(presence: Presence, zone: str) -> PastVisit:
    """No visit is open any more; what of it was under this track."""
    visit = PastVisit(zone, presence.visit_at_ms, presence.left_at_ms, presence.visit_dwell_ms)
    presence.visit_at_ms, presence.visit_dwell_ms, presence.visit_before_ms = NONE_MS, 0, 0
    return visit


def count_visit(zone: str, ledger: Ledger, key: str, exited_at_ms: int, dwell_ms: int) -> None:
    """A visit counts in the window of its last exit."""
    ledger.finish(ledger.zone(zone).visits, key, exited_at_ms)
    ledger.window_at(exited_at_ms).zone(zone).dwells_ms.append(dwell_ms)


def _decide_inside(presence: Presence, zone: ZonePlan, ledger: Ledger) -> None:
    for span in presence.undecided:
        ledger.stay(zone.id, *span)
    presence.undecided.clear()
