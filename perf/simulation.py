"""How fast the simulated store is: frames with pixels, and boxes alone, on one core.

Prints a table and ends with one JSON line. Rates are per second of processor time, in a quiet hour,
an ordinary one and the rush; `people` is the mean in view.
"""

from __future__ import annotations

import argparse
import json
import time

import cv2
import numpy as np

from perf.tables import table
from streams.simulation.arrivals import day_start_ms
from streams.simulation.day import day_at
from streams.simulation.detections import BoxCamera
from streams.simulation.scenes import Scene
from streams.simulation.stores import STORES

DAY = 10_957
HOURS = {"03:00": 23.0, "11:00": 7.0, "17:45 rush": 13.75}
"""Hours after the simulated day's start, 04:00."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=300, help="with pixels, per hour measured")
    parser.add_argument("--boxes", type=int, default=12_000, help="frames of boxes alone")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    rows = [
        measure(site, view.id, options.frames, options.boxes)
        for site, store in STORES.items()
        for view in store.views
    ]
    flat = [row for camera in rows for row in camera]
    table(flat)
    print(json.dumps({"perf": "simulation", "day_s": measure_day(), "rows": flat}))


def measure(site: str, camera: str, frame_count: int, box_count: int) -> list[dict[str, object]]:
    """Rates of one camera at every hour."""
    started_s = time.process_time()
    scene = Scene(site, camera)
    scene_s = time.process_time() - started_s
    boxes = BoxCamera(site, camera)
    rows = []
    for name, hour in HOURS.items():
        start_ms = day_start_ms(DAY) + int(hour * 3_600_000)
        scene.image(start_ms)
        sightings = boxes.truth(start_ms + np.arange(frame_count) * 200)
        rows.append(
            {
                "camera": f"{site}/{camera}",
                "hour": name,
                "people": round(sightings.instant.size / frame_count, 1),
                "pixels_fps": round(_pixel_rate(scene, start_ms, frame_count)),
                "boxes_fps": round(_box_rate(boxes, start_ms, box_count)),
                "start_s": round(scene_s, 2),
            }
        )
    return rows


def measure_day() -> float:
    """Time to make one day of one store, s."""
    started_s = time.process_time()
    day_at("store-1", seed=99, day=DAY)
    return round(time.process_time() - started_s, 2)


def _pixel_rate(scene: Scene, start_ms: int, count: int) -> float:
    started_s = time.process_time()
    for number in range(count):
        scene.image(start_ms + number * 200)
    return count / (time.process_time() - started_s)


def _box_rate(camera: BoxCamera, start_ms: int, count: int) -> float:
    started_s = time.process_time()
    total = sum(1 for _ in camera.frames(start_ms, every_ms=200, count=count))
    return total / (time.process_time() - started_s)


if __name__ == "__main__":
    main()
