"""A closed window as the records analysts read.

In: its sums and who was where. Out: records, in the layout's order.

Means are quotients of integers, rounded to the schema's decimals: nothing depends on the order of
sums.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypedDict

from schemas.dwell import DwellRecord
from schemas.flows import FlowRecord
from schemas.heatmaps import HeatmapRecord
from schemas.journeys import JourneyRecord
from schemas.occupancy import OccupancyRecord
from schemas.queues import QueueRecord
from schemas.units import MEAN_DECIMALS
from streams.metrics.cells import IMAGE_COLS, IMAGE_ROWS
from streams.metrics.distributions import histogram, mean_ms, percentile_ms, rounded_ratio
from streams.metrics.ledger import Departures, Ledger, ZoneHistory
from streams.metrics.plan import CameraPlan, ZonePlan
from streams.metrics.tallies import LineTally, WindowTally, ZoneTally
from streams.metrics.transitions import published
from streams.windowing.spans import overlap_ms

TRAILING_MS = 900_000
"""Over how long Little's law is asked."""
LOST_SHARE = 10
"""Little's law is not asked where more than one in this many was lost."""

WindowedRecord = (
    OccupancyRecord | DwellRecord | QueueRecord | FlowRecord | HeatmapRecord | JourneyRecord
)


class _Common(TypedDict):
    site: str
    camera: str
    layout_version: int
    window_start_ms: int
    window_end_ms: int
    coverage: float


@dataclass(frozen=True, slots=True)
class ClosedWindow:
    """One camera's closed window, with what its records need."""

    site: str
    """Id of the site."""
    camera: str
    """Id of the camera."""
    plan: CameraPlan
    """What held in the window."""
    tally: WindowTally
    """What was counted."""

    def records(self, ledger: Ledger) -> Iterator[WindowedRecord]:
        """Every record of the window; to be asked once, oldest window first."""
        common: _Common = {
            "site": self.site,
            "camera": self.camera,
            "layout_version": self.plan.version,
            "window_start_ms": self.tally.start_ms,
            "window_end_ms": self.tally.end_ms,
            "coverage": coverage(self.tally.held_ms, self.tally.end_ms - self.tally.start_ms),
        }
        for zone in self.plan.zones:
            tally = self.tally.zones.get(zone.id) or ZoneTally()
            history = ledger.zone(zone.id)
            yield self._occupancy(common, zone, tally, history)
            yield self._dwell(common, zone, tally, history)
            if zone.is_queue:
                yield self._queue(common, zone, tally, history)
        for line in self.plan.lines:
            flow = self.tally.lines.get(line.id) or LineTally()
            yield FlowRecord(
                **common, line=line.id, in_total=flow.in_total, out_total=flow.out_total
            )
        yield from self._heatmaps(common)
        # Without zones nobody takes a step; the last from a zone that is gone still counts.
        if self.plan.zones or self.tally.steps:
            yield JourneyRecord(**common, transitions=published(self.tally.steps))

    def _occupancy(
        self, common: _Common, zone: ZonePlan, tally: ZoneTally, history: ZoneHistory
    ) -> OccupancyRecord:
        steps = history.stays.steps((self.tally.start_ms, self.tally.end_ms))
        return OccupancyRecord(
            **common,
            zone=zone.id,
            count_mean=mean_count(tally.person_ms, self.tally.held_ms),
            count_max=max(count for _, _, count in steps),
            person_ms=tally.person_ms,
        )

    def _dwell(
        self, common: _Common, zone: ZonePlan, tally: ZoneTally, history: ZoneHistory
    ) -> DwellRecord:
        dwells = tally.dwells_ms
        return DwellRecord(
            **common,
            zone=zone.id,
            visit_total=len(dwells),
            dwell_mean_ms=mean_ms(dwells),
            dwell_p50_ms=percentile_ms(dwells, 50),
            dwell_p95_ms=percentile_ms(dwells, 95),
            dwell_histogram=histogram(dwells),
            open_visit_count=len(history.visits.open_since(self.tally.end_ms)),
        )

    def _queue(
        self, common: _Common, zone: ZonePlan, tally: ZoneTally, history: ZoneHistory
    ) -> QueueRecord:
        start_ms, end_ms = self.tally.start_ms, self.tally.end_ms
        steps = history.waits.steps((start_ms, end_ms))
        held = [(count, overlap_ms((begin, end), self.tally.held)) for begin, end, count in steps]
        length_ms = sum(count * ms for count, ms in held)
        served, long_above = len(tally.waits_ms), zone.settings.long_above
        departed = served + tally.abandoned + tally.lost
        history.trailing.append(
            Departures(start_ms, length_ms, departed, tally.lost, self.tally.held_ms)
        )
        waiting_since = history.waits.open_since(end_ms)
        return QueueRecord(
            **common,
            zone=zone.id,
            length_mean=mean_count(length_ms, self.tally.held_ms),
            length_max=max(count for _, _, count in steps),
            joined_total=tally.joined,
            served_total=served,
            abandoned_total=tally.abandoned,
            lost_total=tally.lost,
            direct_total=tally.direct,
            open_count=len(waiting_since),
            wait_mean_ms=mean_ms(tally.waits_ms),
            wait_p50_ms=percentile_ms(tally.waits_ms, 50),
            wait_p95_ms=percentile_ms(tally.waits_ms, 95),
            wait_histogram=histogram(tally.waits_ms),
            longest_open_wait_ms=end_ms - min(waiting_since) if waiting_since else None,
            over_threshold_ms=None
            if long_above is None
            else sum(ms for count, ms in held if count > long_above),
            littles_law_wait_ms=littles_law_wait_ms(history, end_ms),
        )

    def _heatmaps(self, common: _Common) -> Iterator[HeatmapRecord]:
        yield HeatmapRecord(
            **common,
            space="image",
            rows=IMAGE_ROWS,
            cols=IMAGE_COLS,
            cell_m=None,
            cells=_cells(self.tally.image, IMAGE_COLS),
        )
        if self.plan.floor is not None:
            yield HeatmapRecord(
                **common,
                space="floor",
                rows=self.plan.floor.rows,
                cols=self.plan.floor.cols,
                cell_m=self.plan.floor.cell_m,
                cells=_cells(self.tally.floor, self.plan.floor.cols),
            )


