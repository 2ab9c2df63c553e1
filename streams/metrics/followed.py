"""A confirmed track as the metrics follow it: its state, and nothing that acts on it.

Everything is here that a snapshot must keep. What ends the state is the end of the track.
"""

import msgspec

from schemas.tracks import MAX_PATH_POINTS
from schemas.units import COORDINATE_DECIMALS
from streams.geometry.floor import NO_CELL
from streams.metrics.line_walks import LineWalk, PastCrossing
from streams.metrics.presences import PastVisit, Presence
from streams.metrics.sights import CountedSight, PathPoint, shortest_step_ms
from streams.windowing.spans import Interval

UNSEEN = -1
"""Version of the layout of a track that no metric has seen yet."""
BUSY = -2
"""Some line needs to see the track's next step; no value of any cell."""
_SCALE = 10**COORDINATE_DECIMALS
TRAIL_MS = 500
"""Shortest time between two points of a trail."""
TRAIL_POINTS = 30
"""A trail has no more: it still shows how somebody left when it is certain that they have."""
HIDDEN_MS = 900
"""Who is not seen for less has blinked."""
HIDDEN_TIMES = 4
"""So many times are kept."""
LATELY_POINTS = 10
"""The last of them are where somebody was lately."""
MOMENT_MS = 1_000
"""How long ago a moment ago was, at least."""


class Path(msgspec.Struct, array_like=True):
    """Where a track went: every n-th foot point, n doubling whenever the points become too many."""

    every: int = 1
    """One sight in this many is kept."""
    seen: int = 0
    """Sights so far."""
    from_ms: int = 0
    """Instant of the first."""
    points: list[tuple[int, int, int]] = []
    """Ms since the first, x and y in 1/10,000 of the frame; fewer than `MAX_PATH_POINTS`."""

    def add(self, at_ms: int, x: float, y: float) -> None:
        """The track was seen at a place."""
        if self.seen % self.every == 0:
            if not self.points:
                self.from_ms = at_ms
            self.points.append((at_ms - self.from_ms, round(x * _SCALE), round(y * _SCALE)))
            if len(self.points) == MAX_PATH_POINTS:
                del self.points[1::2]
                self.every *= 2
        self.seen += 1

    @property
    def start(self) -> PathPoint:
        """The first foot point."""
        return self._point(self.points[0])

    @property
    def before_start(self) -> PathPoint:
        """Where it was a frame before its first sight if it came as it went on to the second."""
        at_ms, x, y = self.start
        next_ms, next_x, next_y = self._point(self.points[1])
        frame_ms = shortest_step_ms(self.points)
        frames = frame_ms / (next_ms - at_ms)
        return at_ms - frame_ms, x - frames * (next_x - x), y - frames * (next_y - y)

    def ended(self, at_ms: int, x: float, y: float) -> list[PathPoint]:
        """The path of a track last seen at a place: at most `MAX_PATH_POINTS`, oldest first."""
        last = at_ms - self.from_ms, round(x * _SCALE), round(y * _SCALE)
        points = self.points if self.points[-1][0] == last[0] else [*self.points, last]
        return [self._point(point) for point in points]

    def _point(self, point: tuple[int, int, int]) -> PathPoint:
        ms, x, y = point
        return self.from_ms + ms, x / _SCALE, y / _SCALE


class StaffTrial(msgspec.Struct, array_like=True):
    """A track born in a staff zone, until it is certain whether it is staff."""

    zone: str
    """The staff zone."""
    born_at_ms: int
    """Its first sight."""
    outside_at_ms: int | None = None
    """First sight of the excursion from the zone, if it is on one."""
    sights: list[CountedSight] = []
    """What the metrics get if it is not staff; at most `staff_ms` long."""


