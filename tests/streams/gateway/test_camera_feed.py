import asyncio
from collections.abc import Sequence

import pytest

from streams.gateway.buffer import FrameBuffer
from streams.gateway.camera_feed import CameraFeed
from streams.gateway.cameras import GatewayCamera
from streams.gateway.capture import Capture, Play, WireFrame
from streams.gateway.counters import Fate
from streams.gateway.encoding import Encoder
from streams.gateway.pace import Pace
from tests.streams.gateway.scenes import Scene

CAMERA = GatewayCamera("store-1", "tills", "scene")


class GatedPublisher:
    """Takes frames only while its gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.asked = asyncio.Event()
        self.seqs: list[int] = []

    async def publish(self, frames: Sequence[WireFrame]) -> None:
        self.asked.set()
        await self.gate.wait()
        self.seqs += [frame.headers.seq for frame in frames]


def _feed(scene: Scene, *, buffer_frames: int) -> CameraFeed:
    buffer = FrameBuffer(buffer_frames, drops_oldest=scene.is_live)
    capture = Capture(scene, Play(CAMERA, 7, None, Encoder(), None))
    return CameraFeed(CAMERA, capture, buffer, Pace(float("inf")))


async def _until(is_so) -> None:
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0)


async def test_a_file_waits_for_the_broker_and_loses_nothing() -> None:
    feed, publisher = _feed(Scene(list(range(40))), buffer_frames=4), GatedPublisher()
    running = asyncio.create_task(feed.run(publisher, asyncio.Event(), stop_timeout_ms=0))
    await publisher.asked.wait()
    await _until(lambda: feed.counters[Fate.CAPTURED] >= 6)
    assert feed.counters[Fate.CAPTURED] < 40
    publisher.gate.set()
    await running
    assert publisher.seqs == list(range(41))
    assert feed.counters[Fate.SENT] == 40
    assert feed.newest_at_ms == 139


@pytest.mark.case(18)
async def test_a_live_camera_drops_its_oldest_and_counts_them() -> None:
    scene = Scene(list(range(40)), is_live=True)
    feed, publisher = _feed(scene, buffer_frames=4), GatedPublisher()
    running = asyncio.create_task(feed.run(publisher, asyncio.Event(), stop_timeout_ms=0))
    await _until(lambda: feed.counters[Fate.CAPTURED] == 40)
    publisher.gate.set()
    await running
    assert publisher.seqs[-4:] == [36, 37, 38, 39]
    assert feed.counters[Fate.DROPPED] == 40 - len(publisher.seqs) > 0


async def test_a_stop_waits_for_what_was_captured_before_it() -> None:
    feed, publisher = _feed(Scene(list(range(40))), buffer_frames=4), GatedPublisher()
    stop = asyncio.Event()
    running = asyncio.create_task(feed.run(publisher, stop, stop_timeout_ms=10_000))
    await publisher.asked.wait()
    await _until(lambda: feed.counters[Fate.CAPTURED] >= 6)
    stop.set()
    await asyncio.sleep(0.01)
    assert not running.done()
    publisher.gate.set()
    await running
    assert len(publisher.seqs) >= 5
    assert publisher.seqs == list(range(len(publisher.seqs)))


async def test_a_stop_waits_no_longer_than_its_time_out() -> None:
    feed, publisher = _feed(Scene(list(range(40))), buffer_frames=4), GatedPublisher()
    stop = asyncio.Event()
    running = asyncio.create_task(feed.run(publisher, stop, stop_timeout_ms=20))
    await publisher.asked.wait()
    stop.set()
    await asyncio.wait_for(running, 60)
    assert publisher.seqs == []
