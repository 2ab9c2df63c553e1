"""Alerts of one camera's rules.

In: a value per rule and frame (or window). Out: opened and closed records.

No flapping: an alert opens once its condition has held for `for_s`; it closes once the value has
been clearly back (a fifth, for counts at least 1, below the threshold) for as long; the next opens
`cool_down_s` later.
"""

import msgspec

from schemas.layout import Rule
from schemas.layout_rules import when_parts

MARGIN = 0.2
"""Share of the threshold that a value must be back by before the alert closes."""
COUNT_MARGIN = 1.0
"""For counts, the least it must be back by."""
COUNTS = ("length", "occupancy", "in", "out")
"""Metrics that are whole numbers of people."""
BUMP_RULE = "camera-bumped"
"""Rule of the alert that every camera has: its view moved, so zones and lines lie elsewhere."""
BUMP_KEY = "@bump"
"""Where its state is kept; no id of a rule in a layout can be this."""
BUMP_CLEAR_MS = 300_000
"""A bump's alert closes when no other bump came for this long."""


class Episode(msgspec.Struct, array_like=True):
    """An open alert."""

    opened_at_ms: int
    """When it opened."""
    version: int
    """Version of the layout it opened under."""
    value: float
    """The value furthest beyond the threshold so far."""


class AlertState(msgspec.Struct, array_like=True):
    """One rule: its open alert, or what may become one; leaves with its rule."""

    entity: str
    """What the rule is on."""
    threshold: float
    """Its threshold."""
    when: str = ""
    """Its condition, as the layout says it."""
    episode: Episode | None = None
    """The open alert."""
    pending_since_ms: int | None = None
    """From when on the condition for the next change has held."""
    closed_at_ms: int | None = None
    """When the last alert closed."""


class RuleWatch:
    """One rule, read once."""

    def __init__(self, rule: Rule) -> None:
        metric, comparison, threshold = when_parts(rule.when) or ("", ">", 0.0)
        self.id = rule.id
        self.entity = rule.on
        self.metric = metric
        self.threshold = threshold
        self.when = rule.when
        self._is_above = comparison.startswith(">")
        self._is_inclusive = comparison.endswith("=")
        self._for_ms = round(rule.for_s * 1000)
        self._cool_down_ms = round(rule.cool_down_s * 1000)
        margin = abs(threshold) * MARGIN
        if metric in COUNTS:
            margin = max(COUNT_MARGIN, margin)
        self._clear = max(0.0, threshold - margin) if self._is_above else threshold + margin

    def should_open(self, state: AlertState, at_ms: int, value: float) -> bool:
        """Take in a value while no alert is open; whether one opens now."""
        has_cooled = state.closed_at_ms is None or at_ms - state.closed_at_ms >= self._cool_down_ms
        return self._has_lasted(state, at_ms, self._is_beyond(value)) and has_cooled

    def should_close(self, state: AlertState, episode: Episode, at_ms: int, value: float) -> bool:
        """Take in a value while an alert is open; whether it closes now."""
        episode.value = (max if self._is_above else min)(episode.value, value)
        is_back = value <= self._clear if self._is_above else value >= self._clear
        return self._has_lasted(state, at_ms, is_back)

    def _has_lasted(self, state: AlertState, at_ms: int, holds: bool) -> bool:
        if not holds:
            state.pending_since_ms = None
            return False
        if state.pending_since_ms is None:
            state.pending_since_ms = at_ms
        return at_ms - state.pending_since_ms >= self._for_ms

    def _is_beyond(self, value: float) -> bool:
        if value == self.threshold:
            return self._is_inclusive
        return (value > self.threshold) is self._is_above
