"""How cameras do now, from the newest `health` records; only here the API reads a clock.

In: one record per camera and part of the chain. Out: a state per camera. The part nearest to the
numbers that has spoken decides: a gateway may send what the Detector never gets.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, RowMapping, select

from schemas.health import HealthPart
from schemas.tables import TABLE_OF
from serve.api.answers import CameraHealth, CameraState

SILENT_AFTER_MS = 20_000
"""Age of a health record after which its writer, or its camera, is taken for silent."""
_NEAREST_FIRST = (HealthPart.ENGINE, HealthPart.DETECTOR, HealthPart.GATEWAY)
_HEALTH = TABLE_OF["health"]

Record = RowMapping
"""A row of the `health` table."""


def now_ms() -> int:
    """Processing time, ms since the epoch."""
    return time.time_ns() // 1_000_000


def health_records(connection: Connection, sites: Collection[str]) -> dict[str, list[Record]]:
    """The newest health records of sites, by site."""
    found: dict[str, list[Record]] = defaultdict(list)
    statement = select(_HEALTH).where(_HEALTH.c.site.in_(sites))
    for row in connection.execute(statement).mappings():
        found[row["site"]].append(row)
    return found


def cameras_of(
    records: Iterable[Record], *, layout_cameras: Iterable[str], at_ms: int
) -> list[CameraHealth]:
    """The health of a site's cameras: the layout's in its order, then others by id.

    Args:
        records: Of one site.
        layout_cameras: Ids of the cameras that should be there.
        at_ms: Processing time to judge by, ms since the epoch.
    """
    by_camera: dict[str, dict[str, Record]] = {camera: {} for camera in layout_cameras}
    for record in sorted(records, key=lambda one: str(one["camera"])):
        by_camera.setdefault(record["camera"], {})[record["part"]] = record
    return [_camera(camera, parts, at_ms) for camera, parts in by_camera.items()]


def newest_event_ms(records: Iterable[Record]) -> int | None:
    """The newest event time that any part of the chain has seen, ms since the epoch."""
    known = [one["newest_at_ms"] for one in records if one["newest_at_ms"] is not None]
    return max(known, default=None)


def _camera(camera: str, parts: Mapping[str, Record], at_ms: int) -> CameraHealth:
    speaking = [parts[part] for part in _NEAREST_FIRST if part in parts]
    nearest = next((one for one in speaking if one["newest_at_ms"] is not None), None)
    return CameraHealth(
        camera=camera,
        state=_state(nearest, at_ms),
        newest_at_ms=newest_event_ms(speaking),
        rate_hz=nearest["rate_hz"] if nearest else None,
        counters={one["part"]: one["counters"] for one in speaking},
    )


def _state(nearest: Record | None, at_ms: int) -> CameraState:
    if nearest is None:
        return CameraState.UNKNOWN
    # A first record has no rate yet: it was written because a frame came.
    is_moving = nearest["rate_hz"] is None or nearest["rate_hz"] > 0
    is_recent = at_ms - nearest["at_ms"] <= SILENT_AFTER_MS
    return CameraState.LIVE if is_moving and is_recent else CameraState.SILENT
