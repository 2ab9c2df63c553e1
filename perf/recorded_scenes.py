"""How right the numbers are on scenes that nothing here was made for.

In: recorded, annotated sequences (MOTChallenge folders), or scenes written by anybody. Each goes as
detection messages, with its layout, through a real Kafka and the engine's own worker; its finals
are held against the truth. Out: a table and one JSON line.

    python -m perf.recorded_scenes                      ../shared/tracking, at several frame steps
    python -m perf.recorded_scenes --sequences FOLDER   folders with seqinfo.ini, gt/, det/ below it
    python -m perf.recorded_scenes --scenes FOLDER      one scene, or a folder of scenes

A scene is a folder of three files:

    layout.yaml       the site's layout
    detections.jsonl  frames in order, each as it lies in the topic `detections`
    truth.jsonl       what happened, as `footfall simulate` writes it in events.jsonl

Lines and zones of the sequences lie at fixed shares of the image, the same for all, chosen without
a look at any result; the truth is computed from the annotated people alone (perf/scene_truth.py).
Each sequence is sent twice: with the boxes a detector found, and with the annotated ones, which
shows what of the error is not the detector's.
"""

import argparse
import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from perf.scene_bus import broker_running, finals_of
from perf.scene_figures import Sums, sums_of
from perf.scene_truth import Path as Way
from perf.scene_truth import truth_of, whole_paths
from schemas.detections import Detection, DetectionStatus, LayoutMark, decode_detection
from schemas.layout import Camera, Line, LineKind, SiteLayout, Zone, ZoneKind
from schemas.layout_files import load_layout
from streams.simulation.events import (
    CrossingTruth,
    EventTruth,
    ServiceTruth,
    VisitTruth,
    WaitTruth,
)

SEQUENCES = Path(__file__).resolve().parents[2] / "shared" / "tracking"
START_MS = 946_684_800_000
STEPS = (1, 2, 3, 6)
LEAST_SCORE = 0.1
"""As the Detector publishes by default."""
TIMEOUT_S = 600.0
_EVENTS: dict[str, type[EventTruth]] = {
    "crossing": CrossingTruth,
    "wait": WaitTruth,
    "service": ServiceTruth,
    "visit": VisitTruth,
}
Rows = NDArray[np.float64]
HEADS = (
    "crossings",
    "F1",
    "off",
    "occupancy MAE",
    "length MAE",
    "visits",
    "dwell p50 ms",
    "joined",
    "served",
    "abandoned",
    "open",
    "wait p50 ms",
)


@dataclass(frozen=True)
class Scene:
    """One camera or more of one site, with what happened there."""

    name: str
    layout: SiteLayout
    detections: list[Detection]
    truth: list[EventTruth]

    def messages(self) -> list[Detection | LayoutMark]:
        """The scene as it lies in the log: the layout first, an end for every camera last.

        Windows are of one second, so that counts are compared second by second.
        """
        mark = LayoutMark(
            site=self.layout.site,
            version=self.layout.version,
            effective_from_ms=0,
            layout=replace(self.layout, window_s=1, effective_from_ms=0),
        )
        by_camera: dict[str, list[Detection]] = {}
        for one in self.detections:
            by_camera.setdefault(one.camera, []).append(one)
        ends = [
            _end(frames)
            for frames in by_camera.values()
            if frames[-1].status is not DetectionStatus.ENDED
        ]
        return [mark, *self.detections, *ends]


def _end(frames: Sequence[Detection]) -> Detection:
    """The end of one camera, one frame's time after its last frame."""
    times_ms = [one.captured_at_ms for one in frames if one.captured_at_ms is not None]
    return replace(
        frames[-1],
        captured_at_ms=2 * times_ms[-1] - times_ms[-2],
        frame_offset=frames[-1].frame_offset + 1,
        status=DetectionStatus.ENDED,
        boxes=None,
        scores=None,
        classes=None,
    )


def scenes_in(folder: Path) -> list[Scene]:
    """The scene that a folder is, or those it holds."""
    folders = [one.parent for one in sorted(folder.rglob("truth.jsonl"))]
    return [read_scene(one) for one in folders]


def read_scene(folder: Path) -> Scene:
    """A scene written by anybody.

    Raises:
        SchemaError: If its layout or a message breaks the contract.
    """
    lines = (folder / "detections.jsonl").read_bytes().splitlines()
    messages = [decode_detection(line) for line in lines if line.strip()]
    rows = [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()]
    truth = [
        msgspec.convert({key: row[key] for key in row if key != "site"}, _EVENTS[row["kind"]])
        for row in rows
    ]
    detections = [one for one in messages if isinstance(one, Detection)]
    return Scene(folder.name, load_layout(folder / "layout.yaml"), detections, truth)


