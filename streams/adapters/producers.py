"""Kafka producers: plain ones, and ones that hold a claim.

A claim is a name that one producer at a time can hold. Who claims it later makes the broker refuse
the earlier holder wherever the later one has written. So a worker that was stopped, lost its
partitions and wakes up again cannot put an old value behind a newer one.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError

from schemas.settings import KafkaSettings
from schemas.topics import SNAPSHOTS
from streams.errors import BrokerError

_MAX_BATCH_BYTES = 1024 * 1024
_LINGER_MS = 5


@asynccontextmanager
async def reaching(settings: KafkaSettings) -> AsyncIterator[None]:
    """Turns a client that finds no broker into a sentence that says what to do.

    Raises:
        BrokerError: If no broker answers at the configured address.
    """
    try:
        yield
    except KafkaConnectionError as error:
        raise BrokerError(
            f"no Kafka broker answers at {settings.kafka}: start one, or set FOOTFALL_KAFKA"
        ) from error


async def start_producer(
    settings: KafkaSettings, *, linger_ms: int = _LINGER_MS
) -> AIOKafkaProducer:
    """A started idempotent producer of JSON records.

    Raises:
        BrokerError: If no broker answers.
    """
    producer = _producer(settings, linger_ms=linger_ms)
    await _start(settings, producer)
    return producer


async def start_claimed_producer(settings: KafkaSettings, claim: str) -> AIOKafkaProducer:
    """A started producer that holds a claim; earlier holders are refused wherever it has written.

    Records are not transactional: readers need no isolation level and offsets have no gaps. Only
    the numbering of producers by the broker's transaction coordinator is used.

    Raises:
        BrokerError: If no broker answers, or it gives no claim.
    """
    claimant = AIOKafkaProducer(bootstrap_servers=settings.kafka, transactional_id=claim)
    await _start(settings, claimant)
    numbered = claimant._txn_manager
    await claimant.stop()
    producer = _producer(settings, linger_ms=_LINGER_MS)
    producer._txn_manager.set_pid_and_epoch(numbered.producer_id, numbered.producer_epoch)
    await _start(settings, producer)
    return producer


def _producer(settings: KafkaSettings, *, linger_ms: int) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka,
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=linger_ms,
        max_batch_size=_MAX_BATCH_BYTES,
        max_request_size=SNAPSHOTS.max_message_bytes,
    )


async def _start(settings: KafkaSettings, producer: AIOKafkaProducer) -> None:
    try:
        async with reaching(settings):
            await producer.start()
    except KafkaError as error:
        await producer.stop()
        raise BrokerError(f"Kafka at {settings.kafka} refused a producer: {error}") from error
    except BaseException:
        await producer.stop()
        raise
