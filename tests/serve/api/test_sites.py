"""What is said of sites as a whole, asked over HTTP of a real PostgreSQL."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from schemas.crossings import CrossingRecord
from schemas.health import HealthPart, HealthRecord
from schemas.heatmaps import HeatmapRecord
from schemas.layout import SiteLayout
from schemas.sites import SiteRecord
from schemas.tracks import TrackRecord, Visit
from serve.api.camera_health import now_ms

START_MS = 946_684_800_000  # 2000-01-01T00:00:00Z
MINUTE_MS = 60_000


def rome(text: str) -> int:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Rome"))
    return round(local.timestamp() * 1000)


def site_at(start_ms: int, entries: int, exits: int) -> SiteRecord:
    return SiteRecord(
        site="milano", layout_version=3, window_start_ms=start_ms,
        window_end_ms=start_ms + MINUTE_MS, coverage=1.0, entry_total=entries, exit_total=exits,
        person_ms=None, cameras_seen=2, cameras_total=2, complete=True,
    )  # fmt: skip


def health(camera: str, **fields: Any) -> HealthRecord:
    said: dict[str, Any] = {
        "site": "milano", "camera": camera, "part": HealthPart.ENGINE, "since_ms": now_ms(),
        "at_ms": now_ms(), "counters": {"ok": 5, "rejected": 1}, "newest_at_ms": START_MS,
        "newest_age_ms": 1, "rate_hz": 7.0,
    }  # fmt: skip
    return HealthRecord(**(said | fields))


def heatmap(number: int, camera: str, cells: Any, space: Any = "image") -> HeatmapRecord:
    start_ms = START_MS + number * MINUTE_MS
    return HeatmapRecord(
        site="milano", camera=camera, layout_version=3, window_start_ms=start_ms,
        window_end_ms=start_ms + MINUTE_MS, coverage=0.5, space=space, rows=9, cols=16,
        cell_m=0.5 if space == "floor" else None, cells=cells,
    )  # fmt: skip


async def test_occupancy_counts_from_the_reset_in_the_sites_time_and_drift_is_told(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(
        layout,
        site_at(rome("2000-01-01T03:59"), 50, 0),  # the day before the day before
        site_at(rome("2000-01-01T04:00"), 10, 7),
        site_at(rome("2000-01-02T03:59"), 0, 1),
        site_at(rome("2000-01-02T04:00"), 6, 2),
        site_at(rome("2000-01-02T12:00"), 3, 1),
    )
    summary = await ask("/v1/sites/milano/summary")
    assert summary["drift_count"] == 2
    today = summary["today"]
    assert today["since_ms"] == rome("2000-01-02T04:00")
    assert today["to_ms"] == rome("2000-01-02T12:01")
    assert (today["entry_total"], today["exit_total"], today["occupancy_count"]) == (9, 3, 6)
    assert today["coverage"] == round(2 / 481, 4)


async def test_summary_of_another_instant(ask: Any, write: Any, layout: SiteLayout) -> None:
    write(layout, site_at(rome("2000-01-01T04:00"), 10, 7), site_at(rome("2000-01-02T04:00"), 6, 2))
    summary = await ask("/v1/sites/milano/summary", at="2000-01-01T12:00")
    assert summary["today"]["occupancy_count"] == 3
    assert summary["drift_count"] is None


async def test_list_of_sites_shows_each_ones_own_day(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(layout, health("tills"), health("hall", rate_hz=0.0))
    write(health("door", site="torino"), site_at(START_MS, 4, 1))
    milano, torino = (await ask("/v1/sites"))["sites"]
    assert milano["cameras"] == {"live": 1, "silent": 1, "unknown": 0}
    assert milano["newest_at_ms"] == START_MS + MINUTE_MS
    assert milano["today"]["occupancy_count"] == 3
    assert milano["layout_version"] == 3
    assert (torino["site"], torino["layout_version"], torino["today"]) == ("torino", None, None)
    assert torino["newest_at_ms"] == START_MS


async def test_no_site_is_an_empty_list(ask: Any) -> None:
    assert await ask("/v1/sites") == {"sites": []}


async def test_site_shows_its_layout_as_the_file_writes_it_and_every_camera(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(layout, health("tills"), health("attic", newest_at_ms=None))
    site = await ask("/v1/sites/milano")
    (line,) = site["layout"]["cameras"][0]["lines"]
    assert line["from"] == [0.2, 0.8]
    assert [(one["camera"], one["state"]) for one in site["cameras"]] == [
        ("tills", "live"),
        ("hall", "unknown"),
        ("attic", "unknown"),
    ]
    assert site["cameras"][0]["counters"] == {"engine": {"ok": 5, "rejected": 1}}


async def test_newest_version_of_a_layout_is_shown(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    newer = SiteLayout(site="milano", version=10, time_zone="UTC", cameras=[])
    write(newer, layout)
    assert (await ask("/v1/sites/milano"))["layout"]["version"] == 10


async def test_site_that_nobody_knows_is_named(ask: Any) -> None:
    for path in ("", "/queues", "/heatmap", "/summary", "/tracks"):
        answer = await ask(f"/v1/sites/atlantis{path}", status=404)
        assert answer["error"]["field"] == "site"
        assert answer["error"]["got"] == "atlantis"


async def test_heatmaps_add_over_windows_and_stay_apart_by_camera(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(
        layout,
        heatmap(0, "tills", [(0, 0, 500), (8, 15, 100)]),
        heatmap(1, "tills", [(8, 15, 50)]),
        heatmap(1, "hall", []),
        heatmap(2, "tills", [(1, 1, 9_999)]),
    )
    answer = await ask(
        "/v1/sites/milano/heatmap", from_=START_MS, to=START_MS + 2 * MINUTE_MS, space="image"
    )
    hall, tills = answer["heatmaps"]
    assert (tills["camera"], tills["cells"]) == ("tills", [[0, 0, 500], [8, 15, 150]])
    assert (tills["person_ms"], tills["coverage"]) == (650, 0.5)
    assert (hall["camera"], hall["cells"], hall["coverage"]) == ("hall", [], 0.25)


async def test_cameras_add_on_the_floor(ask: Any, write: Any, layout: SiteLayout) -> None:
    write(
        layout,
        heatmap(0, "tills", [(0, 0, 500)], "floor"),
        heatmap(0, "hall", [(0, 1, 70)], "floor"),
    )
    (floor,) = (await ask("/v1/sites/milano/heatmap", space="floor"))["heatmaps"]
    assert (floor["camera"], floor["cell_m"], floor["person_ms"]) == (None, 0.5, 570)
    assert floor["cells"] == [[0, 0, 500], [0, 1, 70]]


async def test_records_are_newest_first_and_limited(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    def crossing(at_ms: int) -> CrossingRecord:
        return CrossingRecord(
            site="milano", camera="tills", layout_version=3, line="entrance", track=f"{at_ms}-0",
            crossed_at_ms=at_ms, direction="in", xy=(0.5, 0.8),
        )  # fmt: skip

    track = TrackRecord(
        site="milano", camera="tills", layout_version=3, track=f"{START_MS}-0",
        started_at_ms=START_MS, ended_at_ms=START_MS + 9_000, continues=None,
        path=[(START_MS, 0.1, 0.2)], crossings=[], staff=False,
        visits=[Visit(zone="till", entered_at_ms=1, exited_at_ms=2, dwell_ms=1)],
    )  # fmt: skip
    write(layout, site_at(START_MS, 1, 0), track, *(crossing(START_MS + n) for n in (5, 1, 3)))
    span = {"from_": START_MS, "to": START_MS + MINUTE_MS}
    crossings = await ask("/v1/sites/milano/crossings", limit=2, line="entrance", **span)
    assert [one["crossed_at_ms"] - START_MS for one in crossings["records"]] == [5, 3]
    assert crossings["coverage"] == 1.0
    (found,) = (await ask("/v1/sites/milano/tracks", camera="tills", **span))["records"]
    assert found["visits"] == [
        {"zone": "till", "entered_at_ms": 1, "exited_at_ms": 2, "dwell_ms": 1}
    ]
    assert (await ask("/v1/sites/milano/tracks", camera="hall", **span))["records"] == []
