"""The list of sites: how the cameras of each do, what its day adds up to.

A site of a file that was stamped in 2000 shows its day in 2000: "today" ends at its own newest
event time.
"""

from collections import Counter
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Connection, RowMapping, Text, cast, func, select, true
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH, distinct_on

from schemas.tables import TABLE_OF
from serve.api.answers import CameraState, SiteOverview, Today
from serve.api.buckets import Span
from serve.api.camera_health import cameras_of, health_records, newest_event_ms
from serve.api.footfall import day_ending, todays
from serve.api.store import known_sites

_LAYOUTS = TABLE_OF["layouts"]
_SITES = TABLE_OF["sites"]


def site_overviews(connection: Connection, *, at_ms: int) -> list[SiteOverview]:
    """All sites by id.

    Args:
        connection: To the view store.
        at_ms: Processing time to judge cameras by, ms since the epoch.
    """
    sites = known_sites(connection)
    layouts = _newest_layouts(connection)
    ends = _newest_window_ends(connection, sites)
    health = health_records(connection, sites)
    today = todays(connection, {site: _day(layouts.get(site), ends[site]) for site in ends})
    return [
        _overview(site, layouts.get(site), today.get(site), health.get(site, []), at_ms)
        for site in sites
    ]


def _newest_layouts(connection: Connection) -> dict[str, RowMapping]:
    cameras = func.jsonb_path_query_array(
        cast(_LAYOUTS.c.cameras, JSONB), cast("$[*].id", JSONPATH)
    )
    statement = (
        select(
            _LAYOUTS.c.site,
            _LAYOUTS.c.version,
            _LAYOUTS.c.time_zone,
            _LAYOUTS.c.reset_at,
            cameras.label("cameras"),
        )
        .ext(distinct_on(_LAYOUTS.c.site))
        .order_by(_LAYOUTS.c.site, _LAYOUTS.c.version.desc())
    )
    return {row["site"]: row for row in connection.execute(statement).mappings()}


def _newest_window_ends(connection: Connection, sites: list[str]) -> dict[str, int]:
    asked = func.unnest(cast(sites, ARRAY(Text))).table_valued("site").render_derived("asked")
    newest = (
        select(_SITES.c.window_end_ms)
        .where(_SITES.c.site == asked.c.site)
        .order_by(_SITES.c.window_start_ms.desc())
        .limit(1)
        .lateral("newest")
    )
    statement = select(asked.c.site, newest.c.window_end_ms).join_from(asked, newest, true())
    return {row.site: row.window_end_ms for row in connection.execute(statement)}


def _day(layout: RowMapping | None, to_ms: int) -> Span:
    zone = ZoneInfo(layout["time_zone"] if layout else "UTC")
    return day_ending(to_ms, reset_at=layout["reset_at"] if layout else "00:00", zone=zone)


def _overview(
    site: str,
    layout: RowMapping | None,
    today: Today | None,
    records: list[RowMapping],
    at_ms: int,
) -> SiteOverview:
    cameras = cameras_of(records, layout_cameras=layout["cameras"] if layout else (), at_ms=at_ms)
    states = Counter(one.state for one in cameras)
    newest = [newest_event_ms(records), today.to_ms if today else None]
    return SiteOverview(
        site=site,
        time_zone=layout["time_zone"] if layout else "UTC",
        layout_version=layout["version"] if layout else None,
        newest_at_ms=max((one for one in newest if one is not None), default=None),
        cameras={state.value: states[state] for state in CameraState},
        today=today,
    )
