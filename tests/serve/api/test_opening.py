"""When a site is open: on its own clocks, also when they change, and in what the API answers."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.heatmaps import HeatmapRecord
from schemas.layout import SiteLayout
from schemas.occupancy import OccupancyRecord
from schemas.sites import SiteRecord
from serve.api.buckets import Span
from serve.api.opening import Opening, opening_in

ROME = ZoneInfo("Europe/Rome")
HOUR_MS = 3_600_000
WEEK = {"mon-sat": "09:00-20:00", "sun": "closed"}


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ROME).timestamp() * 1000)


def hours_open(hours: dict[str, str], start: str, end: str) -> float:
    span = Span(at(start), at(end))
    opening = opening_in(span, hours=hours, zone=ROME)
    assert opening is not None
    return opening.open_ms(span.from_ms, span.to_ms) / HOUR_MS


# 2026-03-29 and 2026-10-25 are Sundays on which the clocks of Rome change, at 02:00 and 03:00.
@pytest.mark.parametrize(
    ("hours", "start", "end", "expected"),
    [
        pytest.param(WEEK, "2026-11-20T00:00", "2026-11-21T00:00", 11, id="a Friday"),
        pytest.param(WEEK, "2026-11-22T00:00", "2026-11-23T00:00", 0, id="a closed Sunday"),
        pytest.param(WEEK, "2026-11-16T00:00", "2026-11-23T00:00", 66, id="a week"),
        pytest.param({"mon": "09:00-20:00"}, "2026-11-17T00:00", "2026-11-18T00:00", 0,
                     id="a day that nobody named is closed"),
        pytest.param({"sat": "10:00-12:00", "mon-sun": "09:00-20:00"},
                     "2026-11-21T00:00", "2026-11-22T00:00", 2,
                     id="a day named alone counts before a range, wherever it stands"),
        pytest.param({"fri": "22:00-02:00"}, "2026-11-20T00:00", "2026-11-22T00:00", 4,
                     id="over midnight"),
        pytest.param({"fri": "22:00-02:00"}, "2026-11-21T00:00", "2026-11-21T12:00", 2,
                     id="over midnight, asked from the day after"),
        pytest.param({"fri-sat": "22:00-02:00"}, "2026-11-20T12:00", "2026-11-22T12:00", 8,
                     id="over two midnights"),
        pytest.param({"mon-sun": "00:00-00:00"}, "2026-11-20T00:00", "2026-11-22T00:00", 48,
                     id="round the clock"),
        pytest.param({"sat": "22:00-04:00"}, "2026-03-28T12:00", "2026-03-29T12:00", 5,
                     id="over the hour that the clocks skip"),
        pytest.param({"sat": "22:00-04:00"}, "2026-10-24T12:00", "2026-10-25T12:00", 7,
                     id="over the hour that the clocks repeat"),
        pytest.param({"sat": "22:00-02:00"}, "2026-03-28T12:00", "2026-03-29T12:00", 4,
                     id="until the instant at which the clocks skip an hour"),
        pytest.param({"sun": "09:00-20:00"}, "2026-03-29T00:00", "2026-03-30T00:00", 11,
                     id="after the clocks changed"),
        pytest.param({"mon-sun": "00:00-00:00"}, "2026-03-29T00:00", "2026-03-30T00:00", 23,
                     id="round the clock on a day of 23 hours"),
    ],
)  # fmt: skip
def test_hours_of_opening(hours: dict[str, str], start: str, end: str, expected: float) -> None:
    assert hours_open(hours, start, end) == expected


def test_instant_of_closing_is_closed() -> None:
    opening = Opening([(10, 20)])
    assert [opening.open_ms(one, one + 1) for one in (9, 10, 19, 20)] == [0, 1, 1, 0]


def test_site_without_opening_hours_is_not_known_to_be_open() -> None:
    assert opening_in(Span(0, 1), hours={}, zone=ROME) is None


# The windows below begin at 08:58, 08:59, ... of a Friday in Rome.
FIRST_MS = at("2026-11-20T08:58")
MINUTE_MS = 60_000


def window(number: int) -> dict[str, Any]:
    start_ms = FIRST_MS + number * MINUTE_MS
    return {
        "site": "milano",
        "layout_version": 3,
        "window_start_ms": start_ms,
        "window_end_ms": start_ms + MINUTE_MS,
        "coverage": 0.5,
    }


def people(number: int, mean: float) -> OccupancyRecord:
    return OccupancyRecord(
        **window(number), camera="tills", zone="till", count_mean=mean, count_max=1, person_ms=9
    )


def entries(number: int, count: int) -> SiteRecord:
    return SiteRecord(
        **window(number), entry_total=count, exit_total=0, person_ms=None, cameras_seen=2,
        cameras_total=2, complete=True,
    )  # fmt: skip


def spent(number: int) -> HeatmapRecord:
    return HeatmapRecord(
        **window(number), camera="tills", space="image", rows=2, cols=2, cell_m=None,
        cells=[(0, 0, 10)],
    )  # fmt: skip


@pytest.fixture
def shop(layout: SiteLayout) -> SiteLayout:
    return replace(layout, opening_hours=WEEK)


async def asked(ask: Any, topic: str, **parameters: Any) -> Any:
    span = {"from_": FIRST_MS, "to": FIRST_MS + 4 * MINUTE_MS}
    return await ask(f"/v1/sites/milano/{topic}", **span, **parameters)


async def test_each_point_says_how_much_of_it_the_site_is_open(
    ask: Any, write: Any, shop: SiteLayout
) -> None:
    write(shop, *(entries(n, 1) for n in range(4)))
    (series,) = (await asked(ask, "footfall"))["series"]
    assert [one["open_fraction"] for one in series["points"]] == [0.0, 0.0, 1.0, 1.0]
    assert series["total"]["open_fraction"] == 0.5


async def test_without_opening_hours_nothing_is_said_and_asking_for_them_is_refused(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(layout, *(entries(n, 1) for n in range(4)))
    (series,) = (await asked(ask, "footfall"))["series"]
    assert series["total"]["open_fraction"] is None
    for topic in ("footfall", "journeys", "heatmap"):
        answer = await asked(ask, topic, status=400, open_only=True)
        assert answer["error"]["field"] == "open_only"


async def test_only_windows_that_begin_in_opening_hours_count_if_asked(
    ask: Any, write: Any, shop: SiteLayout
) -> None:
    write(shop, *(entries(n, 10**n) for n in range(4)), *(people(n, 10.0**n) for n in range(4)))
    (series,) = (await asked(ask, "footfall", open_only=True))["series"]
    assert series["total"]["entry_total"] == 1_100
    assert series["total"]["coverage"] == 0.5
    assert series["total"]["complete"] is True
    assert [one["entry_total"] for one in series["points"]] == [None, None, 100, 1_000]
    assert [one["coverage"] for one in series["points"]] == [0.0, 0.0, 0.5, 0.5]
    (till, _) = (await asked(ask, "occupancy", open_only=True, step="1h"))["series"]
    assert (till["total"]["count_mean"], till["total"]["person_ms"]) == (550.0, 18)
    (before, after) = till["points"]
    assert (before["count_mean"], after["count_mean"]) == (None, 550.0)


async def test_heatmap_of_opening_hours(ask: Any, write: Any, shop: SiteLayout) -> None:
    write(shop, *(spent(n) for n in range(4)))
    for only, person_ms in ((True, 20), (False, 40)):
        (heatmap,) = (await asked(ask, "heatmap", open_only=only))["heatmaps"]
        assert (heatmap["person_ms"], heatmap["coverage"]) == (person_ms, 0.5)


@pytest.mark.parametrize(
    ("number", "is_open"), [pytest.param(1, False, id="at opening"), pytest.param(2, True, id="in")]
)
async def test_summary_says_whether_the_site_is_open(
    ask: Any, write: Any, shop: SiteLayout, number: int, is_open: bool
) -> None:
    write(shop, entries(number, 1))
    assert (await ask("/v1/sites/milano/summary"))["is_open"] is is_open
