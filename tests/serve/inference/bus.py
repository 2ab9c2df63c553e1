"""Frames in, detections out, over a real broker; and a finder that is a plain function."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from schemas import codec
from schemas.dead import DeadRecord
from schemas.detections import Detection, decode_detection
from schemas.frames import FrameHeaders, frame_key, to_wire
from schemas.health import HealthRecord
from schemas.topics import DEAD, DETECTIONS, FRAMES, HEALTH, Topic
from serve.inference.boxes import Boxes
from serve.inference.consumer import FrameConsumer, group_of
from serve.inference.images import Image
from serve.inference.settings import DetectorSettings

WAIT_S = 90.0
"""Bound of every wait: on a busy machine a broker may take long to let one into a group."""


def no_boxes(count: int) -> list[Boxes]:
    empty = Boxes(np.empty((0, 4)), np.empty(0, np.float32), np.empty(0, np.int64))
    return [empty] * count


@dataclass
class FunctionFinder:
    """Finds what a plain function of the images says."""

    find: Callable[[Sequence[Image]], list[Boxes]] = lambda images: no_boxes(len(images))
    label: str = "function@0"
    names: Sequence[str] = ("person",)
    is_broken: bool = False

    def prepare(self, image: Image) -> Image:
        return image

    def infer(self, frames: Sequence[Image]) -> list[Boxes]:
        return self.find(frames)

    def self_test(self) -> None:
        if self.is_broken:
            raise RuntimeError("no device")


def jpeg(shade: int = 0, *, width: int = 32, height: int = 24) -> bytes:
    """A plain image; its shade can be read back as the mean of its pixels."""
    encoded = cv2.imencode(".jpg", np.full((height, width, 3), shade, np.uint8))[1]
    return bytes(encoded)


def headers(seq: int, **changes: Any) -> FrameHeaders:
    frame = FrameHeaders(
        site="milano-01",
        camera="door",
        captured_at_ms=1_000 + 100 * seq,
        seq=seq,
        width=32,
        height=24,
        run=7,
    )
    return replace(frame, **changes)


@dataclass
class Bus:
    """The topics of one test."""

    settings: DetectorSettings
    producer: AIOKafkaProducer

    async def send(
        self, frame: FrameHeaders, value: bytes | None = None, *, partition: int | None = None
    ) -> int:
        """Put a frame on the bus; its offset."""
        return await self.send_raw(
            to_wire(frame),
            jpeg() if value is None else value,
            key=frame_key(frame.site, frame.camera),
            partition=partition,
        )

    async def send_raw(
        self,
        wire: Sequence[tuple[str, bytes | None]],
        value: bytes,
        *,
        key: bytes = b"key",
        partition: int | None = None,
    ) -> int:
        sent = await self.producer.send_and_wait(
            self.settings.topic_name(FRAMES), value, key=key, headers=wire, partition=partition
        )
        return int(sent.offset)

    async def detections(self, count: int) -> list[Detection]:
        """The first detections in the log, as many as asked for, in order per partition."""
        values = await self._values(DETECTIONS, lambda values: len(values) >= count)
        decoded = [decode_detection(value) for value in values]
        return [one for one in decoded if isinstance(one, Detection)]

    async def dead(self, count: int) -> list[DeadRecord]:
        values = await self._values(DEAD, lambda values: len(values) >= count)
        return [codec.decode(value, DeadRecord) for value in values]

    async def health(self, wanted: Callable[[HealthRecord], bool]) -> HealthRecord:
        """The first health record that is wanted."""
        values = await self._values(
            HEALTH, lambda values: any(wanted(codec.decode(v, HealthRecord)) for v in values)
        )
        return next(one for v in values if wanted(one := codec.decode(v, HealthRecord)))

    async def committed(self) -> dict[int, int]:
        """The group's committed offset of each partition that has one."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.kafka)
        await admin.start()
        try:
            found = await admin.list_consumer_group_offsets(group_of(self.settings))
        finally:
            await admin.close()
        return {part.partition: committed.offset for part, committed in found.items()}

    async def _values(self, topic: Topic, is_enough: Callable[[list[bytes]], bool]) -> list[bytes]:
        consumer = AIOKafkaConsumer(
            self.settings.topic_name(topic),
            bootstrap_servers=self.settings.kafka,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        values: list[bytes] = []
        give_up_at = time.monotonic() + WAIT_S
        try:
            while not is_enough(values):
                assert time.monotonic() < give_up_at, f"{topic.name}: {len(values)} records came"
                fetched = await consumer.getmany(timeout_ms=200)
                values += [record.value for records in fetched.values() for record in records]
        finally:
            await consumer.stop()
        return values


@asynccontextmanager
async def consuming(
    bus: Bus, finder: FunctionFinder | None = None, **changes: object
) -> AsyncIterator[FrameConsumer]:
    """A consumer at work; stopped in order afterwards, unless it has ended by itself."""
    settings = bus.settings.model_copy(update=changes)
    consumer = FrameConsumer(finder or FunctionFinder(), settings, batch_size=4)
    running = asyncio.create_task(consumer.run())
    try:
        yield consumer
        consumer.stop()
        await asyncio.wait_for(running, WAIT_S)
    finally:
        running.cancel()
        await asyncio.wait({running})
