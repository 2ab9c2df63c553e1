"""What a source of frames is: an iterator over images with event times, and what it promises.

An image is asked for only when its frame is sent: a source that must convert or draw it saves that
for frames the rate limit drops.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""`(height, width, 3)` BGR, upright."""


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """One image at one event time."""

    captured_at_ms: int
    """Event time, ms since the epoch, UTC."""
    image: Callable[[], Image]
    """Gives the pixels; valid until the next frame is taken from the source."""


class Source(Protocol):
    """One camera's frames.

    `frames` gives them with strictly increasing `captured_at_ms`, blocking as long as it needs.
    """

    is_live: bool
    """Whether it goes on without us: what is not taken in time is gone, and it has no own end."""
    first_at_ms: int | None
    """Event time of its first frame, ms since the epoch; null for a live one."""
    interval_ms: int
    """Nominal time between two frames, ms; so far after its last a finite source ends."""
    undecodable_total: int
    """Pieces of input that gave no image so far."""

    def frames(self, after_ms: int | None) -> Iterator[CapturedFrame]:
        """The frames, oldest first.

        Args:
            after_ms: Frames at or before this event time are not needed: the source may leave them
                out, and the caller must expect them all the same.
        """
        ...

    def close(self) -> None:
        """Gives back what it holds; `frames` is not used afterwards."""
        ...
