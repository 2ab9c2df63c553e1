"""Sights of tracks straight into the metrics, without a tracker between."""

from collections.abc import Sequence

from schemas.crossings import CrossingRecord
from schemas.layout import SiteLayout
from schemas.tracks import TrackRecord
from streams.metrics.journeys import Journeys
from streams.metrics.ledger import Ledger, LedgerState
from streams.metrics.plan import CameraPlan
from streams.metrics.timeline import Timeline
from streams.tracking import Sight
from tests.scenarios.scene import TALL

FeetAt = tuple[int, float, float]


class Stage:
    """Sights of tracks, as they come, under one layout or a row of them."""

    def __init__(self, *layouts: SiteLayout) -> None:
        def make_plan(version: int) -> CameraPlan:
            return CameraPlan(layouts[version - 1], "cam", None)

        self.timeline = Timeline([(0, 1)], make_plan)
        for version in range(2, len(layouts) + 1):
            self.timeline.adopt(version, from_ms=(version - 1) * 60_000, after_ms=None)
        self.ledger = Ledger(self.timeline, LedgerState())
        self.journeys = Journeys(("s", "cam"), self.timeline, self.ledger, {})
        self.at_ms = 0

    def see(self, path: Sequence[FeetAt], track: str = "0-0") -> None:
        for at_ms, x, y in path:
            self.frame(at_ms)
            self.journeys.see(Sight(track, at_ms, (0.0, 0.0, 1.0, 1.0), (x, y), TALL))

    def frame(self, at_ms: int) -> None:
        """There is a frame, maybe without anybody."""
        if at_ms > self.at_ms:
            self.journeys.frame_before_ms, self.at_ms = self.at_ms, at_ms

    def crossings(self) -> list[tuple[int, str]]:
        found = [one for one in self.journeys.take_records() if isinstance(one, CrossingRecord)]
        return [(one.crossed_at_ms, one.direction) for one in found]

    def end(self, track: str = "0-0") -> TrackRecord:
        self.journeys.end(track)
        record = self.journeys.take_records()[-1]
        assert isinstance(record, TrackRecord)
        return record

    def finish(self) -> None:
        """The source has ended: nobody turns up any more."""
        self.journeys.expire_all()
