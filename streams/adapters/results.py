"""What the engine says about one partition of `detections`, put on that partition of every topic.

In: records. Out: acknowledged records, or an error that stops the worker. The writer claims its
partition, so that once a newer owner has written, a former one cannot write over it.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced

from schemas import codec
from schemas.dead import DeadRecord
from schemas.errors import FootfallError, MessageError
from schemas.settings import KafkaSettings
from schemas.topics import DEAD, Topic, key_of, topic_of
from streams.adapters.producers import start_claimed_producer
from streams.errors import BrokerError, FencedError

logger = logging.getLogger(__name__)

Headers = tuple[tuple[str, bytes], ...]


class Outgoing(NamedTuple):
    """A record to be written; the partition is the writer's."""

    topic: Topic
    key: bytes
    value: bytes
    headers: Headers = ()


class Incoming(NamedTuple):
    """A record that was read."""

    topic: str
    """Name with its prefix."""
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    is_readable: bool = True
    """Whether it could be read at all; else its value is empty."""

    @property
    def content(self) -> bytes:
        """Its value.

        Raises:
            MessageError: If it could not be read.
        """
        if not self.is_readable:
            raise MessageError("headers: expected names in UTF-8, got others, so it cannot be read")
        return self.value


def outgoing(message: object) -> Outgoing:
    """A message as the record of its topic, by its type."""
    return Outgoing(topic_of(message), key_of(message), codec.encode(message))


def dead_letter(record: Incoming, error: FootfallError) -> Outgoing:
    """The record of `dead` that says why a record could not be processed; never its content."""
    source = (record.topic, record.partition, record.offset)
    dead = DeadRecord.of(record.value, error, reason="bad_message", source=source)
    return Outgoing(DEAD, record.key or b"", codec.encode(dead))


class PartitionWriter:
    """Writes one partition of the engine's topics; use `claim` to make one."""

    def __init__(self, settings: KafkaSettings, partition: int, producer: AIOKafkaProducer) -> None:
        self._settings = settings
        self._partition = partition
        self._producer = producer

    @classmethod
    async def claim(cls, settings: KafkaSettings, partition: int) -> "PartitionWriter":
        """A writer of a partition; what a former writer still says there is refused.

        Raises:
            BrokerError: If no broker answers.
        """
        claim = f"{settings.topic_prefix}engine-{partition}"
        return cls(settings, partition, await start_claimed_producer(settings, claim))

    async def write(self, records: Iterable[Outgoing]) -> None:
        """Every record is acknowledged by the broker, in the order given.

        Raises:
            FencedError: If another worker has claimed the partition.
            BrokerError: If a record was not acknowledged.
        """
        try:
            pending = [await self._send(record) for record in records]
            await asyncio.gather(*pending)
        except ProducerFenced as error:
            raise FencedError(
                f"partition {self._partition}: another worker has taken it over"
            ) from error
        except KafkaError as error:
            raise BrokerError(
                f"partition {self._partition}: Kafka at {self._settings.kafka} did not acknowledge "
                f"a record: {error!r}"
            ) from error

    async def write_soon(self, records: Iterable[Outgoing]) -> None:
        """The records are on their way; one that is lost is only logged (`live` and `health`)."""
        try:
            for record in records:
                (await self._send(record)).add_done_callback(_log_loss)
        except KafkaError as error:
            logger.warning("partition %d: not sent: %r", self._partition, error)

    async def close(self) -> None:
        """What is on its way is written; nothing more is."""
        await self._producer.stop()

    async def _send(self, record: Outgoing) -> "asyncio.Future[object]":
        future: asyncio.Future[object] = await self._producer.send(
            self._settings.topic_name(record.topic),
            value=record.value,
            key=record.key,
            partition=self._partition,
            headers=list(record.headers),
        )
        return future


def _log_loss(sent: "asyncio.Future[object]") -> None:
    if not sent.cancelled() and (error := sent.exception()) is not None:
        logger.warning("a record about the present was lost: %r", error)
