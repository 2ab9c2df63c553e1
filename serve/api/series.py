"""Windowed records merged into buckets by the database: one statement per question.

In: a topic's table, a site, the buckets' edges. Out: a series per zone or line, every bucket
present. PostgreSQL adds up, because a day of a site is thousands of windows; what is not a sum is
in `merging`.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    RowMapping,
    Select,
    Table,
    cast,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from schemas.tables import TABLE_OF
from serve.api.answers import PointT, Series
from serve.api.merging import share
from serve.api.opening import Buckets, Opening

Sums = RowMapping
"""One bucket's row: column name to sum, maximum or newest value."""
_WHOLE = None
"""The bucket number of the whole span."""


@dataclass(frozen=True, slots=True)
class Question(Generic[PointT]):
    """How the windows of one topic merge."""

    topic: str
    """Name of the topic and of its table."""
    entity: str
    """Column that tells series apart."""
    point_type: type[PointT]
    """What a bucket becomes."""
    sums: Callable[[FromClause], Mapping[str, ColumnElement[Any]]]
    """What the database computes for a bucket."""
    finish: Callable[[Sums, int], Mapping[str, Any]]
    """What is computed from that, given the bucket's length in ms."""


def ask(
    connection: Connection,
    question: Question[PointT],
    *,
    site: str,
    buckets: Buckets,
    entities: Mapping[str, str | None],
) -> list[Series[PointT]]:
    """The series of one question.

    Args:
        connection: To the view store.
        question: What to merge, and how.
        site: Id of the site.
        buckets: What to merge windows into.
        entities: Known zones or lines and their cameras; each has a series, records or not.

    Returns:
        `entities` in their order, then others that have records, by id.
    """
    found: dict[str, dict[int | None, Sums]] = defaultdict(dict)
    for row in connection.execute(_statement(question, site, buckets)).mappings().all():
        found[row["entity"]][row["bucket"]] = row
    ids = [*entities, *sorted(found.keys() - entities.keys())]
    return [_series(question, one, entities.get(one), found.get(one, {}), buckets) for one in ids]


def windows_in(table: Table, *, site: str, buckets: Buckets) -> Select[Any]:
    """The rows of a site's windows that count, with `bucket`, `length_ms` and `held_ms`.

    Buckets are numbered from 1.
    """
    length_ms = table.c.window_end_ms - table.c.window_start_ms
    start_ms, end_ms = buckets.whole
    return select(
        table,
        _place(table.c.window_start_ms, buckets.edges).label("bucket"),
        length_ms.label("length_ms"),
        (table.c.coverage * length_ms).label("held_ms"),
    ).where(
        table.c.site == site,
        table.c.window_start_ms >= start_ms,
        table.c.window_start_ms < end_ms,
        *begins_within(table.c.window_start_ms, buckets.counted),
    )


def begins_within(at_ms: ColumnElement[int], counted: Opening | None) -> list[ColumnElement[bool]]:
    """The condition that windows count; none if all do."""
    if counted is None:
        return []
    # Between the first edge and the second it is open, to the third closed, and so on.
    return [_place(at_ms, counted.edges) % 2 == 1]


def _place(at_ms: ColumnElement[int], edges: Sequence[int]) -> ColumnElement[int]:
    return func.width_bucket(at_ms, cast(list(edges), ARRAY(BigInteger)))


def _statement(question: Question[Any], site: str, buckets: Buckets) -> Select[Any]:
    source = windows_in(TABLE_OF[question.topic], site=site, buckets=buckets).subquery()
    entity = source.c[question.entity]
    camera = func.max(source.c.camera) if "camera" in source.c else func.max(None)
    return select(
        entity.label("entity"),
        source.c.bucket,
        camera.label("camera"),
        func.count().label("window_count"),
        cast(func.sum(source.c.length_ms), BigInteger).label("known_ms"),
        func.sum(source.c.held_ms).label("held_sum_ms"),
        *(one.label(name) for name, one in question.sums(source).items()),
    ).group_by(func.grouping_sets(tuple_(entity, source.c.bucket), entity))


def _series(
    question: Question[PointT],
    entity: str,
    camera: str | None,
    sums: Mapping[int | None, Sums],
    buckets: Buckets,
) -> Series[PointT]:
    whole = sums.get(_WHOLE)
    return Series(
        id=entity,
        camera=whole["camera"] if whole else camera,
        total=_point(question, whole, buckets.whole, buckets),
        points=[
            _point(question, sums.get(number), span, buckets)
            for number, span in enumerate(buckets.spans(), start=1)
        ],
    )


def _point(
    question: Question[PointT], sums: Sums | None, span: tuple[int, int], buckets: Buckets
) -> PointT:
    length_ms = buckets.length_ms(span)
    if sums is None:
        known: Mapping[str, Any] = {one.name: None for one in fields(question.point_type)}
    else:
        known = question.finish(sums, length_ms)
    own = {
        "start_ms": span[0],
        "end_ms": span[1],
        "open_fraction": buckets.open_fraction(span),
        "coverage": 0.0 if sums is None else share(sums["held_sum_ms"], length_ms),
    }
    return question.point_type(**{**known, **own})
