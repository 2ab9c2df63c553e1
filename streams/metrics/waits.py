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
    presence.desk_at_ms = NONE_MS


def is_in_time(presence: Presence, queue: ZonePlan, served_at_ms: int) -> bool:
    """Whether service at an instant may be of who was in this stay."""
    had_stay = presence.left_at_ms != NONE_MS
    return had_stay and served_at_ms - presence.left_at_ms <= queue.settings.handover_ms


def has_reached_desk(presence: Presence, queue: ZonePlan) -> bool:
    """Whether somebody who waits was seen in service since they left, however shortly.

    Who comes to the desk and who goes from it may leave with each other's track: then the one that
    has just come walks away, and the one that was there stays.
    """
    return presence.desk_at_ms != NONE_MS and is_in_time(presence, queue, presence.desk_at_ms)


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


def serve_directly(presence: Presence, queue: str, ledger: Ledger, served_at_ms: int) -> None:
    """Service begins for somebody who did not wait."""
    presence.has_queued = True
    ledger.window_at(served_at_ms).zone(queue).direct += 1


def serve(queue: str, ledger: Ledger, key: str, wait: Interval) -> None:
    """The wait is over: service begins."""
    joined_at_ms, served_at_ms = wait
    ledger.window_at(served_at_ms).zone(queue).waits_ms.append(served_at_ms - joined_at_ms)
    ledger.finish(ledger.zone(queue).waits, key, served_at_ms)
    ledger.zone(queue).take_turn(served_at_ms)


def abandon(queue: str, ledger: Ledger, key: str, left_at_ms: int) -> None:
    """The wait is given up, at the last sight in the queue."""
    ledger.window_at(left_at_ms).zone(queue).abandoned += 1
    ledger.finish(ledger.zone(queue).waits, key, left_at_ms)


def lose(queue: str, ledger: Ledger, key: str, seen_at_ms: int) -> None:
    """The wait's end cannot be seen; it counts at the last sight in the queue."""
    ledger.window_at(seen_at_ms).zone(queue).lost += 1
    ledger.finish(ledger.zone(queue).waits, key, seen_at_ms)


def forget(queue: str, ledger: Ledger, key: str, joined_at_ms: int) -> None:
    """There was no such wait; its window is open."""
    ledger.window_at(joined_at_ms).zone(queue).joined -= 1
    ledger.zone(queue).waits.drop(key)
