"""Single records: tracks and crossings, newest first."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement, Engine, select

from schemas.tables import TABLE_OF
from schemas.units import ID_PATTERN
from serve.api.answers import RecordsAnswer
from serve.api.footfall import todays
from serve.api.parameters import AskedSpan, AskedSpanDep, Json, SiteId, Store, answered
from serve.api.store import load_site, plain, reading

router = APIRouter(tags=["records"])

Limit = Annotated[int, Query(ge=1, le=1_000, description="Most records of the answer.")]
_TRACKS = TABLE_OF["tracks"]
_CROSSINGS = TABLE_OF["crossings"]


@router.get("/sites/{site}/tracks", response_model=RecordsAnswer)
def get_tracks(
    site: SiteId,
    span: AskedSpanDep,
    store: Store,
    camera: Annotated[str | None, Query(description="Only its.", pattern=ID_PATTERN)] = None,
    limit: Limit = 100,
) -> Json:
    """Tracks that started in the span."""
    where = [] if camera is None else [_TRACKS.c.camera == camera]
    return _newest(_TRACKS.c.started_at_ms, where, site=site, span=span, store=store, limit=limit)


@router.get("/sites/{site}/crossings", response_model=RecordsAnswer)
def get_crossings(
    site: SiteId,
    span: AskedSpanDep,
    store: Store,
    line: Annotated[str | None, Query(description="Only over it.", pattern=ID_PATTERN)] = None,
    limit: Limit = 100,
) -> Json:
    """Crossings in the span."""
    where = [] if line is None else [_CROSSINGS.c.line == line]
    return _newest(
        _CROSSINGS.c.crossed_at_ms, where, site=site, span=span, store=store, limit=limit
    )


def _newest(
    at_ms: Any,
    where: list[ColumnElement[bool]],
    *,
    site: str,
    span: AskedSpan,
    store: Engine,
    limit: int,
) -> Json:
    with reading(store) as connection:
        asked = span.resolve(load_site(connection, site))
        if asked is None:
            return answered(
                RecordsAnswer(site=site, from_ms=None, to_ms=None, coverage=0.0, records=[])
            )
        table = at_ms.table
        rows = connection.execute(
            select(table)
            .where(table.c.site == site, at_ms >= asked.from_ms, at_ms < asked.to_ms, *where)
            .order_by(at_ms.desc())
            .limit(limit)
        )
        records = [plain(row) for row in rows.mappings()]
        coverage = todays(connection, {site: asked})[site].coverage
    return answered(
        RecordsAnswer(
            site=site,
            from_ms=asked.from_ms,
            to_ms=asked.to_ms,
            coverage=coverage,
            records=records,
        )
    )
