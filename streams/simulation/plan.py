"""The nouns of a floor plan: walls, furniture, tills, spots, in metres.

x runs to the right, y from the back wall to the street (y down, as in an image), z up. A store
is data; everything else in the simulation works on any value of these types.
"""

from dataclasses import dataclass
from enum import Enum

Xy = tuple[float, float]
"""A point of the floor, m."""


@dataclass(frozen=True, slots=True)
class Rect:
    """An axis-aligned rectangle of the floor, m."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def corners(self) -> list[Xy]:
        """The four corners, in order around it."""
        return [(self.x0, self.y0), (self.x1, self.y0), (self.x1, self.y1), (self.x0, self.y1)]

    def grown(self, by_m: float) -> "Rect":
        """The rectangle with every side moved out."""
        return Rect(self.x0 - by_m, self.y0 - by_m, self.x1 + by_m, self.y1 + by_m)

    def contains(self, point: Xy) -> bool:
        """Whether a point lies inside or on the edge."""
        return self.x0 <= point[0] <= self.x1 and self.y0 <= point[1] <= self.y1


class Finish(Enum):
    """What a block's sides look like."""

    WALL = "wall"
    SHELF = "shelf"
    COUNTER = "counter"
    TABLE = "table"
    FRIDGE = "fridge"
    POSTER = "poster"
    FRAME = "frame"
    SCREEN = "screen"


@dataclass(frozen=True, slots=True)
class Block:
    """A box standing on the floor or hanging on a wall."""

    rect: Rect
    """Its footprint."""
    bottom_m: float
    """Height of its lower side."""
    top_m: float
    """Height of its upper side."""
    finish: Finish
    """What its sides look like."""

    @property
    def is_obstacle(self) -> bool:
        """Whether people walk around it."""
        return self.bottom_m < 1.8 and self.finish not in (Finish.POSTER, Finish.SCREEN)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where one person stands and looks at the goods."""

    at: Xy
    """Where."""
    facing_rad: float
    """Direction of the goods."""


@dataclass(frozen=True, slots=True)
class Till:
    """A till with its queue."""

    id: str
    """Names its zones: `<id>` is the queue, `<id>-desk` the service zone."""
    lane: Rect
    """The queue zone: who waits stands in it."""
    desk: Rect
    """The service zone: who is served stands in it."""
    behind: Rect
    """The staff zone."""
    counter: Xy
    """The point of the counter that both sides look at."""
    front: Xy
    """Where the first in the queue stands."""
    back: Xy
    """The direction the queue grows in, a unit vector."""
    served_at: Xy
    """Where who is served stands."""
    exit: Xy
    """Where who was served leaves the desk."""
    staff_at: Xy
    """Where the person behind the till stands."""


@dataclass(frozen=True, slots=True)
class View:
    """How a camera looks at the floor plan."""

    id: str
    """Id of the camera."""
    position: tuple[float, float, float]
    """Where it hangs: x, y, z."""
    target: tuple[float, float, float]
    """A point in the middle of its image."""
    focal: float
    """Focal length, in widths of the image."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of a store, blue green red, 0-255."""

    floor: tuple[int, int, int]
    floor_joint: tuple[int, int, int]
    wall: tuple[int, int, int]
    wood: tuple[int, int, int]
    accent: tuple[int, int, int]
    goods: tuple[tuple[int, int, int], ...]
    tile_m: tuple[float, float]
    """Size of a floor tile along x and y."""


@dataclass(frozen=True, slots=True)
class BrowseZone:
    """A part of the floor worth counting visits in, as one camera sees it."""

    id: str
    """Id of the zone."""
    camera: str
    """The camera that sees it."""
    rect: Rect
    """Where."""


@dataclass(frozen=True, slots=True)
class Store:
    """A whole store."""

    id: str
    """Id of the site."""
    width_m: float
    """Inner size along x."""
    depth_m: float
    """Inner size along y; the street lies beyond."""
    blocks: tuple[Block, ...]
    """Walls, shelves, counters, posters."""
    mannequins: tuple[Spot, ...]
    """Figures that look like people and are none."""
    door: tuple[float, float]
    """The doorway in the front wall, from x to x."""
    line_y: float
    """The entrance line crosses the floor here, the door's width and a little more."""
    tills: tuple[Till, ...]
    """Its tills."""
    spots: tuple[Spot, ...]
    """Where people browse."""
    zones: tuple[BrowseZone, ...]
    """Zones for visits."""
    views: tuple[View, ...]
    """Its cameras."""
    palette: Palette
    """Its colours."""
    parties_per_minute: float
    """Parties that arrive on a quiet day minute."""

    @property
    def line(self) -> tuple[Xy, Xy]:
        """Ends of the entrance line on the floor, m."""
        return (self.door[0] - 0.35, self.line_y), (self.door[1] + 0.35, self.line_y)
