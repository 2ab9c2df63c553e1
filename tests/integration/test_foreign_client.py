"""A client that is not ours, in no language of ours, speaks the wire contract of frames."""

import asyncio
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from schemas import codec
from schemas.dead import DeadRecord
from schemas.detections import Detection, DetectionStatus, decode_detection
from schemas.errors import RejectReason
from schemas.frames import FrameHeaders, frame_key, to_wire
from schemas.partitions import partition_of
from schemas.topics import DEAD, DETECTIONS, FRAMES, Topic
from serve.inference.consumer import FrameConsumer
from serve.inference.models import load_model
from serve.inference.settings import DetectorSettings
from tests.conftest import PARTITION_COUNT
from tests.serve.inference.bus import headers, jpeg
from tests.serve.inference.graphs import constant_graph
from tests.tools import require

WAIT_S = 90.0
BOX = np.array([[8, 16, 24, 32, 0.9, 0]], np.float32)


class Kcat:
    """The `kcat` command on the topics of one test."""

    def __init__(self, settings: DetectorSettings) -> None:
        self._settings = settings

    async def send(self, frame: FrameHeaders, file: Path) -> None:
        """Send a file as one frame."""
        texts = [f"{name}={value.decode()}" for name, value in to_wire(frame)]
        await self._run(
            *("-P", "-t", self._settings.topic_name(FRAMES)),
            *("-X", "partitioner=murmur2_random"),
            *("-k", frame_key(frame.site, frame.camera).decode()),
            *(part for text in texts for part in ("-H", text)),
            str(file),
        )

    async def send_unreadable(self, file: Path, *, partition: int) -> None:
        """Send a file with a header whose name is no UTF-8."""
        name = self._settings.topic_name(FRAMES)
        await self._run("-P", "-t", name, "-p", str(partition), "-H", b"\xff\xfe=1", str(file))

    async def read(self, topic: Topic, count: int) -> list[bytes]:
        """The values of a topic, as soon as there are so many."""
        give_up_at = time.monotonic() + WAIT_S
        while True:
            name = self._settings.topic_name(topic)
            output = await self._run("-C", "-t", name, "-o", "beginning", "-e", "-q")
            values = output.splitlines()
            if len(values) >= count:
                return values
            assert time.monotonic() < give_up_at, f"{topic.name}: {len(values)} records came"

    async def _run(self, *arguments: str | bytes) -> bytes:
        kcat = await asyncio.create_subprocess_exec(
            *("kcat", "-b", self._settings.kafka, *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, complaint = await kcat.communicate()
        assert kcat.returncode == 0, complaint.decode()
        return output


@pytest.fixture
def kcat(kafka: str, topic_prefix: str) -> Kcat:
    require("kcat", is_there=shutil.which("kcat") is not None, package="kcat")
    return Kcat(DetectorSettings(kafka=kafka, topic_prefix=topic_prefix))


@pytest.mark.broker
async def test_frame_sent_by_kcat_is_detected_and_a_text_file_is_set_aside(
    kcat: Kcat, kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    image, text = tmp_path / "frame.jpg", tmp_path / "notes.txt"
    image.write_bytes(jpeg(width=64, height=64))
    text.write_text("not an image")
    model = load_model(constant_graph(tmp_path / "one-box.onnx", {"output0": BOX}))
    settings = DetectorSettings(kafka=kafka, topic_prefix=topic_prefix)
    consumer = FrameConsumer(model, settings, batch_size=2)
    running = asyncio.create_task(consumer.run())
    for seq, file in enumerate((image, text, image)):
        await kcat.send(headers(seq, width=64, height=64), file)
    detections = [decode_detection(value) for value in await kcat.read(DETECTIONS, 3)]
    dead = [codec.decode(value, DeadRecord) for value in await kcat.read(DEAD, 1)]
    consumer.stop()
    await asyncio.wait_for(running, WAIT_S)

    assert all(isinstance(one, Detection) for one in detections)
    first, second, third = (one for one in detections if isinstance(one, Detection))
    assert (first.status, first.boxes) == (DetectionStatus.OK, [(8.0, 16.0, 24.0, 32.0)])
    assert first.frame_partition == partition_of(b"milano-01/door", PARTITION_COUNT)
    assert (second.status, second.reason) == (DetectionStatus.REJECTED, RejectReason.NOT_AN_IMAGE)
    assert (third.status, third.seq) == (DetectionStatus.OK, 2)
    assert [(one.offset, one.length) for one in dead] == [(1, len("not an image"))]
    assert (dead[0].site, dead[0].camera) == ("milano-01", "door")


@pytest.mark.broker
async def test_record_the_client_library_cannot_read_costs_no_other_frame(
    kcat: Kcat, kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    image = tmp_path / "frame.jpg"
    image.write_bytes(jpeg(width=64, height=64))
    partition = partition_of(b"milano-01/door", PARTITION_COUNT)
    for seq in range(3):
        await kcat.send(headers(seq, width=64, height=64), image)
    await kcat.send_unreadable(image, partition=partition)
    await kcat.send(headers(3, width=64, height=64), image)
    await kcat.send_unreadable(image, partition=partition)
    await kcat.send(headers(4, width=64, height=64), image)
    model = load_model(constant_graph(tmp_path / "one-box.onnx", {"output0": BOX}))
    settings = DetectorSettings(kafka=kafka, topic_prefix=topic_prefix)
    consumer = FrameConsumer(model, settings, batch_size=2)
    running = asyncio.create_task(consumer.run())
    detections = [decode_detection(value) for value in await kcat.read(DETECTIONS, 5)]
    dead = [codec.decode(value, DeadRecord) for value in await kcat.read(DEAD, 2)]
    consumer.stop()
    await asyncio.wait_for(running, WAIT_S)

    offsets = [one.frame_offset for one in detections if isinstance(one, Detection)]
    assert offsets == [0, 1, 2, 4, 6]
    assert sorted(one.offset for one in dead) == [3, 5]
    assert {(one.reason, one.site) for one in dead} == {(RejectReason.BAD_HEADER, None)}
