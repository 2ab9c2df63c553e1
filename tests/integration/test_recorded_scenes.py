"""A scene in files, through a real Kafka and a real worker, measured against its truth."""

import json
from dataclasses import asdict
from pathlib import Path

import msgspec
import pytest
from ruamel.yaml import YAML

from perf.recorded_scenes import measure, scenes_in
from schemas import codec
from schemas.layout import Camera, SiteLayout
from streams.simulation.events import CrossingTruth, EventTruth, VisitTruth, WaitTruth
from tests.scenarios.scene import SITE, Person, View, door, layout, square, standing, till

pytestmark = pytest.mark.broker

EVERY_MS = 200
UNTIL_MS = 40_000
WITHIN_S = 120.0

PEOPLE = [
    Person([(1_000, 0.05, 0.6), (4_000, 0.35, 0.6), (14_000, 0.35, 0.6), (17_000, 0.65, 0.6)]),
    Person([(9_000, 0.3, 0.8), (25_000, 0.3, 0.8), (29_000, 0.05, 0.8)]),
    standing(0.85, 0.5, from_ms=5_000, to_ms=30_000),
]
"""One is served after a wait, one gives up, one looks at the shelf."""
TRUTH: list[EventTruth] = [
    WaitTruth(person="a", queue="till", joined_at_ms=2_500, ended_at_ms=15_500, outcome="served"),
    CrossingTruth(person="a", line="door", at_ms=16_500, direction="in"),
    WaitTruth(
        person="b", queue="till", joined_at_ms=9_000, ended_at_ms=26_600, outcome="abandoned"
    ),
    VisitTruth(person="c", zone="shelf", entered_at_ms=5_000, exited_at_ms=30_000),
]


def write_scene(folder: Path) -> None:
    zones = [*till(), square("shelf", 0.75, 0.95)]
    what = layout(Camera(id="cam", zones=zones, lines=[door(x=0.6)]))
    frames = View().film(PEOPLE, range(0, UNTIL_MS, EVERY_MS))
    write_layout(what, folder / "layout.yaml")
    (folder / "detections.jsonl").write_bytes(b"\n".join(codec.encode(one) for one in frames))
    rows = [json.dumps({"site": SITE, **asdict(event)}) for event in TRUTH]
    (folder / "truth.jsonl").write_text("\n".join(rows) + "\n")


def write_layout(what: SiteLayout, path: Path) -> None:
    with path.open("w") as file:
        YAML(typ="safe", pure=True).dump(msgspec.to_builtins(what), file)


async def test_a_scene_in_files_is_measured_against_its_truth(kafka, tmp_path):
    write_scene(tmp_path)
    (scene,) = scenes_in(tmp_path)
    (sums,) = await measure([scene], kafka=kafka, timeout_s=WITHIN_S)
    figures = sums.figures()
    assert figures["crossings_f1"] == 1.0
    assert [figures[name] for name in ("joined", "served", "abandoned")] == [[2, 2], [1, 1], [1, 1]]
    assert figures["visits"] == [1, 1]
    true_ms, found_ms = figures["dwell_p50_ms"]
    assert abs(found_ms - true_ms) <= 2 * EVERY_MS
    true_ms, found_ms = figures["wait_p50_ms"]
    assert abs(found_ms - true_ms) <= 2 * EVERY_MS
    for name in ("length", "occupancy"):
        assert figures[name]["mae"] < 0.05 < figures[name]["always_mean"]
