"""How fast the gateway carries frames, beside the same capture without a broker.

In: a video. Out: a table and one JSON line: frames per second, and CPU time of the gateway's
process per frame. The bare capture decodes, resizes and encodes in one loop; the gateway does that
and sends each frame, acknowledged, to a broker of its own on the same machine, its start included.
The bare capture runs before and after, for the machine may drift.

    python -m perf.gateway --video shop.mp4
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from compose.broker import Broker, await_broker
from compose.jars import kafka_jars
from compose.ports import free_ports
from streams.adapters.topics import create_topics
from streams.gateway.app import play
from streams.gateway.cameras import GatewayCamera, named_cameras
from streams.gateway.capture import Capture, Play
from streams.gateway.encoding import Encoder
from streams.gateway.log_tail import newest_frames
from streams.gateway.settings import GatewaySettings
from streams.gateway.sources.opening import open_source

PARTITION_COUNT = 4
CAMERA_COUNTS = (1, 2, 4)
WAIT_S = 60.0

Measured = dict[str, float]


@contextmanager
def own_broker() -> Iterator[str]:
    """A broker for this measurement alone: its bootstrap address."""
    with tempfile.TemporaryDirectory(prefix="footfall-perf-") as folder:
        broker = Broker(Path(folder), kafka_jars(), *free_ports(2))
        broker.prepare()
        with subprocess.Popen(
            broker.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                asyncio.run(await_broker(broker.bootstrap, timeout_s=WAIT_S))
                yield broker.bootstrap
            finally:
                process.terminate()


def measured(carry: Callable[[], int]) -> Measured:
    """Frames per second and CPU ms per frame of what returns how many frames it carried."""
    started_s, cpu_s = time.perf_counter(), time.process_time()
    frame_count = carry()
    took_s, cpu_s = time.perf_counter() - started_s, time.process_time() - cpu_s
    return {
        "frames": frame_count,
        "rate_hz": round(frame_count / took_s, 1),
        "cpu_ms_per_frame": round(cpu_s * 1000 / frame_count, 3),
    }


def captured(settings: GatewaySettings, video: Path) -> int:
    """The capture alone; returns how many frames it gave."""
    camera = GatewayCamera(settings.site, "camera-0", str(video))
    encoder = Encoder((), settings.width_px, settings.jpeg_quality)
    capture = Capture(open_source(camera, settings), Play(camera, 1, None, encoder, None))
    return sum(not frame.headers.is_end for frame in iter(capture.next_frame, None))


def carried(settings: GatewaySettings) -> int:
    """A whole play to the broker; returns how many frames it holds then."""
    asyncio.run(play(settings, asyncio.Event()))
    cameras = named_cameras(settings.cameras, site=settings.site)
    newest = asyncio.run(newest_frames(settings, cameras, partition_count=PARTITION_COUNT))
    return sum(frame.seq for frame in newest.values() if frame is not None)


def fresh(settings: GatewaySettings) -> GatewaySettings:
    """The settings once their topics are there and answer."""
    asyncio.run(create_topics(settings, PARTITION_COUNT))
    cameras = named_cameras(settings.cameras, site=settings.site)
    asyncio.run(newest_frames(settings, cameras, partition_count=PARTITION_COUNT))
    return settings


def measure(video: Path, width_px: int | None) -> dict[str, Measured]:
    """Every way, in the order they ran."""
    common = {"speed": "max", "width_px": width_px, "site": "perf"}
    bare = GatewaySettings.load(**common)
    with own_broker() as bootstrap:
        rows = {"bare capture, before": measured(lambda: captured(bare, video))}
        for count in CAMERA_COUNTS:
            settings = fresh(
                GatewaySettings.load(
                    **common,
                    kafka=bootstrap,
                    topic_prefix=f"perf-{count}.",
                    cameras=tuple(f"camera-{index}={video}" for index in range(count)),
                )
            )
            rows[f"gateway, cameras: {count}"] = measured(lambda to=settings: carried(to))
        return rows | {"bare capture, after": measured(lambda: captured(bare, video))}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--video", type=Path, required=True)
    parser.add_argument("--width-px", type=int, default=None)
    asked = parser.parse_args()
    rows = measure(asked.video, asked.width_px)
    for name, row in rows.items():
        print(
            f"{name:22} {row['rate_hz']:8.0f} frames/s {row['cpu_ms_per_frame']:8.2f} ms CPU each"
        )
    machine = {"cores": os.cpu_count(), "machine": platform.machine()}
    print(json.dumps({"perf": "gateway", "video": asked.video.name, **machine, "rows": rows}))


if __name__ == "__main__":
    main()
