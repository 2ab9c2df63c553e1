"""The engine agent: detections in; results, snapshots and positions out, then the acknowledgement.

One actor takes batches over all partitions of this worker. Each partition is settled by itself, all
at the same time.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping

import faust
from aiokafka.errors import KafkaError
from faust.types import TP, StreamT

from schemas.topics import DETECTIONS
from streams.adapters.clock import now_ms
from streams.adapters.results import Incoming, PartitionWriter, outgoing
from streams.adapters.snapshots import owner_record, read_snapshot, silences_record
from streams.agents.partition import PartitionState
from streams.agents.present import Present
from streams.agents.silence import Silences, has_rules
from streams.agents.worker import batches, create_app, incoming, or_stop, whole_or_stop
from streams.errors import BrokerError
from streams.settings import EngineSettings

logger = logging.getLogger(__name__)

Ends = Callable[..., Awaitable[Mapping[TP, int]]]
"""Asks for the next offset to be written to each of some partitions."""


class OwnedPartition:
    """A partition this worker has claimed."""

    def __init__(
        self,
        state: PartitionState,
        writer: PartitionWriter,
        *,
        present: Present,
        silences: Silences,
    ) -> None:
        self.state = state
        self._writer = writer
        self._present = present
        self._silences = silences

    @classmethod
    async def claim(
        cls, settings: EngineSettings, partition: int, *, partition_count: int
    ) -> "OwnedPartition":
        """The partition with the state its log proves.

        The claim is written before the snapshots are read: from then on no former owner adds any.

        Raises:
            BrokerError: If Kafka does not answer.
            SnapshotError: If a snapshot cannot be read.
        """
        writer = await PartitionWriter.claim(settings, partition)
        try:
            await writer.write([owner_record(f"{socket.gethostname()}:{os.getpid()}")])
            snapshot = await read_snapshot(settings, partition)
            state = PartitionState(
                partition, partition_count=partition_count, snapshot=snapshot, writer=writer
            )
        except BaseException:
            await writer.close()
            raise
        present = Present(live_interval_ms=settings.live_interval_ms, now_ms=now_ms())
        silences = Silences.restored(snapshot.silences, now_ms=now_ms())
        logger.info(
            "partition %d: %d sites, goes on at %d", partition, len(state.engines), state.position
        )
        return cls(state, writer, present=present, silences=silences)

    async def settle(self) -> None:
        """What was absorbed is written; then the present is told."""
        changed = await self.state.settle()
        await self._writer.write_soon(self._present.live(self.state, changed, now_ms=now_ms()))

    async def tell_health(self) -> None:
        """The health of its cameras is on its way."""
        await self._writer.write_soon(self._present.health(self.state, now_ms=now_ms()))

    async def tell_silences(self, *, end: int) -> None:
        """The alerts of silent cameras that open or close are written.

        An alert is remembered before it is opened and until it is closed, so that none stays open
        for ever when a worker dies in between.

        Args:
            end: Next offset to be written to the partition.
        """
        at_ms = self._silences.known_until_ms(self.state, end=end, now_ms=now_ms())
        if at_ms is None:
            return
        try:
            if opened := self._silences.opened(self.state, at_ms=at_ms):
                await self._writer.write([silences_record(self._silences.saved())])
                await self._writer.write(map(outgoing, opened))
            if closed := self._silences.closed(self.state, at_ms=at_ms):
                await self._writer.write(map(outgoing, closed))
                await self._writer.write([silences_record(self._silences.saved())])
        except BrokerError as error:
            logger.warning("an alert of a silent camera was lost: %s", error)

    async def close(self) -> None:
        """Nothing more is written by this worker."""
        await self._writer.close()


class OwnedPartitions:
    """The partitions assigned to this worker; replaced whole at every assignment."""

    def __init__(self, settings: EngineSettings, *, partition_count: int) -> None:
        self._settings = settings
        self._topic = settings.topic_name(DETECTIONS)
        self._partition_count = partition_count
        self._owned: dict[int, OwnedPartition] = {}

    async def recover(self, assigned: set[TP]) -> None:
        """Every assigned partition is claimed, with the state its log proves."""
        await self.release()
        await asyncio.gather(*(self._claim(tp.partition) for tp in assigned))

    async def release(self) -> None:
        """No partition is held."""
        owned, self._owned = self._owned, {}
        await asyncio.gather(*(one.close() for one in owned.values()))

    def positions(self) -> Mapping[TP, int]:
        """Next offset to read of every partition held."""
        return {TP(self._topic, number): one.state.position for number, one in self._owned.items()}

    async def absorb(self, records: Iterable[Incoming]) -> None:
        """Every record is in the state of its partition, and all that follows from it is written.

        Records of a partition no longer held are left to who holds it.
        """
        touched: dict[int, OwnedPartition] = {}
        for record in records:
            owned = self._owned.get(record.partition)
            if owned is not None:
                owned.state.absorb(record)
                touched[record.partition] = owned
        await asyncio.gather(*(one.settle() for one in touched.values()))

    async def tell_health(self) -> None:
        """The health of every camera is on its way."""
        for one in tuple(self._owned.values()):
            await one.tell_health()

    async def tell_silences(self, ends: Ends) -> None:
        """The alerts of silent cameras are judged and written, as far as the broker answers.

        Args:
            ends: Asks the broker for the next offset to be written to partitions.
        """
        held = {
            TP(self._topic, number): one
            for number, one in self._owned.items()
            if has_rules(one.state)
        }
        if not held:
            return
        try:
            found = await ends(*held)
        except KafkaError as error:
            logger.warning("silent cameras are not judged: %r", error)
            return
        for tp, one in held.items():
            if self._owned.get(tp.partition) is one:
                await one.tell_silences(end=found[tp])

    async def _claim(self, partition: int) -> None:
        self._owned[partition] = await OwnedPartition.claim(
            self._settings, partition, partition_count=self._partition_count
        )


def engine_app(settings: EngineSettings, *, partition_count: int) -> faust.App:
    """The Faust app of the site engine."""
    owned = OwnedPartitions(settings, partition_count=partition_count)
    app = create_app(settings, part="engine", progress=owned)
    topic = app.topic(settings.topic_name(DETECTIONS))

    @app.agent(topic)
    async def engine(stream: StreamT[bytes]) -> None:
        async for events in batches(stream, settings):
            await whole_or_stop(owned.absorb(map(incoming, events)))

    @app.timer(settings.health_interval_ms / 1000)  # type: ignore[untyped-decorator]  # Faust's
    async def health() -> None:
        await or_stop(owned.tell_health())

    @app.timer(settings.health_interval_ms / 1000)  # type: ignore[untyped-decorator]  # Faust's
    async def silences() -> None:
        await or_stop(owned.tell_silences(app.consumer.highwaters))

    return app