def sequences_in(folder: Path) -> list[Path]:
    """Folders of annotated sequences with detections, in order."""
    return [
        info.parent
        for info in sorted(folder.rglob("seqinfo.ini"))
        if (info.parent / "gt" / "gt.txt").exists() and (info.parent / "det" / "det.txt").exists()
    ]


def recorded_scene(folder: Path, *, step: int, annotated: bool = False) -> Scene:
    """A recorded sequence as a scene.

    Args:
        folder: The sequence.
        step: Every so many frames one is sent; the truth has them all.
        annotated: Sends the annotated boxes instead of the found ones: what is then wrong is not
            the detections' doing.
    """
    info = dict(
        line.split("=", 1)
        for line in (folder / "seqinfo.ini").read_text().splitlines()
        if "=" in line
    )
    size = int(info["imWidth"]), int(info["imHeight"])
    name = f"{folder.parent.name}.{folder.name}"
    site = f"{name}-x{step}{'-annotated' * annotated}".lower().replace(".", "-")
    every_ms = 1000.0 / float(info["frameRate"])
    true = _true_rows(folder, size)
    found = true if annotated else _rows(folder / "det" / "det.txt", size)
    found = found[found[:, 6] >= LEAST_SCORE]
    camera = drawn_camera()
    detections = [
        _message(site, camera.id, number, found[found[:, 0] == number], size, every_ms)
        for number in range(1, int(info["seqLength"]) + 1, step)
    ]
    ways = list(_ways(true, size, every_ms, camera.lost_ms))
    truth = truth_of(ways, camera, aspect=size[0] / size[1])
    layout = SiteLayout(site=site, version=1, cameras=[camera])
    return Scene(name, layout, detections, truth)


def drawn_camera() -> Camera:
    """Three lines and four zones at fixed shares of the image."""
    lines = [
        Line(id="left", kind=LineKind.ENTRANCE, start=(0.33, 1.0), end=(0.33, 0.1)),
        Line(id="right", kind=LineKind.PASSAGE, start=(0.67, 1.0), end=(0.67, 0.1)),
        Line(id="middle", kind=LineKind.PASSAGE, start=(0.05, 0.6), end=(0.95, 0.6)),
    ]
    zones = [
        _zone("lane", ZoneKind.QUEUE, 0.05, 0.4, service=["desk"]),
        _zone("desk", ZoneKind.SERVICE, 0.4, 0.6),
        _zone("shelf", ZoneKind.BROWSE, 0.6, 0.95),
        _zone("aisle", ZoneKind.BROWSE, 0.25, 0.75),
    ]
    return Camera(id="view", lines=lines, zones=zones)


def _zone(
    name: str, kind: ZoneKind, left: float, right: float, service: Sequence[str] = ()
) -> Zone:
    polygon = [(left, 0.3), (right, 0.3), (right, 1.0), (left, 1.0)]
    return Zone(id=name, kind=kind, polygon=polygon, service=list(service))


def _rows(path: Path, size: tuple[int, int]) -> Rows:
    """A MOT file; columns 2 to 5 become corners within the image, rows without area go."""
    rows = np.loadtxt(path, delimiter=",", ndmin=2)
    rows[:, 4:6] += rows[:, 2:4]
    rows[:, 2:6] = np.clip(rows[:, 2:6], 0.0, [*size, *size])
    return rows[(rows[:, 4:6] > rows[:, 2:4]).all(axis=1)]


def _true_rows(folder: Path, size: tuple[int, int]) -> Rows:
    """The annotated people of a sequence."""
    rows = _rows(folder / "gt" / "gt.txt", size)
    rows = rows[rows[:, 6] > 0]
    # Pedestrians are of class 1; sequences without classes have a coordinate in that column.
    is_person = rows[:, 7] == 1
    return rows if _benchmark(folder) == "MOT15" or not is_person.any() else rows[is_person]


def _ways(rows: Rows, size: tuple[int, int], every_ms: float, lost_ms: int) -> Iterator[Way]:
    for person in np.unique(rows[:, 1]):
        own = rows[rows[:, 1] == person]
        own = own[np.argsort(own[:, 0])]
        feet = np.column_stack(((own[:, 2] + own[:, 4]) / 2 / size[0], own[:, 5] / size[1]))
        way = Way(
            str(int(person)),
            [_at_ms(int(number), every_ms) for number in own[:, 0]],
            feet,
            (own[:, 5] - own[:, 3]) / size[1],
        )
        yield from whole_paths(way, lost_ms=lost_ms)


