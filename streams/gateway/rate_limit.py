"""At most so many frames per second of event time, as evenly as the camera gives them. Pure.

A quarter of an interval early is still on time: a camera that gives exactly the allowed rate, with
times rounded to ms or a little uneven, loses nothing, and in the long run no more than the rate
passes.
"""

_EARLY_FRACTION = 0.25


class RateLimit:
    """Says frame by frame whether it passes.

    Example:
        >>> limit = RateLimit(5.0)
        >>> [at_ms for at_ms in range(0, 1000, 100) if limit.admits(at_ms)]
        [0, 200, 400, 600, 800]
    """

    def __init__(self, rate_hz: float | None) -> None:
        self._interval_ms = 0.0 if rate_hz is None else 1000 / rate_hz
        self._due_ms: float | None = None

    def admits(self, at_ms: int) -> bool:
        """Whether the frame of this event time passes; times rise from call to call."""
        if self._due_ms is None:
            self._due_ms = float(at_ms)
        late_ms = at_ms - self._due_ms
        if late_ms < -_EARLY_FRACTION * self._interval_ms:
            return False
        self._due_ms = (at_ms if late_ms >= self._interval_ms else self._due_ms) + self._interval_ms
        return True
