"""Steps between zones, summed over a site's cameras.

In: one sparse matrix per camera and window. Out: one per bucket, and one of all. Zones are unique
within a site, so matrices of cameras add as those of windows do.
"""

from collections import Counter
from collections.abc import Collection

import orjson
from sqlalchemy import Connection, RowMapping, Text, cast, func, select

from schemas.journeys import Transition
from schemas.tables import TABLE_OF
from serve.api.answers import JourneyPoint
from serve.api.merging import share
from serve.api.opening import Buckets
from serve.api.series import windows_in

_JOURNEYS = TABLE_OF["journeys"]


def journeys_in(
    connection: Connection, *, site: str, buckets: Buckets, cameras: Collection[str]
) -> tuple[JourneyPoint, list[JourneyPoint]]:
    """The steps of a site in all buckets together, and in each, oldest first.

    Args:
        connection: To the view store.
        site: Id of the site.
        buckets: What to sum into.
        cameras: Those that should be there; a bucket's coverage is a mean over them.
    """
    source = windows_in(_JOURNEYS, site=site, buckets=buckets).subquery()
    transitions = cast(source.c.transitions, Text)
    statement = select(
        source.c.bucket,
        func.sum(source.c.held_ms).label("held_ms"),
        func.array_agg(source.c.camera.distinct()).label("cameras"),
        func.string_agg(transitions, ",").filter(transitions != "[]").label("transitions"),
    ).group_by(source.c.bucket)
    rows = {row["bucket"]: row for row in connection.execute(statement).mappings()}
    camera_count = len({*cameras, *(one for row in rows.values() for one in row["cameras"])})
    points = [
        _point([rows[number]] if number in rows else [], span, buckets, camera_count)
        for number, span in enumerate(buckets.spans(), start=1)
    ]
    return _point([*rows.values()], buckets.whole, buckets, camera_count), points


def added(matrices: str) -> list[Transition]:
    """Sparse matrices, added; null sorts first.

    Args:
        matrices: The JSON of `[[from, to, count], ...]`, several joined by commas.

    Example:
        >>> added('[["till", null, 1]],[["shelf", "till", 2], ["till", null, 3]]')
        [('shelf', 'till', 2), ('till', None, 4)]
    """
    counts = Counter[tuple[str | None, str | None]]()
    for matrix in orjson.loads(f"[{matrices}]"):
        for origin, zone, count in matrix:
            counts[origin, zone] += count
    ordered = sorted(counts, key=lambda step: (step[0] or "", step[1] or ""))
    return [(origin, zone, counts[origin, zone]) for origin, zone in ordered]


def _point(
    rows: list[RowMapping], span: tuple[int, int], buckets: Buckets, camera_count: int
) -> JourneyPoint:
    matrices = ",".join(row["transitions"] for row in rows if row["transitions"])
    held_ms = sum(row["held_ms"] for row in rows)
    return JourneyPoint(
        start_ms=span[0],
        end_ms=span[1],
        open_fraction=buckets.open_fraction(span),
        coverage=share(held_ms, buckets.length_ms(span) * camera_count),
        transitions=added(matrices) if rows else None,
    )
