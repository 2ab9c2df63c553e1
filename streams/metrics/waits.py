"""A wait in one queue: joining, being served, giving up or being lost.

In: a track's presence in the queue and in its service zones, or what `recalls` decides. Out:
entries in the ledger, such that open before + joined = served + abandoned + lost + open after,
whatever happens.
"""

from streams.metrics.ledger import Ledger
from streams.metrics.plan import ZonePlan
from streams.metrics.presences import NONE_MS, Phase, Presence
from streams.windowing.spans import Interval


def is_long_enough(presence: Presence, queue: ZonePlan, known_until_ms: int) -> bool:
    """Whether a stay known to last until an instant makes the track wait now; once per stay."""
    lasted_ms = known_until_ms - presence.entered_at_ms
    return not presence.has_queued and lasted_ms >= queue.settings.join_ms


def join(presence: Presence, queue: str, ledger: Ledger, key: str) -> None:
    """The track joins the queue, at the start of its stay."""
    go_on(presence, presence.entered_at_ms)
    ledger.begin(ledger.zone(queue).waits, key, presence.joined_at_ms)
    ledger.window_at(presence.joined_at_ms).zone(queue).joined += 1


def go_on(presence: Presence, joined_at_ms: int) -> None:
    """The track waits in this stay, since an instant."""
    presence.has_queued = True
    presence.joined_at_ms = joined_at_ms


def enter_service(
    presence: Presence, queue: ZonePlan, ledger: Ledger, key: str, entered_at_ms: int
) -> None:
    """The track has entered a service zone of the queue: served, direct, or too late for either."""
    had_stay = presence.left_at_ms != NONE_MS
    if not had_stay or entered_at_ms - presence.left_at_ms > queue.settings.handover_ms:
        return
    if presence.is_waiting:
        serve(queue.id, ledger, key, (presence.joined_at_ms, entered_at_ms))
        presence.joined_at_ms = NONE_MS
    elif not presence.has_queued:
        presence.has_queued = True
        ledger.window_at(entered_at_ms).zone(queue.id).direct += 1


def is_abandoned(presence: Presence, queue: ZonePlan, services: list[Presence], at_ms: int) -> bool:
    """Whether at an instant the wait is given up: away too long, and not just entering service."""
    if not presence.is_waiting or presence.phase != Phase.AWAY:
        return False
    if at_ms - presence.left_at_ms <= queue.away_ms:
        return False
    latest_ms = presence.left_at_ms + queue.settings.handover_ms
    return not any(
        one.phase == Phase.ENTERING and one.entered_at_ms <= latest_ms for one in services
    )


def serve(queue: str, ledger: Ledger, key: str, wait: Interval) -> None:
    """The wait is over: service begins."""
    joined_at_ms, served_at_ms = wait
    ledger.window_at(served_at_ms).zone(queue).waits_ms.append(served_at_ms - joined_at_ms)
    ledger.finish(ledger.zone(queue).waits, key, served_at_ms)


def abandon(queue: str, ledger: Ledger, key: str, left_at_ms: int) -> None:
    """The wait is given up, at the last sight in the queue."""
    ledger.window_at(left_at_ms).zone(queue).abandoned += 1
    ledger.finish(ledger.zone(queue).waits, key, left_at_ms)


def lose(queue: str, ledger: Ledger, key: str, seen_at_ms: int) -> None:
    """The wait's end cannot be seen; it counts at the last sight in the queue."""
    ledger.window_at(seen_at_ms).zone(queue).lost += 1
    ledger.finish(ledger.zone(queue).waits, key, seen_at_ms)
