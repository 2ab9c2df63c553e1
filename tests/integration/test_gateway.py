"""The gateway against a real broker: what is in `frames` is what the wire contract says."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.codec import decode
from schemas.frames import FrameHeaders, frame_key, from_wire
from schemas.health import HealthPart, HealthRecord
from schemas.partitions import partition_of
from schemas.topics import FRAMES, HEALTH
from streams.errors import BrokerError, TopicError
from streams.gateway.app import play
from streams.gateway.cameras import named_cameras
from streams.gateway.capture import WireFrame
from streams.gateway.errors import AlreadyPlayedError, SourceError
from streams.gateway.log_tail import newest_frames
from streams.gateway.publisher import Publisher
from streams.gateway.settings import GatewaySettings
from tests.tools import require

pytestmark = pytest.mark.broker

START_MS = 946_684_800_000
FRAME_COUNT = 60
FPS = 10
PARTITION_COUNT = 2

Settings = Callable[..., GatewaySettings]


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """60 frames of 64x48, 10 per second, each brighter than the one before."""
    path = tmp_path / "shop.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(FRAME_COUNT):
            shade = np.full((48, 64, 3), 4 * index, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shade, format="bgr24")))
        container.mux(stream.encode())
    return path


@pytest.fixture
def settings(kafka: str, topic_prefix: str, video: Path) -> Settings:
    def make(**values: object) -> GatewaySettings:
        given = {
            "kafka": kafka,
            "topic_prefix": topic_prefix,
            "cameras": (f"tills={video}",),
            "speed": "max",
            "connect_timeout_ms": 20_000,
        }
        return GatewaySettings.load(**(given | values))

    return make


async def _records(settings: GatewaySettings, topic: str) -> list[ConsumerRecord]:
    """Everything in a topic, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, p) for p in range(PARTITION_COUNT)]
        consumer.assign(partitions)
        records = []
        for partition, end in (await consumer.end_offsets(partitions)).items():
            consumer.seek(partition, 0)
            while await consumer.position(partition) < end:
                records += (await consumer.getmany(partition, timeout_ms=500)).get(partition, [])
        return records
    finally:
        await consumer.stop()


async def _frames(settings: GatewaySettings) -> list[FrameHeaders]:
    return [from_wire(one.headers) for one in await _records(settings, settings.topic_name(FRAMES))]


async def _played(settings: GatewaySettings) -> list[FrameHeaders]:
    await play(settings, asyncio.Event())
    return await _frames(settings)


async def test_what_is_in_frames_is_what_the_contract_says(settings) -> None:
    ours = settings()
    before_ms = time.time_ns() // 1_000_000
    await play(ours, asyncio.Event())
    records = await _records(ours, ours.topic_name(FRAMES))
    key = frame_key("store-1", "tills")
    frames = [from_wire(record.headers) for record in records]
    *images, end = zip(records, frames, strict=True)

    assert {record.key for record in records} == {key}
    assert {record.partition for record in records} == {partition_of(key, PARTITION_COUNT)}
    assert [frame.captured_at_ms for frame in frames] == [
        START_MS + 1000 * index // FPS for index in range(FRAME_COUNT + 1)
    ]
    assert [frame.seq for frame in frames] == list(range(FRAME_COUNT + 1))
    assert len({frame.run for frame in frames}) == 1
    assert before_ms <= frames[0].run <= time.time_ns() // 1_000_000
    for index, (record, frame) in enumerate(images):
        image = cv2.imdecode(np.frombuffer(record.value, np.uint8), cv2.IMREAD_COLOR)
        assert image.shape == (frame.height, frame.width, 3) == (48, 64, 3)
        assert image.mean() == pytest.approx(4 * index, abs=8)
        assert not frame.is_end
    assert end[1].is_end
    assert end[0].value == b""
    assert {name for name, _ in end[0].headers} == {
        "v", "site", "camera", "captured_at_ms", "seq", "width", "height", "run", "end",
    }  # fmt: skip


async def test_every_header_is_there_once_and_is_text(settings) -> None:
    ours = settings()
    await play(ours, asyncio.Event())
    for record in await _records(ours, ours.topic_name(FRAMES)):
        names = [name for name, _ in record.headers]
        assert len(names) == len(set(names))
        texts = {name: value.decode() for name, value in record.headers}
        assert texts["v"] == "1"
        assert all(texts[name].isdigit() for name in ("captured_at_ms", "seq", "width", "height"))


