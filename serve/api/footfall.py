"""People in and out of sites since their daily resets: many sites in one statement.

In: spans of event time per site. Out: sums of the `sites` windows in each; then the site's
occupancy, which is in minus out since the reset, beside the drift that the reset wiped away.
"""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, BigInteger, Connection, RowMapping, Text, cast, column, func, select

from schemas.tables import TABLE_OF
from serve.api.answers import Today
from serve.api.buckets import Span, last_reset_ms
from serve.api.merging import share

_SITES = TABLE_OF["sites"]


Footfall = RowMapping
"""Sums over the known windows of one site in one span: held_ms, entry_total, exit_total."""


def footfall_in(
    connection: Connection, spans: Sequence[tuple[str, Span]]
) -> dict[tuple[str, Span], Footfall]:
    """The footfall of sites in spans; a span in which no window is known is left out."""
    asked = (
        func.unnest(
            cast([site for site, _ in spans], ARRAY(Text)),
            cast([span.from_ms for _, span in spans], ARRAY(BigInteger)),
            cast([span.to_ms for _, span in spans], ARRAY(BigInteger)),
        )
        .table_valued(
            column("site", Text), column("from_ms", BigInteger), column("to_ms", BigInteger)
        )
        .render_derived("asked")
    )
    length_ms = _SITES.c.window_end_ms - _SITES.c.window_start_ms
    statement = (
        select(
            *asked.c,
            func.sum(_SITES.c.coverage * length_ms).label("held_ms"),
            cast(func.sum(_SITES.c.entry_total), BigInteger).label("entry_total"),
            cast(func.sum(_SITES.c.exit_total), BigInteger).label("exit_total"),
        )
        .join_from(
            asked,
            _SITES,
            (_SITES.c.site == asked.c.site)
            & (_SITES.c.window_start_ms >= asked.c.from_ms)
            & (_SITES.c.window_start_ms < asked.c.to_ms),
        )
        .group_by(*asked.c)
    )
    return {
        (row.site, Span(row.from_ms, row.to_ms)): row._mapping
        for row in connection.execute(statement)
    }


def day_ending(to_ms: int, *, reset_at: str, zone: ZoneInfo) -> Span:
    """The stretch from the daily reset to an instant; an instant at a reset ends the day before it.

    Example:
        >>> day_ending(14_400_000, reset_at="04:00", zone=ZoneInfo("UTC"))
        Span(from_ms=-72000000, to_ms=14400000)
    """
    return Span(last_reset_ms(to_ms - 1, reset_at=reset_at, zone=zone), to_ms)


def todays(connection: Connection, days: Mapping[str, Span]) -> dict[str, Today]:
    """What each site's day adds up to, by site, in one statement."""
    known = footfall_in(connection, list(days.items())) if days else {}
    return {site: _today(span, known.get((site, span))) for site, span in days.items()}


def _today(span: Span, known: Footfall | None) -> Today:
    if known is None:
        return Today(
            since_ms=span.from_ms,
            to_ms=span.to_ms,
            coverage=0.0,
            entry_total=None,
            exit_total=None,
            occupancy_count=None,
        )
    return Today(
        since_ms=span.from_ms,
        to_ms=span.to_ms,
        coverage=share(known["held_ms"], span.length_ms),
        entry_total=known["entry_total"],
        exit_total=known["exit_total"],
        occupancy_count=known["entry_total"] - known["exit_total"],
    )
