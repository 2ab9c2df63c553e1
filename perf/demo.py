"""How late the demo's numbers are, capture to the page's DOM, and what each process costs.

Starts what `footfall up` starts, in a data folder and on ports of its own: two simulated stores,
two cameras each, 5 frames/s on the wall clock. A headless Chromium holds each store's page open.

`when shown`: at every live update, per camera, the age of the newest frame behind the numbers at
the moment the DOM holds them. An observer in the page takes it, by the page's clock, which is the
clock of the frames too; which frame it is, the page says itself, in the camera's `<time>`.
`until shown`: the same for every single frame, from its capture to the first numbers that know of
it or of a later one: what a person waits for what just happened to appear. The bar holds for both.
The stages are the broker's own times of the newest frame's records.

Out: a table and one JSON line. Everything started is ended, whatever happens.

Example:
    python -m perf.demo --minutes 10
"""

import argparse
import asyncio
import json
import math
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import psutil

from compose.ports import free_ports
from compose.processes import (
    StopAskedError,
    dying_with_parent,
    end,
    interrupt_when_asked_to_stop,
    marked,
)
from perf.watching.log import STAGES, Log, read_log
from perf.watching.page import Shown, Watcher, find_chromium, watching
from perf.watching.usage import CHROMIUM, Usage
from schemas.settings import PREFIX
from streams.adapters.clock import now_ms
from streams.simulation.source import DEFAULT_FPS
from streams.simulation.stores import STORES

BAR_MS = 1_500
LOOK_EVERY_S = 10.0
WARM_UP_S = 20.0
"""After the first numbers: pages load, compiled code is warm."""
_START_TIMEOUT_S = 900.0
_FIRST_NUMBERS_S = 120.0
_LOG_S = 300.0
_STOP_TIMEOUT_S = 60.0
_UP_AT = "Footfall is at "

_PERCENTILES = {"p50_ms": 0.5, "p95_ms": 0.95, "max_ms": 1.0}
_MEASURES = ("when_shown", "until_shown")

CAMERAS = [(site, view.id) for site, store in STORES.items() for view in store.views]


@dataclass(frozen=True, slots=True)
class Stack:
    """A running `footfall up`."""

    data: Path
    """Its data folder."""
    log: Path
    """What it printed."""

    @property
    def address(self) -> str:
        """Of its page."""
        return self.log.read_text().rpartition(_UP_AT)[2].split()[0]

    @property
    def kafka(self) -> str:
        """Bootstrap address of its broker."""
        return self.log.read_text().rpartition("Kafka: ")[2].split()[0]


@contextmanager
def running_stack(folder: Path, settings: Mapping[str, str]) -> Iterator[Stack]:
    """`footfall up` in a folder, until the block ends; nothing of it is left then.

    Args:
        folder: Empty.
        settings: Environment variables of Footfall; those set here do not count.

    Raises:
        RuntimeError: If it does not come up; holds what it printed.
    """
    stack = Stack(folder / "data", folder / "up.log")
    (port,) = free_ports(1)
    options = ["--data", str(stack.data), "--port", str(port)]
    command = [sys.executable, "-m", "compose.command", "up", *options]
    others = {name: one for name, one in os.environ.items() if not name.startswith(PREFIX)}
    with stack.log.open("wb") as output:
        up = subprocess.Popen(
            dying_with_parent(command),
            env={**others, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C is for us: the pages close before the stack ends
        )
    try:
        give_up_at = time.monotonic() + _START_TIMEOUT_S
        while _UP_AT not in stack.log.read_text():
            if up.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"footfall up did not come up:\n{stack.log.read_text()}")
            time.sleep(0.2)
        yield stack
    finally:
        up.send_signal(signal.SIGINT)
        try:
            up.wait(_STOP_TIMEOUT_S)
        finally:
            up.kill()
            end(marked(stack.data), patience_s=5.0)


