"""What the topic `frames` already holds: the newest record of each camera, from the log's end.

A camera that sent nothing for long costs reading its whole partition once, at start.
"""

from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.errors import FrameRejected
from schemas.frames import FrameHeaders, frame_key, from_wire
from schemas.partitions import partition_of
from schemas.settings import KafkaSettings
from schemas.topics import FRAMES
from streams.adapters.producers import reaching
from streams.adapters.reading import is_readable, read_on
from streams.gateway.cameras import GatewayCamera

_FIRST_STEP_RECORDS = 64
_POLL_MS = 500
_FETCH_WAIT_MS = 10


async def newest_frames(
    settings: KafkaSettings, cameras: Sequence[GatewayCamera], *, partition_count: int
) -> dict[GatewayCamera, FrameHeaders | None]:
    """The newest record of each camera, None where there is none.

    Args:
        settings: Where the broker is.
        cameras: The cameras asked for.
        partition_count: Partitions of `frames`.

    Raises:
        BrokerError: If no broker answers.
    """
    topic = settings.topic_name(FRAMES)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        enable_auto_commit=False,
        # What is asked for is there already: a fetch past the end only keeps the next one waiting.
        fetch_max_wait_ms=_FETCH_WAIT_MS,
    )
    newest = {}
    try:
        async with reaching(settings):
            await consumer.start()
        for camera in cameras:
            key = frame_key(camera.site, camera.camera)
            partition = TopicPartition(topic, partition_of(key, partition_count))
            newest[camera] = await _newest(consumer, partition, key)
    finally:
        await consumer.stop()
    return newest


async def _newest(
    consumer: AIOKafkaConsumer, partition: TopicPartition, key: bytes
) -> FrameHeaders | None:
    consumer.assign([partition])
    first = (await consumer.beginning_offsets([partition]))[partition]
    until = (await consumer.end_offsets([partition]))[partition]
    found, step = None, _FIRST_STEP_RECORDS
    while found is None and until > first:
        since = max(first, until - step)
        found = await _newest_between(consumer, partition, key, since=since, until=until)
        until, step = since, step * 2
    return found


async def _newest_between(
    consumer: AIOKafkaConsumer, partition: TopicPartition, key: bytes, *, since: int, until: int
) -> FrameHeaders | None:
    newest = None
    async for record in _records_between(consumer, partition, since=since, until=until):
        if record.key == key:
            newest = _headers(record) or newest
    return newest


async def _records_between(
    consumer: AIOKafkaConsumer, partition: TopicPartition, *, since: int, until: int
) -> AsyncIterator[ConsumerRecord]:
    """The records that can be read; one that cannot is stepped over."""
    consumer.seek(partition, since)
    while await consumer.position(partition) < until:
        for record in await read_on(consumer, partition, timeout_ms=_POLL_MS):
            if record.offset < until and is_readable(record.headers):
                yield record


def _headers(record: ConsumerRecord) -> FrameHeaders | None:
    try:
        return from_wire(record.headers)
    except FrameRejected:
        return None
