"""How windows merge, asked over HTTP of a real PostgreSQL."""

from typing import Any

import pytest

from schemas.dwell import DwellRecord
from schemas.flows import FlowRecord
from schemas.layout import SiteLayout
from schemas.occupancy import OccupancyRecord
from schemas.queues import QueueRecord
from schemas.sites import SiteRecord

START_MS = 946_684_800_000  # 2000-01-01T00:00:00Z
MINUTE_MS = 60_000


def window(number: int, coverage: float = 1.0) -> dict[str, Any]:
    start_ms = START_MS + number * MINUTE_MS
    return {
        "site": "milano",
        "camera": "tills",
        "layout_version": 3,
        "window_start_ms": start_ms,
        "window_end_ms": start_ms + MINUTE_MS,
        "coverage": coverage,
    }


def occupancy(number: int, coverage: float, mean: float, most: int) -> OccupancyRecord:
    person_ms = round(mean * coverage * MINUTE_MS)
    return OccupancyRecord(
        **window(number, coverage), zone="till", count_mean=mean, count_max=most,
        person_ms=person_ms,
    )  # fmt: skip


def dwell(number: int, mean_ms: int | None, histogram: Any, still_there: int = 0) -> DwellRecord:
    return DwellRecord(
        **window(number), zone="till", visit_total=sum(count for _, count in histogram),
        dwell_mean_ms=mean_ms, dwell_p50_ms=mean_ms, dwell_p95_ms=mean_ms,
        dwell_histogram=histogram, open_visit_count=still_there,
    )  # fmt: skip


def queue(number: int, coverage: float = 1.0, **fields: Any) -> QueueRecord:
    quiet: dict[str, Any] = {
        "length_mean": 0.0, "length_max": 0, "joined_total": 0, "served_total": 0,
        "abandoned_total": 0, "lost_total": 0, "direct_total": 0, "open_count": 0,
        "wait_mean_ms": None, "wait_p50_ms": None, "wait_p95_ms": None, "wait_histogram": [],
        "longest_open_wait_ms": None, "over_threshold_ms": None, "littles_law_wait_ms": None,
    }  # fmt: skip
    return QueueRecord(**window(number, coverage), zone="till", **(quiet | fields))


def site(number: int, entries: int, exits: int, **fields: Any) -> SiteRecord:
    start_ms = START_MS + number * MINUTE_MS
    return SiteRecord(**({
        "site": "milano", "layout_version": 3, "window_start_ms": start_ms,
        "window_end_ms": start_ms + MINUTE_MS, "coverage": 1.0, "entry_total": entries,
        "exit_total": exits, "person_ms": None, "cameras_seen": 2, "cameras_total": 2,
        "complete": True,
    } | fields))  # fmt: skip


async def total(ask: Any, topic: str, entity: str = "till", minutes: int = 30) -> dict[str, Any]:
    """The bucket of the first `minutes`, which are one bucket."""
    answer = await ask(
        f"/v1/sites/milano/{topic}", from_=START_MS, to=START_MS + minutes * MINUTE_MS, step="1h"
    )
    (series,) = [one for one in answer["series"] if one["id"] == entity]
    (point,) = series["points"]
    assert point == series["total"]
    told = {"start_ms", "end_ms", "open_fraction"}
    return {key: value for key, value in point.items() if key not in told}


