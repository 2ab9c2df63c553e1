"""One camera's part of one layout, ready to be asked per foot point: zones, lines, cells.

In: a site's layout. Out: a `CameraPlan`. Nothing here changes, so nothing of it is in a snapshot:
it is made again from the layout. A camera that the layout does not name has a plan without zones.
"""

from collections.abc import Iterator

from schemas.layout import Camera, LineKind, Point, SiteLayout, Zone, ZoneKind
from streams.geometry import polygons
from streams.geometry.floor import FloorView, floor_owners, homographies
from streams.geometry.segments import Segment
from streams.metrics.cells import by_cell, through_image

UNCOUNTED = (ZoneKind.STAFF, ZoneKind.IGNORE)
"""Kinds of zones without numbers of their own."""
NO_LAYOUT = 0
"""Version of what holds before any layout."""


class ZonePlan:
    """A counted zone: its bit among the camera's zones and the queue it belongs to."""

    __slots__ = ("away_ms", "band", "bit", "id", "is_queue", "polygon", "queue", "settings")

    def __init__(self, settings: Zone, bit: int, queue: str | None) -> None:
        self.settings = settings
        self.id = settings.id
        self.bit = bit
        self.polygon = polygons.Polygon(settings.polygon)
        self.is_queue = settings.kind is ZoneKind.QUEUE
        self.queue = queue
        """For a service zone, the id of its queue."""
        self.away_ms = max(settings.handover_ms, settings.revisit_ms) if self.is_queue else 0
        """Longest absence that still continues a wait."""
        self.band = 0.0 if self.is_queue or queue is not None else settings.band
        """How far outside its edge reaches, box heights."""


class CameraPlan:
    """What one layout says about one camera."""

    def __init__(self, layout: SiteLayout, camera: str, floor: FloorView | None) -> None:
        found = layout.camera(camera)
        self.version = layout.version
        self.window_ms = layout.window_ms
        self.is_in_layout = found is not None
        self.camera = found or Camera(id=camera)
        self.floor = floor
        self.hold_ms = self.camera.hold_ms
        self.zones = _zone_plans(self.camera)
        self.walked_zones = sorted(self.zones, key=lambda zone: zone.queue is None)
        """Service zones first: who is served now has not left the queue for good."""
        self.zone_by_id = {zone.id: zone for zone in self.zones}
        self.lines = self.camera.lines
        self.line_kinds = {line.id: line.kind for line in self.lines}
        self.staff_zones = {
            zone.id: (zone, polygons.Polygon(zone.polygon))
            for zone in _of_kind(self.camera, ZoneKind.STAFF)
        }
        self.ignored = [
            polygons.Polygon(zone.polygon) for zone in _of_kind(self.camera, ZoneKind.IGNORE)
        ]
        entities = {camera, *(zone.id for zone in self.zones), *self.line_kinds}
        self.rules = [rule for rule in layout.rules if rule.on in entities]
        self._yields_to = [
            (zone.bit, _service_bits(zone, self.zone_by_id)) for zone in self.zones if zone.is_queue
        ]
        self._segments: list[Segment] = []
        self._aspect = 0.0
        edges = [side for zone in self.zones for side in zone.polygon.sides]
        self.cell_zones = by_cell(edges, lambda point: self.zones_at(*point))
        """Per image cell, the zones it lies in, or `MIXED`."""
        borders = [through_image(line.start, line.end) for line in self.lines]
        self.cell_right = by_cell(borders, lambda point: self._sides(point, 1))
        """Per image cell, the lines it lies to the right of, as bits in their order, or `MIXED`."""
        self.cell_left = by_cell(borders, lambda point: self._sides(point, -1))
        """The same to the left."""

    def zones_at(self, x: float, y: float) -> int:
        """The counted zones a foot point is in, as bits; who is in service is not in the queue."""
        bits = 0
        for zone in self.zones:
            if zone.polygon.contains(x, y):
                bits |= zone.bit
        for queue, services in self._yields_to:
            if bits & services:
                bits &= ~queue
        return bits

    def staff_zone_at(self, x: float, y: float) -> str | None:
        """The staff zone a foot point is in, or None."""
        for name, (_, polygon) in self.staff_zones.items():
            if polygon.contains(x, y):
                return name
        return None

    def is_ignored(self, x: float, y: float) -> bool:
        """Whether a foot point lies in a zone whose detections are dropped."""
        return any(polygon.contains(x, y) for polygon in self.ignored)

    def segments(self, aspect: float) -> list[Segment]:
        """The lines' segments for frames of a shape, in their order; kept for the last shape asked.

        Args:
            aspect: Width over height of the frame.
        """
        if aspect != self._aspect:
            self._segments = [Segment(one.start, one.end, aspect=aspect) for one in self.lines]
            self._aspect = aspect
        return self._segments

    def _sides(self, point: Point, side: int) -> int:
        """The lines on whose side -1 or 1 a point lies, as bits."""
        offsets = [segment.place(*point)[0] for segment in self.segments(1.0)]
        return sum((offset * side > 0.0) << index for index, offset in enumerate(offsets))

    def is_entrance(self, line: str) -> bool:
        """Whether crossings of a line are the site's footfall."""
        return self.line_kinds[line] is LineKind.ENTRANCE


def camera_floors(layout: SiteLayout) -> dict[str, FloorView]:
    """What each camera with a homography contributes to the floor; empty without a floor plan."""
    if layout.floor is None:
        return {}
    maps = homographies(layout)
    owned = floor_owners(layout.floor, maps)
    return {camera: FloorView(layout.floor, found, owned[camera]) for camera, found in maps.items()}


def _zone_plans(camera: Camera) -> list[ZonePlan]:
    """Counted zones in the layout's order; each has its own bit."""
    queue_of = {
        service: zone.id for zone in _of_kind(camera, ZoneKind.QUEUE) for service in zone.service
    }
    counted = [zone for zone in camera.zones if zone.kind not in UNCOUNTED]
    return [ZonePlan(zone, 1 << i, queue_of.get(zone.id)) for i, zone in enumerate(counted)]


def _service_bits(queue: ZonePlan, zones: dict[str, ZonePlan]) -> int:
    return sum(zones[service].bit for service in queue.settings.service if service in zones)


def _of_kind(camera: Camera, kind: ZoneKind) -> Iterator[Zone]:
    return (zone for zone in camera.zones if zone.kind is kind)
