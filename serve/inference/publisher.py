"""Verdicts to Kafka: dead letters, then detections, each acknowledged by the broker.

Detections of one partition go as one batch, and the next is sent only when it is acknowledged:
a batch is written whole or not at all, so a frame can never lie behind a later one of its camera.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import codec
from schemas.detections import Detection
from schemas.health import HealthRecord
from schemas.partitions import site_partition
from schemas.topics import DEAD, DETECTIONS, HEALTH, key_of
from serve.errors import DetectorDown
from serve.inference.settings import DetectorSettings
from serve.inference.verdicts import Verdict

_BATCH_BYTES = 1024 * 1024

_log = logging.getLogger(__name__)


class Publisher:
    """Writes what the Detector says."""

    def __init__(self, settings: DetectorSettings) -> None:
        self._detections = settings.topic_name(DETECTIONS)
        self._dead = settings.topic_name(DEAD)
        self._health = settings.topic_name(HEALTH)
        self._producer: Any = AIOKafkaProducer(
            bootstrap_servers=settings.kafka,
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            max_batch_size=_BATCH_BYTES,
            max_request_size=DETECTIONS.max_message_bytes,
        )
        self._partition_count = 0

    async def start(self) -> None:
        """Connect.

        Raises:
            KafkaError: If no broker answers.
        """
        await self._producer.start()
        self._partition_count = len(await self._producer.partitions_for(self._detections))

    async def stop(self) -> None:
        """Send what was handed over, then disconnect."""
        await self._producer.stop()

    async def publish(self, verdicts: Sequence[Verdict]) -> None:
        """Write verdicts of one partition of frames, in order; all are acknowledged on return.

        Raises:
            DetectorDown: If the broker does not acknowledge one.
        """
        try:
            await self._send_dead(verdicts)
            await self._send_detections([v.detection for v in verdicts if v.detection is not None])
        except KafkaError as error:
            raise DetectorDown(f"detections cannot be written: {error!r}") from error

    async def report(self, records: Sequence[HealthRecord]) -> None:
        """Write health; what cannot be sent is lost."""
        try:
            await asyncio.gather(
                *[
                    self._producer.send_and_wait(
                        self._health, codec.encode(record), key=key_of(record)
                    )
                    for record in records
                ]
            )
        except KafkaError as error:
            _log.warning("health cannot be written: %r", error)

    async def _send_dead(self, verdicts: Sequence[Verdict]) -> None:
        dead = [verdict.dead for verdict in verdicts if verdict.dead is not None]
        sends = [self._producer.send_and_wait(self._dead, codec.encode(one)) for one in dead]
        await asyncio.gather(*sends)

    async def _send_detections(self, detections: Sequence[Detection]) -> None:
        by_partition: dict[int, list[Detection]] = {}
        for detection in detections:
            partition = site_partition(detection.site, self._partition_count)
            by_partition.setdefault(partition, []).append(detection)
        await asyncio.gather(
            *[self._send_batches(group, partition) for partition, group in by_partition.items()]
        )

    async def _send_batches(self, detections: Sequence[Detection], partition: int) -> None:
        batch = self._producer.create_batch()
        for detection in detections:
            message = {
                "key": detection.site.encode(),
                "value": codec.encode(detection),
                "timestamp": None,
            }
            if batch.append(**message) is None:
                await self._send_batch(batch, partition)
                batch = self._producer.create_batch()
                batch.append(**message)
        await self._send_batch(batch, partition)

    async def _send_batch(self, batch: Any, partition: int) -> None:
        acknowledged = await self._producer.send_batch(batch, self._detections, partition=partition)
        await acknowledged
