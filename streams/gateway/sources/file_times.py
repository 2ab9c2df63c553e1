"""Event times of a file's frames: which of its time stamps to believe, and how they rise.

Decoded frames come in the order they are shown in, but their presentation times may not: AVI stores
none, and with B-frames those made up from the decoding order jump back and forth. So the first
frames decide once which kind of stamp rises, and the whole file is read by it.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise


class Stamp(StrEnum):
    """Which stamp of a decoded frame is its time."""

    PTS = "pts"
    """Presentation time: what it is for."""
    DTS = "dts"
    """Decoding time of the packet that completed the frame."""
    COUNT = "count"
    """None: frames lie one nominal interval apart."""


def trusted_stamp(pts: Sequence[int | None], dts: Sequence[int | None]) -> Stamp:
    """The first kind of stamp that every frame has and that strictly rises from frame to frame.

    Args:
        pts: Presentation times of the file's first frames, in the order they are shown in.
        dts: Decoding times of the same frames.

    Example:
        >>> trusted_stamp([1, 4, 3, 5], [2, 3, 4, 5])
        <Stamp.DTS: 'dts'>
        >>> trusted_stamp([0, 0], [None, None])
        <Stamp.COUNT: 'count'>
    """
    if _rises(pts):
        return Stamp.PTS
    return Stamp.DTS if _rises(dts) else Stamp.COUNT


def _rises(stamps: Sequence[int | None]) -> bool:
    known = [stamp for stamp in stamps if stamp is not None]
    return len(known) == len(stamps) and all(later > earlier for earlier, later in pairwise(known))


class RisingTimes:
    """Turns the times of a file's frames into strictly rising ms since its first frame."""

    def __init__(self, interval_ms: float) -> None:
        self._interval_ms = interval_ms
        self._first_ms: float | None = None
        self._last_ms: int | None = None

    def next_ms(self, stamp_ms: float | None) -> int:
        """Time of the next frame.

        A missing stamp means one interval after the last frame; one that does not rise, 1 ms.

        Args:
            stamp_ms: The frame's own time on the file's clock, ms.

        Example:
            >>> times = RisingTimes(100.0)
            >>> [times.next_ms(stamp) for stamp in (1400.0, 1500.4, None, 1550.0, 1700.0)]
            [0, 100, 200, 201, 300]
        """
        if self._last_ms is None:
            self._first_ms, self._last_ms = stamp_ms, 0
            return 0
        if stamp_ms is None or self._first_ms is None:
            at_ms = self._last_ms + round(self._interval_ms)
        else:
            at_ms = round(stamp_ms - self._first_ms)
        self._last_ms = max(at_ms, self._last_ms + 1)
        return self._last_ms
