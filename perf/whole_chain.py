"""How right the counts of a real video are, the whole way from the file to the API.

In: a video, a model, MOT ground truth. Out: a table and one JSON line: mean absolute error of the
people counted per second, beside what counting boxes without tracks, 0 and the mean would give.

Example:
    python -m perf.whole_chain --video VIDEO --model MODEL --truth gt.txt --fps 7
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import httpx

from compose.ports import free_ports

START_AT_MS = 946_684_800_000
"""Where a file's event time starts by default: 2000-01-01T00:00:00Z."""
SECOND_MS = 1_000
START_TIMEOUT_S = 300
STOP_TIMEOUT_S = 30

LAYOUT = """
site: campus
version: 1
window_s: 1
cameras:
  - id: walkway
    zones:
      - {id: view, kind: browse, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}
      - {id: sign, kind: ignore, polygon: [[0, 0.17], [0.09, 0.17], [0.09, 0.29], [0, 0.29]]}
    lines:
      - {id: lamp-post, kind: entrance, from: [0.56, 0.2], to: [0.56, 0.8]}
"""


def true_counts(truth: Path, *, frames_per_second: int) -> list[float]:
    """Mean number of people in view in each whole second, from a MOT `gt.txt`."""
    counts: Counter[int] = Counter()
    for row in truth.read_text().splitlines():
        frame, *_, is_counted = row.split(",")[:7]
        counts[int(frame)] += float(is_counted) > 0
    whole_seconds = max(counts) // frames_per_second
    return [
        fmean(counts[1 + second * frames_per_second + index] for index in range(frames_per_second))
        for second in range(whole_seconds)
    ]


def mean_absolute_error(counts: list[float], truth: list[float]) -> float:
    """Of two series of one length."""
    return fmean(abs(count - true) for count, true in zip(counts, truth, strict=True))


@dataclass(frozen=True, slots=True)
class Stack:
    """A running `footfall up`."""

    address: str
    """Of its API."""
    log: Path
    """What it printed."""

    @property
    def kafka(self) -> str:
        """Bootstrap address of its broker; known once it says that it is up."""
        return self.log.read_text().rpartition("Kafka: ")[2].split()[0]


@contextmanager
def playing(
    video: Path, model: Path, *, fps: int, folder: Path, partitions: int = 4
) -> Iterator[Stack]:
    """`footfall up` in a folder of its own, through which a video plays as fast as it goes.

    Raises:
        RuntimeError: If it does not come up; holds what it printed.
    """
    layout = folder / "layout.yaml"
    layout.write_text(LAYOUT)
    (port,) = free_ports(1)
    options = {
        "--data": folder / "data",
        "--port": port,
        "--partitions": partitions,
        "--source": video,
        "--model": model,
        "--layout": layout,
        "--fps": fps,
        "--speed": "max",
    }
    stack = Stack(f"http://127.0.0.1:{port}", folder / "up.log")
    command = [sys.executable, "-m", "compose.command", "up"]
    for name, value in options.items():
        command += [name, str(value)]
    with stack.log.open("wb") as output:
        up = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while not _is_ready(stack.address):
            if up.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"footfall up did not come up:\n{stack.log.read_text()}")
            time.sleep(0.5)
        yield stack
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(STOP_TIMEOUT_S)


def counted(address: str, *, seconds: int, timeout_s: float) -> list[float]:
    """Mean number of people the API says were in view in each second; waits until all are there.

    Raises:
        TimeoutError: If the last second does not arrive in time.
    """
    give_up_at = time.monotonic() + timeout_s
    question = {"from": START_AT_MS, "to": START_AT_MS + seconds * SECOND_MS, "step": "1s"}
    while time.monotonic() < give_up_at:
        answer = httpx.get(f"{address}/v1/sites/campus/occupancy", params=question)
        series = answer.json().get("series") if answer.status_code == 200 else None
        points = series[0]["points"] if series else []
        if points and all(point["count_mean"] is not None for point in points):
            return [point["count_mean"] for point in points]
        time.sleep(0.5)
    raise TimeoutError(f"expected {seconds} seconds at {address}, got {answer.text[:300]}")


def errors(counts: list[float], truth: list[float]) -> dict[str, float]:
    """Mean absolute errors, by what counted."""
    return {
        "footfall": mean_absolute_error(counts, truth),
        "always the mean": mean_absolute_error([fmean(truth)] * len(truth), truth),
        "always 0": mean_absolute_error([0.0] * len(truth), truth),
    }


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--video", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--truth", type=Path, required=True, help="MOT gt.txt of the video")
    parser.add_argument(
        "--fps", type=int, required=True, help="the video's frames per second in truth"
    )
    asked = parser.parse_args()
    truth = true_counts(asked.truth, frames_per_second=asked.fps)
    with (
        tempfile.TemporaryDirectory(prefix="footfall-perf-") as folder,
        playing(asked.video, asked.model, fps=asked.fps, folder=Path(folder)) as stack,
    ):
        found = errors(counted(stack.address, seconds=len(truth), timeout_s=300), truth)
    print("| counted by | mean absolute error, people per second |\n|---|---|")
    for name, error in found.items():
        print(f"| {name} | {error:.3f} |")
    print(json.dumps({"perf": "whole_chain", **{name: round(e, 4) for name, e in found.items()}}))


if __name__ == "__main__":
    _main()
