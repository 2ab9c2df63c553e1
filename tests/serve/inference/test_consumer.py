import asyncio
import hashlib
import threading
import time
from collections.abc import Sequence

import numpy as np
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from schemas.detections import DetectionStatus
from schemas.errors import RejectReason
from schemas.frames import to_wire
from schemas.topics import FRAMES
from serve.errors import DetectorDown
from serve.inference.boxes import Boxes
from serve.inference.consumer import FrameConsumer
from serve.inference.images import Image
from tests.serve.inference.bus import (
    WAIT_S,
    Bus,
    FunctionFinder,
    consuming,
    headers,
    jpeg,
    no_boxes,
)

pytestmark = pytest.mark.broker


def box_of_shade(images: Sequence[Image]) -> list[Boxes]:
    """One box per image, as wide as the image is bright."""
    shades = [float(np.round(image.mean())) for image in images]
    return [
        Boxes(
            np.array([[0.0, 0.0, shade / 10, 10.0]]),
            np.array([0.75], np.float32),
            np.zeros(1, np.int64),
        )
        for shade in shades
    ]


async def test_each_frame_becomes_one_detection_with_its_own_boxes(bus: Bus) -> None:
    for seq in range(6):
        await bus.send(headers(seq), jpeg(shade=10 * (seq + 1)))
    async with consuming(bus, FunctionFinder(box_of_shade)):
        detections = await bus.detections(6)
    assert [one.seq for one in detections] == list(range(6))
    assert [one.boxes for one in detections] == [[(0.0, 0.0, seq + 1.0, 10.0)] for seq in range(6)]
    last = detections[-1]
    assert (last.status, last.model, last.scores, last.classes) == (
        DetectionStatus.OK,
        "function@0",
        [0.75],
        ["person"],
    )
    assert (last.captured_at_ms, last.run, last.width, last.height) == (1_500, 7, 32, 24)


async def test_detections_keep_the_order_of_frames_though_batches_end_out_of_order(
    bus: Bus,
) -> None:
    for seq in range(40):
        # Every seventh frame is a hundred times as large to decode as the others.
        side = 1_000 if seq % 7 == 0 else 10
        await bus.send(
            headers(seq, width=side, height=side), jpeg(width=side, height=side), partition=0
        )
    async with consuming(bus, decode_threads=4):
        detections = await bus.detections(40)
    assert [one.frame_offset for one in detections] == list(range(40))


async def test_bad_frames_are_set_aside_and_the_next_is_processed(bus: Bus) -> None:
    text = b"this is no image"
    await bus.send(headers(0), text, partition=0)
    await bus.send(headers(1), jpeg()[:-20], partition=0)
    await bus.send(headers(2, width=33), jpeg(), partition=0)
    await bus.send(headers(3), b"", partition=0)
    await bus.send(headers(4), jpeg(), partition=0)
    async with consuming(bus):
        detections = await bus.detections(5)
        dead = await bus.dead(4)
    assert [one.reason for one in detections] == [
        RejectReason.NOT_AN_IMAGE,
        RejectReason.UNDECODABLE,
        RejectReason.SIZE_MISMATCH,
        RejectReason.EMPTY,
        None,
    ]
    assert {one.status for one in detections[:4]} == {DetectionStatus.REJECTED}
    by_offset = {one.offset: one for one in dead}
    assert (by_offset[0].length, by_offset[0].sha256) == (
        len(text),
        hashlib.sha256(text).hexdigest(),
    )
    assert (by_offset[0].topic, by_offset[0].partition) == (bus.settings.topic_name(FRAMES), 0)


async def test_frame_of_nobody_is_only_dead(bus: Bus) -> None:
    await bus.send_raw([("site", b"Milano!"), ("camera", b"door")], jpeg(), partition=0)
    await bus.send(headers(1), partition=0)
    async with consuming(bus):
        detections = await bus.detections(1)
        dead = await bus.dead(1)
    assert [one.seq for one in detections] == [1]
    assert (dead[0].site, dead[0].camera, dead[0].offset) == (None, None, 0)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param([("seq", None)], id="a header that is null"),
        pytest.param([("site", None), ("camera", None)], id="an owner that is null"),
        pytest.param([(f"extra-{number}", b"") for number in range(500)], id="many headers"),
        pytest.param([("seq", b"9" * 19)], id="a number at the edge of 64 bits"),
        pytest.param([("traceparent", b"\xff\xfe")], id="text that is no UTF-8"),
    ],
)
async def test_odd_headers_never_stop_the_stream(
    odd: list[tuple[str, bytes | None]], bus: Bus
) -> None:
    names = {name for name, _ in odd}
    wire = [(name, value) for name, value in to_wire(headers(0)) if name not in names]
    await bus.send_raw([*wire, *odd], jpeg(), partition=0)
    await bus.send(headers(1), partition=0)
    async with consuming(bus):
        async with asyncio.timeout(WAIT_S):
            while await bus.committed() != {0: 2}:
                await asyncio.sleep(0.05)
        detections = await bus.detections(1)
    assert (detections[-1].seq, detections[-1].status) == (1, DetectionStatus.OK)


