"""How far the engine's finals are from what happened in a scene.

In: one scene's truth and finals. Out: plain sums, so that scenes pool by adding, and from them the
figures: crossings, occupancy, dwell, queue lengths, waits.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Self

from perf.measuring.matching import matched
from perf.scene_bus import Finals
from schemas.crossings import CrossingRecord
from schemas.layout import SiteLayout, Zone, ZoneKind
from schemas.occupancy import OccupancyRecord
from schemas.queues import QueueRecord
from schemas.tracks import TrackRecord
from schemas.windows import WindowRecord
from streams.simulation.events import CrossingTruth, EventTruth, VisitTruth, WaitTruth

_WHOLE = 0.99
"""Windows of which less was seen are in no series: the scene begins or ends in them."""


@dataclass
class Series:
    """A count over time, true and as found, one value of each per window."""

    true: list[float] = field(default_factory=list)
    found: list[float] = field(default_factory=list)

    def errors(self) -> dict[str, float | None]:
        """Mean absolute errors: of what was found, and of always 0 and always the mean."""
        if not self.true:
            return {"mae": None, "always_0": None, "always_mean": None, "true_mean": None}
        mean = sum(self.true) / len(self.true)
        return {
            "mae": _mae(self.found, self.true),
            "always_0": _mae([0.0] * len(self.true), self.true),
            "always_mean": _mae([mean] * len(self.true), self.true),
            "true_mean": round(mean, 3),
        }


@dataclass
class Sums:
    """What one or more scenes add up to."""

    crossings: Counter[str] = field(default_factory=Counter)
    """`true`, `found`, `matched`, `count_off`: the difference of the totals per line and way."""
    occupancy: Series = field(default_factory=Series)
    length: Series = field(default_factory=Series)
    dwells: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))
    """True ones and found ones, ms."""
    waits: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))
    """Of those served, true ones and found ones, ms."""
    people: tuple[Counter[str], Counter[str]] = field(
        default_factory=lambda: (Counter(), Counter())
    )
    """`joined`, `served`, `abandoned`, `open` at queues, true and found."""

    def __iadd__(self, other: Self) -> Self:
        self.crossings.update(other.crossings)
        for mine, its in ((self.occupancy, other.occupancy), (self.length, other.length)):
            mine.true += its.true
            mine.found += its.found
        for index in (0, 1):
            self.dwells[index].extend(other.dwells[index])
            self.waits[index].extend(other.waits[index])
            self.people[index].update(other.people[index])
        return self

    def figures(self) -> dict[str, object]:
        """The figures, as they go into a table or into JSON."""
        total = self.crossings["true"] + self.crossings["found"]
        return {
            "crossings_true": self.crossings["true"],
            "crossings_found": self.crossings["found"],
            "crossings_f1": round(2 * self.crossings["matched"] / total, 4) if total else None,
            "crossings_count_off": self.crossings["count_off"],
            "occupancy": self.occupancy.errors(),
            "visits": [len(dwells) for dwells in self.dwells],
            "dwell_p50_ms": [_median(dwells) for dwells in self.dwells],
            "length": self.length.errors(),
            "wait_p50_ms": [_median(waits) for waits in self.waits],
            **{
                name: [counts[name] for counts in self.people]
                for name in ("joined", "served", "abandoned", "open")
            },
        }


def sums_of(layout: SiteLayout, truth: Sequence[EventTruth], finals: Finals) -> Sums:
    """What one scene gives; windows that the finals do not have are left out of the series."""
    sums = Sums()
    records = finals.of(CrossingRecord, site=layout.site)
    sums.crossings = _crossings(truth, records)
    zones = {zone.id: zone for camera in layout.cameras for zone in camera.zones}
    visits = [one for one in truth if isinstance(one, VisitTruth) and one.zone in zones]
    judged = {zone.id for zone in zones.values() if zone.kind is ZoneKind.BROWSE}
    judged |= {visit.zone for visit in visits}
    spans = [(one.zone, one.entered_at_ms, one.exited_at_ms) for one in visits]
    for window in finals.of(OccupancyRecord, site=layout.site):
        if window.zone in judged and window.coverage >= _WHOLE:
            sums.occupancy.true.append(_mean_count(spans, window.zone, window))
            sums.occupancy.found.append(window.count_mean)
    sums.dwells = (
        [dwell for zone in judged for dwell in _true_dwells(visits, zones[zone])],
        [
            visit.dwell_ms
            for track in finals.of(TrackRecord, site=layout.site)
            for visit in track.visits
            if visit.zone in judged and not track.staff
        ],
    )
    _add_queues(sums, [one for one in truth if isinstance(one, WaitTruth)], layout, finals)
    return sums


def _crossings(truth: Iterable[EventTruth], records: Iterable[CrossingRecord]) -> Counter[str]:
    true: dict[tuple[str, str], list[int]] = {}
    found: dict[tuple[str, str], list[int]] = {}
    for event in truth:
        if isinstance(event, CrossingTruth):
            true.setdefault((event.line, event.direction), []).append(event.at_ms)
    for record in records:
        found.setdefault((record.line, record.direction), []).append(record.crossed_at_ms)
    sums: Counter[str] = Counter()
    for way in true.keys() | found.keys():
        mine, its = found.get(way, []), true.get(way, [])
        sums["true"] += len(its)
        sums["found"] += len(mine)
        sums["matched"] += matched(its, mine)
        sums["count_off"] += abs(len(mine) - len(its))
    return sums


def _mean_count(spans: Iterable[tuple[str, int, int]], zone: str, window: WindowRecord) -> float:
    start_ms, end_ms = window.window_start_ms, window.window_end_ms
    person_ms = sum(
        max(0, min(until_ms, end_ms) - max(from_ms, start_ms))
        for where, from_ms, until_ms in spans
        if where == zone
    )
    return person_ms / (end_ms - start_ms)


def _true_dwells(visits: Iterable[VisitTruth], zone: Zone) -> list[int]:
    """Stays that are long enough, joined where somebody returns soon, as the zone asks for it."""
    dwells: list[int] = []
    last: dict[str, int] = {}
    for visit in sorted(visits, key=lambda one: (one.person, one.entered_at_ms)):
        stay_ms = visit.exited_at_ms - visit.entered_at_ms
        if visit.zone != zone.id or stay_ms < zone.enter_ms:
            continue
        if visit.entered_at_ms - last.get(visit.person, -zone.revisit_ms - 1) <= zone.revisit_ms:
            dwells[-1] += stay_ms
        else:
            dwells.append(stay_ms)
        last[visit.person] = visit.exited_at_ms
    return dwells


def _add_queues(sums: Sums, waits: Sequence[WaitTruth], layout: SiteLayout, finals: Finals) -> None:
    windows = finals.of(QueueRecord, site=layout.site)
    spans = [(one.queue, one.joined_at_ms, one.ended_at_ms) for one in waits]
    for window in windows:
        if window.coverage < _WHOLE:
            continue
        sums.length.true.append(_mean_count(spans, window.zone, window))
        sums.length.found.append(window.length_mean)
    true, found = sums.people
    true["joined"] += len(waits)
    true.update(one.outcome for one in waits)
    for window in windows:
        found["joined"] += window.joined_total
        found["served"] += window.served_total
        found["abandoned"] += window.abandoned_total
        found["open"] += window.lost_total
        if window.wait_mean_ms is not None:
            sums.waits[1].extend([window.wait_mean_ms] * window.served_total)
    sums.waits[0].extend(
        one.ended_at_ms - one.joined_at_ms for one in waits if one.outcome == "served"
    )


def _median(values: Sequence[int]) -> int | None:
    """The nearest rank."""
    return sorted(values)[ceil(len(values) / 2) - 1] if values else None


def _mae(found: Sequence[float], true: Sequence[float]) -> float:
    return round(sum(abs(a - b) for a, b in zip(found, true, strict=True)) / len(true), 4)
