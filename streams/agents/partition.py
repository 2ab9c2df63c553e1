"""One partition of `detections`: its sites' engines, and what they said that is not written yet.

In: records in offset order. Out, by `settle`: results, then the snapshots that claim them, then the
position; each acknowledged before the next. Who reads the partition next goes on from the position.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Protocol

from schemas.detections import LayoutMark, decode_detection
from schemas.errors import MessageError
from schemas.partitions import site_partition
from schemas.topics import Result
from streams.adapters.results import Incoming, Outgoing, dead_letter, outgoing
from streams.adapters.snapshots import (
    PartitionSnapshot,
    SiteSnapshot,
    position_record,
    site_record,
)
from streams.engine import SiteEngine

logger = logging.getLogger(__name__)


class Writer(Protocol):
    """Where a partition's records go."""

    async def write(self, records: Iterable[Outgoing]) -> None:
        """Every record is acknowledged, or an error is raised."""


class PartitionState:
    """The state of one partition; forgotten whole when the partition goes to another worker."""

    def __init__(
        self, partition: int, *, partition_count: int, snapshot: PartitionSnapshot, writer: Writer
    ) -> None:
        self.position = snapshot.position
        """Next offset to absorb."""
        self.frames_total: Counter[tuple[str, str]] = Counter()
        """Frames absorbed since the state was recovered, by site and camera."""
        self.lost_total = snapshot.lost_total
        """Records deleted before they were read, as far as this worker saw."""
        self._partition = partition
        self._partition_count = partition_count
        self._writer = writer
        self._covered = {site: one.position for site, one in snapshot.sites.items()}
        self._engines = {
            site: SiteEngine.restore(one.state) for site, one in snapshot.sites.items()
        }
        self._unwritten: list[Outgoing] = []
        self._changed: dict[str, None] = {}

    @property
    def engines(self) -> Mapping[str, SiteEngine]:
        """The engines, by site."""
        return self._engines

    def absorb(self, record: Incoming) -> None:
        """All that follows from a record is in the state; one absorbed before changes nothing.

        A record that is no message goes to `dead`, and the stream goes on.
        """
        if record.offset < self.position:
            return
        self._count_lost(record)
        try:
            self._unwritten.extend(outgoing(result) for result in self._results(record))
        except MessageError as error:
            logger.warning("%s %d@%d: %s", record.topic, record.partition, record.offset, error)
            self._unwritten.append(dead_letter(record, error))
        self.position = record.offset + 1

    async def settle(self) -> list[str]:
        """What was absorbed is written; returns the sites that changed.

        Raises:
            BrokerError: If a record was not acknowledged; the state is then ahead of the log.
        """
        changed = list(self._changed)
        await self._writer.write(self._unwritten)
        await self._writer.write(
            site_record(site, SiteSnapshot(self._engines[site].snapshot(), self.position))
            for site in changed
        )
        await self._writer.write([position_record(self.position)])
        self._unwritten.clear()
        self._changed.clear()
        return changed

    def _count_lost(self, record: Incoming) -> None:
        # Offsets of `detections` have no gaps: nothing there is compacted or transactional.
        lost = record.offset - self.position
        if lost:
            self.lost_total += lost
            logger.warning(
                "%s, partition %d: records %d to %d were deleted before they were read",
                record.topic,
                record.partition,
                self.position,
                record.offset - 1,
            )

    def _results(self, record: Incoming) -> list[Result]:
        message = decode_detection(record.content)
        engine = self._engine_of(message.site)
        if record.offset < self._covered.get(message.site, 0):
            return []
        self._changed[message.site] = None
        if isinstance(message, LayoutMark):
            return engine.adopt(message)
        self.frames_total[message.site, message.camera] += 1
        return engine.observe(message)

    def _engine_of(self, site: str) -> SiteEngine:
        engine = self._engines.get(site)
        if engine is None:
            expected = site_partition(site, self._partition_count)
            if expected != self._partition:
                raise MessageError(
                    f"site {site}: expected on partition {expected}, got {self._partition}"
                )
            engine = self._engines[site] = SiteEngine(site)
        return engine