async def test_a_second_play_that_starts_no_later_is_refused(settings) -> None:
    first = await _played(settings())
    with pytest.raises(AlreadyPlayedError, match="expected a later start"):
        await play(settings(), asyncio.Event())
    with pytest.raises(AlreadyPlayedError):
        await play(settings(start_at="2000-01-01T00:00:06Z"), asyncio.Event())
    assert await _frames(settings()) == first


async def test_a_second_play_that_starts_later_is_taken(settings) -> None:
    await play(settings(), asyncio.Event())
    frames = await _played(settings(start_at="2000-01-01T00:00:06.001Z"))
    assert len(frames) == 2 * (FRAME_COUNT + 1)
    assert all(a.captured_at_ms < b.captured_at_ms for a, b in pairwise(frames))
    assert frames[0].run < frames[-1].run


async def test_another_cameras_frames_do_not_stand_in_the_way(settings, video) -> None:
    await play(settings(), asyncio.Event())
    frames = await _played(settings(cameras=(f"door={video}", f"store-2/tills={video}")))
    assert len(frames) == 3 * (FRAME_COUNT + 1)


async def test_the_newest_frame_is_found_behind_many_of_other_cameras(settings, video) -> None:
    doors = tuple(f"door-{index}={video}" for index in range(8))
    await play(settings(), asyncio.Event())
    await play(settings(cameras=doors), asyncio.Event())
    with pytest.raises(AlreadyPlayedError):
        await play(settings(), asyncio.Event())


@pytest.mark.parametrize("foreign_count", [1, 3])
async def test_foreign_records_that_cannot_be_read_keep_no_gateway_from_its_start(
    settings, tmp_path, foreign_count
) -> None:
    await play(settings(), asyncio.Event())
    for _ in range(foreign_count):
        await _send_latin_header(settings(), tmp_path)
    with pytest.raises(AlreadyPlayedError, match="expected a later start"):
        await play(settings(), asyncio.Event())


async def test_newest_frame_is_found_behind_a_record_that_cannot_be_read(
    settings, tmp_path
) -> None:
    ours = settings()
    await _send_latin_header(ours, tmp_path)
    publisher = Publisher(ours)
    await publisher.start()
    headers = FrameHeaders(
        site="store-1", camera="tills", captured_at_ms=START_MS, seq=0, width=1, height=1, run=1
    )
    await publisher.publish([WireFrame(headers, b"x")])
    await publisher.stop(5_000)
    (camera,) = named_cameras(ours.cameras, site="store-1")
    found = await newest_frames(ours, [camera], partition_count=PARTITION_COUNT)
    assert found == {camera: headers}


async def _send_latin_header(settings: GatewaySettings, folder: Path) -> None:
    """A record is in the camera's partition of which a header's name is no UTF-8."""
    require("kcat", is_there=shutil.which("kcat") is not None, package="kcat")
    value = folder / "foreign"
    value.write_bytes(b"whatever")
    partition = partition_of(frame_key("store-1", "tills"), PARTITION_COUNT)
    kcat = await asyncio.create_subprocess_exec(
        *("kcat", "-b", settings.kafka, "-P", "-t", settings.topic_name(FRAMES)),
        *("-p", str(partition), "-H", "caf\xe9=1".encode("latin-1"), str(value)),
    )
    assert await kcat.wait() == 0


async def test_a_source_that_ended_is_already_played_when_resumed(settings) -> None:
    first = await _played(settings(resume=True))
    assert await _played(settings(resume=True)) == first


async def test_a_stop_sends_what_was_captured_and_no_end_and_resume_goes_on(settings) -> None:
    stop = asyncio.Event()
    playing = asyncio.create_task(play(settings(speed="real"), stop))
    while not (sent := await _frames(settings())):
        await asyncio.sleep(0.05)
    stop.set()
    await asyncio.wait_for(playing, 60)
    sent = await _frames(settings())
    assert not any(frame.is_end for frame in sent)
    assert len(sent) < FRAME_COUNT

    frames = await _played(settings(resume=True))
    assert [frame.captured_at_ms for frame in frames] == [
        START_MS + 100 * index for index in range(FRAME_COUNT + 1)
    ]
    assert [frame.is_end for frame in frames] == [False] * FRAME_COUNT + [True]
    assert frames[-1].run > frames[0].run


