"""One track in one queue: joining, being served, giving up or being lost.

In: the track's presence in the queue and in its service zones. Out: entries in the ledger, such
that open before + joined = served + abandoned + lost + open after, whatever happens.
"""

from streams.metrics.ledger import Ledger
from streams.metrics.plan import ZonePlan
from streams.metrics.presences import NONE_MS, Phase, Presence


def join_if_long_enough(
    presence: Presence, queue: ZonePlan, ledger: Ledger, key: str, known_until_ms: int
) -> None:
    """A stay known to last until an instant joins the queue, once, if it is long enough by then."""
    is_long = known_until_ms - presence.entered_at_ms >= queue.settings.join_ms
    if presence.has_queued or not is_long:
        return
    presence.has_queued = True
    presence.joined_at_ms = presence.entered_at_ms
    ledger.begin(ledger.zone(queue.id).waits, key, presence.joined_at_ms)
    ledger.window_at(presence.joined_at_ms).zone(queue.id).joined += 1


def enter_service(
    presence: Presence, queue: ZonePlan, ledger: Ledger, key: str, entered_at_ms: int
) -> None:
    """The track has entered a service zone of the queue: served, direct, or too late for either."""
    had_stay = presence.left_at_ms != NONE_MS
    if not had_stay or entered_at_ms - presence.left_at_ms > queue.settings.handover_ms:
        return
    if presence.is_waiting:
        window = ledger.window_at(entered_at_ms)
        window.zone(queue.id).waits_ms.append(entered_at_ms - presence.joined_at_ms)
        _end_wait(presence, queue.id, ledger, key, entered_at_ms)
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


def abandon(presence: Presence, queue: str, ledger: Ledger, key: str) -> None:
    """The wait is given up, at the last sight in the queue."""
    ledger.window_at(presence.inside_at_ms).zone(queue).abandoned += 1
    _end_wait(presence, queue, ledger, key, presence.inside_at_ms)


def lose(presence: Presence, queue: str, ledger: Ledger, key: str) -> None:
    """The wait's end cannot be seen; it counts at the last sight in the queue."""
    ledger.window_at(presence.inside_at_ms).zone(queue).lost += 1
    _end_wait(presence, queue, ledger, key, presence.inside_at_ms)


def _end_wait(presence: Presence, queue: str, ledger: Ledger, key: str, at_ms: int) -> None:
    presence.joined_at_ms = NONE_MS
    ledger.finish(ledger.zone(queue).waits, key, at_ms)
