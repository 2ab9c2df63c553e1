"""The view store as the API reads it: its engine, and what is known of a site at all.

In: PostgreSQL's tables as `schemas.tables` draws them. Out: layouts, newest instants, spans of
event time. A site exists as soon as a layout or a health record names it, also before its first
window closed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import orjson
from psycopg.errors import UndefinedTable
from sqlalchemy import Connection, Engine, RowMapping, create_engine, func, select, union
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from schemas.layout import SiteLayout
from schemas.tables import TABLE_OF
from serve.api.errors import StoreUnreachable, UnknownEntity
from serve.api.settings import ApiSettings

DEFAULT_WINDOW_MS = 60_000
_CONNECT_TIMEOUT_S = 3
_STATEMENT_TIMEOUT_MS = 20_000

LAYOUTS = TABLE_OF["layouts"]
SITES = TABLE_OF["sites"]
HEALTH = TABLE_OF["health"]
HEATMAPS = TABLE_OF["heatmaps"]


@dataclass(frozen=True, slots=True)
class Site:
    """What every answer about a site needs."""

    id: str
    """Id of the site."""
    layout: SiteLayout | None
    """Newest version of its layout."""
    newest_window_end_ms: int | None
    """Where its known windows end, ms since the epoch; None before the first."""

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone; UTC without a layout."""
        return ZoneInfo(self.layout.time_zone if self.layout else "UTC")

    @property
    def window_ms(self) -> int:
        """Length of its windows, ms."""
        return self.layout.window_ms if self.layout else DEFAULT_WINDOW_MS


def open_store(settings: ApiSettings) -> Engine:
    """An engine on the view store; connects when first asked."""
    return create_engine(
        settings.store,
        json_deserializer=orjson.loads,
        pool_size=settings.store_connections,
        max_overflow=0,
        pool_timeout=_CONNECT_TIMEOUT_S,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": _CONNECT_TIMEOUT_S,
            "options": f"-c statement_timeout={_STATEMENT_TIMEOUT_MS}",
            "application_name": "footfall-api",
        },
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read with.

    Raises:
        StoreUnreachable: If the view store does not answer, or has not been set up yet.
    """
    try:
        with engine.connect() as connection:
            yield connection
    except (OperationalError, PoolTimeoutError) as error:
        raise StoreUnreachable(
            "store", expected="a PostgreSQL that answers", got=_first_line(error)
        ) from error
    except ProgrammingError as error:
        if not isinstance(error.orig, UndefinedTable):
            raise
        raise StoreUnreachable(
            "store", expected="tables that the view writer has made", got=_first_line(error)
        ) from error


def load_site(connection: Connection, site: str) -> Site:
    """A site by its id.

    Raises:
        UnknownEntity: If neither a layout nor a health record names it.
    """
    row = connection.execute(
        select(LAYOUTS).where(LAYOUTS.c.site == site).order_by(LAYOUTS.c.version.desc()).limit(1)
    ).first()
    if row is None:
        known = select(HEALTH.c.site).where(HEALTH.c.site == site).limit(1)
        if connection.execute(known).first() is None:
            raise UnknownEntity("site", expected="a site with a layout or frames", got=site)
    layout = msgspec.convert(plain(row._mapping), SiteLayout) if row is not None else None
    return Site(site, layout, _newest_window_end_ms(connection, site))


def plain(row: RowMapping) -> dict[str, Any]:
    """A row as an ordinary dict: SQLAlchemy's names are a kind of str, which encoders refuse."""
    return {str(name): value for name, value in row.items()}


def known_sites(connection: Connection) -> list[str]:
    """Ids of all sites, sorted."""
    both = union(select(LAYOUTS.c.site), select(HEALTH.c.site)).subquery()
    return list(connection.scalars(select(both.c.site).order_by(both.c.site)))


def _newest_window_end_ms(connection: Connection, site: str) -> int | None:
    ends = [
        connection.scalar(
            select(func.max(table.c.window_end_ms)).where(
                table.c.site == site,
                table.c.window_start_ms
                == select(func.max(table.c.window_start_ms))
                .where(table.c.site == site)
                .scalar_subquery(),
            )
        )
        for table in (SITES, HEATMAPS)
    ]
    return max((end for end in ends if end is not None), default=None)


def _first_line(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).strip().split("\n", 1)[0] or type(cause).__name__
