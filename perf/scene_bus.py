"""Detections into a real Kafka, finals of the real engine's worker out of it.

In: messages of the contract, in order. Out: the last value of each key of each result topic, once
the worker's snapshot proves that it has processed everything.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition

from compose.broker import Broker, await_broker
from compose.jars import kafka_jars
from compose.ports import free_ports
from schemas import codec
from schemas.detections import Detection, LayoutMark
from schemas.settings import KafkaSettings
from schemas.topics import DETECTIONS, RESULT_TOPICS, SNAPSHOTS, Result, Topic, key_of, topic_of
from streams.adapters.producers import start_producer
from streams.adapters.topics import create_topics

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 90.0
POLL_MS = 200
_POSITION_KEY = b"@position"

R = TypeVar("R")


class Finals:
    """What the engine said, the last value per key."""

    def __init__(self, said: dict[tuple[str, bytes], bytes]) -> None:
        self._said = said

    def of(self, kind: type[R], *, site: str) -> list[R]:
        """All records of a kind of one site, by key."""
        topic = next(topic for topic in RESULT_TOPICS if topic.message_type is kind)
        records = [
            codec.decode(value, kind)
            for (name, _), value in sorted(self._said.items())
            if name == topic.name
        ]
        return [record for record in records if getattr(record, "site", None) == site]

    @classmethod
    def said(cls, results: Sequence[Result]) -> "Finals":
        """What was said without a bus, oldest first."""
        return cls({(topic_of(one).name, key_of(one)): codec.encode(one) for one in results})


@contextmanager
def broker_running() -> Iterator[str]:
    """A Kafka of this process alone, gone afterwards: its bootstrap address."""
    folder = Path(tempfile.mkdtemp(prefix="footfall-perf-"))
    port, controller_port = free_ports(2)
    broker = Broker(folder, kafka_jars(), port, controller_port)
    broker.prepare()
    with (folder / "kafka.log").open("ab") as log:
        server = subprocess.Popen(broker.command(), stdout=log, stderr=subprocess.STDOUT)
    try:
        asyncio.run(await_broker(broker.bootstrap, timeout_s=START_TIMEOUT_S))
        yield broker.bootstrap
    finally:
        server.terminate()
        server.wait(STOP_TIMEOUT_S)
        shutil.rmtree(folder, ignore_errors=True)


async def finals_of(
    messages: Sequence[Detection | LayoutMark], *, kafka: str, timeout_s: float
) -> Finals:
    """What the engine's worker makes of messages, through topics of their own.

    Raises:
        RuntimeError: If the worker ends by itself; holds the end of its log.
        TimeoutError: If it does not process everything in time.
    """
    settings = KafkaSettings(kafka=kafka, topic_prefix=f"p{uuid.uuid4().hex[:12]}.")
    await create_topics(settings, 1)
    await _append(settings, messages)
    async with _listening(settings, SNAPSHOTS) as snapshots, asyncio.timeout(timeout_s):
        with _engine(settings) as (worker, log):
            while await _position(snapshots) < len(messages):
                if worker.poll() is not None:
                    raise RuntimeError(f"the engine ended:\n{log.read_text()[-2000:]}")
    return Finals(await _last_values(settings))


async def _append(settings: KafkaSettings, messages: Sequence[Detection | LayoutMark]) -> None:
    producer = await start_producer(settings)
    topic = settings.topic_name(DETECTIONS)
    sent = [
        await producer.send(topic, codec.encode(one), key=key_of(one), partition=0)
        for one in messages
    ]
    await asyncio.gather(*sent)
    await producer.stop()


@contextmanager
def _engine(settings: KafkaSettings) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    variables = {
        "FOOTFALL_KAFKA": settings.kafka,
        "FOOTFALL_TOPIC_PREFIX": settings.topic_prefix,
    }
    folder = Path(tempfile.mkdtemp(prefix="footfall-perf-"))
    with (folder / "engine.log").open("ab") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "compose.command", "engine"],
            env=os.environ | variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield worker, folder / "engine.log"
    finally:
        worker.terminate()
        worker.wait(STOP_TIMEOUT_S)
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _listening(settings: KafkaSettings, *topics: Topic) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of topics of one partition, from their start."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(settings.topic_name(topic), 0) for topic in topics])
        await consumer.seek_to_beginning()
        yield consumer
    finally:
        await consumer.stop()


async def _position(snapshots: AIOKafkaConsumer) -> int:
    """How far the newest snapshot heard of in the next moment covers the log; 0 without one."""
    newest = 0
    for records in (await snapshots.getmany(timeout_ms=POLL_MS)).values():
        for record in records:
            if record.key == _POSITION_KEY:
                newest = int(record.value)
    return newest


async def _last_values(settings: KafkaSettings) -> dict[tuple[str, bytes], bytes]:
    said: dict[tuple[str, bytes], bytes] = {}
    async with _listening(settings, *RESULT_TOPICS) as consumer:
        sources = consumer.assignment()
        ends = await consumer.end_offsets(sources)
        while any([await consumer.position(one) < ends[one] for one in sources]):
            for source, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
                name = source.topic.removeprefix(settings.topic_prefix)
                said |= {(name, record.key): record.value for record in records}
    return said
