"""How fast the site engine is: detections in, finals out, one core, no Kafka.

Prints a table and ends with one JSON line. The scene is a shop floor of people who walk, stop and
queue; boxes are perfect, so the tracker keeps everyone and the metrics have the most to do.

    python -m perf.engine                                    speed, and a short look at the memory
    python -m perf.engine --people --hours 24 --cameras 50   the memory of a day, no speed
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import random
import sys
import time
import types
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psutil

from perf.tables import table
from schemas import codec
from schemas.detections import Detection, DetectionStatus, LayoutMark, decode_detection
from schemas.layout import Camera, Floor, Line, LineKind, Rule, SiteLayout, Zone, ZoneKind
from streams.engine import SiteEngine
from streams.tracking import warm_up

WIDTH, HEIGHT = 1280, 720
SITE = "perf"
START_MS = 946_684_800_000
Box = tuple[float, float, float, float]


@dataclass
class Walker:
    """A person who walks to a spot, stays there for a while, and walks on."""

    x: float
    y: float
    to_x: float
    to_y: float
    stay_s: float = 0.0

    def step(self, passed_s: float, dice: random.Random) -> None:
        """Go on for some time."""
        if self.stay_s > 0.0:
            self.stay_s -= passed_s
            return
        dx, dy = self.to_x - self.x, self.to_y - self.y
        far, reach = math.hypot(dx, dy), 0.1 * passed_s
        if far <= reach:
            self.stay_s = dice.expovariate(1 / 15)
            self.to_x, self.to_y = dice.uniform(0.05, 0.95), dice.uniform(0.3, 0.95)
            return
        self.x += dx / far * reach
        self.y += dy / far * reach


def box_zone(name: str, kind: ZoneKind, left: float, right: float, **more: object) -> Zone:
    """A rectangular zone over the lower part of the image."""
    polygon = [(left, 0.35), (right, 0.35), (right, 0.9), (left, 0.9)]
    return Zone(id=name, kind=kind, polygon=polygon, **more)  # type: ignore[arg-type] # any knob


def shop(camera_count: int) -> SiteLayout:
    """Cameras with a queue and its service, two shelves, two lines, a floor and a rule."""
    corners = [(0.0, 0.3, 0.0, 10.0), (1.0, 0.3, 16.0, 10.0), (1.0, 1.0, 12.0, 0.0)]
    corners.append((0.0, 1.0, 4.0, 0.0))
    cameras = [
        Camera(
            id=f"camera-{index}",
            homography=corners,
            zones=[
                box_zone(
                    f"till-{index}",
                    ZoneKind.QUEUE,
                    0.1,
                    0.3,
                    service=[f"desk-{index}"],
                    long_above=3,
                ),
                box_zone(f"desk-{index}", ZoneKind.SERVICE, 0.3, 0.4),
                box_zone(f"shoes-{index}", ZoneKind.BROWSE, 0.5, 0.7),
                box_zone(f"hats-{index}", ZoneKind.BROWSE, 0.65, 0.9),
            ],
            lines=[
                Line(
                    id=f"door-{index}", kind=LineKind.ENTRANCE, start=(0.45, 0.3), end=(0.45, 1.0)
                ),
                Line(id=f"aisle-{index}", kind=LineKind.PASSAGE, start=(0.1, 0.6), end=(0.9, 0.6)),
            ],
        )
        for index in range(camera_count)
    ]
    rules = [Rule(id="long", on="till-0", when="length > 3", for_s=10)]
    floor = Floor(width_m=16.0, height_m=10.0)
    return SiteLayout(site=SITE, version=1, floor=floor, cameras=cameras, rules=rules)


def scene(*, frames: int, people: int, rate: float, seed: int, camera: str) -> list[Detection]:
    """Detections of one camera, in order."""
    dice = random.Random(seed)
    crowd = [
        Walker(
            dice.uniform(0.05, 0.95),
            dice.uniform(0.3, 0.95),
            dice.uniform(0.05, 0.95),
            dice.uniform(0.3, 0.95),
        )
        for _ in range(people)
    ]
    detections = []
    for index in range(frames):
        boxes: list[Box] = []
        for one in crowd:
            one.step(1 / rate, dice)
            left, top, right, bottom = foot_box(one.x, one.y)
            jitter = round(dice.uniform(-1.0, 1.0), 2)
            boxes.append((left, top, right + jitter, bottom + jitter))
        at_ms = START_MS + round(index * 1000 / rate)
        detections.append(frame(camera, index, at_ms, boxes))
    return detections


def foot_box(x: float, y: float) -> Box:
    """The box of someone whose feet are at x, y; people further down are nearer and taller."""
    tall = (0.12 + 0.2 * y) * HEIGHT
    left, right = x * WIDTH - tall / 5, x * WIDTH + tall / 5
    return round(left, 2), round(y * HEIGHT - tall, 2), round(right, 2), round(y * HEIGHT, 2)


def frame(camera: str, offset: int, at_ms: int, boxes: list[Box]) -> Detection:
    """The message of one frame."""
    return Detection(
        site=SITE,
        camera=camera,
        captured_at_ms=at_ms,
        seq=offset,
        run=START_MS,
        width=WIDTH,
        height=HEIGHT,
        frame_partition=0,
        frame_offset=offset,
        status=DetectionStatus.OK,
        boxes=boxes,
        scores=[0.9] * len(boxes),
        classes=["person"] * len(boxes),
    )


def new_engine(camera_count: int) -> SiteEngine:
    """An engine that has heard of its layout."""
    engine = SiteEngine(SITE)
    layout = shop(camera_count)
    engine.adopt(LayoutMark(site=SITE, version=1, effective_from_ms=0, layout=layout))
    return engine


def measure(frames: int, people: int, rate: float) -> dict[str, Any]:
    """Figures of one camera at one rate: the engine alone, and with decoding and encoding."""
    detections = scene(frames=frames, people=people, rate=rate, seed=1, camera="camera-0")
    engine = new_engine(1)
    records: Counter[str] = Counter()
    begin, begin_cpu = time.perf_counter(), time.process_time()
    for detection in detections:
        for record in engine.observe(detection):
            records[type(record).__name__] += 1
    alone_s, alone_cpu_s = time.perf_counter() - begin, time.process_time() - begin_cpu
    payloads = [codec.encode(one) for one in detections]
    whole = new_engine(1)
    begin = time.perf_counter()
    for payload in payloads:
        message = decode_detection(payload)
        if isinstance(message, Detection):
            for record in whole.observe(message):
                codec.encode(record)
    whole_s = time.perf_counter() - begin
    begin = time.perf_counter()
    snapshot = engine.snapshot()
    snapshot_s = time.perf_counter() - begin
    begin = time.perf_counter()
    SiteEngine.restore(snapshot)
    restore_s = time.perf_counter() - begin
    return {
        "people": people,
        "rate_hz": rate,
        "frames_per_s": round(frames / alone_s),
        "frames_per_cpu_s": round(frames / alone_cpu_s),
        "frames_per_s_with_json": round(frames / whole_s),
        "snapshot_bytes": len(snapshot),
        "snapshot_ms": round(snapshot_s * 1000, 2),
        "restore_ms": round(restore_s * 1000, 2),
        "records": sum(records.values()),
    }


@dataclass
class Visitors:
    """One camera's people, who come and go: two in view on average, each for a minute."""

    dice: random.Random
    crowd: list[Walker] = field(default_factory=list)
    came_total: int = 0

    def second(self) -> list[Box]:
        """The boxes of one more second."""
        if self.dice.random() < 1 / 30:
            to_x, to_y = self.dice.uniform(0.1, 0.9), self.dice.uniform(0.3, 0.95)
            self.crowd.append(Walker(0.05, 0.6, to_x, to_y))
            self.came_total += 1
        self.crowd = [one for one in self.crowd if self.dice.random() > 1 / 60]
        for one in self.crowd:
            one.step(1.0, self.dice)
        return [foot_box(one.x, one.y) for one in self.crowd]


