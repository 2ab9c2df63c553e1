"""When a frame and what followed from it came to the broker: read from the topics afterwards.

Topics stamp every record with the broker's own time, on this machine the clock of the frames too.
So the way of a frame is known in stages, and nobody had to be slowed down to tell.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer

from perf.watching.page import Shown
from schemas import codec
from schemas.detections import Detection, decode_detection
from schemas.frames import from_wire
from schemas.live import LiveRecord
from schemas.settings import KafkaSettings
from schemas.topics import DETECTIONS, FRAMES, LIVE, Topic

Seen = tuple[str, str, int]
"""Site, camera and event time of a frame."""

STAGES = (
    "gateway: draw, encode, to Kafka",
    "Detector: to boxes in Kafka",
    "engine: to the live record in Kafka",
    "API and page: to the DOM",
)


@dataclass(frozen=True, slots=True)
class Log:
    """Broker times, ms since the epoch."""

    frames: dict[Seen, int] = field(default_factory=dict)
    """Of every frame."""
    detections: dict[Seen, int] = field(default_factory=dict)
    """Of every frame's detection."""
    live: dict[Seen, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    """Of every live record, with the people in view it tells, by the frame it is of, rising."""

    def stages_ms(self, shown: Shown) -> list[int] | None:
        """How long each of `STAGES` took; None if the log does not go back that far."""
        frame = shown.site, shown.camera, shown.captured_at_ms
        told = [at_ms for at_ms, _ in self.live.get(frame, ()) if at_ms <= shown.shown_at_ms]
        if frame not in self.frames or frame not in self.detections or not told:
            return None
        times = (shown.captured_at_ms, self.frames[frame], self.detections[frame], told[-1])
        ends = (*times[1:], shown.shown_at_ms)
        return [end - begin for begin, end in zip(times, ends, strict=True)]

    def tells(self, shown: Shown) -> bool:
        """Whether a live record says the number that was shown."""
        frame = shown.site, shown.camera, shown.captured_at_ms
        return any(count == shown.people_count for _, count in self.live.get(frame, ()))


async def read_log(kafka: str, *, from_ms: int) -> Log:
    """All that was written since an instant.

    Args:
        kafka: Bootstrap address.
        from_ms: Broker time, ms since the epoch.
    """
    log = Log()
    async for record in _records(kafka, FRAMES, from_ms):
        headers = from_wire(record.headers)
        log.frames[headers.site, headers.camera, headers.captured_at_ms] = record.timestamp
    async for record in _records(kafka, DETECTIONS, from_ms):
        detection = decode_detection(record.value)
        if isinstance(detection, Detection) and detection.captured_at_ms is not None:
            frame = detection.site, detection.camera, detection.captured_at_ms
            log.detections.setdefault(frame, record.timestamp)
    async for record in _records(kafka, LIVE, from_ms):
        live = codec.decode(record.value, LiveRecord)
        for camera in live.cameras:
            told = record.timestamp, len(camera.tracks)
            log.live[live.site, camera.camera, camera.at_ms].append(told)
    return log


async def _records(kafka: str, topic: Topic, from_ms: int) -> AsyncIterator[Any]:
    name = KafkaSettings(kafka=kafka).topic_name(topic)
    consumer = AIOKafkaConsumer(name, bootstrap_servers=kafka, fetch_max_wait_ms=100)
    await consumer.start()
    try:
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        begins = await consumer.offsets_for_times(dict.fromkeys(partitions, from_ms))
        unread = set()
        for partition, begin in begins.items():
            if begin is not None:
                consumer.seek(partition, begin.offset)
                unread.add(partition)
        while unread:
            for partition, records in (await consumer.getmany(*unread, timeout_ms=200)).items():
                for record in records:
                    yield record
                if await consumer.position(partition) >= ends[partition]:
                    unread.discard(partition)
    finally:
        await consumer.stop()
