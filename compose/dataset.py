"""Writes the simulated store to disk: images, COCO labels, the truth as JSON lines, the layouts.

Boxes are of the whole body, also where it is hidden. People of whom too little shows to be asked
for are marked `iscrowd`, so COCO tools neither demand nor punish them.
"""

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import cv2
import msgspec
import numpy as np
from ruamel.yaml import YAML

from streams.simulation.arrivals import day_of, day_start_ms
from streams.simulation.layouts import layout_of
from streams.simulation.light import LightRange
from streams.simulation.moved import moved_view
from streams.simulation.plan import View
from streams.simulation.scenes import Picture, Scene
from streams.simulation.stores import STORES, store_of

LEAST_VISIBLE = 0.25
"""People of whom less shows are not asked for."""
_JPEG_QUALITY = 90


@dataclass(frozen=True, slots=True)
class DatasetPlan:
    """What to write."""

    sites: tuple[str, ...] = tuple(STORES)
    """Ids of simulated sites."""
    seed: int = 1
    """Another seed gives other people, light and moved cameras."""
    start_ms: int = 946_728_000_000
    """Event time of the first frame, ms since the epoch."""
    frame_count: int = 100
    """Frames of each view."""
    every_ms: int = 200
    """Event time between two frames of a view, ms."""
    moved_view_count: int = 0
    """Further cameras at random places, per site."""
    has_own_views: bool = True
    """Whether the sites' own cameras are there too."""
    traffic: float = 1.0
    """Parties that come, relative to an ordinary day."""
    light: LightRange = field(default_factory=LightRange)
    """How far the light may stray."""


def write_dataset(plan: DatasetPlan, folder: Path) -> int:
    """Writes a dataset into a folder; returns how many images it has.

    `images/*.jpg`, `annotations.json` (COCO), `frames.jsonl` (who is where in each frame),
    `events.jsonl` (crossings, waits, services, visits of the days shown), `layouts/SITE.yaml`.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "layouts").mkdir(exist_ok=True)
    images: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    with (
        (folder / "frames.jsonl").open("w") as frames,
        (folder / "events.jsonl").open("w") as events,
    ):
        for site in plan.sites:
            _write_layout(site, folder / "layouts" / f"{site}.yaml")
            scene = None
            for scene in _scenes(plan, site):
                for number in range(plan.frame_count):
                    picture = scene.picture(plan.start_ms + number * plan.every_ms)
                    _write_picture(folder, scene, picture, images, labels)
                    _write_frame(frames, scene, picture)
            if scene is not None:
                _write_events(events, scene, plan)
    _write_coco(folder / "annotations.json", images, labels)
    return len(images)


def _scenes(plan: DatasetPlan, site: str) -> Iterator[Scene]:
    store = store_of(site)
    rng = np.random.default_rng([plan.seed, 5, *site.encode()])
    views: list[View] = list(store.views) if plan.has_own_views else []
    views += [
        moved_view(store, rng, name=f"moved-{number + 1}")
        for number in range(plan.moved_view_count)
    ]
    for view in views:
        yield Scene(
            site, view.id, seed=plan.seed, view=view, light=plan.light, traffic=plan.traffic
        )


def _write_picture(
    folder: Path,
    scene: Scene,
    picture: Picture,
    images: list[dict[str, Any]],
    labels: list[dict[str, Any]],
) -> None:
    name = f"{scene.store.id}_{scene.view.id}_{picture.at_ms}.jpg"
    path = folder / "images" / name
    _, content = cv2.imencode(".jpg", picture.image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    path.write_bytes(content.tobytes())
    height, width = picture.image.shape[:2]
    images.append(
        {
            "id": len(images) + 1,
            "file_name": name,
            "width": width,
            "height": height,
            "site": scene.store.id,
            "camera": scene.view.id,
            "captured_at_ms": picture.at_ms,
        }
    )
    for seen in picture.people:
        x1, y1, x2, y2 = seen.xyxy
        labels.append(
            {
                "id": len(labels) + 1,
                "image_id": len(images),
                "category_id": 1,
                "bbox": [x1, y1, round(x2 - x1, 2), round(y2 - y1, 2)],
                "area": round((x2 - x1) * (y2 - y1), 2),
                "iscrowd": int(seen.visible_fraction < LEAST_VISIBLE),
                "segmentation": [],
                "person": seen.person,
                "visible_fraction": seen.visible_fraction,
            }
        )


def _write_frame(frames: TextIO, scene: Scene, picture: Picture) -> None:
    row = {
        "site": scene.store.id,
        "camera": scene.view.id,
        "captured_at_ms": picture.at_ms,
        "people": [dataclasses.asdict(seen) for seen in picture.people],
    }
    frames.write(json.dumps(row) + "\n")


def _write_events(events: TextIO, scene: Scene, plan: DatasetPlan) -> None:
    end_ms = plan.start_ms + plan.frame_count * plan.every_ms
    for day in range(day_of(plan.start_ms), day_of(end_ms - 1) + 1):
        for event in scene.day(day_start_ms(day)).events:
            row = {"site": scene.store.id, **dataclasses.asdict(event)}
            times = [value for key, value in row.items() if key.endswith("_ms")]
            if min(times) < end_ms and max(times) >= plan.start_ms:
                events.write(json.dumps(row) + "\n")


def _write_layout(site: str, path: Path) -> None:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    with path.open("w") as file:
        yaml.dump(msgspec.to_builtins(layout_of(site)), file)


def _write_coco(path: Path, images: list[dict[str, Any]], labels: list[dict[str, Any]]) -> None:
    content = {
        "info": {"description": "A simulated store"},
        "categories": [{"id": 1, "name": "person"}],
        "images": images,
        "annotations": labels,
    }
    path.write_text(json.dumps(content))
