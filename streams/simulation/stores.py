"""The two stores of the demonstration: a grocer's and a bookshop."""

import math

from streams.simulation.errors import SimulationError
from streams.simulation.plan import (
    Block,
    BrowseZone,
    Finish,
    Palette,
    Rect,
    Spot,
    Store,
    Till,
    View,
)

_UP, _DOWN, _LEFT, _RIGHT = -math.pi / 2, math.pi / 2, math.pi, 0.0
_CEILING_M = 3.3


def _shell(width_m: float, depth_m: float, door: tuple[float, float]) -> tuple[Block, ...]:
    """Walls around the floor; the front wall has a doorway and windows over a low parapet."""
    wall, frame = Finish.WALL, Finish.FRAME
    front = (depth_m, depth_m + 0.2)
    solid_m = max(width_m * 0.72, door[1] + 0.8)
    panes = [(0.5, door[0] - 0.25), (door[1] + 0.25, solid_m)]
    posts = [(0.0, 0.5), (door[0] - 0.25, door[0]), (door[1], door[1] + 0.25)]
    return (
        Block(Rect(-0.2, -0.2, width_m + 0.2, 0.0), 0.0, _CEILING_M, wall),
        Block(Rect(-0.2, 0.0, 0.0, depth_m), 0.0, _CEILING_M, wall),
        Block(Rect(width_m, 0.0, width_m + 0.2, depth_m), 0.0, _CEILING_M, wall),
        Block(Rect(-0.2, front[0], width_m + 0.2, front[1]), 2.4, _CEILING_M, wall),
        Block(Rect(solid_m, front[0], width_m + 0.2, front[1]), 0.0, 2.4, wall),
        *(Block(Rect(a, front[0] + 0.05, b, front[1] - 0.05), 0.0, 0.45, wall) for a, b in panes),
        *(Block(Rect(a, front[0], b, front[1]), 0.0, 2.4, frame) for a, b in posts),
    )


def _spots_along(x0: float, x1: float, y: float, facing: float, count: int) -> tuple[Spot, ...]:
    step = (x1 - x0) / count
    return tuple(Spot((x0 + (i + 0.5) * step, y), facing) for i in range(count))


def _spots_down(x: float, y0: float, y1: float, facing: float, count: int) -> tuple[Spot, ...]:
    step = (y1 - y0) / count
    return tuple(Spot((x, y0 + (i + 0.5) * step), facing) for i in range(count))


def _grocer_till(number: int, x: float) -> Till:
    """A till whose queue comes down the floor plan; `x` is its counter's left side."""
    return Till(
        id=f"till-{number}",
        lane=Rect(x - 0.95, 1.6, x - 0.05, 5.55),
        desk=Rect(x - 0.95, 5.55, x - 0.05, 7.05),
        behind=Rect(x + 0.6, 5.4, x + 1.35, 7.2),
        counter=(x + 0.3, 6.3),
        front=(x - 0.5, 5.1),
        back=(0.0, -1.0),
        served_at=(x - 0.45, 6.2),
        exit=(x - 0.5, 7.5),
        staff_at=(x + 0.95, 6.25),
    )


def _grocer() -> Store:
    tills = (_grocer_till(1, 8.4), _grocer_till(2, 11.0))
    counters = tuple(
        block
        for x in (8.4, 11.0)
        for block in (
            Block(Rect(x, 5.5, x + 0.6, 7.2), 0.0, 0.95, Finish.COUNTER),
            Block(Rect(x + 0.2, 6.0, x + 0.3, 6.4), 1.0, 1.35, Finish.SCREEN),
        )
    )
    return Store(
        id="store-1",
        width_m=13.0,
        depth_m=9.0,
        blocks=(
            *_shell(13.0, 9.0, (2.0, 4.2)),
            Block(Rect(0.6, 0.0, 7.0, 0.5), 0.0, 2.1, Finish.SHELF),
            Block(Rect(7.2, 0.0, 12.4, 0.6), 0.0, 2.1, Finish.FRIDGE),
            Block(Rect(0.0, 1.0, 0.5, 5.9), 0.0, 2.0, Finish.SHELF),
            Block(Rect(1.9, 2.0, 5.6, 2.8), 0.0, 1.45, Finish.SHELF),
            Block(Rect(1.9, 4.3, 4.9, 5.1), 0.0, 1.35, Finish.SHELF),
            Block(Rect(0.5, 7.3, 1.5, 8.1), 0.0, 0.75, Finish.TABLE),
            *counters,
            Block(Rect(12.94, 4.9, 13.0, 5.8), 0.9, 2.5, Finish.POSTER),
            Block(Rect(12.94, 6.3, 13.0, 7.2), 0.9, 2.5, Finish.POSTER),
            Block(Rect(0.0, 7.2, 0.06, 8.1), 0.8, 2.4, Finish.POSTER),
        ),
        mannequins=(Spot((5.6, 8.5), _UP),),
        door=(2.0, 4.2),
        line_y=8.35,
        tills=tills,
        spots=(
            *_spots_along(0.9, 7.0, 0.95, _UP, 7),
            *_spots_along(7.3, 12.3, 1.05, _UP, 6),
            *_spots_down(0.95, 1.4, 5.6, _LEFT, 4),
            *_spots_along(2.0, 5.5, 1.6, _DOWN, 3),
            *_spots_along(2.0, 5.5, 3.2, _UP, 4),
            *_spots_along(2.0, 4.8, 3.9, _DOWN, 3),
            *_spots_along(2.0, 4.8, 5.5, _UP, 3),
            *_spots_along(0.5, 1.7, 6.95, _DOWN, 2),
        ),
        zones=(
            BrowseZone("fridges", "tills", Rect(9.4, 0.6, 12.4, 1.3)),
            BrowseZone("offers", "door", Rect(0.5, 6.55, 2.0, 7.3)),
        ),
        views=(
            View("tills", (5.6, 8.75, 3.1), (9.25, 4.85, 0.35), 0.68),
            View("door", (6.9, 4.7, 3.05), (3.0, 8.2, 0.6), 0.72),
        ),
        palette=Palette(
            floor=(196, 203, 208),
            floor_joint=(160, 167, 172),
            wall=(214, 222, 226),
            wood=(96, 132, 168),
            accent=(72, 132, 46),
            goods=(
                (60, 60, 196),
                (58, 150, 226),
                (70, 200, 236),
                (92, 160, 70),
                (170, 112, 52),
                (206, 206, 214),
                (120, 70, 140),
                (48, 84, 150),
            ),
            tile_m=(0.6, 0.6),
        ),
        parties_per_minute=1.25,
    )


