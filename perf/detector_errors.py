"""What the demo detector really does, and what the error model makes of it, side by side.

In: frames of the stores' own cameras, drawn at several hours, rates and seeds, through JPEG and the
Detector's own model code with its default thresholds. Out: a table of figures of both, and one JSON
line. `--write` fits the error model's tables first and writes the module that holds them.

    python -m perf.detector_errors                  compare
    python -m perf.detector_errors --write          fit anew (after a new demo model), then compare
    python -m perf.detector_errors --boxes FILE     keep the detector's boxes there, or read them
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from perf.error_figures import Clip, Judged, figures, judged
from perf.error_fit import fitted_texts, module_of
from serve.inference.images import decode_image
from serve.inference.models import Model, load_model
from serve.inference.settings import DEMO_MODEL, DetectorSettings, Device
from streams.gateway.encoding import Encoder
from streams.simulation import error_model
from streams.simulation.detections import BoxCamera, FoundBoxes
from streams.simulation.error_model import ErrorModel, ErrorTables
from streams.simulation.scenes import Scene
from streams.simulation.stores import STORES

SIZE = (640, 360)
DAY_MS = 946_684_800_000
HOURS = (17.6, 11.3, 20.7, 8.4)
RATES = (10, 5, 20)
MODULE = Path(error_model.__file__).with_name("fitted_errors.py")


@dataclass(frozen=True)
class Take:
    """One clip to be looked at."""

    site: str
    camera: str
    seed: int
    start_ms: int
    every_ms: int
    frame_count: int

    @property
    def name(self) -> str:
        """What to call it in a file."""
        return f"{self.site}.{self.camera}.{self.seed}.{self.start_ms}.{self.every_ms}"

    def times_ms(self) -> np.ndarray:
        """Event times of its frames."""
        return self.start_ms + np.arange(self.frame_count) * self.every_ms


def takes(seeds: list[int], frame_count: int) -> Iterator[Take]:
    """Every camera at every hour for every seed; the rates take turns."""
    number = 0
    for seed in seeds:
        for site, store in STORES.items():
            for view in store.views:
                for hour in HOURS:
                    every_ms = 1000 // RATES[number % len(RATES)]
                    start_ms = DAY_MS + int(hour * 3_600_000)
                    yield Take(site, view.id, seed, start_ms, every_ms, frame_count)
                    number += 1


def detected(model: Model, take: Take) -> list[FoundBoxes]:
    """What the detector finds on drawn frames."""
    scene = Scene(take.site, take.camera, seed=take.seed, size=SIZE)
    encoder = Encoder()
    found = []
    for at_ms in take.times_ms().tolist():
        jpeg = encoder.encode(scene.image(at_ms)).jpeg
        image = decode_image(jpeg, width=SIZE[0], height=SIZE[1])
        (boxes,) = model.infer([model.prepare(image)])
        xyxy = boxes.xyxy.astype(np.float64)
        kept = (xyxy[:, 2:] > xyxy[:, :2]).all(axis=1)
        found.append(FoundBoxes(at_ms, xyxy[kept], boxes.scores.astype(np.float64)[kept]))
    return found


def looked_at(plan: list[Take], model: Model, kept: Path | None) -> list[list[FoundBoxes]]:
    """The detector's boxes on every clip; from a file if it has them, else into it.

    Raises:
        SystemExit: If the file holds another model's boxes.
    """
    if kept is not None and kept.exists():
        with np.load(kept) as stored:
            if str(stored["model"]) != model.label:
                raise SystemExit(f"{kept} holds boxes of {stored['model']}, not of {model.label}")
            return [list(_unpacked(take, stored[take.name])) for take in plan]
    found = []
    for take in plan:
        found.append(detected(model, take))
        print(f"{len(found)} of {len(plan)}: {take.name}", file=sys.stderr)
    if kept is not None:
        clips = {take.name: _packed(boxes) for take, boxes in zip(plan, found, strict=True)}
        np.savez(kept, allow_pickle=False, model=np.array(model.label), **clips)
    return found


def _packed(found: list[FoundBoxes]) -> np.ndarray:
    """Rows of frame, box, score."""
    rows = [
        (number, *box, score)
        for number, frame in enumerate(found)
        for box, score in zip(frame.boxes.tolist(), frame.scores.tolist(), strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 6)


def _unpacked(take: Take, rows: np.ndarray) -> Iterator[FoundBoxes]:
    for number, at_ms in enumerate(take.times_ms().tolist()):
        own = rows[rows[:, 0] == number]
        yield FoundBoxes(at_ms, own[:, 1:5], own[:, 5])


def measured(plan: list[Take], found: list[list[FoundBoxes]]) -> Judged:
    """The detector's boxes against the truth."""
    cameras = [BoxCamera(take.site, take.camera, seed=take.seed, size=SIZE) for take in plan]
    return judged(
        [
            Clip(take.every_ms, camera.truth(take.times_ms()), boxes)
            for take, camera, boxes in zip(plan, cameras, found, strict=True)
        ]
    )


def imitated(plan: list[Take], errors: ErrorModel) -> list[list[FoundBoxes]]:
    """The error model's boxes on the same clips."""
    return [
        list(
            BoxCamera(take.site, take.camera, seed=take.seed, size=SIZE, errors=errors).frames(
                take.start_ms, every_ms=take.every_ms, count=take.frame_count
            )
        )
        for take in plan
    ]


def main() -> None:
    """Measure, fit if asked to, compare, end with one JSON line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=DEMO_MODEL)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--frames", type=int, default=300, help="of each clip")
    parser.add_argument("--boxes", type=Path, help="the detector's boxes: read if there, else kept")
    parser.add_argument("--write", action="store_true", help="fit the error model to them first")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    plan = list(takes(options.seeds, options.frames))
    model = load_model(options.model, DetectorSettings(device=Device.CPU))
    found = looked_at(plan, model, options.boxes)
    real = measured(plan, found)
    errors = ErrorModel()
    if options.write:
        texts = fitted_texts(real, image_height=SIZE[1])
        MODULE.write_text(module_of(texts, label=model.label))
        errors = ErrorModel(tables=ErrorTables(**texts))
    columns = {
        "detector": figures(real),
        "error model": figures(measured(plan, imitated(plan, errors))),
    }
    print(f"{'':58}{'detector':>14}{'error model':>14}")
    for name, value in columns["detector"].items():
        print(f"{name:58}{value:14.3f}{columns['error model'][name]:14.3f}")
    line = {"perf": "detector_errors", "model": model.label, "frames": real.frame_count}
    print(json.dumps(line | columns))


if __name__ == "__main__":
    main()
