"""Sequences for the tracker benchmark that no tracker was tuned on, in the form it reads.

In: seeds. Out: folders as `track_eval.py` looks for under `TRACK_DATA`. The people are those of the
simulated stores; the boxes are the truth with the error model's errors, or what the demo detector
finds on the drawn images. None of it took part in the choice of the tracker's defaults.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from serve.inference.models import load_model
from serve.inference.settings import DEMO_MODEL
from streams.simulation.detections import BoxCamera
from streams.simulation.scenes import Scene

FloatArray = NDArray[np.float64]

DAY_MS = 957_139_200_000
"""2000-05-01T00:00:00Z."""
LEAST_VISIBLE = 0.1
"""Nobody is asked to follow people of whom less shows."""
LEAST_SIDE_PX = 1.0
"""Boxes that are smaller are nobody's; some trackers divide by their sides."""
BATCH = 8


@dataclass(frozen=True)
class Recording:
    """Truth and boxes of one camera, frame by frame."""

    name: str
    every_ms: float
    size: tuple[int, int]
    true: list[FloatArray]
    """Per frame `(N, 6)`: number of the person, left, top, right, bottom, visible share."""
    found: list[FloatArray]
    """Per frame `(M, 5)`: left, top, right, bottom, score."""


@dataclass(frozen=True)
class Shot:
    """Which camera of which store, with which people, when and how often."""

    site: str
    camera: str
    seed: int
    hour: float
    every_ms: int
    frame_count: int

    @property
    def name(self) -> str:
        """Names the sequence."""
        return f"{self.site}-{self.camera}-{self.seed}-{1000 // self.every_ms}fps"

    @property
    def start_ms(self) -> int:
        """Event time of the first frame."""
        return DAY_MS + round(self.hour * 3_600_000)


UNSEEN = {
    "boxes-tills": [
        Shot("store-1", "tills", 301, 17.6, 33, 1000),
        Shot("store-2", "tills", 302, 12.7, 40, 1000),
        Shot("store-1", "tills", 303, 11.0, 100, 500),
        Shot("store-2", "tills", 304, 17.8, 143, 500),
    ],
    "boxes-door": [
        Shot("store-1", "door", 305, 12.7, 33, 1000),
        Shot("store-2", "door", 306, 17.6, 40, 1000),
        Shot("store-1", "door", 307, 17.8, 100, 500),
        Shot("store-2", "door", 308, 12.6, 143, 500),
    ],
    "pixels": [
        Shot("store-1", "tills", 309, 17.7, 67, 400),
        Shot("store-2", "tills", 310, 12.6, 67, 400),
        Shot("store-1", "door", 311, 12.6, 67, 400),
        Shot("store-2", "door", 312, 17.7, 67, 400),
    ],
}
"""By suite; `pixels` through the demo detector."""


def write_unseen(folder: Path) -> None:
    """Lay every unseen suite down under a folder."""
    for suite, shots in UNSEEN.items():
        write_suite(folder, suite, [recorded(shot, drawn=suite == "pixels") for shot in shots])


def recorded(shot: Shot, *, drawn: bool) -> Recording:
    """One camera's truth, and the boxes of the error model, or of the demo detector."""
    camera = BoxCamera(shot.site, shot.camera, seed=shot.seed)
    at_ms = shot.start_ms + np.arange(shot.frame_count) * shot.every_ms
    seen = camera.truth(at_ms)
    rows = np.column_stack([seen.person + 1.0, seen.boxes, seen.visible_fraction])
    true = [rows[seen.instant == index] for index in range(shot.frame_count)]
    if drawn:
        found = list(_found_on_images(shot))
    else:
        frames = camera.frames(shot.start_ms, every_ms=shot.every_ms, count=shot.frame_count)
        found = [np.column_stack([one.boxes, one.scores]) for one in frames]
    return Recording(shot.name, shot.every_ms, (camera.lens.width, camera.lens.height), true, found)


def _found_on_images(shot: Shot) -> Iterator[FloatArray]:
    model = load_model(DEMO_MODEL)
    scene = Scene(shot.site, shot.camera, seed=shot.seed)
    for first in range(0, shot.frame_count, BATCH):
        numbers = range(first, min(first + BATCH, shot.frame_count))
        images = [scene.image(shot.start_ms + number * shot.every_ms) for number in numbers]
        for boxes in model.infer([model.prepare(image) for image in images]):
            yield np.column_stack([boxes.xyxy, boxes.scores]).astype(np.float64)


def write_suite(folder: Path, suite: str, recordings: list[Recording]) -> None:
    """Lay recordings down as one suite of the benchmark, beside those already there."""
    suites = folder / "suites.json"
    told = json.loads(suites.read_text()) if suites.exists() else {}
    sequences = {one.name: "simulated" for one in recordings}
    told[suite] = {"benchmark": "MOT15", "about": "simulated people", "sequences": sequences}
    suites.write_text(json.dumps(told))
    for one in recordings:
        sequence = folder / "mot" / suite / one.name
        _write_rows(sequence / "gt" / "gt.txt", _truth_rows(one))
        _write_rows(sequence / "det" / "det.txt", _found_rows(one))
        (sequence / "seqinfo.ini").write_text(
            f"[Sequence]\nname={one.name}\nframeRate={1000 / one.every_ms}\n"
            f"seqLength={len(one.true)}\nimWidth={one.size[0]}\nimHeight={one.size[1]}\n"
        )


def _write_rows(path: Path, rows: Iterator[str]) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(rows) + "\n")


def _truth_rows(recording: Recording) -> Iterator[str]:
    for number, people in enumerate(recording.true, start=1):
        for person, left, top, right, bottom, visible in people.tolist():
            mark = int(visible >= LEAST_VISIBLE)
            box = f"{left:.2f},{top:.2f},{right - left:.2f},{bottom - top:.2f}"
            yield f"{number},{person:.0f},{box},{mark},1,{visible:.3f}"


def _found_rows(recording: Recording) -> Iterator[str]:
    for number, boxes in enumerate(recording.found, start=1):
        for left, top, right, bottom, score in boxes.tolist():
            if min(right - left, bottom - top) < LEAST_SIDE_PX:
                continue
            box = f"{left:.2f},{top:.2f},{right - left:.2f},{bottom - top:.2f}"
            yield f"{number},-1,{box},{score:.3f},-1,-1"