def _benchmark(folder: Path) -> str:
    suites = folder.parents[2] / "suites.json"
    if not suites.exists():
        return ""
    return str(json.loads(suites.read_text()).get(folder.parent.name, {}).get("benchmark", ""))


def _at_ms(number: int, every_ms: float) -> int:
    return START_MS + round((number - 1) * every_ms)


def _message(
    site: str, camera: str, number: int, rows: Rows, size: tuple[int, int], every_ms: float
) -> Detection:
    return Detection(
        site=site,
        camera=camera,
        captured_at_ms=_at_ms(number, every_ms),
        seq=number,
        run=START_MS,
        width=size[0],
        height=size[1],
        frame_partition=0,
        frame_offset=number,
        status=DetectionStatus.OK,
        boxes=[tuple(box) for box in np.round(rows[:, 2:6], 2).tolist()],
        scores=np.clip(rows[:, 6], 0.0, 1.0).round(4).tolist(),
        classes=["person"] * len(rows),
    )


async def measure(scenes: Sequence[Scene], *, kafka: str, timeout_s: float) -> list[Sums]:
    """What each scene gives, all of them through one log of one broker; sites must differ."""
    messages = [message for scene in scenes for message in scene.messages()]
    finals = await finals_of(messages, kafka=kafka, timeout_s=timeout_s)
    return [sums_of(scene.layout, scene.truth, finals) for scene in scenes]


def pooled(sums: Sequence[Sums]) -> Sums:
    """Several scenes as one."""
    total = Sums()
    for one in sums:
        total += one
    return total


def row_of(figures: dict[str, Any]) -> list[str]:
    """One scene's figures as cells; pairs are `true/found`."""
    pairs = ("visits", "dwell_p50_ms", "joined", "served", "abandoned", "open", "wait_p50_ms")
    return [
        f"{figures['crossings_true']}/{figures['crossings_found']}",
        _cell(figures["crossings_f1"]),
        _cell(figures["crossings_count_off"]),
        *(_errors(figures[name]) for name in ("occupancy", "length")),
        *("/".join(_cell(one) for one in figures[name]) for name in pairs),
    ]


def _errors(errors: dict[str, float | None]) -> str:
    """An error, and in brackets those of always 0 and of always the mean."""
    mae, zero, mean = (_cell(errors[name]) for name in ("mae", "always_0", "always_mean"))
    return f"{mae} ({zero}, {mean})"


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def table(rows: dict[str, dict[str, Any]]) -> None:
    """Print figures, one row per scene."""
    print("| scene | " + " | ".join(HEADS) + " |")
    print("|---" * (len(HEADS) + 1) + "|")
    for name, figures in rows.items():
        print(f"| {name} | " + " | ".join(row_of(figures)) + " |")
    print("\nPairs are true/found. In brackets: the errors of always 0 and of always the mean.")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sequences", type=Path, default=SEQUENCES)
    parser.add_argument("--steps", type=int, nargs="+", default=list(STEPS))
    parser.add_argument("--scenes", type=Path, help="scenes in files, instead of sequences")
    parser.add_argument("--kafka", help="bootstrap address; without it one is started")
    options = parser.parse_args()
    if options.scenes:
        groups = {"scenes": scenes_in(options.scenes)}
    else:
        folders = sequences_in(options.sequences)
        groups = {
            f"1 frame in {step}": [recorded_scene(one, step=step) for one in folders]
            for step in options.steps
        } | {
            f"1 in {step}, annotated boxes": [
                recorded_scene(one, step=step, annotated=True) for one in folders
            ]
            for step in options.steps
        }
    scenes = [scene for group in groups.values() for scene in group]
    if not scenes:
        raise SystemExit("nothing to measure: no scene and no annotated sequence in that folder")
    with nullcontext(options.kafka) if options.kafka else broker_running() as kafka:
        sums = asyncio.run(measure(scenes, kafka=kafka, timeout_s=TIMEOUT_S))
    rows: dict[str, dict[str, Any]] = {}
    left = iter(sums)
    for title, group in groups.items():
        own = [next(left) for _ in group]
        rows |= {
            f"{scene.name}, {title}": one.figures() for scene, one in zip(group, own, strict=True)
        }
        rows[f"**pooled, {title}**"] = pooled(own).figures()
    table(rows)
    print(json.dumps({"perf": "recorded_scenes", "rows": rows}))


if __name__ == "__main__":
    main()
