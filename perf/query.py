"""How fast the API answers on a filled view store: one store's day, one hundred stores' day.

In: a PostgreSQL's URL (an empty database of its own; it stays filled, so a second run is short).
Out: a table and one JSON line. Each question goes over a socket to a real server in a process of
its own, one after another; Ray Serve's own hop is not in it.

    python perf/query.py postgresql+psycopg://user:password@127.0.0.1:5432/postgres
"""

import json
import logging
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context

import httpx
import uvicorn
from sqlalchemy import Connection, create_engine, text

from compose.ports import free_ports
from schemas.layout import Camera, Floor, Line, LineKind, SiteLayout, Zone, ZoneKind
from schemas.tables import metadata, row_of, table_of
from serve.api.app import create_app
from serve.api.settings import ApiSettings

SITE_COUNT = 100
DAY_START_MS = 1_760_572_800_000  # 2025-10-16T00:00:00Z
DAY_MS = 86_400_000
SQUARE = [(0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4)]
CAMERAS = ("door", "hall", "tills")
QUEUES = ("till-1", "till-2")
BROWSE = ("shoes", "coats", "hats")
LINES = ("entrance", "stairs")
CELLS_PER_HEATMAP = 60
REPEATS = 60

QUESTIONS = {
    "queues, day by 15 min": "/v1/sites/store-042/queues?{day}&step=15m",
    "queues, day by 1 min": "/v1/sites/store-042/queues?{day}",
    "occupancy, day by 15 min": "/v1/sites/store-042/occupancy?{day}&step=15m",
    "dwell, day by 15 min": "/v1/sites/store-042/dwell?{day}&step=15m",
    "flows, day by 15 min": "/v1/sites/store-042/flows?{day}&step=15m",
    "footfall, day by 15 min": "/v1/sites/store-042/footfall?{day}&step=15m",
    "heatmap, day, 3 cameras": "/v1/sites/store-042/heatmap?{day}",
    "summary": "/v1/sites/store-042/summary",
    "100 stores, their day": "/v1/sites",
}


def layout_of(site: str) -> SiteLayout:
    """A store with three cameras, two queues, three zones to browse in, two lines."""
    zones = [Zone(id=one, kind=ZoneKind.BROWSE, polygon=SQUARE) for one in BROWSE]
    queues = [Zone(id=one, kind=ZoneKind.QUEUE, polygon=SQUARE) for one in QUEUES]
    lines = [
        Line(id=one, kind=LineKind.ENTRANCE, start=(0.0, 0.5), end=(1.0, 0.5)) for one in LINES
    ]
    return SiteLayout(
        site=site,
        version=1,
        reset_at="00:00",
        floor=Floor(width_m=20.0, height_m=12.0),
        cameras=[
            Camera(id="door", lines=lines),
            Camera(id="hall", zones=zones),
            Camera(id="tills", zones=queues),
        ],
    )


