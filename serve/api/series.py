"""Windowed records merged into buckets by the database: one statement per question.

In: a topic's table, a site, the buckets' edges. Out: a series per zone or line, every bucket
present. PostgreSQL adds up, because a day of a site is thousands of windows; what is not a sum is
in `merging`.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Generic

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    RowMapping,
    Select,
    cast,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from schemas.tables import TABLE_OF
from serve.api.answers import PointT, Series
from serve.api.merging import share

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
    edges: Sequence[int],
    entities: Mapping[str, str | None],
) -> list[Series[PointT]]:
    """The series of one question.

    Args:
        connection: To the view store.
        question: What to merge, and how.
        site: Id of the site.
        edges: Bucket edges, ms since the epoch, rising.
        entities: Known zones or lines and their cameras; each has a series, records or not.

    Returns:
        `entities` in their order, then others that have records, by id.
    """
    found: dict[str, dict[int | None, Sums]] = defaultdict(dict)
    for row in connection.execute(_statement(question, site, edges)).mappings().all():
        found[row["entity"]][row["bucket"]] = row
    ids = [*entities, *sorted(found.keys() - entities.keys())]
    return [_series(question, one, entities.get(one), found.get(one, {}), edges) for one in ids]


def _statement(question: Question[Any], site: str, edges: Sequence[int]) -> Select[Any]:
    table = TABLE_OF[question.topic]
    length_ms = table.c.window_end_ms - table.c.window_start_ms
    windows = select(
        table,
        func.width_bucket(table.c.window_start_ms, cast(list(edges), ARRAY(BigInteger))).label(
            "bucket"
        ),
        length_ms.label("length_ms"),
        (table.c.coverage * length_ms).label("held_ms"),
    ).where(
        table.c.site == site,
        table.c.window_start_ms >= edges[0],
        table.c.window_start_ms < edges[-1],
    )
    source = windows.subquery()
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
    edges: Sequence[int],
) -> Series[PointT]:
    points = [
        _point(question, sums.get(number), start_ms, end_ms)
        for number, (start_ms, end_ms) in enumerate(pairwise(edges), start=1)
    ]
    whole = sums.get(_WHOLE)
    return Series(
        id=entity,
        camera=whole["camera"] if whole else camera,
        total=_point(question, whole, edges[0], edges[-1]),
        points=points,
    )


def _point(question: Question[PointT], sums: Sums | None, start_ms: int, end_ms: int) -> PointT:
    if sums is None:
        return _unknown(question.point_type, start_ms, end_ms)
    length_ms = end_ms - start_ms
    return question.point_type(
        start_ms=start_ms,
        end_ms=end_ms,
        coverage=share(sums["held_sum_ms"], length_ms),
        **question.finish(sums, length_ms),
    )


def _unknown(point_type: type[PointT], start_ms: int, end_ms: int) -> PointT:
    nothing: dict[str, Any] = {one.name: None for one in fields(point_type)}
    return point_type(**(nothing | {"start_ms": start_ms, "end_ms": end_ms, "coverage": 0.0}))
