"""Measures the tracker beside its peers: recorded sequences in, HOTA and frames/s out.

Accuracy and speed come from one run of the shared benchmark (`../shared/tracking/track_eval.py`):
every tracker has the same boxes, machine and hour. The speed is that of one core with 20 people in
view. Without the benchmark only our own speed is measured, in this process.

    python -m perf.tracker                       ours and every peer whose environment exists
    python -m perf.tracker --alone               ours only
    python -m perf.tracker --steps 1 2 3 6 10    every frame, one in 2, 3, 6, 10
    python -m perf.tracker --unseen              on sequences that nobody tuned on: simulated stores
    python -m perf.tracker --sensitivity --steps 3 6      each default moved by a fifth
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from perf.track_adapter import Tracker
from perf.track_variants import NAMES, WAYS
from perf.tracker_sequences import Recording, write_suite, write_unseen
from streams.tracking import TrackerSettings, warm_up

ROOT = Path(__file__).resolve().parent.parent
BENCHMARK = ROOT.parent / "shared" / "tracking"
PEERS = Path(
    os.environ.get("PEERS_PYTHON", "~/.cache/tracking-peers/peers/bin/python")
).expanduser()
STEPS = (1, 3, 6)
PEOPLE = 20
FRAME_RATE = 30
FRAME_COUNT = 900
FRAME_SIZE = (1920, 1080)

Row = dict[str, float]


def crowd() -> list[np.ndarray]:
    """Boxes `(N, 5)` left, top, width, height, score per frame of 20 people who walk about."""
    rng = np.random.default_rng(20)
    place = rng.random((PEOPLE, 2))
    pace = rng.normal(0.0, 0.05, (PEOPLE, 2))
    frames = []
    for _ in range(FRAME_COUNT):
        place += pace / FRAME_RATE
        pace = np.where((place < 0.0) | (place > 1.0), -np.sign(place - 0.5) * abs(pace), pace)
        height = 140.0 + 160.0 * place[:, 1]
        corner = place * [1700.0, 700.0] + rng.normal(0.0, 3.0, (PEOPLE, 2))
        score = rng.choice([0.3, 0.7, 0.95], PEOPLE, p=[0.1, 0.2, 0.7])
        frames.append(np.column_stack([corner, height * 0.4, height, score]))
    return frames


def write_crowd(folder: Path) -> None:
    """Lay the crowd down as a suite of the benchmark."""
    corners = [np.column_stack([b[:, :2], b[:, :2] + b[:, 2:4], b[:, 4]]) for b in crowd()]
    numbers, shown = np.arange(1.0, PEOPLE + 1), np.ones(PEOPLE)
    true = [np.column_stack([numbers, boxes[:, :4], shown]) for boxes in corners]
    write_suite(
        folder, "crowd", [Recording("CROWD-20", 1000 / FRAME_RATE, FRAME_SIZE, true, corners)]
    )


def speed_alone() -> float:
    """Our frames/s of processor time with 20 people in view, measured in this process."""
    warm_up()
    tracker = Tracker(FRAME_SIZE)
    spent_s = 0.0
    for number, boxes in enumerate(crowd()):
        corners = np.column_stack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:4]])
        start_s = time.process_time()
        tracker.update(corners, boxes[:, 4], np.zeros(len(boxes), np.int64), number / FRAME_RATE)
        spent_s += time.process_time() - start_s
    return FRAME_COUNT / spent_s


def benchmark(*options: str, data: Path | None = None) -> Any:
    """One run of the benchmark: what it writes with `--json`."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [str(PEERS), str(BENCHMARK / "track_eval.py"), "--json", str(report)]
        command += ["--tracker", f"footfall=perf.track_adapter:Tracker@{sys.executable}"]
        command += ["--path", str(ROOT), *options]
        where = {} if data is None else {"TRACK_DATA": str(data)}
        done = subprocess.run(
            command, env=os.environ | where, capture_output=True, text=True, check=False
        )
        if not report.exists():
            raise SystemExit(f"the benchmark failed:\n{done.stderr[-2000:]}")
        if done.returncode:
            print(f"some trackers failed:\n{done.stderr[-2000:]}", file=sys.stderr)
        return json.loads(report.read_text())


@contextmanager
def unseen() -> Iterator[Path]:
    """A folder with the sequences that nobody tuned on."""
    with tempfile.TemporaryDirectory() as folder:
        write_unseen(Path(folder))
        yield Path(folder)