@dataclass(frozen=True, slots=True)
class Watched:
    """What one run saw."""

    from_ms: int
    """When it began, ms since the epoch."""
    to_ms: int
    """When it ended."""
    shown: Sequence[Shown]
    """Every camera's numbers at every update, in the order of the DOM."""
    log: Log
    """The broker's times."""

    @property
    def due_ms(self) -> range:
        """Event times whose numbers were due within the run."""
        return range(self.from_ms, self.to_ms - 2 * BAR_MS)

    @property
    def due_count(self) -> int:
        """Frames that a camera has in that time."""
        return round(len(self.due_ms) / 1000 * DEFAULT_FPS)

    def captured(self) -> dict[tuple[str, str], list[int]]:
        """Per camera the event times of the frames in the log whose numbers were due."""
        cameras: dict[tuple[str, str], list[int]] = {camera: [] for camera in CAMERAS}
        for site, camera, at_ms in sorted(self.log.frames):
            if at_ms in self.due_ms:
                cameras[site, camera].append(at_ms)
        return cameras

    def waits_ms(self, camera: tuple[str, str]) -> tuple[list[int], int]:
        """How long each frame waited to be known to a number shown; how many never were."""
        shown = [one for one in self.shown if one[:2] == camera]
        # The newest so far, should the page ever fall back.
        newest = list(accumulate((one.captured_at_ms for one in shown), max))
        waits, never = [], 0
        for at_ms in self.captured()[camera]:
            index = bisect_left(newest, at_ms)
            if index == len(shown):
                never += 1
            else:
                waits.append(shown[index].shown_at_ms - at_ms)
        return waits, never


async def watch(
    stack: Stack, chromium: str, *, seconds: float, pictures: Path | None
) -> tuple[Watched, Usage]:
    """Watches a stack's pages for a while, then asks the log."""
    async with watching(chromium, stack.address, list(STORES)) as watcher:
        await _numbers_everywhere(watcher)
        await asyncio.sleep(WARM_UP_S)
        await watcher.new()
        usage, shown = Usage(), []
        _look(usage, stack)
        from_ms, began_s = now_ms(), time.monotonic()
        while (left_s := seconds - (time.monotonic() - began_s)) > 0:
            await asyncio.sleep(min(LOOK_EVERY_S, left_s))
            shown += await watcher.new()
            _look(usage, stack)
            _say_progress(shown, time.monotonic() - began_s, seconds)
        to_ms = now_ms()
        if pictures is not None:
            await watcher.photograph(pictures)
    # What is shown first was written before.
    async with asyncio.timeout(_LOG_S):
        log = await read_log(stack.kafka, from_ms=from_ms - 20 * BAR_MS)
    return Watched(from_ms, to_ms, shown, log), usage


async def _numbers_everywhere(watcher: Watcher) -> None:
    missing = set(CAMERAS)
    async with asyncio.timeout(_FIRST_NUMBERS_S):
        while missing:
            await asyncio.sleep(0.2)
            missing -= {one[:2] for one in await watcher.new()}


def _look(usage: Usage, stack: Stack) -> None:
    ours = marked(stack.data)
    others = [one for one in psutil.Process().children(recursive=True) if one not in ours]
    usage.look(ours)
    usage.look(others, otherwise=CHROMIUM)