MERGES = [
    pytest.param(
        "occupancy",
        [occupancy(0, 1.0, 2.0, 3), occupancy(1, 0.5, 5.0, 9), occupancy(29, 0.0, 7.0, 1)],
        {"coverage": 0.05, "count_mean": 3.0, "count_max": 9, "person_ms": 270_000},
        id="a mean weighs by the time in which it was seen",
    ),
    pytest.param(
        "dwell",
        [dwell(0, 1_000, [(0, 1)]), dwell(1, None, []), dwell(2, 9_000, [(46, 3)], 2)],
        {
            "coverage": 0.1, "visit_total": 4, "dwell_mean_ms": 7_000, "open_visit_count": 2,
            "dwell_p50_ms": 9_667, "dwell_p95_ms": 9_667,
        },
        id="a mean weighs by its people, percentiles come from the merged histogram",
    ),
    pytest.param(
        "dwell",
        [dwell(4, 8_765, [(44, 1)])],
        {
            "coverage": 0.0333, "visit_total": 1, "dwell_mean_ms": 8_765, "open_visit_count": 0,
            "dwell_p50_ms": 8_765, "dwell_p95_ms": 8_765,
        },
        id="one window keeps its own percentiles",
    ),
    pytest.param(
        "dwell",
        [],
        {
            "coverage": 0.0, "visit_total": None, "dwell_mean_ms": None, "open_visit_count": None,
            "dwell_p50_ms": None, "dwell_p95_ms": None,
        },
        id="nothing known is null and never 0",
    ),
    pytest.param(
        "queues",
        [
            queue(0, length_mean=4.0, length_max=6, joined_total=7, served_total=3, open_count=4,
                  wait_mean_ms=60_000, wait_p50_ms=60_000, wait_p95_ms=60_000,
                  wait_histogram=[(84, 3)], longest_open_wait_ms=50_000, over_threshold_ms=20_000,
                  littles_law_wait_ms=1),
            queue(1, 0.5, length_mean=1.0, length_max=2, served_total=1, abandoned_total=1,
                  direct_total=2, open_count=2, wait_mean_ms=20_000, wait_p50_ms=20_000,
                  wait_p95_ms=20_000, wait_histogram=[(61, 1)], longest_open_wait_ms=90_000),
        ],
        {
            "coverage": 0.05, "length_mean": 3.0, "length_max": 6, "joined_total": 7,
            "served_total": 4, "abandoned_total": 1, "lost_total": 0, "direct_total": 2,
            "open_count": 2, "wait_mean_ms": 50_000, "wait_p50_ms": 61_730,
            "wait_p95_ms": 61_730, "longest_open_wait_ms": 90_000, "over_threshold_ms": 20_000,
            "littles_law_wait_ms": None,
        },
        id="what is open is the newest window's; Little's law is silent below half coverage",
    ),
    pytest.param(
        "queues",
        [queue(n, length_mean=2.0, served_total=1) for n in range(30)],
        {
            "coverage": 1.0, "length_mean": 2.0, "length_max": 0, "joined_total": 0,
            "served_total": 30, "abandoned_total": 0, "lost_total": 0, "direct_total": 0,
            "open_count": 0, "wait_mean_ms": None, "wait_p50_ms": None, "wait_p95_ms": None,
            "longest_open_wait_ms": None, "over_threshold_ms": None,
            "littles_law_wait_ms": 120_000,
        },
        id="Little's law over a long bucket is asked of the bucket itself",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("topic", "records", "expected"), MERGES)
async def test_windows_merge(
    ask: Any, write: Any, layout: SiteLayout, topic: str, records: list[Any],
    expected: dict[str, Any],
) -> None:  # fmt: skip
    write(layout, *records)
    assert await total(ask, topic) == expected


async def test_flows_add_and_the_site_says_how_complete_it_is(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    flows = [FlowRecord(**window(n), line="entrance", in_total=n, out_total=1) for n in range(30)]
    sites = [site(n, n, 1, person_ms=None if n else 500) for n in range(30)]
    write(layout, *flows, *sites)
    assert await total(ask, "flows", "entrance") == {
        "coverage": 1.0, "in_total": 435, "out_total": 30,
    }  # fmt: skip
    assert await total(ask, "footfall", "milano") == {
        "coverage": 1.0, "entry_total": 435, "exit_total": 30, "person_ms": 500, "complete": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([site(n, 0, 0) for n in range(29)], id="a window is missing"),
        pytest.param(
            [site(n, 0, 0, complete=n != 7) for n in range(30)], id="a camera stayed away"
        ),
    ],
)
async def test_site_is_not_complete_when(
    ask: Any, write: Any, layout: SiteLayout, records: list[Any]
) -> None:
    write(layout, *records)
    assert (await total(ask, "footfall", "milano"))["complete"] is False


async def test_every_bucket_is_there_also_where_nothing_is_known(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(layout, occupancy(0, 1.0, 1.0, 1), occupancy(3, 0.5, 2.0, 2))
    answer = await ask("/v1/sites/milano/occupancy", from_=START_MS, to=START_MS + 4 * MINUTE_MS)
    points = answer["series"][0]["points"]
    assert [(point["coverage"], point["count_mean"]) for point in points] == [
        (1.0, 1.0), (0.0, None), (0.0, None), (0.5, 2.0),
    ]  # fmt: skip
    assert [one["id"] for one in answer["series"]] == ["till", "desk"]


async def test_zone_that_the_layout_no_longer_has_keeps_its_past(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    old = OccupancyRecord(**window(0), zone="hats", count_mean=1.0, count_max=1, person_ms=60_000)
    write(layout, old)
    answer = await ask("/v1/sites/milano/occupancy", from_=START_MS, to=START_MS + MINUTE_MS)
    assert [one["id"] for one in answer["series"]] == ["till", "desk", "hats"]


async def test_span_is_half_open(ask: Any, write: Any, layout: SiteLayout) -> None:
    write(layout, *(site(n, 1, 0) for n in range(3)))
    answer = await ask(
        "/v1/sites/milano/footfall", from_=START_MS + MINUTE_MS, to=START_MS + 2 * MINUTE_MS
    )
    assert answer["series"][0]["total"]["entry_total"] == 1


async def test_without_a_span_the_last_hour_that_exists_is_answered(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(layout, site(0, 1, 0), site(200, 5, 0))
    answer = await ask("/v1/sites/milano/footfall", step="1h")
    newest_ms = START_MS + 201 * MINUTE_MS
    assert (answer["from_ms"], answer["to_ms"]) == (newest_ms - 3_600_000, newest_ms)
    assert answer["series"][0]["total"]["entry_total"] == 5
    assert answer["series"][0]["total"]["coverage"] == pytest.approx(1 / 60, abs=1e-4)


async def test_site_in_which_nothing_happened_yet_is_answered_with_nothing(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(layout)
    for topic in ("occupancy", "dwell", "queues", "flows", "footfall"):
        answer = await ask(f"/v1/sites/milano/{topic}")
        assert (answer["from_ms"], answer["series"]) == (None, [])
    assert (await ask("/v1/sites/milano/heatmap"))["heatmaps"] == []
    assert (await ask("/v1/sites/milano/summary"))["today"] is None


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        pytest.param({"from_": "soon"}, "from", id="no instant"),
        pytest.param({"from_": START_MS, "to": START_MS}, "from", id="ends are the same"),
        pytest.param({"step": "90s"}, "step", id="no whole windows"),
        pytest.param({"step": "2d"}, "step", id="longer than a day"),
        pytest.param({"from_": "1990-01-01", "to": "2000-01-01"}, "step", id="too many buckets"),
    ],
)
async def test_parameter_that_does_not_fit_is_named(
    ask: Any, write: Any, layout: SiteLayout, parameters: dict[str, Any], field: str
) -> None:
    write(layout, site(0, 1, 0))
    answer = await ask("/v1/sites/milano/queues", status=400, **parameters)
    assert answer["error"]["field"] == field
    assert set(answer["error"]) == {"field", "expected", "got"}
