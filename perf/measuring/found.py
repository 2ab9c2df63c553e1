"""What the engine said about one span: records in, the numbers that the truth has beside it.

Only finals are read, under a layout with windows of one second, so that a length can be compared
second by second. What needs more than a window is computed as the API computes it: percentiles from
merged histograms, Little's law from the sums.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from perf.measuring.truth import SECOND_MS, Series, Span
from schemas.crossings import CrossingRecord
from schemas.dwell import DwellRecord
from schemas.flows import FlowRecord
from schemas.occupancy import OccupancyRecord
from schemas.queues import QueueRecord
from schemas.topics import Result

_Windowed = FlowRecord | OccupancyRecord | DwellRecord | QueueRecord


@dataclass(slots=True)
class FoundQueue:
    """One queue over the span."""

    length: Series
    """`length_mean` of each second."""
    joined: int = 0
    served: int = 0
    abandoned: int = 0
    lost: int = 0
    direct: int = 0
    waits: Counter[int] = field(default_factory=Counter)
    """Served by bin of the wait."""


@dataclass(slots=True)
class FoundZone:
    """One zone over the span."""

    count: Series
    """`count_mean` of each second."""
    dwells: Counter[int] = field(default_factory=Counter)
    """Visits by bin of the dwell."""


class Found:
    """Takes records as they come and keeps what lies in the span."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self.crossings: list[tuple[int, str]] = []
        """Instant and direction."""
        self.flows: Counter[str] = Counter()
        """Crossings by direction, as the windows count them."""
        self.queues: dict[str, FoundQueue] = {}
        """By zone."""
        self.zones: dict[str, FoundZone] = {}
        """By zone."""

    def take(self, records: Iterable[Result]) -> None:
        """Keep what these say about the span."""
        start_ms, end_ms = self._span
        for one in records:
            if isinstance(one, CrossingRecord):
                if start_ms <= one.crossed_at_ms < end_ms:
                    self.crossings.append((one.crossed_at_ms, one.direction))
            elif isinstance(one, _Windowed) and start_ms <= one.window_start_ms < end_ms:
                self._take(one, (one.window_start_ms - start_ms) // SECOND_MS)

    def _take(self, one: _Windowed, second: int) -> None:
        if isinstance(one, FlowRecord):
            self.flows["in"] += one.in_total
            self.flows["out"] += one.out_total
        elif isinstance(one, OccupancyRecord):
            self.zone(one.zone).count[second] = one.count_mean
        elif isinstance(one, DwellRecord):
            self.zone(one.zone).dwells.update(dict(one.dwell_histogram))
        else:
            queue = self.queue(one.zone)
            queue.length[second] = one.length_mean
            queue.joined += one.joined_total
            queue.served += one.served_total
            queue.abandoned += one.abandoned_total
            queue.lost += one.lost_total
            queue.direct += one.direct_total
            queue.waits.update(dict(one.wait_histogram))

    def zone(self, zone: str) -> FoundZone:
        """What is known of a zone; nothing at first."""
        return self.zones.setdefault(zone, FoundZone(self._nothing()))

    def queue(self, queue: str) -> FoundQueue:
        """What is known of a queue; nothing at first."""
        return self.queues.setdefault(queue, FoundQueue(self._nothing()))

    def _nothing(self) -> Series:
        start_ms, end_ms = self._span
        return np.zeros((end_ms - start_ms) // SECOND_MS)
