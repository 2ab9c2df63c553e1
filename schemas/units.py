"""Units and ids that appear in every message, as types.

Instants and durations are integer ms; coordinates of points are fractions of the upright image.
"""

import re
from typing import Annotated, NewType

from msgspec import Meta

EventTimeMs = NewType("EventTimeMs", int)
"""When the light hit the sensor: ms since the epoch, UTC."""

ID_PATTERN = "^[a-z0-9][a-z0-9_-]{0,62}$"
"""What ids of sites, cameras, zones, lines and rules look like."""

Id = Annotated[str, Meta(pattern=ID_PATTERN)]
"""An id of a site, camera, zone, line or rule."""

TrackId = str
"""Unique within a camera for ever: `<captured_at_ms of the birth frame>-<index there>`."""

Coverage = Annotated[float, Meta(ge=0.0, le=1.0)]
"""Held ms over window ms."""

COORDINATE_DECIMALS = 4
"""Decimals of 0-1 coordinates in messages."""
MEAN_DECIMALS = 4
"""Decimals of means of counts, and of coverage."""
PIXEL_DECIMALS = 2
"""Decimals of box corners, in pixels."""
SCORE_DECIMALS = 4
"""Decimals of scores."""

_ID = re.compile(ID_PATTERN)


def is_id(text: str) -> bool:
    """Whether a text can be the id of a site, camera, zone, line or rule.

    Example:
        >>> is_id("till-1"), is_id("Till 1"), is_id("-till"), is_id("a" * 64)
        (True, False, False, False)
    """
    return _ID.fullmatch(text) is not None
