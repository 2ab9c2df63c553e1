"""One record per crossing of a line."""

from dataclasses import dataclass
from typing import Literal

from schemas.units import Id, TrackId


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingRecord:
    """One track over one line, once."""

    v: Literal[1] = 1
    """Version of this message."""
    site: Id
    """Id of the site."""
    camera: Id
    """Id of the camera."""
    layout_version: int
    """Version of the layout that held at the crossing."""
    line: Id
    """Id of the line."""
    track: TrackId
    """Id of the track."""
    crossed_at_ms: int
    """Event time, ms since the epoch."""
    direction: Literal["in", "out"]
    """In is to the right-hand side of A->B, y pointing down."""
    xy: tuple[float, float]
    """Where the path met the line, x and y in 0-1."""
