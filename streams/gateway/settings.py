"""Settings of one gateway process: its cameras and what becomes of their frames."""

import math
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from schemas.settings import KafkaSettings
from schemas.units import ID_PATTERN

_DEFAULT_START = "2000-01-01T00:00:00Z"


def _speed(value: object) -> object:
    return {"real": 1.0, "max": math.inf}.get(str(value), value)


def _after_epoch(at: AwareDatetime) -> AwareDatetime:
    if at.timestamp() < 0:
        raise ValueError("expected a time not before 1970-01-01T00:00:00Z")
    return at


class GatewaySettings(KafkaSettings):
    """What one gateway reads, sends and how."""

    site: Annotated[str, Field(pattern=ID_PATTERN)] = "store-1"
    """Id of the site of cameras that name none."""
    cameras: tuple[str, ...] = ()
    """`camera=uri` or `site/camera=uri` each; a URI: a video file, a folder of images or `sim:`."""
    layouts: tuple[Path, ...] = ()
    """Layout files whose masks are painted over; if given, they must hold every camera."""
    start_at: Annotated[AwareDatetime, AfterValidator(_after_epoch)] = Field(
        default=_DEFAULT_START, validate_default=True
    )
    """Event time of a finite source's first frame, ISO 8601 with time zone."""
    fps: Annotated[float, Field(gt=0, le=1000)] | None = None
    """Frames per second of a file, instead of its own times; a folder of images needs it."""
    speed: Annotated[float, BeforeValidator(_speed), Field(gt=0)] = 1.0
    """Speed of finite sources: `real`, `max` (as fast as it goes) or a factor."""
    loop: bool = False
    """Whether files play again for ever, each pass later than the one before, without an end."""
    resume: bool = False
    """Whether to go on after the last frame sent instead of refusing to play twice."""
    rate_limit_hz: Annotated[float, Field(gt=0)] | None = None
    """Most frames per second of event time sent per camera; none: all."""
    width_px: Annotated[int, Field(ge=16, le=8192)] | None = None
    """Width above which images are made smaller, px; none: never."""
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] = 85
    """Quality of the JPEGs sent, 1-100."""
    buffer_frames: Annotated[int, Field(ge=1, le=10_000)] = 64
    """Most encoded frames per camera that wait to be sent; then files wait, live cameras drop."""
    health_every_ms: Annotated[int, Field(ge=100)] = 5_000
    """Time between two health records of a camera, ms."""
    connect_timeout_ms: Annotated[int, Field(ge=0)] = 30_000
    """How long to try to reach the broker and its topics at start before giving up, ms."""
    stop_timeout_ms: Annotated[int, Field(ge=0)] = 5_000
    """How long a stop waits for frames on their way to be acknowledged, ms."""

    @property
    def start_at_ms(self) -> int:
        """`start_at` in ms since the epoch."""
        return round(self.start_at.timestamp() * 1000)
