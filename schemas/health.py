"""How a camera's part of the chain does: counters by cause since a start; best effort."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from schemas.units import Id


class HealthPart(StrEnum):
    """Who writes; one writer per part."""

    GATEWAY = "gateway"
    DETECTOR = "detector"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRecord:
    """One part of one camera's chain."""

    v: Literal[1] = 1
    """Version of this message."""
    site: Id
    """Id of the site."""
    camera: Id
    """Id of the camera."""
    part: HealthPart
    """Who writes."""
    since_ms: int
    """When the counters began, ms since the epoch, processing time."""
    at_ms: int
    """When this was written, ms since the epoch, processing time."""
    counters: dict[str, int]
    """Frames by what became of them: `sent`, `ok`, `shed`, `rejected`, `out_of_order`, ...; and, of
    the camera's whole partition, `lost_records`: deleted before the engine read them."""
    newest_at_ms: int | None
    """Event time of the newest frame, ms since the epoch; null before the first."""
    newest_age_ms: int | None
    """Processing time minus event time of the newest frame, ms."""
    rate_hz: float | None
    """Frames per second of processing time since the last record; null in the first."""
