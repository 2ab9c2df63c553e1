"""The alerts of one camera: which rules are watched, what is open.

In: frames, windows, bumps. Out: alert records.

What a rule sees of a zone is what is certain at that instant, so an alert never waits for a window;
what it sees of a line or of coverage is the window that just closed.
"""

from collections.abc import Iterator

from schemas.alerts import AlertRecord
from schemas.units import MEAN_DECIMALS
from streams.metrics.alerts import (
    BUMP_CLEAR_MS,
    BUMP_KEY,
    BUMP_RULE,
    AlertState,
    Episode,
    RuleWatch,
)
from streams.metrics.bumps import ALIKE_SHARE
from streams.metrics.ledger import Ledger
from streams.metrics.plan import CameraPlan
from streams.metrics.records import coverage
from streams.metrics.tallies import LineTally, WindowTally


class AlertBook:
    """The open alerts of one camera.

    `states` is keyed by rule; a rule leaves, closing its alert, when the layout in force does not
    have it.
    """

    def __init__(self, owner: tuple[str, str], states: dict[str, AlertState]) -> None:
        self._site, self._camera = owner
        self._states = states
        self._watched: tuple[CameraPlan, list[RuleWatch]] | None = None

    def on_frame(self, plan: CameraPlan, ledger: Ledger, at_ms: int) -> list[AlertRecord]:
        """Judge the rules on zones at an `ok` frame, and how long ago the camera was bumped."""
        if not self._states and not plan.rules:
            return []
        records = self._change_rules(plan, at_ms)
        for watch in self._watches(plan):
            value = _value_now(watch, ledger, at_ms)
            if value is not None:
                records += self._judge(watch, plan.version, at_ms, value)
        bump = self._states.get(BUMP_KEY)
        if bump is not None and bump.pending_since_ms is not None:
            quiet_until_ms = bump.pending_since_ms + BUMP_CLEAR_MS
            if at_ms >= quiet_until_ms:
                records += self._close(BUMP_KEY, quiet_until_ms)
                del self._states[BUMP_KEY]
        return records

    def on_window(self, plan: CameraPlan, tally: WindowTally) -> list[AlertRecord]:
        """Judge the rules on lines and on coverage at a closed window."""
        records: list[AlertRecord] = []
        for rule in plan.rules:
            value = _value_of_window(watch := RuleWatch(rule), tally)
            state = self._states.get(rule.id)
            if value is not None and state is not None and is_same(watch, state):
                records += self._judge(watch, plan.version, tally.end_ms, value)
        return records

    def on_bump(self, at_ms: int, version: int, share: float) -> list[AlertRecord]:
        """The camera has moved: its alert opens, or lasts longer."""
        state = self._states.get(BUMP_KEY)
        if state is not None:
            state.pending_since_ms = at_ms
            return []
        state = AlertState(self._camera, ALIKE_SHARE, pending_since_ms=at_ms)
        state.episode = Episode(at_ms, version, round(share, MEAN_DECIMALS))
        self._states[BUMP_KEY] = state
        return [alert_record(self._site, BUMP_KEY, state, state.episode, None)]

    def end(self, at_ms: int) -> list[AlertRecord]:
        """The camera's source is finished: every alert closes."""
        records = [record for rule in sorted(self._states) for record in self._close(rule, at_ms)]
        self._states.clear()
        self._watched = None
        return records

    def _watches(self, plan: CameraPlan) -> list[RuleWatch]:
        if self._watched is None or self._watched[0] is not plan:
            self._watched = plan, [RuleWatch(rule) for rule in plan.rules]
        return self._watched[1]

    def _change_rules(self, plan: CameraPlan, at_ms: int) -> list[AlertRecord]:
        if self._watched is not None and self._watched[0] is plan:
            return []
        watches = {watch.id: watch for watch in self._watches(plan)}
        records: list[AlertRecord] = []
        for rule, state in list(self._states.items()):
            is_kept = rule in watches and is_same(watches[rule], state)
            if rule != BUMP_KEY and not is_kept:
                records += self._close(rule, at_ms)
                del self._states[rule]
        for rule, watch in watches.items():
            if rule not in self._states:
                self._states[rule] = AlertState(watch.entity, watch.threshold, watch.when)
        return records

    def _judge(
        self, watch: RuleWatch, version: int, at_ms: int, value: float
    ) -> Iterator[AlertRecord]:
        state = self._states[watch.id]
        if state.episode is not None:
            if watch.should_close(state, state.episode, at_ms, value):
                yield from self._close(watch.id, at_ms)
        elif watch.should_open(state, at_ms, value):
            state.episode, state.pending_since_ms = Episode(at_ms, version, value), None
            yield alert_record(self._site, watch.id, state, state.episode, None)

    def _close(self, rule: str, at_ms: int) -> Iterator[AlertRecord]:
        state = self._states[rule]
        if state.episode is not None:
            # A rule on windows opens at a window's end, which its source may not live to see.
            at_ms = max(at_ms, state.episode.opened_at_ms)
            yield alert_record(self._site, rule, state, state.episode, at_ms)
            state.episode, state.pending_since_ms, state.closed_at_ms = None, None, at_ms


def alert_record(
    site: str, rule: str, state: AlertState, episode: Episode, closed_at_ms: int | None
) -> AlertRecord:
    """The record of an episode; `closed_at_ms` is None while it goes on."""
    return AlertRecord(
        site=site,
        layout_version=episode.version,
        rule=BUMP_RULE if rule == BUMP_KEY else rule,
        entity=state.entity,
        state="opened" if closed_at_ms is None else "closed",
        opened_at_ms=episode.opened_at_ms,
        closed_at_ms=closed_at_ms,
        value=episode.value,
        threshold=state.threshold,
    )


def is_same(watch: RuleWatch, state: AlertState) -> bool:
    """Whether a state is of the rule as it is now."""
    return (watch.entity, watch.when) == (state.entity, state.when)


def _value_now(watch: RuleWatch, ledger: Ledger, at_ms: int) -> float | None:
    if watch.metric not in ("length", "occupancy", "wait"):
        return None
    history = ledger.zone(watch.entity)
    if watch.metric == "occupancy":
        return float(len(history.stays.open))
    waiting = list(history.followed_waits.values())
    if watch.metric == "length":
        return float(len(waiting))
    return (at_ms - min(waiting)) / 1000 if waiting else 0.0


def _value_of_window(watch: RuleWatch, tally: WindowTally) -> float | None:
    flow = tally.lines.get(watch.entity, LineTally())
    if watch.metric == "in":
        return float(flow.in_total)
    if watch.metric == "out":
        return float(flow.out_total)
    if watch.metric == "coverage":
        return coverage(tally.held_ms, tally.end_ms - tally.start_ms)
    return None
