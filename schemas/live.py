"""A site's present, about twice a second; best effort."""

from dataclasses import dataclass
from typing import Literal

from schemas.units import Id, TrackId


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTrack:
    """A person in view."""

    track: TrackId
    """Id of the track."""
    x: float
    """Foot point, 0-1 from the left."""
    y: float
    """Foot point, 0-1 from the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveZone:
    """A zone now."""

    zone: Id
    """Id of the zone."""
    count: int
    """People inside; for a queue, those who joined and wait."""
    longest_open_wait_ms: int | None
    """Longest wait so far, ms; null unless a queue in which someone waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCamera:
    """A camera now."""

    camera: Id
    """Id of the camera."""
    at_ms: int
    """Event time of its newest frame, ms since the epoch."""
    tracks: list[LiveTrack]
    """People in view, by id."""
    zones: list[LiveZone]
    """Its zones, in the layout's order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRecord:
    """The site's present."""

    v: Literal[1] = 1
    """Version of this message."""
    site: Id
    """Id of the site."""
    layout_version: int
    """Version of the newest layout in force; 0 without one."""
    at_ms: int
    """Event time of the newest frame of any camera, ms since the epoch."""
    cameras: list[LiveCamera]
    """Its cameras, by id."""
