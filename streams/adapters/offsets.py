"""Where partitions begin and end, and what they hold in between."""

import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas.settings import KafkaSettings
from schemas.topics import SNAPSHOTS
from streams.adapters.producers import reaching
from streams.adapters.reading import is_readable, read_on
from streams.errors import BrokerError

logger = logging.getLogger(__name__)

_READ_TIMEOUT_MS = 1_000


class Source(NamedTuple):
    """A partition that is read."""

    topic: str
    """Name with its prefix."""
    partition: int


async def offset_ranges(
    settings: KafkaSettings, sources: Iterable[Source]
) -> Mapping[Source, range]:
    """The offsets that each partition holds: from its oldest record to before its next.

    Raises:
        BrokerError: If Kafka does not answer.
    """
    partitions = [TopicPartition(*source) for source in sources]
    async with _consumer(settings) as consumer:
        begins = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
    return {Source(*one): range(begins[one], ends[one]) for one in partitions}


async def read_whole(
    settings: KafkaSettings, source: Source
) -> AsyncIterator[ConsumerRecord[bytes | None, bytes | None]]:
    """Every record of a partition, from its oldest to the last there was when asked.

    One that cannot be read at all is stepped over.

    Raises:
        BrokerError: If Kafka does not answer.
    """
    partition = TopicPartition(*source)
    async with _consumer(settings) as consumer:
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        await consumer.seek_to_beginning(partition)
        # Not the last record's offset: a compacted partition may end with none.
        while await consumer.position(partition) < end:
            for record in await read_on(consumer, partition, timeout_ms=_READ_TIMEOUT_MS):
                if is_readable(record.headers):
                    yield record
                else:
                    logger.warning("%s %d@%d cannot be read", *source, record.offset)


@asynccontextmanager
async def _consumer(settings: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=2 * SNAPSHOTS.max_message_bytes,
    )
    try:
        async with reaching(settings):
            await consumer.start()
        yield consumer
    except KafkaError as error:
        raise BrokerError(f"Kafka at {settings.kafka} did not answer: {error!r}") from error
    finally:
        await consumer.stop()