async def test_rejected_frame_keeps_what_can_be_read_of_its_headers(bus: Bus) -> None:
    wire = [(name, value) for name, value in to_wire(headers(5)) if name != "width"]
    await bus.send_raw([*wire, ("width", b"wide")], jpeg(), partition=0)
    async with consuming(bus):
        [detection] = await bus.detections(1)
    assert detection.reason == RejectReason.BAD_HEADER
    assert (detection.captured_at_ms, detection.seq, detection.run) == (1_500, 5, 7)
    assert (detection.width, detection.height) == (None, 24)


async def test_frame_from_the_future_is_rejected_without_its_time(bus: Bus) -> None:
    soon_ms = time.time_ns() // 1_000_000 + 60_000
    await bus.send(headers(0, captured_at_ms=soon_ms), partition=0)
    async with consuming(bus):
        [detection] = await bus.detections(1)
    assert (detection.reason, detection.captured_at_ms) == (RejectReason.FUTURE, None)


async def test_end_of_a_source_becomes_ended(bus: Bus) -> None:
    await bus.send(headers(0), partition=0)
    await bus.send(headers(1, is_end=True), b"", partition=0)
    async with consuming(bus):
        detections = await bus.detections(2)
    assert [one.status for one in detections] == [DetectionStatus.OK, DetectionStatus.ENDED]
    assert (detections[1].boxes, detections[1].model) == (None, None)


async def test_frames_too_old_to_matter_are_shed_only_where_configured(bus: Bus) -> None:
    now_ms = time.time_ns() // 1_000_000
    await bus.send(headers(0), partition=0)
    await bus.send(headers(1, captured_at_ms=now_ms), partition=0)
    async with consuming(bus, max_frame_age_ms=60_000):
        detections = await bus.detections(2)
    assert [(one.status, one.reason) for one in detections] == [
        (DetectionStatus.SHED, "too_old"),
        (DetectionStatus.OK, None),
    ]


async def test_frame_that_breaks_the_model_is_rejected_alone(bus: Bus) -> None:
    def breaks_on_white(images: Sequence[Image]) -> list[Boxes]:
        if any(image.mean() > 200 for image in images):
            raise RuntimeError("white")
        return no_boxes(len(images))

    for seq in range(8):
        await bus.send(headers(seq), jpeg(shade=255 if seq == 5 else 0), partition=0)
    async with consuming(bus, FunctionFinder(breaks_on_white)):
        detections = await bus.detections(8)
        [dead] = await bus.dead(1)
    assert [one.seq for one in detections if one.status is DetectionStatus.REJECTED] == [5]
    assert (dead.offset, dead.reason) == (5, RejectReason.INFERENCE_FAILED)


async def test_broken_device_stops_the_loop_and_commits_nothing(bus: Bus) -> None:
    def breaks(images: Sequence[Image]) -> list[Boxes]:
        raise RuntimeError(f"device lost under {len(images)} frames")

    await bus.send(headers(0), partition=0)
    consumer = FrameConsumer(FunctionFinder(breaks, is_broken=True), bus.settings, batch_size=4)
    with pytest.raises(DetectorDown, match="fails on every image"):
        await asyncio.wait_for(consumer.run(), WAIT_S)
    assert await bus.committed() == {}


async def test_stopped_loop_has_committed_exactly_what_it_published(bus: Bus) -> None:
    for seq in range(10):
        await bus.send(headers(seq), partition=seq % 2)
    async with consuming(bus):
        await bus.detections(10)
    assert await bus.committed() == {0: 5, 1: 5}


