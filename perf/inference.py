"""How fast frames become detections through Kafka and Ray Serve, beside the bare loop.

In: a model and a JPEG. Out: a table and one JSON line, frames per second on the CPU. The bare loop
has as many processes as there are replicas, each with one thread of ONNX Runtime on the unmodified
export, decoding, resizing and encoding the same message, without Kafka or Ray; it runs before and
after, for the machine may drift. The chain consumes a backlog; its rate is that of the broker's own
times of the detections, between the first and the last tenth. Broker, Ray and replicas share the
machine's cores, so nothing else may run.

    python -m perf.inference --model yolo11n.onnx --image frame.jpg --side 320
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import onnxruntime
import ray
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from ray import serve as ray_serve

from compose.broker import Broker, await_broker
from compose.jars import kafka_jars
from compose.ports import free_ports
from schemas import codec
from schemas.frames import FrameHeaders, to_wire
from schemas.topics import DETECTIONS, FRAMES, TOPICS, topic_config
from serve.inference.detector import detector_app
from serve.inference.images import decode_image, stored_size
from serve.inference.models import load_model
from serve.inference.settings import DetectorSettings, Fit
from serve.inference.verdicts import FrameRecord, found

PARTITION_COUNT = 4
BARE_BATCH_SIZE = 2
WAIT_S = 300


@dataclass(frozen=True)
class Work:
    """What is measured."""

    settings: DetectorSettings
    image: bytes
    frame_count: int
    process_count: int

    def frame(self, seq: int) -> FrameHeaders:
        """The metadata of one frame; each partition has a camera of its own."""
        width, height = stored_size(self.image)
        camera = f"camera-{seq % PARTITION_COUNT}"
        return FrameHeaders(
            site="perf", camera=camera, captured_at_ms=seq, seq=seq, width=width, height=height
        )


def bare_rate(work: Work) -> float:
    """Frames per second of loops without Kafka or Ray, one process each."""
    context = multiprocessing.get_context("spawn")
    share = work.frame_count // work.process_count
    with ProcessPoolExecutor(work.process_count, mp_context=context) as pool:
        spans = list(
            pool.map(_bare_loop, [work] * work.process_count, [share] * work.process_count)
        )
    return sum(share / (end_s - start_s) for start_s, end_s in spans)


def _bare_loop(work: Work, frame_count: int) -> tuple[float, float]:
    cv2.setNumThreads(1)
    model = load_model(work.settings.model, work.settings.model_copy(update={"fit": Fit.SQUARE}))
    frame = work.frame(0)
    record = FrameRecord("frames", 0, 0, 0, to_wire(frame), work.image)

    def run_batch() -> None:
        images = [
            decode_image(work.image, width=frame.width, height=frame.height)
            for _ in range(BARE_BATCH_SIZE)
        ]
        for boxes in model.infer([model.prepare(image) for image in images]):
            verdict = found(record, frame, boxes, names=model.names, model=model.label)
            codec.encode(verdict.detection)

    run_batch()
    start_s = time.perf_counter()
    for _ in range(frame_count // BARE_BATCH_SIZE):
        run_batch()
    return start_s, time.perf_counter()


def chain_rate(work: Work, *, prefix: str, fit: Fit) -> float:
    """Frames per second through Kafka and Ray Serve, from a backlog."""
    settings = work.settings.model_copy(update={"topic_prefix": prefix, "fit": fit})
    asyncio.run(_fill(work, settings))
    ray_serve.run(detector_app(settings), name="detector", route_prefix=None)
    times_ms = asyncio.run(_append_times(work, settings))
    ray_serve.delete("detector")
    tenth = len(times_ms) // 10
    inner = times_ms[tenth:-tenth]
    return (len(inner) - 1) * 1000 / (inner[-1] - inner[0])


async def _fill(work: Work, settings: DetectorSettings) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    await admin.create_topics(
        [
            NewTopic(settings.topic_name(one), PARTITION_COUNT, 1, topic_configs=topic_config(one))
            for one in TOPICS
        ]
    )
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all")
    await producer.start()
    for seq in range(work.frame_count):
        await producer.send(
            settings.topic_name(FRAMES),
            work.image,
            headers=to_wire(work.frame(seq)),
            partition=seq % PARTITION_COUNT,
        )
    await producer.stop()


async def _append_times(work: Work, settings: DetectorSettings) -> list[int]:
    consumer = AIOKafkaConsumer(
        settings.topic_name(DETECTIONS),
        bootstrap_servers=settings.kafka,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=2_000,
        fetch_min_bytes=64 * 1024,
    )
    await consumer.start()
    times_ms: list[int] = []
    give_up_at_s = time.monotonic() + WAIT_S
    while len(times_ms) < work.frame_count and time.monotonic() < give_up_at_s:
        fetched = await consumer.getmany(timeout_ms=1_000)
        times_ms += [record.timestamp for records in fetched.values() for record in records]
    await consumer.stop()
    assert len(times_ms) >= work.frame_count, f"{len(times_ms)} detections came"
    return sorted(times_ms)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="perf-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextmanager
def _broker(folder: Path) -> Iterator[str]:
    broker = Broker(folder / "kafka", kafka_jars(), *free_ports(2))
    broker.prepare()
    with (folder / "kafka.log").open("wb") as log:
        server = subprocess.Popen(broker.command(), stdout=log, stderr=subprocess.STDOUT)
    try:
        asyncio.run(await_broker(broker.bootstrap, timeout_s=60))
        yield broker.bootstrap
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


@contextmanager
def _ray(folder: Path) -> Iterator[None]:
    ray.init(
        num_cpus=os.cpu_count(),
        include_dashboard=False,
        _temp_dir=str(folder / "ray"),
        log_to_driver=False,
    )
    ray_serve.start(proxy_location="Disabled")
    try:
        yield
    finally:
        ray_serve.shutdown()
        ray.shutdown()


def measure(work: Work) -> dict[str, float]:
    """Frames per second of each way, in the order they ran."""
    rates = {"bare loop, before": bare_rate(work)}
    with _folder() as folder, _ray(folder):
        for fit in (Fit.SQUARE, Fit.RECT):
            name = f"Kafka and Ray Serve, {fit.value} input"
            rates[name] = chain_rate(work, prefix=f"{fit.value}.", fit=fit)
    return rates | {"bare loop, after": bare_rate(work)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--side", type=int, default=320, help="side of an open input, px")
    parser.add_argument("--frames", type=int, default=600)
    parser.add_argument("--replicas", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    with _folder() as folder, _broker(folder) as kafka:
        settings = DetectorSettings(
            kafka=kafka,
            model=asked.model.resolve(),
            input_size_px=asked.side,
            replicas=asked.replicas,
        )
        work = Work(settings, asked.image.read_bytes(), asked.frames, asked.replicas)
        rates = measure(work)
    bare = (rates["bare loop, before"] + rates["bare loop, after"]) / 2
    print(f"{'frames/s':<40}{'':>8}  of the bare loop")
    for name, rate in rates.items():
        print(f"{name:<40}{rate:8.1f}  {rate / bare:5.2f}")
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, ONNX Runtime {onnxruntime.__version__}"
    )
    print(
        json.dumps({"measure": "inference", "machine": machine, "model": asked.model.name} | rates)
    )


if __name__ == "__main__":
    main()
