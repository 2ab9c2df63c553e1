"""Parameters that routes share: the site, the span of event time, the step."""

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Depends, Path, Query, Request, Response
from sqlalchemy import Engine

from schemas.units import ID_PATTERN
from serve.api.answers import Answer
from serve.api.buckets import DAY_MS, Span, bucket_edges
from serve.api.errors import BadParameter
from serve.api.instants import iso, parse_instant, parse_length
from serve.api.opening import Buckets, Opening, opening_in
from serve.api.store import Site

DEFAULT_SPAN_MS = 3_600_000
"""What is answered for when nothing is asked: the last hour that exists."""

SiteId = Annotated[str, Path(description="Id of the site.", pattern=ID_PATTERN)]

_INSTANT = "ISO 8601, in the site's time zone unless it has an offset; or ms since the epoch."


@dataclass(frozen=True, slots=True)
class AskedSpan:
    """A span as it was asked for; either end may be left out."""

    from_text: str | None
    """First instant."""
    to_text: str | None
    """First instant after the span."""

    def resolve(self, site: Site) -> Span | None:
        """The span in event time, on the grid of the site's windows; None where nothing exists yet.

        Left out, the end is where the site's newest window ends, the start an hour before the end.

        Raises:
            BadParameter: If an end cannot be read, or they are not in order.
        """
        newest_ms = site.newest_window_end_ms
        from_ms = self._parsed(self.from_text, "from", site)
        to_ms = self._parsed(self.to_text, "to", site)
        if to_ms is None:
            if newest_ms is None:
                return None
            to_ms = newest_ms if from_ms is None else max(newest_ms, from_ms + site.window_ms)
        if from_ms is None:
            from_ms = to_ms - DEFAULT_SPAN_MS
        if from_ms >= to_ms:
            raise BadParameter("from", expected=f"before `to` ({iso(to_ms)})", got=iso(from_ms))
        return Span(from_ms, to_ms).on_grid(site.window_ms)

    @staticmethod
    def _parsed(text: str | None, field: str, site: Site) -> int | None:
        return None if text is None else parse_instant(text, field=field, zone=site.zone)


def asked_span(
    from_text: Annotated[
        str | None,
        Query(alias="from", description=f"First instant. {_INSTANT} Default: an hour before `to`."),
    ] = None,
    to_text: Annotated[
        str | None,
        Query(
            alias="to",
            description=f"First instant after. {_INSTANT} Default: the end of the newest window.",
        ),
    ] = None,
) -> AskedSpan:
    """The span of the request."""
    return AskedSpan(from_text, to_text)


AskedSpanDep = Annotated[AskedSpan, Depends(asked_span)]
"""The parameters `from` and `to`."""

StepText = Annotated[
    str | None,
    Query(
        alias="step",
        description="Length of a bucket: ms, or 30s, 15m, 1h, 1d; whole windows, at most a day. "
        "Default: the site's window.",
    ),
]
"""The parameter `step`."""


def step_ms_of(text: str | None, site: Site) -> int:
    """The length of a bucket, ms.

    Raises:
        BadParameter: If it cannot be read, is longer than a day or no multiple of the window.
    """
    if text is None:
        return site.window_ms
    step_ms = parse_length(text, field="step")
    if step_ms > DAY_MS or step_ms % site.window_ms:
        raise BadParameter(
            "step",
            expected=f"a multiple of the site's window ({site.window_ms} ms), at most a day",
            got=f"{step_ms} ms",
        )
    return step_ms


OpenOnly = Annotated[
    bool,
    Query(
        description="Count only windows that begin while the site is open, by the opening hours of "
        "its newest layout; coverage is then of the open time."
    ),
]
"""The parameter `open_only`."""


def counted_of(*, open_only: bool, site: Site, span: Span) -> Opening | None:
    """The only windows that count; None counts all.

    Raises:
        BadParameter: If only open hours are asked for of a site that has none.
    """
    if not open_only:
        return None
    opening = opening_of(site, span)
    if opening is None:
        raise BadParameter(
            "open_only", expected="a site whose layout has `opening_hours`", got=site.id
        )
    return opening.on_grid(site.window_ms)


def opening_of(site: Site, span: Span) -> Opening | None:
    """When a site is open, at least in a span; None if it has no opening hours."""
    hours = site.layout.opening_hours if site.layout else {}
    return opening_in(span, hours=hours, zone=site.zone)


@dataclass(frozen=True, slots=True)
class AskedSeries:
    """A question over time as it was asked."""

    span: AskedSpan
    """Which span."""
    step_text: str | None
    """In which steps."""
    open_only: bool
    """Whether only open hours count."""

    def resolve(self, site: Site) -> Buckets | None:
        """The buckets to answer for; None where nothing exists yet.

        Raises:
            BadParameter: If a parameter cannot be read, or they do not fit.
        """
        step_ms = step_ms_of(self.step_text, site)
        span = self.span.resolve(site)
        if span is None:
            return None
        return Buckets(
            bucket_edges(span, step_ms=step_ms, zone=site.zone),
            opening_of(site, span),
            counted_of(open_only=self.open_only, site=site, span=span),
        )


def asked_series(
    span: AskedSpanDep, step: StepText = None, open_only: OpenOnly = False
) -> AskedSeries:
    """The span, step and hours of the request."""
    return AskedSeries(span, step, open_only)


AskedSeriesDep = Annotated[AskedSeries, Depends(asked_series)]
"""The parameters `from`, `to`, `step` and `open_only`."""


def _store(request: Request) -> Engine:
    engine: Engine = request.app.state.store
    return engine


Store = Annotated[Engine, Depends(_store)]
"""The view store."""


class Json(Response):
    """An answer as JSON, by orjson: a day of a site is thousands of points."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The bytes of an answer."""
        return orjson.dumps(content)


def answered(answer: Answer) -> Json:
    """The response that holds an answer; event time, so never cached."""
    return Json(answer, headers={"cache-control": "no-store"})
