"""The present of one partition: `live` about twice a second, `health` every few seconds.

Best effort, and the only place of the engine's process where a clock decides what is said.
"""

from collections.abc import Iterable

from schemas.health import HealthPart, HealthRecord
from streams.adapters.results import Outgoing, outgoing
from streams.agents.partition import PartitionState

LOST = "lost_records"
"""Counter of the records of a camera's partition that were deleted before they were read."""


class Present:
    """What was last said about a partition; forgotten with it."""

    def __init__(self, *, live_interval_ms: int, now_ms: int) -> None:
        self._live_interval_ms = live_interval_ms
        self._since_ms = now_ms
        self._live_slot: dict[str, int] = {}
        self._health_at_ms: int | None = None
        self._frames_before: dict[tuple[str, str], int] = {}

    def live(self, state: PartitionState, sites: Iterable[str], *, now_ms: int) -> list[Outgoing]:
        """The present of those sites that were not told in this interval of the clock's grid.

        A distance from the last time would wait for the batch after it: with batches every 200 ms
        an interval of 500 ms would be one of 600.
        """
        said = []
        slot = now_ms // self._live_interval_ms
        for site in sites:
            if self._live_slot.get(site) == slot:
                continue
            record = state.engines[site].live()
            if record is not None:
                self._live_slot[site] = slot
                said.append(outgoing(record))
        return said

    def health(self, state: PartitionState, *, now_ms: int) -> list[Outgoing]:
        """How every camera of the partition does.

        Whose records were deleted before they were read cannot be known any more: every camera
        says as `lost_records` how many its whole partition lost.
        """
        elapsed_ms = None if self._health_at_ms is None else max(now_ms - self._health_at_ms, 1)
        said = []
        for site, engine in state.engines.items():
            live = engine.live()
            newest = {one.camera: one.at_ms for one in live.cameras} if live else {}
            for camera, counters in engine.counters().items():
                newest_at_ms = newest.get(camera)
                record = HealthRecord(
                    site=site,
                    camera=camera,
                    part=HealthPart.ENGINE,
                    since_ms=self._since_ms,
                    at_ms=now_ms,
                    counters=counters | {LOST: state.lost_total},
                    newest_at_ms=newest_at_ms,
                    newest_age_ms=None if newest_at_ms is None else now_ms - newest_at_ms,
                    rate_hz=self._rate_hz(state, (site, camera), elapsed_ms),
                )
                said.append(outgoing(record))
        self._health_at_ms = now_ms
        self._frames_before = dict(state.frames_total)
        return said

    def _rate_hz(
        self, state: PartitionState, camera: tuple[str, str], elapsed_ms: int | None
    ) -> float | None:
        if elapsed_ms is None:
            return None
        frames = state.frames_total[camera] - self._frames_before.get(camera, 0)
        return round(frames * 1000 / elapsed_ms, 2)