class Followed(msgspec.Struct, array_like=True):
    """One confirmed track."""

    id: str
    """Id of the record to come; changes when the track is cut."""
    key: str
    """The tracker's id; never changes."""
    started_at_ms: int
    """Birth, or where the part before was cut."""
    seen_at_ms: int
    """The last sight, of whatever kind."""
    seen_x: float
    """Its foot point, 0-1."""
    seen_y: float
    """Its foot point, 0-1."""
    seen_height: float
    """Its box height, as a share of the frame's."""
    part: int = 1
    """Which part this is of a track that was cut."""
    continues: str | None = None
    """Id of the part before."""
    path: Path = msgspec.field(default_factory=Path)
    """Where it went."""
    visits: list[PastVisit] = []
    """Visits that are over."""
    crossings: list[PastCrossing] = []
    """Crossings so far."""
    is_staff: bool = False
    """Whether it is in no metric."""
    trial: StaffTrial | None = None
    """Set while that is not certain."""
    version: int = UNSEEN
    """Version of the layout at the last counted sight."""
    at_ms: int = 0
    """The last counted sight."""
    x: float = 0.0
    """Its foot point, 0-1."""
    y: float = 0.0
    """Its foot point, 0-1."""
    zones: int = 0
    """The zones it lay in, as bits."""
    zones_since_ms: int = 0
    """From when on time is not yet booked on zones."""
    image_cell: int = 0
    """Its cell of the image."""
    floor_cell: int = NO_CELL
    """Its owned cell of the floor."""
    cells_since_ms: int = 0
    """From when on time is not yet booked on cells."""
    is_calm: bool = False
    """Whether another sight in the same zones would change nothing but the time spent."""
    presences: dict[str, Presence] = {}
    """By zone, while anything of it is open."""
    walks: list[LineWalk] = []
    """By line, in the layout's order."""
    right_of: int = BUSY
    """Lines to whose right it is with nothing open, as bits; `BUSY` if anything is open at any."""
    left_of: int = BUSY
    """The same to the left."""
    newest_zone: str = ""
    """The zone whose visit began last; empty before the first."""
    past_at_ms: int = 0
    """The sight before the last, whatever its kind; that of the last if there is only one."""
    past_x: float = 0.0
    """Its foot point, 0-1."""
    past_y: float = 0.0
    """Its foot point, 0-1."""
    trail: list[PathPoint] = []
    """Where it was lately, oldest first, the last within `TRAIL_MS` of the last sight."""
    is_new: bool = True
    """Whether nobody has asked yet who this was before; only its first part can tell."""
    hidden: list[Interval] = []
    """When it was not seen lately, though frames were: the sights before and after."""

    @property
    def is_counted(self) -> bool:
        """Whether it is in the metrics: not staff, and that is certain."""
        return not self.is_staff and self.trial is None

    def hide(self, until_ms: int) -> None:
        """It was not seen since its last sight, while frames were, and is now."""
        if until_ms - self.seen_at_ms >= HIDDEN_MS:
            self.hidden = [*self.hidden[-HIDDEN_TIMES + 1 :], (self.seen_at_ms, until_ms)]

    def leave_trail(self, at_ms: int, x: float, y: float) -> None:
        """It was seen at a place."""
        if self.trail and at_ms - self.trail[-1][0] < TRAIL_MS:
            return
        self.trail.append((at_ms, x, y))
        if len(self.trail) > TRAIL_POINTS:
            del self.trail[0]

    def was_at(self, at_ms: int) -> PathPoint:
        """Where it was at an instant, or at the beginning of its trail."""
        before = (point for point in reversed(self.trail) if point[0] <= at_ms)
        return next(before, self.trail[0])

    @property
    def moment_ago(self) -> PathPoint:
        """Where it was a moment before the last sight, or at first."""
        return self.was_at(self.seen_at_ms - MOMENT_MS)

    @property
    def lately(self) -> list[PathPoint]:
        """Where it was in the last seconds, oldest first."""
        return self.trail[-LATELY_POINTS:]

    @property
    def last_point(self) -> PathPoint:
        """The last sight's instant and foot point, of whatever kind."""
        return self.seen_at_ms, self.seen_x, self.seen_y

    @property
    def last_sight(self) -> CountedSight:
        """The last, of whatever kind."""
        return *self.last_point, self.seen_height
