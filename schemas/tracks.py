"""One record per ended track: where the person went in one camera, what was visited and crossed."""

from dataclasses import dataclass
from typing import Literal

from schemas.units import Id, TrackId

MAX_PATH_POINTS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Stays of one track in one zone, joined where it returned soon.

    In `dwell` they may be part of a longer visit, which went on under another track.
    """

    zone: Id
    """Id of the zone."""
    entered_at_ms: int
    """First sight inside, ms since the epoch."""
    exited_at_ms: int
    """End of the last stay, ms since the epoch."""
    dwell_ms: int
    """Sum of the stays, ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackCrossing:
    """One crossing of one line, as part of a track."""

    line: Id
    """Id of the line."""
    crossed_at_ms: int
    """Event time, ms since the epoch."""
    direction: Literal["in", "out"]
    """In is to the right-hand side of A->B, y pointing down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """A track from birth to end."""

    v: Literal[1] = 1
    """Version of this message."""
    site: Id
    """Id of the site."""
    camera: Id
    """Id of the camera."""
    layout_version: int
    """Version of the layout that held at its end; 0 without a layout."""
    track: TrackId
    """Id of the track."""
    started_at_ms: int
    """Event time of its birth, ms since the epoch."""
    ended_at_ms: int
    """Event time of its last sight, ms since the epoch."""
    continues: TrackId | None
    """The track this one goes on from after a cut; null for a new one."""
    path: list[tuple[int, float, float]]
    """Foot points: ms since the epoch, x, y in 0-1; oldest first, at most 256."""
    visits: list[Visit]
    """Visits to zones, in the order of their entry."""
    crossings: list[TrackCrossing]
    """Crossings of lines, oldest first."""
    staff: bool
    """Whether it was judged to be staff, and so is in no metric."""
