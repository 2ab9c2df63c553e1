"""The layout of a simulated store: what a careful person would have drawn on its cameras' images.

Zones and lines are the floor plan's, seen through each camera; so they hold for any image size.
"""

import numpy as np

from schemas.layout import (
    Camera,
    Floor,
    Line,
    LineKind,
    Point,
    Polygon,
    Rule,
    SiteLayout,
    Zone,
    ZoneKind,
)
from streams.simulation.cameras import Lens, lens_of
from streams.simulation.plan import Rect, Store, View, Xy
from streams.simulation.stores import store_of
from streams.simulation.truth import LINE

TILLS, DOOR = "tills", "door"
_WIDTH_PX, _HEIGHT_PX = 1600, 900
_LONG_QUEUE = 3
_ENTER_MS = 3_000
"""Walking past a shelf may cut a corner of its zone, which takes a second or two: no visit."""
_BAND = 0.1
"""Some stand at a zone's very border."""
_JOIN_MS = 5_000
"""Walking through a lane takes 3 s, and who was just served does that in store-2."""
_SERVICE_MS = 700
"""Who is next stands at the desk's edge, and their foot point trembles; service takes longer."""
_RETURN_MS = 8_000
"""Now and then who is next is seen past that edge for longer all the same."""


def layout_of(site: str) -> SiteLayout:
    """The layout of a simulated site.

    Raises:
        SimulationError: If there is no such site.
    """
    store = store_of(site)
    return SiteLayout(
        site=site,
        version=1,
        time_zone="UTC",
        opening_hours={"mon-sun": "04:00-03:30"},
        reset_at="04:00",
        window_s=60,
        floor=Floor(width_m=store.width_m, height_m=store.depth_m, cell_m=0.5),
        cameras=[_camera(store, view) for view in store.views],
        rules=[
            Rule(
                id=f"long-{till.id}",
                on=till.id,
                when=f"length > {_LONG_QUEUE}",
                for_s=20.0,
                cool_down_s=120.0,
            )
            for till in store.tills
        ],
    )


def _camera(store: Store, view: View) -> Camera:
    lens = lens_of(view, width=_WIDTH_PX, height=_HEIGHT_PX)
    zones = [
        Zone(
            id=zone.id,
            kind=ZoneKind.BROWSE,
            polygon=_seen(lens, zone.rect),
            enter_ms=_ENTER_MS,
            band=_BAND,
        )
        for zone in store.zones
        if zone.camera == view.id
    ]
    return Camera(
        id=view.id,
        homography=_homography(store, lens),
        zones=(_till_zones(store, lens) if view.id == TILLS else []) + zones,
        lines=[_entrance(store, lens)] if view.id == DOOR else [],
    )


def _till_zones(store: Store, lens: Lens) -> list[Zone]:
    zones = []
    for till in store.tills:
        zones += [
            Zone(
                id=till.id,
                kind=ZoneKind.QUEUE,
                polygon=_seen(lens, till.lane),
                service=[f"{till.id}-desk"],
                join_ms=_JOIN_MS,
                return_ms=_RETURN_MS,
                long_above=_LONG_QUEUE,
            ),
            Zone(
                id=f"{till.id}-desk",
                kind=ZoneKind.SERVICE,
                polygon=_seen(lens, till.desk),
                enter_ms=_SERVICE_MS,
            ),
            Zone(id=f"{till.id}-staff", kind=ZoneKind.STAFF, polygon=_seen(lens, till.behind)),
        ]
    return zones


def _entrance(store: Store, lens: Lens) -> Line:
    """The entrance line, directed so that the shop lies to its right on the image."""
    start, end = (lens.floor_px(point) for point in store.line)
    inside = lens.floor_px((sum(store.door) / 2, store.line_y - 1.5))
    turn = (end[0] - start[0]) * (inside[1] - start[1])
    turn -= (end[1] - start[1]) * (inside[0] - start[0])
    if turn < 0:
        start, end = end, start
    return Line(id=LINE, kind=LineKind.ENTRANCE, start=_share(lens, start), end=_share(lens, end))


def _homography(store: Store, lens: Lens) -> list[tuple[float, float, float, float]]:
    """Points of the floor that the camera sees, a grid of them, image to floor."""
    points = []
    for x in np.linspace(0.0, store.width_m, 7):
        for y in np.linspace(0.0, store.depth_m, 7):
            point = (float(x), float(y))
            ahead = np.array([*point, 0.0]) - lens.position
            px, py = lens.floor_px(point)
            if ahead @ lens.forward > 0.5 and 0 <= px < lens.width and 0 <= py < lens.height:
                share = _share(lens, (px, py))
                points.append((*share, round(point[0], 4), round(point[1], 4)))
    return points


def _seen(lens: Lens, rect: Rect) -> Polygon:
    """A rectangle of the floor on the image, cut at the image's edges."""
    corners = [lens.floor_px(corner) for corner in rect.corners]
    for axis, limit, keeps_below in (
        (0, 0.0, False),
        (0, float(lens.width), True),
        (1, 0.0, False),
        (1, float(lens.height), True),
    ):
        corners = _cut(corners, axis, limit, keeps_below=keeps_below)
    return [_share(lens, corner) for corner in corners]


def _cut(corners: list[Xy], axis: int, limit: float, *, keeps_below: bool) -> list[Xy]:
    """The part of a convex polygon on one side of a vertical or horizontal line."""
    kept: list[Xy] = []
    for here, there in zip(corners, [*corners[1:], *corners[:1]], strict=True):
        here_in = (here[axis] <= limit) == keeps_below or here[axis] == limit
        there_in = (there[axis] <= limit) == keeps_below or there[axis] == limit
        if here_in:
            kept.append(here)
        if here_in != there_in:
            share = (limit - here[axis]) / (there[axis] - here[axis])
            kept.append(
                (here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1]))
            )
    return kept


def _share(lens: Lens, point: Xy) -> Point:
    """Pixels as fractions of the image."""
    return (
        round(min(max(point[0] / lens.width, 0.0), 1.0), 4),
        round(min(max(point[1] / lens.height, 0.0), 1.0), 4),
    )
