"""Measures the tracker beside its peers: recorded sequences in, HOTA and frames/s out.

Accuracy and speed come from one run of the shared benchmark (`../shared/tracking/track_eval.py`):
every tracker has the same boxes, machine and hour. The speed is that of one core with 20 people in
view. Without the benchmark only our own speed is measured, in this process.

    python -m perf.tracker            ours and every peer whose environment exists
    python -m perf.tracker --alone    ours only
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from perf.track_adapter import Tracker
from streams.tracking import warm_up

ROOT = Path(__file__).resolve().parent.parent
BENCHMARK = ROOT.parent / "shared" / "tracking"
PEERS = Path(
    os.environ.get("PEERS_PYTHON", "~/.cache/tracking-peers/peers/bin/python")
).expanduser()
STRIDES = (1, 3, 6)
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
    sequence = folder / "mot" / "crowd" / "CROWD-20"
    for part in ("gt", "det"):
        (sequence / part).mkdir(parents=True)
    suite = {"benchmark": "MOT15", "about": "20 people in view", "sequences": {"CROWD-20": "made"}}
    (folder / "suites.json").write_text(json.dumps({"crowd": suite}))
    (sequence / "seqinfo.ini").write_text(
        f"[Sequence]\nname=CROWD-20\nframeRate={FRAME_RATE}\nseqLength={FRAME_COUNT}\n"
        f"imWidth={FRAME_SIZE[0]}\nimHeight={FRAME_SIZE[1]}\n"
    )
    for part in ("gt", "det"):
        lines = []
        for number, boxes in enumerate(crowd(), start=1):
            for person, (left, top, width, height, score) in enumerate(boxes.tolist(), start=1):
                name, mark = (person, 1) if part == "gt" else (-1, score)
                lines.append(f"{number},{name},{left},{top},{width},{height},{mark},1,1")
        (sequence / part / f"{part}.txt").write_text("\n".join(lines) + "\n")


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
        return json.loads(report.read_text())


def race(*options: str) -> tuple[str, dict[str, Row]]:
    """The processor; every tracker's mean HOTA at each stride, and its frames/s with 20 people."""
    rows: dict[str, Row] = {}
    for stride in STRIDES:
        for one in benchmark("--stride", str(stride), *options)["mean"]:
            rows.setdefault(one["name"], {})[f"hota_stride_{stride}"] = round(one["HOTA"], 2)
    with tempfile.TemporaryDirectory() as folder:
        write_crowd(Path(folder))
        report = benchmark("--repeat", "3", *options, data=Path(folder))
        for one in report["suites"]["crowd"]["combined"]:
            rows[one["name"]]["frames_per_s"] = round(one["fps"])
    return str(report["cpu"]), rows


def show(rows: dict[str, Row]) -> None:
    """Print one line per tracker, the most accurate at one frame in six first."""
    print(f"{'tracker':20}{'HOTA 1/1':>10}{'HOTA 1/3':>10}{'HOTA 1/6':>10}{'frames/s':>10}")
    for name, row in sorted(rows.items(), key=lambda item: -item[1].get("hota_stride_6", 0.0)):
        cells = [f"{row[f'hota_stride_{stride}']:10.2f}" for stride in STRIDES if len(row) > 1]
        print(f"{name:20}{''.join(cells) or ' ' * 30}{row['frames_per_s']:10.0f}")


def main() -> None:
    """Measure, print the table, end with one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--alone", action="store_true", help="leave the peers out")
    alone = parser.parse_args().alone
    if BENCHMARK.exists() and PEERS.exists():
        machine, rows = race(*([] if alone else ["--peers"]))
    else:
        print(f"no accuracy: needs {BENCHMARK} and its peers' environment (setup_peers.sh)")
        machine, rows = platform.machine(), {"footfall": {"frames_per_s": round(speed_alone())}}
    show(rows)
    print(json.dumps({"stage": "tracker", "machine": machine, "trackers": rows}))


if __name__ == "__main__":
    main()
