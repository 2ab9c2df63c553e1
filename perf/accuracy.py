"""How right the engine's numbers are: simulated stores in, a table of errors beside their bars out.

What the people of a store really did is compared with the finals of the real engine, by the
definitions of the metrics: pooled over all hours, and hour by hour. `--blame` shows three kinds of
eyes beside each other, each with one source of error more than the one before: true boxes of known
people (rules), true boxes (tracker), boxes of the error model or, with `--pixels`, of the demo
detector on drawn images (detector). Ends with one JSON line.

    python -m perf.accuracy                       20 seeds, both stores, 2, 5 and 10 frames/s
    python -m perf.accuracy --blame --seeds 4     which error makes what is missed
    python -m perf.accuracy --pixels              3 seeds, 20 min, drawn images, demo detector
    python -m perf.accuracy --pixels --blame      which error makes what is missed there
    python -m perf.accuracy --write               also into perf/REPORT.md
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

from perf.measuring.bars import Pair, business, figures
from perf.measuring.report import Column, markdown, put_into
from perf.measuring.stores import FROM_HOUR, TRAFFIC, Eyes, Scene, found_by_engine, truth_of
from streams.simulation.stores import STORES
from streams.tracking import warm_up

REPORT = Path(__file__).with_name("REPORT.md")
RATES = (2, 5, 10)
BLAMED = (Eyes.KNOWN, Eyes.TRUE)


@dataclass(frozen=True, slots=True)
class Task:
    """One hour of one store through one kind of eyes, at every rate."""

    scene: Scene
    eyes: Eyes
    rates: tuple[int, ...]


def main() -> None:
    """Measure, print the tables, end with one JSON line."""
    options = _options()
    warm_up()
    scenes = [
        Scene(
            site=site,
            seed=seed,
            traffic=options.traffic,
            from_hour=options.from_hour,
            minutes=round(options.hours * 60),
        )
        for seed in range(options.first_seed, options.first_seed + options.seeds)
        for site in options.site
    ]
    last = Eyes(options.eyes)
    eyes = (*(one for one in BLAMED if one is not last), last) if options.blame else (last,)
    # All rates in one task: a store's day is made once, each of its images looked at once.
    tasks = [Task(scene, one, tuple(options.fps)) for scene in scenes for one in eyes]
    pairs: dict[tuple[Eyes, int], list[Pair]] = {
        (one, fps): [] for one in eyes for fps in options.fps
    }
    for task, of_rates in _measured(tasks, jobs=options.jobs):
        for fps, pair in zip(task.rates, of_rates, strict=True):
            pairs[task.eyes, fps].append(pair)
    columns = [
        Column(f"{fps} fps, {one}" if options.blame else f"{fps} fps", pairs[one, fps])
        for fps in options.fps
        for one in eyes
    ]
    name = f"{'blame' if options.blame else 'accuracy'}, {last}"
    told = f"{name.removeprefix('accuracy, ')}, "
    told += f"{options.seeds} seeds from {options.first_seed}, {', '.join(options.site)}, "
    told += f"{options.hours:g} h from {options.from_hour:g} h UTC, traffic {options.traffic:g}"
    text = markdown(columns, told)
    print(text)
    if options.write:
        put_into(REPORT, name, text)
    print(json.dumps({"perf": "accuracy", "scenes": told, "columns": _figures(columns)}))


def _measured(tasks: Sequence[Task], *, jobs: int) -> Iterator[tuple[Task, list[Pair]]]:
    """Every task with its outcome at each rate, in order; tells how far it is."""
    begun_s = time.monotonic()
    with get_context("spawn").Pool(jobs) as pool:
        outcomes = zip(tasks, pool.imap(_measure, tasks), strict=True)
        for done, (task, of_rates) in enumerate(outcomes, 1):
            print(
                f"{done}/{len(tasks)} {task.scene.site} seed {task.scene.seed} {task.eyes}: "
                f"{time.monotonic() - begun_s:.0f} s",
                file=sys.stderr,
                flush=True,
            )
            yield task, of_rates


def _measure(task: Task) -> list[Pair]:
    truth = truth_of(task.scene)
    return [(truth, found_by_engine(task.scene, task.eyes, fps=fps)) for fps in task.rates]


def _figures(columns: Sequence[Column]) -> dict[str, object]:
    return {
        column.name: {
            "business": asdict(business(column.pairs)),
            "pooled": {one.name: round(one.value, 4) for one in figures(column.pairs)},
            "by_seed": [
                {one.name: round(one.value, 4) for one in figures([pair])} for pair in column.pairs
            ],
        }
        for column in columns
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20, help="how many (default 20)")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--hours", type=float, default=1.0, help="of each store and seed")
    parser.add_argument("--from-hour", type=float, default=FROM_HOUR, help="UTC")
    parser.add_argument("--traffic", type=float, default=TRAFFIC)
    parser.add_argument("--fps", type=int, nargs="+", default=list(RATES))
    parser.add_argument("--site", nargs="+", choices=sorted(STORES), default=sorted(STORES))
    parser.add_argument("--eyes", choices=list(Eyes), default=Eyes.ERRORS)
    parser.add_argument("--blame", action="store_true", help="all kinds of eyes")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {REPORT.name}")
    parser.add_argument(
        "--pixels", action="store_true", help="3 seeds of 20 min through the demo detector"
    )
    options = parser.parse_args()
    if options.pixels:
        options.eyes = Eyes.PIXELS
        options.seeds, options.hours = min(options.seeds, 3), min(options.hours, 1 / 3)
    return options


if __name__ == "__main__":
    main()