def held_bytes(root: object) -> int:
    """Bytes of every Python object that can be reached from one; code and classes left out."""
    seen, waiting, total = set(), [root], 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | types.ModuleType):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        is_function = isinstance(one, types.FunctionType)
        waiting += (one.__closure__ or ()) if is_function else gc.get_referents(one)
    return total


def sizes_now(engine: SiteEngine) -> Counter[str]:
    """How large the engine and its process are: a leak outside the snapshot shows in the others."""
    return Counter(
        snapshot_bytes=len(engine.snapshot()),
        held_bytes=held_bytes(engine),
        memory_blocks=sys.getallocatedblocks(),
        resident_bytes=psutil.Process().memory_info().rss,
    )


def measure_memory(hours: int, camera_count: int) -> dict[str, Any]:
    """How much the engine grows while new people come and go, one frame per second and camera.

    Who happens to be in view moves the size by a tenth, so each hour's size is the mean of its last
    30 minutes, sampled once a minute.
    """
    engine, dice = new_engine(camera_count), random.Random(1)
    people = [Visitors(dice) for _ in range(camera_count)]
    rows: list[dict[str, Any]] = []
    total: Counter[str] = Counter()
    for second in range(hours * 3600):
        for index, visitors in enumerate(people):
            at_ms = START_MS + second * 1000
            engine.observe(frame(f"camera-{index}", second, at_ms, visitors.second()))
        if second % 60 == 59 and second % 3600 >= 1800:
            total += sizes_now(engine)
        if second % 3600 == 3599:
            came = sum(visitors.came_total for visitors in people)
            rows.append({"hour": second // 3600 + 1, "people": came})
            rows[-1] |= {name: value // 30 for name, value in total.items()}
            total.clear()
            print(*rows[-1].items(), file=sys.stderr, flush=True)
    table(rows)
    first, last = rows[0], rows[-1]
    return {
        "hours": hours,
        "cameras": camera_count,
        "distinct_people": last["people"],
        **{
            f"{name}_growth_fraction": round(last[name] / first[name] - 1, 4)
            for name in ("snapshot_bytes", "held_bytes", "memory_blocks", "resident_bytes")
        },
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--people", type=int, nargs="*", default=[0, 5, 20, 60])
    parser.add_argument("--rate", type=float, default=10.0)
    parser.add_argument("--hours", type=int, default=3, help="simulated, for the memory's growth")
    parser.add_argument("--cameras", type=int, default=5, help="for the memory's growth")
    options = parser.parse_args()
    warm_up()
    rows = [measure(options.frames, people, options.rate) for people in options.people]
    table(rows)
    memory = measure_memory(options.hours, options.cameras)
    table([memory])
    print(json.dumps({"perf": "engine", "frames": options.frames, "rows": rows, "memory": memory}))


if __name__ == "__main__":
    main()