def _say_progress(shown: Sequence[Shown], passed_s: float, seconds: float) -> None:
    row = summary([one.age_ms for one in shown])
    print(
        f"{passed_s:5.0f} s of {seconds:.0f}: {row['samples']} samples, "
        f"p50 {row['p50_ms']} ms, p95 {row['p95_ms']} ms, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def summary(times_ms: Sequence[int], *, never: int = 0) -> dict[str, int | None]:
    """How many, and their nearest-rank percentiles and maximum.

    Args:
        times_ms: In any order.
        never: How many more there are that did not come to an end: longer than all others, so a
            percentile that lies among them is None.
    """
    ranked: list[int | None] = [*sorted(times_ms), *([None] * never)]
    rank = {name: math.ceil(share * len(ranked)) - 1 for name, share in _PERCENTILES.items()}
    return {
        "samples": len(ranked),
        **{name: ranked[at] if ranked else None for name, at in rank.items()},
    }


def latencies(watched: Watched) -> list[dict[str, Any]]:
    """One row per camera, and one of all."""
    rows = []
    waits_of = {camera: watched.waits_ms(camera) for camera in CAMERAS}
    for camera in [*CAMERAS, None]:
        some = CAMERAS if camera is None else [camera]
        shown = [one for one in watched.shown if one[:2] in some]
        waits = [wait for one in some for wait in waits_of[one][0]]
        never = sum(waits_of[one][1] for one in some)
        rows.append(
            {
                "camera": "all" if camera is None else "/".join(camera),
                "when_shown": summary([one.age_ms for one in shown]),
                "until_shown": summary(waits, never=never),
                "frames_due": watched.due_count * len(some),
                "frames_captured": len(waits) + never,
                "frames_shown": len(waits),
                "frames_newest_of_a_number": len({one[:3] for one in shown}),
                "numbers_not_in_log": sum(not watched.log.tells(one) for one in shown),
            }
        )
    return rows


def stages(watched: Watched) -> list[dict[str, Any]]:
    """Where the time of the newest frame behind each number went."""
    known = [one for one in map(watched.log.stages_ms, watched.shown) if one is not None]
    columns = zip(*known, strict=True) if known else [()] * len(STAGES)
    return [
        {"stage": name, **summary(column)} for name, column in zip(STAGES, columns, strict=True)
    ]


def table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Prints figures, one row per measurement."""
    print(f"\n{title}")
    cells = [[str(name) for name in rows[0]]]
    cells += [["-" if value is None else str(value) for value in row.values()] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for first, *others in cells:
        numbers = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        print("  ".join([first.ljust(widths[0]), *numbers]))


def report(watched: Watched, usage: Usage, asked: argparse.Namespace) -> None:
    """Prints tables and the JSON line."""
    rows, stage_rows, processes = latencies(watched), stages(watched), usage.rows()
    for name in _MEASURES:
        table(
            f"capture to DOM, {name.replace('_', ' ')}",
            [{"camera": row["camera"], **row[name]} for row in rows],
        )
    names = [name for name in rows[0] if name.startswith(("frames", "numbers"))]
    table("frames", [{"camera": row["camera"], **{one: row[one] for one in names}} for row in rows])
    table("where the newest frame's time went", stage_rows)
    table("processes: cores used, largest PSS", processes)
    load = [round(one, 2) for one in os.getloadavg()]
    stack = [one for one in processes if one["process"] != CHROMIUM]
    whole = {
        "stack_cores": round(sum(one["cores"] for one in stack), 3),
        "stack_pss_mib": sum(one["pss_mib"] for one in stack),
        "machine_cores_used": round(usage.machine_cores(), 3),
        "machine_cores": os.cpu_count(),
        "load_1_5_15_min": load,
    }
    print("\n" + ", ".join(f"{name} {value}" for name, value in whole.items()))
    worst_ms = max(rows[-1][name]["p95_ms"] or math.inf for name in _MEASURES)
    print(f"bar: p95 <= {BAR_MS} ms, {'met' if worst_ms <= BAR_MS else 'MISSED'}")
    machine = {"machine": platform.machine(), "python": platform.python_version()}
    told = {"perf": "demo", "minutes": asked.minutes, "settings": dict(asked.set), **machine}
    figures = {"latencies": rows, "stages": stage_rows, "processes": processes, **whole}
    print(json.dumps(told | figures))


def setting(text: str) -> tuple[str, str]:
    """Name and value of `FOOTFALL_NAME=VALUE`."""
    name, equals, value = text.partition("=")
    if not equals or not name.startswith(PREFIX):
        raise argparse.ArgumentTypeError(f"expected {PREFIX}NAME=VALUE, got {text!r}")
    return name, value


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="how long to watch (10)")
    parser.add_argument("--chromium", default=find_chromium(), help="path of the browser")
    parser.add_argument(
        "--pictures", type=Path, help="folder for a picture of each page at the end"
    )
    parser.add_argument(
        "--set",
        metavar="FOOTFALL_NAME=VALUE",
        type=setting,
        action="append",
        default=[],
        help="a setting of the stack; those of the environment do not count",
    )
    asked = parser.parse_args()
    if asked.chromium is None or shutil.which(asked.chromium) is None:
        sys.exit(
            "perf.demo: no Chromium is here to show the page in: install it (apt-get install "
            "chromium), or say with --chromium where one is."
        )
    if asked.pictures is not None:
        asked.pictures.mkdir(parents=True, exist_ok=True)
    interrupt_when_asked_to_stop()
    try:
        with tempfile.TemporaryDirectory(prefix="footfall-demo-") as folder:
            print(f"starting footfall up in {folder} ...", flush=True)
            with running_stack(Path(folder), dict(asked.set)) as stack:
                print(f"watching {stack.address}", flush=True)
                seen = watch(
                    stack, asked.chromium, seconds=asked.minutes * 60, pictures=asked.pictures
                )
                watched, usage = asyncio.run(seen)
    except StopAskedError:
        sys.exit("stopped; nothing is left running")
    except (RuntimeError, TimeoutError) as error:
        silence = "no number on a page, or no answer of the broker, in time: too busy a machine?"
        sys.exit(f"perf.demo: {error or silence}")
    report(watched, usage, asked)


if __name__ == "__main__":
    main()
