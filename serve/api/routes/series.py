"""Numbers over time: occupancy, dwell, queues, flows, footfall, journeys; and heatmaps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Engine

from schemas.layout import SiteLayout, ZoneKind
from schemas.units import ID_PATTERN
from serve.api.answers import (
    DwellPoint,
    FlowPoint,
    FootfallPoint,
    HeatmapAnswer,
    JourneyPoint,
    JourneysAnswer,
    OccupancyPoint,
    QueuePoint,
    SeriesAnswer,
)
from serve.api.heatmaps import Space, heatmaps_in
from serve.api.journeys import journeys_in
from serve.api.opening import Buckets
from serve.api.parameters import (
    AskedSeries,
    AskedSeriesDep,
    AskedSpanDep,
    Json,
    OpenOnly,
    SiteId,
    Store,
    answered,
    counted_of,
    step_ms_of,
)
from serve.api.questions import DWELL, FLOWS, FOOTFALL, OCCUPANCY, QUEUES
from serve.api.series import Question, ask
from serve.api.store import Site, load_site, reading

router = APIRouter(tags=["numbers over time"])


@dataclass(frozen=True, slots=True)
class AskedHeatmap:
    """Which heatmap was asked for."""

    space: Annotated[Space, Query(description="On each camera's image or on the floor.")] = "image"
    camera: Annotated[str | None, Query(description="Only this one's.", pattern=ID_PATTERN)] = None
    open_only: OpenOnly = False


AskedHeatmapDep = Annotated[AskedHeatmap, Depends()]

_UNCOUNTED = (ZoneKind.STAFF, ZoneKind.IGNORE)


@router.get("/sites/{site}/occupancy", response_model=SeriesAnswer[OccupancyPoint])
def get_occupancy(site: SiteId, asked: AskedSeriesDep, store: Store) -> Json:
    """People per zone over time."""
    return _answer(OCCUPANCY, _zones, site=site, asked=asked, store=store)


@router.get("/sites/{site}/dwell", response_model=SeriesAnswer[DwellPoint])
def get_dwell(site: SiteId, asked: AskedSeriesDep, store: Store) -> Json:
    """How long visits to each zone lasted."""
    return _answer(DWELL, _zones, site=site, asked=asked, store=store)


@router.get("/sites/{site}/queues", response_model=SeriesAnswer[QueuePoint])
def get_queues(site: SiteId, asked: AskedSeriesDep, store: Store) -> Json:
    """Length and wait of each queue over time."""
    return _answer(QUEUES, _queues, site=site, asked=asked, store=store)


@router.get("/sites/{site}/flows", response_model=SeriesAnswer[FlowPoint])
def get_flows(site: SiteId, asked: AskedSeriesDep, store: Store) -> Json:
    """Crossings of each line over time."""
    return _answer(FLOWS, _lines, site=site, asked=asked, store=store)


@router.get("/sites/{site}/footfall", response_model=SeriesAnswer[FootfallPoint])
def get_footfall(site: SiteId, asked: AskedSeriesDep, store: Store) -> Json:
    """People in and out of the site over time, by its entrance lines."""
    return _answer(FOOTFALL, _itself, site=site, asked=asked, store=store)


@router.get("/sites/{site}/journeys", response_model=JourneysAnswer)
def get_journeys(site: SiteId, asked: AskedSeriesDep, store: Store) -> Json:
    """Where people went next: steps from zone to zone, summed over the site's cameras.

    Nobody is followed from camera to camera: each counts the steps between its own zones.
    """
    with reading(store) as connection:
        found = load_site(connection, site)
        buckets = asked.resolve(found)
        points: list[JourneyPoint] = []
        total = None
        if buckets is not None:
            cameras = {camera for camera in _zones(found).values() if camera is not None}
            total, points = journeys_in(connection, site=site, buckets=buckets, cameras=cameras)
    return answered(
        JourneysAnswer(
            site=site,
            time_zone=found.zone.key,
            from_ms=buckets.whole[0] if buckets else None,
            to_ms=buckets.whole[1] if buckets else None,
            step_ms=step_ms_of(asked.step_text, found),
            total=total,
            points=points,
        )
    )


@router.get("/sites/{site}/heatmap", response_model=HeatmapAnswer)
def get_heatmap(
    site: SiteId,
    span: AskedSpanDep,
    store: Store,
    which: AskedHeatmapDep,
) -> Json:
    """Where people spent their time, summed over the span."""
    with reading(store) as connection:
        found = load_site(connection, site)
        asked = span.resolve(found)
        heatmaps = []
        if asked is not None:
            counted = counted_of(open_only=which.open_only, site=found, span=asked)
            buckets = Buckets([asked.from_ms, asked.to_ms], None, counted)
            heatmaps = heatmaps_in(
                connection, site=site, buckets=buckets, space=which.space, camera=which.camera
            )
    return answered(
        HeatmapAnswer(
            site=site,
            from_ms=asked.from_ms if asked else None,
            to_ms=asked.to_ms if asked else None,
            heatmaps=heatmaps,
        )
    )


Entities = Mapping[str, str | None]
"""Id of a zone, line or site, to the id of its camera."""


def _answer(
    question: Question[Any],
    entities_of: Callable[[Site], Entities],
    *,
    site: str,
    asked: AskedSeries,
    store: Engine,
) -> Json:
    with reading(store) as connection:
        found = load_site(connection, site)
        buckets = asked.resolve(found)
        series = []
        if buckets is not None:
            entities = entities_of(found)
            series = ask(connection, question, site=site, buckets=buckets, entities=entities)
    return answered(
        SeriesAnswer(
            site=site,
            time_zone=found.zone.key,
            from_ms=buckets.whole[0] if buckets else None,
            to_ms=buckets.whole[1] if buckets else None,
            step_ms=step_ms_of(asked.step_text, found),
            series=series,
        )
    )


def _zones(site: Site) -> Entities:
    return _zones_where(site.layout, lambda kind: kind not in _UNCOUNTED)


def _queues(site: Site) -> Entities:
    return _zones_where(site.layout, lambda kind: kind is ZoneKind.QUEUE)


def _lines(site: Site) -> Entities:
    cameras = site.layout.cameras if site.layout else []
    return {line.id: camera.id for camera in cameras for line in camera.lines}


def _itself(site: Site) -> Entities:
    return {site.id: None}


def _zones_where(layout: SiteLayout | None, is_wanted: Callable[[ZoneKind], bool]) -> Entities:
    cameras = layout.cameras if layout else []
    return {
        zone.id: camera.id for camera in cameras for zone in camera.zones if is_wanted(zone.kind)
    }
