"""Faust's consumer, made to go on where the state of this process stands.

Three things differ from Faust's: after an assignment it goes on from the positions the process
proves, never from the group's commit; a record that aiokafka cannot read does not end it; and a
rebalance does not cut short its stop.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer
from faust.types import TP

from streams.adapters.reading import is_readable, read_on

logger = logging.getLogger(__name__)

Positions = Callable[[], Mapping[TP, int]]
"""Next offset to read of every partition held."""

_READ_TIMEOUT_MS = 1_000


def consumer_at(positions: Positions) -> type[Consumer]:
    """The class of a consumer that goes on from positions."""

    class PositionedConsumer(Consumer):
        """Goes on where the state of this process stands."""

        async def seek_to_committed(self) -> Mapping[TP, int]:
            assigned = self.assignment()
            wanted = {tp: at for tp, at in positions().items() if tp in assigned}
            await self.seek_wait(wanted)
            return wanted

        def close(self) -> None:
            """Nothing: the end of its thread closes the connection, once all is committed.

            Faust calls this when the group rebalances while the app stops. Its own would close the
            connection there and then, and aiokafka would try the last commit without end.
            """

        def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
            thread = _ReadingThread(self, loop=self.loop, beacon=self.beacon)
            thread.positions = positions
            return thread

    PositionedConsumer.logger = Consumer.logger  # else it logs under our name
    return PositionedConsumer


class _ReadingThread(AIOKafkaConsumerThread):
    positions: Positions

    async def _fetch_records(
        self,
        consumer: AIOKafkaConsumer,
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> Mapping[TP, list[Any]]:
        try:
            fetched: Mapping[TP, list[Any]] = await super()._fetch_records(
                consumer, active_partitions, timeout=timeout, max_records=max_records
            )
        except UnicodeDecodeError:
            return await self._read_from_positions(consumer, active_partitions)
        return fetched

    async def _read_from_positions(
        self, consumer: AIOKafkaConsumer, partitions: Iterable[TP]
    ) -> Mapping[TP, list[Any]]:
        """What was fetched is forgotten: read again from what the process has absorbed.

        What Faust has handed out beyond that it drops when it comes again.
        """
        positions = self.positions()
        held = [tp for tp in partitions or () if tp in positions]
        for tp in held:
            consumer.seek(TopicPartition(*tp), positions[tp])
        found = {
            tp: await read_on(consumer, TopicPartition(*tp), timeout_ms=_READ_TIMEOUT_MS)
            for tp in held
        }
        for tp, records in found.items():
            for record in records:
                if not is_readable(record.headers):
                    logger.warning("%s %d@%d cannot be read", *tp, record.offset)
        return {tp: records for tp, records in found.items() if records}


_ReadingThread.logger = AIOKafkaConsumerThread.logger
