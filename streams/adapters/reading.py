"""Reading on in a partition, also past a record that aiokafka cannot read.

A header's name that is no UTF-8 makes aiokafka raise, and forget all it had fetched with that
record. So from the same place records are read one by one, until the bad one is next; it then
stands among the others without content. aiokafka parses a batch of its sender from the beginning,
so what the sender put behind a bad record into the same batch cannot be read either.
"""

from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"

_WITHOUT_CONTENT = (("footfall-unreadable", b""),)
"""Headers that only this module writes: their record stands for one that cannot be read."""


async def read_on(
    consumer: AIOKafkaConsumer, partition: TopicPartition, *, timeout_ms: int
) -> list[Record]:
    """The next records of a partition, none if none came in time; `is_readable` tells them apart.

    Raises:
        KafkaError: If Kafka does not answer.
    """
    start = await consumer.position(partition)
    try:
        fetched = await consumer.getmany(partition, timeout_ms=timeout_ms)
    except UnicodeDecodeError:
        consumer.seek(partition, start)
        return await _one_by_one(consumer, partition, timeout_ms)
    return list(fetched.get(partition, ()))


def is_readable(headers: object) -> bool:
    """Whether a record has content, by its headers."""
    return headers != _WITHOUT_CONTENT


async def _one_by_one(
    consumer: AIOKafkaConsumer, partition: TopicPartition, timeout_ms: int
) -> list[Record]:
    """The records up to one that cannot be read, and what stands for that one."""
    records: list[Record] = []
    while True:
        position = await consumer.position(partition)
        try:
            fetched = await consumer.getmany(partition, timeout_ms=timeout_ms, max_records=1)
        except UnicodeDecodeError:
            consumer.seek(partition, position + 1)
            return [*records, _without_content(partition, position)]
        if not fetched:
            return records
        records += fetched[partition]


def _without_content(partition: TopicPartition, offset: int) -> Record:
    return ConsumerRecord(
        topic=partition.topic,
        partition=partition.partition,
        offset=offset,
        timestamp=0,
        timestamp_type=0,
        key=None,
        value=None,
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=-1,
        headers=_WITHOUT_CONTENT,
    )
