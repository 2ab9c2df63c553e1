"""The topics of one test, on a real broker."""

from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer

from serve.inference.settings import DetectorSettings
from tests.serve.inference.bus import Bus


@pytest.fixture
async def bus(kafka: str, topic_prefix: str) -> AsyncIterator[Bus]:
    settings = DetectorSettings(kafka=kafka, topic_prefix=topic_prefix, health_interval_ms=200)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, max_request_size=5 * 1024 * 1024)
    await producer.start()
    yield Bus(settings, producer)
    await producer.stop()
