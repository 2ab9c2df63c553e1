"""Alerts of cameras that say nothing: rules on `silent_s`, judged by the clock; best effort.

In: how far a partition was absorbed, and where it ends. Out: opened and closed alerts.

Who says nothing may only wait to be heard. So a camera is judged for an instant at which the
partition's end is known, once everything up to that end is absorbed: what it had said by then has
been heard. An alert's key is the event time of what the camera said last, so whichever worker finds
the silence names it alike.
"""

import logging
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from schemas.alerts import AlertRecord
from schemas.layout import Rule, SiteLayout
from schemas.layout_rules import when_parts
from streams.agents.partition import PartitionState
from streams.engine import SiteEngine
from streams.metrics.alert_book import alert_record, is_same
from streams.metrics.alerts import AlertState, Episode, RuleWatch

logger = logging.getLogger(__name__)

METRIC = "silent_s"
"""What a rule on a silent camera is about: seconds since it was last heard."""


class Silence(msgspec.Struct):
    """One rule on one silent camera; leaves with its rule."""

    heard_ms: int
    """When the camera was last heard before it fell silent, ms since the epoch, processing time."""
    alert: AlertState
    """Its alert: opened at an event time, all else by the clock."""


class _Known(NamedTuple):
    """Where a partition ended."""

    end: int
    at_ms: int


Key = tuple[str, str]
"""Site and rule."""


class Silences:
    """The silences of one partition's cameras; forgotten with it.

    `alerts` are keyed by site and rule and leave with their rule; what was heard is keyed by site
    and camera, and bounded by the cameras of the sites.
    """

    def __init__(self, *, now_ms: int) -> None:
        self.alerts: dict[Key, Silence] = {}
        self._since_ms = now_ms
        self._heard_ms: dict[tuple[str, str], int] = {}
        self._frames: dict[tuple[str, str], int] = {}
        self._known: _Known | None = None

    @classmethod
    def restored(cls, saved: bytes, *, now_ms: int) -> "Silences":
        """What a worker before knew of open alerts; everyone else counts as heard just now."""
        silences = cls(now_ms=now_ms)
        if saved:
            try:
                silences.alerts = msgspec.msgpack.decode(saved, type=dict[Key, Silence])
            except msgspec.DecodeError as error:
                logger.warning("alerts of silent cameras are forgotten: %s", error)
        return silences

    def saved(self) -> bytes:
        """What `restored` needs: alerts that are open, or closed and still cooling down."""
        kept = {
            key: one
            for key, one in self.alerts.items()
            if one.alert.episode is not None or one.alert.closed_at_ms is not None
        }
        return msgspec.msgpack.encode(kept)

    def known_until_ms(self, state: PartitionState, *, end: int, now_ms: int) -> int | None:
        """The newest instant up to which it is known what each camera has said, None before one.

        Args:
            state: Of the partition.
            end: Next offset to be written to it, as the broker says.
            now_ms: Processing time of that.
        """
        for camera, count in state.frames_total.items():
            if count != self._frames.get(camera, 0):
                self._frames[camera], self._heard_ms[camera] = count, now_ms
        if state.position >= end:
            self._known = None
            return now_ms
        if self._known is None or state.position < self._known.end:
            self._known = self._known or _Known(end, now_ms)
            return None
        until_ms, self._known = self._known.at_ms, _Known(end, now_ms)
        return until_ms

    def opened(self, state: PartitionState, *, at_ms: int) -> list[AlertRecord]:
        """The alerts that open, judged for an instant."""
        records = []
        for site, engine, layout, rule in _rules(state):
            watch, silence = RuleWatch(rule), self.alerts.get((site, rule.id))
            if silence is None:
                alert = AlertState(rule.on, watch.threshold, watch.when)
                silence = self.alerts[site, rule.id] = Silence(self._since_ms, alert)
            if silence.alert.episode is not None or not is_same(watch, silence.alert):
                continue
            said_ms = engine.said_ms(rule.on)
            silence.heard_ms = self._heard_ms.get((site, rule.on), self._since_ms)
            value = _silent_s(engine, rule.on, at_ms - silence.heard_ms)
            if said_ms is not None and watch.should_open(silence.alert, at_ms, value):
                episode = Episode(said_ms, layout.version, value)
                silence.alert.episode, silence.alert.pending_since_ms = episode, None
                records.append(alert_record(site, rule.id, silence.alert, episode, None))
        return records

    def closed(self, state: PartitionState, *, at_ms: int) -> list[AlertRecord]:
        """The alerts that close, judged for an instant; those whose rule is gone among them."""
        found = {(site, rule.id): (engine, rule) for site, engine, _, rule in _rules(state)}
        records = []
        for key, silence in list(self.alerts.items()):
            engine, rule = found.get(key, (state.engines.get(key[0]), None))
            is_kept = rule is not None and is_same(RuleWatch(rule), silence.alert)
            is_over = not is_kept
            episode = silence.alert.episode
            if episode is not None and engine is not None and rule is not None and is_kept:
                heard_ms = self._heard_ms.get((key[0], rule.on), silence.heard_ms)
                value = _silent_s(engine, rule.on, at_ms - heard_ms)
                is_over = RuleWatch(rule).should_close(silence.alert, episode, at_ms, value)
            if episode is not None and is_over:
                said_ms = None if engine is None else engine.said_ms(silence.alert.entity)
                until_ms = max(said_ms or 0, episode.opened_at_ms)
                records.append(alert_record(*key, silence.alert, episode, until_ms))
                silence.alert.episode = silence.alert.pending_since_ms = None
                silence.alert.closed_at_ms = at_ms
            if not is_kept:
                del self.alerts[key]
        return records


def has_rules(state: PartitionState) -> bool:
    """Whether any site of a partition has a rule on a silent camera."""
    return any(True for _ in _rules(state))


def _rules(state: PartitionState) -> Iterator[tuple[str, SiteEngine, SiteLayout, Rule]]:
    for site, engine in state.engines.items():
        layout = engine.layout
        for rule in layout.rules if layout is not None else ():
            parts = when_parts(rule.when)
            if layout is not None and parts is not None and parts[0] == METRIC:
                yield site, engine, layout, rule


def _silent_s(engine: SiteEngine, camera: str, silent_ms: int) -> float:
    """For how long a camera says nothing; one whose source is finished has nothing to say."""
    return 0.0 if engine.has_ended(camera) else max(silent_ms, 0) / 1000
