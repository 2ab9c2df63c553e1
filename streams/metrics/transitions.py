"""Steps of a track from zone to zone. In: visits that begin, tracks that end. Out: window sums.

What a step is, and which window it belongs to: `schemas.journeys`. Visits follow each other in the
order in which they become certain, which is that of their first sights unless zones overlap.
"""

from schemas.journeys import Transition
from streams.metrics.followed import Followed
from streams.metrics.ledger import Ledger

NOWHERE = ""
"""Where a track is before its first visit and after its last; no id of a zone."""


def arrive(track: Followed, zone: str, ledger: Ledger, at_ms: int) -> None:
    """A visit has begun, with its first sight at an instant."""
    if zone != track.newest_zone:
        ledger.window_at(at_ms).move(track.newest_zone, zone)
        track.newest_zone = zone


def depart(track: Followed, ledger: Ledger) -> None:
    """The track has ended at its last sight."""
    if track.newest_zone != NOWHERE:
        ledger.window_at(track.at_ms).move(track.newest_zone, NOWHERE)


def published(steps: dict[tuple[str, str], int]) -> list[Transition]:
    """A window's steps as its record has them.

    Example:
        >>> published({("till", ""): 1, ("", "shelf"): 2, ("shelf", "till"): 1})
        [(None, 'shelf', 2), ('shelf', 'till', 1), ('till', None, 1)]
    """
    return [(origin or None, zone or None, steps[origin, zone]) for origin, zone in sorted(steps)]