def accuracy(steps: list[int], *options: str, data: Path | None = None) -> dict[str, Row]:
    """Every tracker's mean HOTA, and that of each suite, at each step."""
    rows: dict[str, Row] = {}
    for step in steps:
        # No speed is read here, so nobody needs a core of its own.
        report = benchmark("--stride", str(step), "--no-pin", *options, data=data)
        for one in report["mean"]:
            rows.setdefault(one["name"], {})[f"hota_step_{step}"] = round(one["HOTA"], 2)
        for suite, told in report["suites"].items():
            for one in told["combined"]:
                rows[one["name"]][f"{suite}_step_{step}"] = round(one["HOTA"], 2)
    return rows


def speed(rows: dict[str, Row], *options: str) -> str:
    """Add every tracker's frames/s with 20 people in view; the processor."""
    with tempfile.TemporaryDirectory() as folder:
        write_crowd(Path(folder))
        report = benchmark("--repeat", "3", *options, data=Path(folder))
        for one in report["suites"]["crowd"]["combined"]:
            rows[one["name"]]["frames_per_s"] = round(one["fps"])
    return str(report["cpu"])


def sensitivity(steps: list[int], *, data: Path | None = None) -> dict[str, Row]:
    """Per setting: its default, and what moving it changes in the mean HOTA over the steps."""
    variants = [f"{name}_{way}" for name in NAMES for way in WAYS]
    options = [
        part
        for one in variants
        for part in ("--tracker", f"{one}=perf.track_variants:{one}@{sys.executable}")
    ]
    rows = accuracy(steps, *options, data=data)
    mean = {
        name: sum(row[f"hota_step_{step}"] for step in steps) / len(steps)
        for name, row in rows.items()
    }
    return {
        name: {"default": getattr(TrackerSettings(), name)}
        | {way: round(mean[f"{name}_{way}"] - mean["footfall"], 2) for way in WAYS}
        for name in NAMES
    }


def show(rows: dict[str, Row], columns: dict[str, str]) -> None:
    """Print one line per name; columns by their key in a row, each with its head."""
    print(f"{'':20}" + "".join(f"{head:>14}" for head in columns.values()))
    for name, row in rows.items():
        print(f"{name:20}" + "".join(f"{row[key]:>14}" for key in columns if key in row))


def show_race(rows: dict[str, Row], steps: list[int]) -> None:
    """Print one line per tracker, the most accurate at the longest step first."""
    columns = {f"hota_step_{step}": f"HOTA 1/{step}" for step in steps}
    best = f"hota_step_{max(steps)}"
    ordered = dict(sorted(rows.items(), key=lambda item: -item[1].get(best, 0.0)))
    if all("frames_per_s" in row for row in rows.values()):
        columns["frames_per_s"] = "frames/s"
    show(ordered, columns)


def main() -> None:
    """Measure, print the table, end with one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--alone", action="store_true", help="leave the peers out")
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS, help="one frame in so many")
    parser.add_argument("--unseen", action="store_true", help="on simulated stores, no speed")
    parser.add_argument("--sensitivity", action="store_true", help="each default moved by a fifth")
    asked = parser.parse_args()
    if not (BENCHMARK.exists() and PEERS.exists()):
        print(f"no accuracy: needs {BENCHMARK} and its peers' environment (setup_peers.sh)")
        told: Row = {"frames_per_s": round(speed_alone())}
        show({"footfall": told}, {"frames_per_s": "frames/s"})
        print(json.dumps({"stage": "tracker", "machine": platform.machine(), "footfall": told}))
        return
    with unseen() if asked.unseen else nullcontext() as data:
        told = measured(asked, data)
    about = {"stage": "tracker", "unseen": asked.unseen, "steps": list(asked.steps)}
    print(json.dumps(about | told))


def measured(asked: argparse.Namespace, data: Path | None) -> dict[str, Any]:
    """What was asked for, printed as a table."""
    steps = list(asked.steps)
    if asked.sensitivity:
        rows = sensitivity(steps, data=data)
        show(rows, {"default": "default", "down": "-20 %", "up": "+20 %"})
        return {"sensitivity": rows}
    options = [] if asked.alone else ["--peers"]
    rows = accuracy(steps, *options, data=data)
    told = {"trackers": rows}
    if data is None:
        told["machine"] = speed(rows, *options)
    show_race(rows, steps)
    return told


if __name__ == "__main__":
    main()
