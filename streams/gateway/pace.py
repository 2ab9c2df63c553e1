"""How long to hold a frame back so that a file plays at its own speed, or a multiple of it. Pure.

A source that had to wait (the broker was down) catches up as fast as it goes.
"""

import math


class Pace:
    """The schedule of one play; it starts with the first frame it is asked about."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._start: tuple[int, float] | None = None

    def delay_ms(self, captured_at_ms: int, *, now_ms: float) -> float:
        """How long from now the frame is due, ms; 0 if it is late.

        Args:
            captured_at_ms: The frame's event time.
            now_ms: A monotonic clock.

        Example:
            >>> pace = Pace(speed=2.0)
            >>> [pace.delay_ms(at_ms, now_ms=50.0) for at_ms in (1000, 1400)]
            [0.0, 200.0]
        """
        if self._start is None:
            self._start = (captured_at_ms, now_ms)
        if math.isinf(self._speed):
            return 0.0
        first_at_ms, started_ms = self._start
        return max(0.0, started_ms + (captured_at_ms - first_at_ms) / self._speed - now_ms)
