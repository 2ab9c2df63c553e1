"""The layout of a site: cameras, zones, lines, homographies, rules, as one versioned value.

Coordinates are fractions of the upright image. What must hold beyond the types: `layout_rules`.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from schemas.units import Id

Point = tuple[float, float]
"""x from the left, y from the top, 0-1 of the upright image."""
Polygon = list[Point]
"""Vertices in order; closed by itself."""


class ZoneKind(StrEnum):
    """What a zone is for."""

    QUEUE = "queue"
    SERVICE = "service"
    BROWSE = "browse"
    STAFF = "staff"
    IGNORE = "ignore"


class LineKind(StrEnum):
    """What a line is for."""

    ENTRANCE = "entrance"
    """Its crossings are the site's footfall."""
    PASSAGE = "passage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A polygon on a camera's image."""

    id: Id
    """Id, unique within the site."""
    kind: ZoneKind
    """What it is for."""
    polygon: Polygon
    """Three or more vertices, simple (no edge crosses another)."""
    service: list[Id] = field(default_factory=list)
    """For a queue: its service zones."""
    long_above: int | None = None
    """For a queue: the length above which it is long."""
    enter_ms: int = 300
    """Time inside after which a stay is certain, ms; longer than it takes to cut a corner."""
    exit_ms: int = 1_000
    """Time seen outside after which a stay is over, ms."""
    revisit_ms: int = 3_000
    """Longest absence that still joins two stays into one visit, ms."""
    join_ms: int = 3_000
    """For a queue: length of the unbroken stay that joins it, ms; longer than a walk through it."""
    handover_ms: int = 5_000
    """For a queue: longest way from it to its service, ms."""
    return_ms: int = 0
    """For a queue: who is back in it within this of stepping up to its service had not been served
    but stepped back, ms; they wait on."""
    recall_ms: int = 60_000
    """Longest time out of sight in which a visit or a wait goes on under another track, ms; 0 to
    end it at once."""
    band: float = 0.0
    """How far outside is its edge, box heights: who was inside may be there for some seconds and
    come back, as a foot point trembles. Not of queues and service zones, which lie side by side."""
    staff_ms: int = 8_000
    """For a staff zone: a track born in it and still there after this is staff, ms."""


class Line(msgspec.Struct, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """A directed segment A->B on a camera's image; in is to its right-hand side, y down.

    A struct, not a dataclass: its fields are `from` and `to` in files, which Python cannot name.
    """

    id: Id
    """Id, unique within the site."""
    kind: LineKind = LineKind.PASSAGE
    """What it is for."""
    start: Point
    """A; `from` in files and messages."""
    end: Point
    """B; `to` in files and messages."""
    band: float = 0.1
    """Half width of the band around the line that belongs to no side, box heights."""
    line_ms: int = 5_000
    """Longest time from meeting the line to standing beyond it, ms."""
    unseen_ms: int = 1_000
    """Who is first seen past the line, and walks on, met it at most this long before, going by how
    they walk, ms: so a crossing may be older than its track. 0 if people come into view there who
    have not crossed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """One fixed view."""

    id: Id
    """Id, unique within the site."""
    masks: list[Polygon] = field(default_factory=list)
    """Painted over in the gateway: these pixels never leave the store."""
    homography: list[tuple[float, float, float, float]] | None = None
    """Four or more `[image x, image y, floor x_m, floor y_m]`."""
    zones: list[Zone] = field(default_factory=list)
    """Its zones."""
    lines: list[Line] = field(default_factory=list)
    """Its lines."""
    hold_ms: int = 2_000
    """Longest time an `ok` frame holds, ms."""
    lost_ms: int = 5_000
    """Time unseen after which a track ends, ms."""
    gap_ms: int = 10_000
    """Time without `ok` frames after which all tracks end, ms."""
    settle_ms: int = 10_000
    """Time after a window's end until it closes, ms; later if somebody in it is undecided then."""
    max_track_ms: int = 3_600_000
    """Age at which a track is cut and goes on, ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The site's floor plan."""

    width_m: float
    """Extent in x, m."""
    height_m: float
    """Extent in y, m."""
    cell_m: float = 0.5
    """Side of a heatmap cell, m."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When to raise an alert."""

    id: Id
    """Id, unique within the site."""
    on: Id
    """Id of the zone, line or camera it is about."""
    when: str
    """`<metric> <comparison> <number>`, such as `length > 4`; a `wait` is in seconds."""
    for_s: float = 0.0
    """How long it must hold before the alert opens, s."""
    cool_down_s: float = 300.0
    """Shortest time between two alerts, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLayout:
    """One version of one site's layout."""

    site: Id
    """Id of the site."""
    version: int
    """Rises with every change."""
    time_zone: str = "UTC"
    """IANA name."""
    opening_hours: dict[str, str] = field(default_factory=dict)
    """By day or range of days (`mon-sat`): `HH:MM-HH:MM` or `closed`."""
    reset_at: str = "04:00"
    """Local time of the daily reset of the site's occupancy, `HH:MM`."""
    window_s: int = 60
    """Length of a window, s; divides 900."""
    floor: Floor | None = None
    """The floor plan; null without one."""
    cameras: list[Camera]
    """Its cameras."""
    rules: list[Rule] = field(default_factory=list)
    """Its alert rules."""
    effective_from_ms: int = 0
    """Event time from which it holds, ms since the epoch; 0 for the first version."""

    @property
    def window_ms(self) -> int:
        """Length of a window, ms."""
        return self.window_s * 1000

    def camera(self, camera: str) -> Camera | None:
        """The camera of that id, or None."""
        return next((one for one in self.cameras if one.id == camera), None)
