"""What a tracker says: one sight per confirmed track and frame, and the tracks that ended."""

from dataclasses import dataclass

import msgspec


class Sight(msgspec.Struct, frozen=True, gc=False):
    """One confirmed track seen in one frame."""

    track: str
    """Id of the track: `<birth frame's captured_at_ms>-<index of the box in that frame>`."""
    at_ms: int
    """Event time of the frame."""
    xyxy: tuple[float, float, float, float]
    """The detection's own box, px of that frame."""
    foot_xy: tuple[float, float]
    """Bottom centre of the box, as fractions of the frame."""
    height: float
    """Box height as a fraction of the frame's height."""


@dataclass(frozen=True, slots=True)
class TrackUpdate:
    """What one frame changed."""

    sights: list[Sight]
    """One per matched track; a track confirmed only now brings its earlier sights, oldest first."""
    ended: list[str]
    """Confirmed tracks that ended; the end of each is its last sight."""