async def test_a_killed_gateway_goes_on_where_it_was_and_loses_nothing(settings, video) -> None:
    ours = settings()
    environment = {
        "FOOTFALL_KAFKA": ours.kafka,
        "FOOTFALL_TOPIC_PREFIX": ours.topic_prefix,
        "FOOTFALL_CAMERAS": f'["tills={video}"]',
        "FOOTFALL_SPEED": "real",
    }
    program = (
        "from streams.gateway.app import run_gateway\n"
        "from streams.gateway.settings import GatewaySettings\n"
        "run_gateway(GatewaySettings.load())"
    )
    with subprocess.Popen([sys.executable, "-c", program], env=os.environ | environment) as gateway:
        while not await _frames(ours):
            assert gateway.poll() is None
            await asyncio.sleep(0.05)
        gateway.send_signal(signal.SIGKILL)
    assert not any(frame.is_end for frame in await _frames(ours))

    frames = await _played(settings(resume=True))
    assert [frame.captured_at_ms for frame in frames] == [
        START_MS + 100 * index for index in range(FRAME_COUNT + 1)
    ]


async def test_sigterm_ends_the_process_cleanly_without_an_end(settings, video) -> None:
    ours = settings()
    program = (
        "from streams.gateway.app import run_gateway\n"
        "from streams.gateway.settings import GatewaySettings\n"
        f"run_gateway(GatewaySettings.load(kafka={ours.kafka!r}, loop=True, "
        f"topic_prefix={ours.topic_prefix!r}, cameras=('tills={video}',)))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) as gateway:
        while not await _frames(ours):
            assert gateway.poll() is None
            await asyncio.sleep(0.05)
        gateway.send_signal(signal.SIGTERM)
        _, complaint = await asyncio.to_thread(gateway.communicate, timeout=60)
    assert gateway.returncode == 0, complaint
    assert b"Traceback" not in complaint
    assert not any(frame.is_end for frame in await _frames(ours))


async def test_frames_that_fill_more_than_one_batch_all_arrive_in_their_order(settings) -> None:
    ours = settings()
    headers = FrameHeaders(
        site="store-1", camera="tills", captured_at_ms=1, seq=0, width=1, height=1, run=1
    )
    frames = [
        WireFrame(replace(headers, captured_at_ms=seq, seq=seq), b"x") for seq in range(30_000)
    ]
    publisher = Publisher(ours)
    await publisher.start()
    try:
        await publisher.publish(frames)
    finally:
        await publisher.stop(5_000)
    assert await _frames(ours) == [frame.headers for frame in frames]


async def test_the_rate_limit_leaves_gaps_in_seq(settings) -> None:
    frames = await _played(settings(rate_limit_hz=2))
    times_ms = [frame.captured_at_ms for frame in frames[:-1]]
    assert all(later - earlier == 500 for earlier, later in pairwise(times_ms[1:]))
    assert [frame.seq for frame in frames[:-1]] == [(at - START_MS) // 100 for at in times_ms]


async def test_health_says_what_became_of_the_frames(settings) -> None:
    ours = settings(rate_limit_hz=2)
    sent = len(await _played(ours)) - 1
    *_, newest = await _records(ours, ours.topic_name(HEALTH))
    last = decode(newest.value, HealthRecord)
    assert (last.site, last.camera, last.part) == ("store-1", "tills", HealthPart.GATEWAY)
    assert last.counters["captured"] == FRAME_COUNT
    assert last.counters["sent"] == sent
    assert last.counters["captured"] == sent + last.counters["rate_limited"]
    assert last.newest_at_ms == START_MS + 6_000


async def test_one_cameras_broken_source_stops_no_other(settings, video, tmp_path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for index in range(FRAME_COUNT):
        cv2.imwrite(str(images / f"{index}.png"), np.zeros((8, 8, 3), np.uint8))
    ours = settings(cameras=(f"tills={images}", f"door={video}"), fps=FPS, speed="real")
    playing = asyncio.create_task(play(ours, asyncio.Event()))
    while not await _frames(ours):
        await asyncio.sleep(0.05)
    (images / f"{FRAME_COUNT - 1}.png").unlink()
    with pytest.raises(SourceError, match="cannot be read"):
        await playing
    sent = Counter(frame.camera for frame in await _frames(ours))
    assert sent == {"tills": FRAME_COUNT - 1, "door": FRAME_COUNT + 1}


async def test_no_broker_is_said_in_a_sentence(settings) -> None:
    with pytest.raises(BrokerError, match="no Kafka broker answers"):
        await play(settings(kafka="127.0.0.1:9", connect_timeout_ms=0), asyncio.Event())


async def test_missing_topics_are_said_in_a_sentence(settings) -> None:
    with pytest.raises(TopicError, match="footfall topics"):
        await play(settings(topic_prefix="nobody.", connect_timeout_ms=0), asyncio.Event())
