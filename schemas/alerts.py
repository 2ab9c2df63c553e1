"""Something a rule of the layout says needs a look: opened, then closed."""

from dataclasses import dataclass
from typing import Literal

from schemas.units import Id


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """One episode of one rule on one entity."""

    v: Literal[1] = 1
    """Version of this message."""
    site: Id
    """Id of the site."""
    layout_version: int
    """Version of the layout that holds the rule."""
    rule: Id
    """Id of the rule."""
    entity: Id
    """Id of the zone, line or camera it is about."""
    state: Literal["opened", "closed"]
    """Whether the episode goes on."""
    opened_at_ms: int
    """Event time of its start, ms since the epoch; for a silent camera, of what it said last."""
    closed_at_ms: int | None
    """Event time of its end, ms since the epoch; null while it goes on."""
    value: float
    """The value that opened it, or the highest until it closed."""
    threshold: float
    """The rule's threshold."""
