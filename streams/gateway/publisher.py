"""Frames to Kafka: idempotent, acknowledged by all replicas, in order per camera.

A camera has one batch on its way at a time, so nothing can overtake. While the broker is down the
client tries again for as long as it takes and duplicates nothing; what it refuses for good, or
could only send with a hole in its sequence, stops the process: the log then says where to go on.
"""

import asyncio
import logging
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError
from aiokafka.producer.message_accumulator import BatchBuilder

from schemas.codec import encode
from schemas.frames import frame_key, to_wire
from schemas.health import HealthRecord
from schemas.partitions import partition_of
from schemas.settings import KafkaSettings
from schemas.topics import FRAMES, HEALTH, key_of
from streams.adapters.producers import reaching
from streams.gateway.capture import WireFrame
from streams.gateway.errors import PublishError

BATCH_BYTES = 1024 * 1024
"""Aim for the images of one batch; one larger frame is a batch of its own."""
_HEADER_ROOM_BYTES = 256 * 1024
_RETRY_MS = 500
_PATIENCE_S = 5.0

_log = logging.getLogger(__name__)


class Publisher:
    """The gateway's producer."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka,
            enable_idempotence=True,
            acks="all",
            retry_backoff_ms=_RETRY_MS,
            max_batch_size=BATCH_BYTES + _HEADER_ROOM_BYTES,
            max_request_size=FRAMES.max_message_bytes,
        )
        self._reports: dict[bytes, asyncio.Task[object]] = {}

    async def start(self) -> None:
        """Connects.

        Raises:
            BrokerError: If no broker answers; the publisher is of no use then.
        """
        try:
            async with reaching(self._settings):
                await self._producer.start()
        except BaseException:
            await self._producer.stop()
            raise

    async def stop(self, timeout_ms: int) -> None:
        """Lets go of the broker, waiting for what is on its way at most `timeout_ms`."""
        timeout_s = timeout_ms / 1000
        reports = [report for report in self._reports.values() if not report.done()]
        if reports and (await asyncio.wait(reports, timeout=timeout_s))[1]:
            timeout_s = 0.0
        try:
            async with asyncio.timeout(timeout_s):
                await self._producer.stop()
        except (TimeoutError, KafkaError):
            _log.warning("Kafka at %s did not take everything in time", self._settings.kafka)

    async def publish(self, frames: Sequence[WireFrame]) -> None:
        """Returns once all replicas hold the frames, all of one camera, in their order.

        Raises:
            PublishError: If the broker refuses them for good.
        """
        topic = self._settings.topic_name(FRAMES)
        key = frame_key(frames[0].headers.site, frames[0].headers.camera)
        rest = list(frames)
        try:
            partition = partition_of(key, len(await self._producer.partitions_for(topic)))
            while rest:
                batch = self._producer.create_batch()
                filled_count = _fill(batch, key, rest)
                await self._acknowledged(await self._handed_over(batch, topic, partition), key)
                rest = rest[filled_count:]
        except KafkaError as error:
            raise PublishError(
                f"camera {key.decode()}: topic {topic}: expected Kafka at {self._settings.kafka} "
                f"to take {len(rest)} frames, got {error!r}; go on after the last one it holds "
                "with --resume"
            ) from error

    def report(self, record: HealthRecord) -> None:
        """Sends a health record; best effort: while the camera's last is on its way, left out."""
        key = key_of(record)
        earlier = self._reports.get(key)
        if earlier is not None and not earlier.done():
            return
        if earlier is not None and earlier.exception() is not None:
            _log.warning("%s: no health record: %r", key.decode(), earlier.exception())
        sending = self._producer.send_and_wait(
            self._settings.topic_name(HEALTH), encode(record), key
        )
        self._reports[key] = asyncio.create_task(sending)

    async def _handed_over(
        self, batch: BatchBuilder, topic: str, partition: int
    ) -> asyncio.Future[object]:
        while True:
            try:
                sent: asyncio.Future[object] = await self._producer.send_batch(
                    batch, topic, partition=partition
                )
            except KafkaTimeoutError:
                # Other cameras' batches wait before this one, which is not yet the client's: safe.
                continue
            return sent

    async def _acknowledged(self, sent: asyncio.Future[object], key: bytes) -> None:
        while not (await asyncio.wait({sent}, timeout=_PATIENCE_S))[0]:
            _log.warning(
                "%s: Kafka at %s takes no frames; they wait and are tried again",
                key.decode(),
                self._settings.kafka,
            )
        sent.result()


def _fill(batch: BatchBuilder, key: bytes, frames: Sequence[WireFrame]) -> int:
    for count, frame in enumerate(frames):
        headers = to_wire(frame.headers)
        if batch.append(timestamp=None, key=key, value=frame.value, headers=headers) is None:
            return count
    return len(frames)