async def test_crash_loses_nothing_and_commits_nothing_behind_a_frame_in_work(bus: Bus) -> None:
    release = threading.Event()

    class HoldsBlack(FunctionFinder):
        """Holds a frame back where others can pass it: the model has one thread for all."""

        def prepare(self, image: Image) -> Image:
            if image.mean() < 10:
                release.wait(2 * WAIT_S)
            return image

    await bus.send(headers(0), jpeg(shade=200), partition=0)
    await bus.send(headers(1), jpeg(shade=0), partition=0)
    # Decided at once, like the one sent after it on the other partition.
    await bus.send(headers(2), b"no image", partition=0)
    await bus.send(headers(3), b"no image", partition=1)
    consumer = FrameConsumer(HoldsBlack(), bus.settings, batch_size=1)
    running = asyncio.create_task(consumer.run())
    await bus.detections(2)
    async with asyncio.timeout(WAIT_S):
        while await bus.committed() != {0: 1, 1: 1}:
            await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.wait({running})
    release.set()
    assert await bus.committed() == {0: 1, 1: 1}
    async with consuming(bus):
        detections = await bus.detections(4)
    assert [one.frame_offset for one in detections if one.frame_partition == 0] == [0, 1, 2]


async def test_two_replicas_share_the_partitions_and_lose_nothing_when_one_leaves(
    bus: Bus,
) -> None:
    async with consuming(bus):
        for seq in range(20):
            await bus.send(headers(seq), partition=seq % 2)
        async with consuming(bus):
            for seq in range(20, 40):
                await bus.send(headers(seq), partition=seq % 2)
            await bus.detections(40)
        for seq in range(40, 60):
            await bus.send(headers(seq), partition=seq % 2)
        detections = await bus.detections(60)
    for partition in (0, 1):
        offsets = [one.frame_offset for one in detections if one.frame_partition == partition]
        assert list(dict.fromkeys(offsets)) == list(range(30))


async def test_frames_deleted_before_they_were_read_are_counted_as_lost(bus: Bus) -> None:
    for seq in range(3):
        await bus.send(headers(seq), partition=0)
    async with consuming(bus):
        await bus.detections(3)
    for seq in range(3, 10):
        await bus.send(headers(seq), partition=0)
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.settings.kafka)
    await admin.start()
    frames = TopicPartition(bus.settings.topic_name(FRAMES), 0)
    await admin.delete_records({frames: RecordsToDelete(before_offset=7)})
    await admin.close()
    async with consuming(bus):
        detections = await bus.detections(6)
        health = await bus.health(lambda record: record.counters.get("lost", 0) > 0)
    assert [one.frame_offset for one in detections] == [0, 1, 2, 7, 8, 9]
    assert health.counters["lost"] == 4


async def test_health_counts_frames_by_what_became_of_them(bus: Bus) -> None:
    await bus.send(headers(0), partition=0)
    await bus.send(headers(1), b"no image", partition=0)
    await bus.send(headers(2), partition=0)
    async with consuming(bus):
        health = await bus.health(lambda record: record.counters.get("ok") == 2)
    assert health.counters == {"ok": 2, "rejected": 1, "rejected_not_an_image": 1, "lost": 0}
    assert (health.site, health.camera, health.part) == ("milano-01", "door", "detector")
    assert health.newest_at_ms == 1_200


async def test_loop_that_publishes_nothing_while_frames_wait_is_unhealthy(bus: Bus) -> None:
    release = threading.Event()

    def hangs(images: Sequence[Image]) -> list[Boxes]:
        release.wait(2 * WAIT_S)
        return no_boxes(len(images))

    await bus.send(headers(0), partition=0)
    async with consuming(bus, FunctionFinder(hangs), stall_ms=1_000) as consumer:
        async with asyncio.timeout(WAIT_S):
            while True:
                try:
                    consumer.check()
                except DetectorDown:
                    break
                await asyncio.sleep(0.05)
        release.set()
        await bus.detections(1)


async def test_loop_without_frames_stays_healthy(bus: Bus) -> None:
    async with consuming(bus, stall_ms=3_000, health_interval_ms=500) as consumer:
        await consumer.started.wait()
        # Nothing happens that could be awaited: that is the point.
        await asyncio.sleep(4)
        consumer.check()


async def test_no_broker_is_one_sentence(bus: Bus) -> None:
    settings = bus.settings.model_copy(update={"kafka": "127.0.0.1:1"})
    consumer = FrameConsumer(FunctionFinder(), settings, batch_size=1)
    with pytest.raises(DetectorDown, match=r"expected a broker.*FOOTFALL_KAFKA"):
        await consumer.run()
