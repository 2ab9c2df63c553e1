"""What sites there are, and how each is now: list, one site, its day."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query

from serve.api.answers import SiteAnswer, SitesAnswer, SummaryAnswer
from serve.api.camera_health import cameras_of, health_records, newest_event_ms, now_ms
from serve.api.footfall import day_ending, todays
from serve.api.instants import parse_instant
from serve.api.overview import site_overviews
from serve.api.parameters import Json, SiteId, Store, answered, opening_of
from serve.api.store import load_site, reading

router = APIRouter(tags=["sites"])

DEFAULT_RESET_AT = "00:00"


@router.get("/sites", response_model=SitesAnswer)
def list_sites(store: Store) -> Json:
    """All sites: the health of their cameras, and their day up to their newest event time."""
    with reading(store) as connection:
        return answered(SitesAnswer(sites=site_overviews(connection, at_ms=now_ms())))


@router.get("/sites/{site}", response_model=SiteAnswer)
def get_site(site: SiteId, store: Store) -> Json:
    """One site: its layout, its cameras and how they do."""
    with reading(store) as connection:
        found = load_site(connection, site)
        records = health_records(connection, [site]).get(site, [])
    layout = found.layout
    ids = [camera.id for camera in layout.cameras] if layout else []
    newest = [newest_event_ms(records), found.newest_window_end_ms]
    return answered(
        SiteAnswer(
            site=site,
            time_zone=found.zone.key,
            newest_at_ms=max((one for one in newest if one is not None), default=None),
            layout=msgspec.to_builtins(layout) if layout else None,
            cameras=cameras_of(records, layout_cameras=ids, at_ms=now_ms()),
        )
    )


@router.get("/sites/{site}/summary", response_model=SummaryAnswer)
def get_summary(
    site: SiteId,
    store: Store,
    at: Annotated[
        str | None,
        Query(description="Until when; ISO 8601 or ms. Default: the end of the newest window."),
    ] = None,
) -> Json:
    """Footfall and occupancy since the daily reset, and the drift which that reset wiped away."""
    with reading(store) as connection:
        found = load_site(connection, site)
        at_ms = parse_instant(at, field="at", zone=found.zone) if at else found.newest_window_end_ms
        today = drift_count = is_open = None
        if at_ms is not None:
            reset_at = found.layout.reset_at if found.layout else DEFAULT_RESET_AT
            day = day_ending(at_ms, reset_at=reset_at, zone=found.zone)
            opening = opening_of(found, day)
            is_open = None if opening is None else opening.open_ms(at_ms - 1, at_ms) > 0
            before = day_ending(day.from_ms, reset_at=reset_at, zone=found.zone)
            today = todays(connection, {site: day})[site]
            drift_count = todays(connection, {site: before})[site].occupancy_count
    return answered(
        SummaryAnswer(
            site=site,
            time_zone=found.zone.key,
            is_open=is_open,
            today=today,
            drift_count=drift_count,
        )
    )