def fill(connection: Connection) -> None:
    """One day of every store, made by the database itself."""
    metadata.create_all(connection)
    layouts = [layout_of(f"store-{number:03}") for number in range(SITE_COUNT)]
    connection.execute(table_of(layouts[0]).insert(), [row_of(layout) for layout in layouts])
    window = (
        "SELECT 'store-' || lpad(s::text, 3, '0'), {camera}, 1, w, w + 60000, "
        "0.9 + 0.1 * random(), {fields} FROM generate_series(0, {sites} - 1) AS s, "
        "generate_series({start}, {start} + {day} - 1, 60000) AS w, "
        "unnest(ARRAY[{entities}]) AS entity"
    )
    columns = "site, camera, layout_version, window_start_ms, window_end_ms, coverage"
    histogram = (
        "(SELECT jsonb_agg(jsonb_build_array(b, 1 + (random() * 2)::int) ORDER BY b) "
        "FROM generate_series(20 + (w / 60000 % 40)::int, 24 + (w / 60000 % 40)::int) AS b)"
    )
    cells = (
        "(SELECT jsonb_agg(jsonb_build_array((w / 60000 + c) % 36, (c * 7 + s) % 64, "  # noqa: S608
        f"(random() * 4000)::int)) FROM generate_series(1, {CELLS_PER_HEATMAP}) AS c)"
    )
    whole = "(random() * 5)::int"
    series = {
        "occupancy": ("zone", "'hall'", BROWSE, "count_mean, count_max, person_ms",
                      f"random() * 3, {whole}, (random() * 90000)::int"),
        "dwell": ("zone", "'hall'", BROWSE,
                  "visit_total, dwell_mean_ms, dwell_p50_ms, dwell_p95_ms, dwell_histogram, "
                  "open_visit_count", f"{whole}, 9000, 8000, 20000, {histogram}, {whole}"),
        "queues": ("zone", "'tills'", QUEUES,
                   "length_mean, length_max, joined_total, served_total, abandoned_total, "
                   "lost_total, direct_total, open_count, wait_mean_ms, wait_p50_ms, wait_p95_ms, "
                   "wait_histogram, longest_open_wait_ms, over_threshold_ms, littles_law_wait_ms",
                   f"random() * 3, {whole}, {whole}, {whole}, 0, 0, 1, {whole}, 60000, 55000, "
                   f"120000, {histogram}, 70000, 0, 65000"),
        "flows": ("line", "'door'", LINES, "in_total, out_total", f"{whole}, {whole}"),
        "heatmaps": ("camera", "entity", CAMERAS, "space, rows, cols, cell_m, cells",
                     f"'image', 36, 64, NULL, {cells}"),
    }  # fmt: skip
    for table, (entity, camera, entities, names, fields) in series.items():
        is_camera = entity == "camera"
        select = window.format(
            camera=camera,
            fields=fields if is_camera else f"entity, {fields}",
            sites=SITE_COUNT,
            start=DAY_START_MS,
            day=DAY_MS,
            entities=", ".join(f"'{one}'" for one in entities),
        )
        into = columns + (f", {names}" if is_camera else f", {entity}, {names}")
        connection.execute(text(f"INSERT INTO {table} ({into}) {select}"))
    connection.execute(
        text(
            "INSERT INTO sites SELECT 'store-' || lpad(s::text, 3, '0'), 1, w, w + 60000, 0.95, "
            "(random() * 5)::int, (random() * 5)::int, 90000, 3, 3, true "
            "FROM generate_series(0, :sites - 1) AS s, "
            "generate_series(CAST(:start AS bigint), :start + :day - 1, 60000) AS w"
        ),
        {"sites": SITE_COUNT, "start": DAY_START_MS, "day": DAY_MS},
    )


def serve(url: str, port: int) -> None:
    """The API on a port; no broker is there, because these questions do not ask the live feed."""
    logging.disable()
    app = create_app(ApiSettings.load(database_url=url, kafka="127.0.0.1:1"))
    uvicorn.run(app, port=port, log_level="critical")


@contextmanager
def served(url: str) -> Iterator[str]:
    """The address of the API in a process of its own, until the block ends."""
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    process = get_context("spawn").Process(target=serve, args=(url, port), daemon=True)
    process.start()
    while True:
        try:
            httpx.get(f"{address}/healthz")
            break
        except httpx.TransportError:
            time.sleep(0.1)
    yield address
    process.terminate()
    process.join()


def summary(times: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    p95 = statistics.quantiles(times, n=20)[-1]
    return {"p50_ms": round(statistics.median(times), 1), "p95_ms": round(p95, 1)}


def latencies_ms(ask: Callable[[], httpx.Response]) -> list[float]:
    """Time of each of `REPEATS` answers, ms, after three that are not counted."""
    for _ in range(3):
        assert ask().status_code == 200
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
    return times


def main(url: str) -> None:
    """Fill the store if it is empty, ask, print."""
    engine = create_engine(url)
    with engine.begin() as connection:
        metadata.create_all(connection)
        is_filled = connection.scalar(text("SELECT count(*) FROM layouts")) == SITE_COUNT
        if not is_filled:
            fill(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    day = f"from={DAY_START_MS}&to={DAY_START_MS + DAY_MS}"
    results = {}
    with served(url) as address, httpx.Client(base_url=address, timeout=30) as client:
        for name, path in QUESTIONS.items():
            question = path.format(day=day)
            results[name] = summary(latencies_ms(lambda question=question: client.get(question)))
            print(f"{name:28}", *(f"{key} {one:7.1f}" for key, one in results[name].items()))
    machine = {"cpus": os.cpu_count(), "machine": platform.machine(), "load": os.getloadavg()[0]}
    print(json.dumps({"perf": "query", "sites": SITE_COUNT, **machine, "results": results}))


if __name__ == "__main__":
    main(*sys.argv[1:])