def coverage(held_ms: int, whole_ms: int) -> float:
    """Held over whole time; above 0 for anything held, however short.

    Example:
        >>> coverage(1, 60_000), coverage(59_000, 60_000), coverage(0, 60_000)
        (0.0001, 0.9833, 0.0)
    """
    least = 10**-MEAN_DECIMALS if held_ms else 0.0
    return max(least, min(1.0, round(held_ms / whole_ms, MEAN_DECIMALS)))


def mean_count(person_ms: int, held_ms: int) -> float:
    """Mean number of people over held time.

    Example:
        >>> mean_count(90_000, 60_000)
        1.5
    """
    return round(person_ms / held_ms, MEAN_DECIMALS)


def littles_law_wait_ms(history: ZoneHistory, end_ms: int) -> int | None:
    """Length integrated over departures, 15 min back from an instant; None where it says nothing.

    Windows that had left before are forgotten; missing ones count 0.
    """
    history.trailing = [one for one in history.trailing if one.start_ms >= end_ms - TRAILING_MS]
    departed = sum(one.departed for one in history.trailing)
    lost = sum(one.lost for one in history.trailing)
    held_ms = sum(one.held_ms for one in history.trailing)
    if departed == 0 or lost * LOST_SHARE > departed or 2 * held_ms < TRAILING_MS:
        return None
    return rounded_ratio(sum(one.length_ms for one in history.trailing), departed)


def _cells(sums: dict[int, int], cols: int) -> list[tuple[int, int, int]]:
    return [(cell // cols, cell % cols, sums[cell]) for cell in sorted(sums) if sums[cell]]
