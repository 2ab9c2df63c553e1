"""The `snapshots` topic: what the engine knew when it claimed its results, and where to go on.

A site's record holds the engine's bytes, and in a header the position they cover: the next offset
of `detections`. The record `@position` of a partition says that everything below is covered. It is
written after the sites' records, so a crash between them leaves sites ahead of it, never behind.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.settings import KafkaSettings
from schemas.topics import DETECTIONS, SNAPSHOTS
from streams.adapters.offsets import Source, offset_ranges, read_whole
from streams.adapters.results import Outgoing
from streams.errors import SnapshotError

logger = logging.getLogger(__name__)

_POSITION_KEY = b"@position"
_OWNER_KEY = b"@owner"
_SILENCES_KEY = b"@silences"
_POSITION_HEADER = "position"


@dataclass(frozen=True, slots=True)
class SiteSnapshot:
    """What was known of a site."""

    state: bytes
    """The engine's own."""
    position: int
    """Next offset of `detections` that it does not hold."""


@dataclass(slots=True)
class PartitionSnapshot:
    """What was known of a partition."""

    position: int = 0
    """Next offset of `detections` to read: everything below is in the sites' states."""
    sites: dict[str, SiteSnapshot] = field(default_factory=dict)
    lost_total: int = 0
    """Records of `detections` that were deleted before they were read."""
    silences: bytes = b""
    """The alerts of silent cameras; empty before the first."""


def site_record(site: str, snapshot: SiteSnapshot) -> Outgoing:
    """The record of a site's state."""
    headers = ((_POSITION_HEADER, str(snapshot.position).encode()),)
    return Outgoing(SNAPSHOTS, site.encode(), snapshot.state, headers)


def position_record(position: int) -> Outgoing:
    """The record that says that everything below a position is covered."""
    return Outgoing(SNAPSHOTS, _POSITION_KEY, str(position).encode())


def owner_record(owner: str) -> Outgoing:
    """The record that says who has taken the partition over; for people who look.

    Written before the snapshots are read, it makes the broker refuse those of a former owner.
    """
    return Outgoing(SNAPSHOTS, _OWNER_KEY, owner.encode())


def silences_record(silences: bytes) -> Outgoing:
    """The record of the alerts of silent cameras, which no log of detections can prove."""
    return Outgoing(SNAPSHOTS, _SILENCES_KEY, silences)


async def read_snapshot(settings: KafkaSettings, partition: int) -> PartitionSnapshot:
    """What the log says of a partition, read from its beginning to its end.

    `position` is raised to the oldest record that `detections` still holds; what lies between is
    lost. Without a snapshot it is not known what was read, so nothing is counted.

    Raises:
        BrokerError: If Kafka does not answer.
        SnapshotError: If a record is not one of ours, or covers more than `detections` holds.
    """
    snapshots = Source(settings.topic_name(SNAPSHOTS), partition)
    detections = Source(settings.topic_name(DETECTIONS), partition)
    newest = {
        record.key: (record.value, dict(record.headers))
        async for record in read_whole(settings, snapshots)
    }
    found = _parse(partition, newest)
    held = (await offset_ranges(settings, [detections]))[detections]
    covered, found.position = found.position, _position_within(held, found.position, detections)
    found.lost_total = found.position - covered if covered else 0
    return found


def _position_within(held: range, position: int, detections: Source) -> int:
    if position > held.stop:
        raise SnapshotError(
            f"{detections.topic}, partition {detections.partition}: expected records up to "
            f"{position}, which the snapshots cover; it ends at {held.stop}: if it was created "
            "anew, delete the topic of snapshots too"
        )
    if 0 < position < held.start:
        logger.warning(
            "%s, partition %d: records %d to %d were deleted before they were read",
            *detections,
            position,
            held.start - 1,
        )
    return max(position, held.start)


def _parse(
    partition: int, newest: Mapping[bytes, tuple[bytes, dict[str, bytes]]]
) -> PartitionSnapshot:
    found = PartitionSnapshot()
    for key, (value, headers) in newest.items():
        try:
            if key == _POSITION_KEY:
                found.position = int(value)
            elif key == _SILENCES_KEY:
                found.silences = value
            elif key != _OWNER_KEY:
                position = int(headers[_POSITION_HEADER])
                found.sites[key.decode()] = SiteSnapshot(value, position)
        except (KeyError, ValueError) as error:
            raise SnapshotError(
                f"snapshots, partition {partition}, key {key!r}: expected a position, got "
                f"{value[:40]!r} with headers {headers}; delete the topic to compute all anew"
            ) from error
    return found
