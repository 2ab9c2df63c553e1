"""A gateway whose broker is away waits and says so; nothing is lost, doubled or shuffled."""

import asyncio
import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from compose.broker import Broker, await_broker
from compose.jars import kafka_jars
from compose.ports import free_ports
from schemas.frames import FrameHeaders, from_wire
from schemas.topics import FRAMES
from streams.adapters.topics import create_topics
from streams.gateway.app import play
from streams.gateway.settings import GatewaySettings

pytestmark = pytest.mark.broker

FRAME_COUNT = 300
START_TIMEOUT_S = 60.0


class OwnBroker:
    """A broker of this test alone, to be killed."""

    def __init__(self, folder: Path) -> None:
        self._broker = Broker(folder, kafka_jars(), *free_ports(2))
        self._broker.prepare()
        self._process: subprocess.Popen[bytes] | None = None
        self.bootstrap = self._broker.bootstrap

    async def start(self) -> None:
        self._process = subprocess.Popen(
            self._broker.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        await await_broker(self.bootstrap, timeout_s=START_TIMEOUT_S)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(60)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[OwnBroker]:
    own = OwnBroker(tmp_path / "kafka")
    yield own
    own.kill()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder of noise, so that a JPEG of it is of some size."""
    folder = tmp_path / "images"
    folder.mkdir()
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    cv2.imwrite(str(folder / "0.jpg"), noise)
    for index in range(1, FRAME_COUNT):
        (folder / f"{index}.jpg").hardlink_to(folder / "0.jpg")
    return folder


async def _frames(bootstrap: str, topic: str) -> list[FrameHeaders]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        consumer.seek(partition, 0)
        frames: list[FrameHeaders] = []
        while await consumer.position(partition) < end:
            fetched = await consumer.getmany(partition, timeout_ms=500)
            frames += [from_wire(one.headers) for one in fetched.get(partition, [])]
        return frames
    finally:
        await consumer.stop()


@pytest.mark.case(18)
async def test_a_broker_killed_in_the_middle_costs_no_frame(broker, images, caplog) -> None:
    caplog.set_level(logging.WARNING, "streams.gateway")
    cameras = tuple(f"camera-{index}={images}" for index in range(3))
    settings = GatewaySettings.load(
        kafka=broker.bootstrap, cameras=cameras, fps=100, speed="1", buffer_frames=20
    )
    await broker.start()
    await create_topics(settings, 1)
    playing = asyncio.create_task(play(settings, asyncio.Event()))
    topic = settings.topic_name(FRAMES)
    while len(await _frames(broker.bootstrap, topic)) < 100:
        assert not playing.done()
        await asyncio.sleep(0.1)

    broker.kill()
    while "takes no frames" not in caplog.text:
        assert not playing.done()
        await asyncio.sleep(0.1)
    await broker.start()
    await playing

    frames = await _frames(broker.bootstrap, topic)
    for camera in ("camera-0", "camera-1", "camera-2"):
        assert [frame.seq for frame in frames if frame.camera == camera] == list(
            range(FRAME_COUNT + 1)
        )


async def test_a_stop_while_the_broker_is_away_does_not_wait_for_it(broker, images) -> None:
    await broker.start()
    settings = GatewaySettings.load(
        kafka=broker.bootstrap, cameras=(f"tills={images}",), fps=100, stop_timeout_ms=500
    )
    await create_topics(settings, 1)
    program = (
        "from streams.gateway.app import run_gateway\n"
        "from streams.gateway.settings import GatewaySettings\n"
        f"run_gateway(GatewaySettings.load(kafka={broker.bootstrap!r}, "
        f"cameras=('tills={images}',), fps=100, stop_timeout_ms=500))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) as gateway:
        while not await _frames(broker.bootstrap, settings.topic_name(FRAMES)):
            assert gateway.poll() is None
            await asyncio.sleep(0.05)
        broker.kill()
        await asyncio.sleep(1)
        gateway.send_signal(signal.SIGTERM)
        _, complaint = await asyncio.to_thread(gateway.communicate, timeout=60)
    assert b"Traceback" not in complaint
    assert b"Unclosed" not in complaint
    assert gateway.returncode == 0
