"""Alerts: what needs a look now, and what did before."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from sqlalchemy import Connection, func, select

from schemas.tables import TABLE_OF
from serve.api.instants import parse_instant
from serve.api.parameters import Json, SiteId, Store, answered
from serve.api.present import AlertsAnswer
from serve.api.store import load_site, plain, reading

router = APIRouter(tags=["alerts"])

_ALERTS = TABLE_OF["alerts"]
_OPENED = "Only those that opened at this instant, ISO 8601 or ms since the epoch,"


def open_alerts(connection: Connection) -> dict[str, int]:
    """Number of open alerts by site; a site without any is left out."""
    statement = (
        select(_ALERTS.c.site, func.count().label("open_count"))
        .where(_ALERTS.c.state == "opened")
        .group_by(_ALERTS.c.site)
    )
    return {row.site: row.open_count for row in connection.execute(statement)}


@router.get("/sites/{site}/alerts", response_model=AlertsAnswer)
def get_alerts(
    site: SiteId,
    store: Store,
    from_text: Annotated[
        str | None, Query(alias="from", description=f"{_OPENED} or later.")
    ] = None,
    to_text: Annotated[str | None, Query(alias="to", description=f"{_OPENED} earlier.")] = None,
    state: Annotated[
        Literal["opened", "closed"] | None, Query(description="Only those that are so now.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Most alerts of the answer.")] = 100,
) -> Json:
    """Alerts, newest first, also those that opened after the newest window closed."""
    with reading(store) as connection:
        found = load_site(connection, site)
        where = [_ALERTS.c.site == site]
        if state is not None:
            where.append(_ALERTS.c.state == state)
        if from_text is not None:
            from_ms = parse_instant(from_text, field="from", zone=found.zone)
            where.append(_ALERTS.c.opened_at_ms >= from_ms)
        if to_text is not None:
            to_ms = parse_instant(to_text, field="to", zone=found.zone)
            where.append(_ALERTS.c.opened_at_ms < to_ms)
        newest_first = select(_ALERTS).where(*where).order_by(_ALERTS.c.opened_at_ms.desc())
        rows = connection.execute(newest_first.limit(limit)).mappings()
        alerts = [plain(row) for row in rows]
    return answered(AlertsAnswer(site=site, alerts=alerts))
