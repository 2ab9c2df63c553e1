"""Numbers over time: occupancy, dwell, queues, flows, footfall; and heatmaps."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Engine

from schemas.layout import SiteLayout, ZoneKind
from schemas.units import ID_PATTERN
from serve.api.answers import (
    DwellPoint,
    FlowPoint,
    FootfallPoint,
    HeatmapAnswer,
    OccupancyPoint,
    QueuePoint,
    SeriesAnswer,
)
from serve.api.buckets import bucket_edges
from serve.api.heatmaps import Space, heatmaps_in
from serve.api.parameters import (
    AskedSpan,
    AskedSpanDep,
    Json,
    SiteId,
    StepText,
    Store,
    answered,
    step_ms_of,
)
from serve.api.questions import DWELL, FLOWS, FOOTFALL, OCCUPANCY, QUEUES
from serve.api.series import Question, ask
from serve.api.store import Site, load_site, reading

router = APIRouter(tags=["numbers over time"])

_UNCOUNTED = (ZoneKind.STAFF, ZoneKind.IGNORE)


@router.get("/sites/{site}/occupancy", response_model=SeriesAnswer[OccupancyPoint])
def get_occupancy(site: SiteId, span: AskedSpanDep, store: Store, step: StepText = None) -> Json:
    """People per zone over time."""
    return _answer(OCCUPANCY, _zones, site=site, span=span, step=step, store=store)


@router.get("/sites/{site}/dwell", response_model=SeriesAnswer[DwellPoint])
def get_dwell(site: SiteId, span: AskedSpanDep, store: Store, step: StepText = None) -> Json:
    """How long visits to each zone lasted."""
    return _answer(DWELL, _zones, site=site, span=span, step=step, store=store)


@router.get("/sites/{site}/queues", response_model=SeriesAnswer[QueuePoint])
def get_queues(site: SiteId, span: AskedSpanDep, store: Store, step: StepText = None) -> Json:
    """Length and wait of each queue over time."""
    return _answer(QUEUES, _queues, site=site, span=span, step=step, store=store)


@router.get("/sites/{site}/flows", response_model=SeriesAnswer[FlowPoint])
def get_flows(site: SiteId, span: AskedSpanDep, store: Store, step: StepText = None) -> Json:
    """Crossings of each line over time."""
    return _answer(FLOWS, _lines, site=site, span=span, step=step, store=store)


@router.get("/sites/{site}/footfall", response_model=SeriesAnswer[FootfallPoint])
def get_footfall(site: SiteId, span: AskedSpanDep, store: Store, step: StepText = None) -> Json:
    """People in and out of the site over time, by its entrance lines."""
    return _answer(FOOTFALL, _itself, site=site, span=span, step=step, store=store)


@router.get("/sites/{site}/heatmap", response_model=HeatmapAnswer)
def get_heatmap(
    site: SiteId,
    span: AskedSpanDep,
    store: Store,
    space: Annotated[Space, Query(description="On each camera's image or on the floor.")] = "image",
    camera: Annotated[str | None, Query(description="Only this one's.", pattern=ID_PATTERN)] = None,
) -> Json:
    """Where people spent their time, summed over the span."""
    with reading(store) as connection:
        found = load_site(connection, site)
        asked = span.resolve(found)
        heatmaps = (
            heatmaps_in(connection, site=site, span=asked, space=space, camera=camera)
            if asked
            else []
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
    span: AskedSpan,
    step: str | None,
    store: Engine,
) -> Json:
    with reading(store) as connection:
        found = load_site(connection, site)
        step_ms = step_ms_of(step, found)
        asked = span.resolve(found)
        series = []
        if asked is not None:
            edges = bucket_edges(asked, step_ms=step_ms, zone=found.zone)
            series = ask(connection, question, site=site, edges=edges, entities=entities_of(found))
    return answered(
        SeriesAnswer(
            site=site,
            time_zone=found.zone.key,
            from_ms=asked.from_ms if asked else None,
            to_ms=asked.to_ms if asked else None,
            step_ms=step_ms,
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