def _bookshop_till(number: int, y: float) -> Till:
    """A till whose queue comes from the right; `y` is its counter's upper side."""
    return Till(
        id=f"till-{number}",
        lane=Rect(2.75, y - 0.95, 6.7, y - 0.05),
        desk=Rect(1.25, y - 0.95, 2.75, y - 0.05),
        behind=Rect(1.1, y + 0.6, 2.9, y + 1.3),
        counter=(2.0, y + 0.3),
        front=(3.2, y - 0.5),
        back=(1.0, 0.0),
        served_at=(2.05, y - 0.45),
        exit=(3.1, y - 1.25),
        staff_at=(2.0, y + 0.92),
    )


def _bookshop() -> Store:
    tills = (_bookshop_till(1, 6.6), _bookshop_till(2, 3.9))
    counters = tuple(
        block
        for y in (6.6, 3.9)
        for block in (
            Block(Rect(1.2, y, 2.9, y + 0.6), 0.0, 1.0, Finish.COUNTER),
            Block(Rect(1.75, y + 0.2, 2.15, y + 0.3), 1.05, 1.4, Finish.SCREEN),
        )
    )
    return Store(
        id="store-2",
        width_m=11.5,
        depth_m=8.5,
        blocks=(
            *_shell(11.5, 8.5, (8.0, 10.0)),
            Block(Rect(0.5, 0.0, 11.0, 0.42), 0.0, 2.3, Finish.SHELF),
            Block(Rect(11.08, 0.8, 11.5, 4.9), 0.0, 2.3, Finish.SHELF),
            Block(Rect(3.4, 1.45, 6.2, 2.05), 0.0, 1.25, Finish.SHELF),
            Block(Rect(7.6, 1.9, 8.3, 4.3), 0.0, 1.3, Finish.SHELF),
            Block(Rect(9.4, 3.4, 10.3, 4.7), 0.0, 0.72, Finish.TABLE),
            Block(Rect(10.3, 5.7, 11.2, 6.5), 0.0, 0.72, Finish.TABLE),
            *counters,
            Block(Rect(0.0, 1.6, 0.06, 2.5), 0.9, 2.5, Finish.POSTER),
            Block(Rect(0.0, 5.1, 0.06, 6.0), 0.9, 2.5, Finish.POSTER),
            Block(Rect(11.44, 7.1, 11.5, 8.0), 0.8, 2.4, Finish.POSTER),
        ),
        mannequins=(Spot((10.7, 8.0), _UP),),
        door=(8.0, 10.0),
        line_y=7.85,
        tills=tills,
        spots=(
            *_spots_along(0.8, 10.8, 0.85, _UP, 10),
            *_spots_down(10.65, 1.2, 4.8, _RIGHT, 4),
            *_spots_along(3.5, 6.1, 2.45, _UP, 3),
            *_spots_down(7.2, 2.0, 4.2, _RIGHT, 2),
            *_spots_down(8.7, 2.0, 4.2, _LEFT, 2),
            *_spots_along(9.4, 10.3, 5.1, _UP, 1),
            *_spots_along(10.2, 11.3, 5.35, _DOWN, 2),
        ),
        zones=(
            BrowseZone("novels", "tills", Rect(3.4, 2.05, 6.2, 2.8)),
            BrowseZone("new-books", "door", Rect(9.9, 4.95, 11.4, 5.7)),
        ),
        views=(
            View("tills", (7.3, 8.25, 3.1), (3.7, 5.0, 0.2), 0.64),
            View("door", (7.0, 3.0, 3.05), (9.2, 7.7, 0.4), 0.74),
        ),
        palette=Palette(
            floor=(104, 142, 178),
            floor_joint=(78, 112, 146),
            wall=(196, 206, 206),
            wood=(58, 84, 118),
            accent=(120, 72, 42),
            goods=(
                (48, 48, 150),
                (40, 104, 180),
                (150, 182, 206),
                (110, 120, 60),
                (132, 84, 44),
                (70, 60, 58),
                (86, 160, 200),
                (176, 176, 190),
            ),
            tile_m=(1.4, 0.16),
        ),
        parties_per_minute=1.1,
    )


STORES = {store.id: store for store in (_grocer(), _bookshop())}
"""The simulated stores by site id."""


def store_of(site: str) -> Store:
    """The simulated store of a site.

    Raises:
        SimulationError: If there is none of that id; names those there are.
    """
    try:
        return STORES[site]
    except KeyError:
        raise SimulationError(
            f"sim site: expected one of {', '.join(STORES)}, got {site!r}"
        ) from None
