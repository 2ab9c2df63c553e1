"""The wall clock of a live source, made to rise: a clock set back turns no event time back.

Set back, it goes on with the monotonic clock from where it was; set forward, it follows.
"""

import time
from collections.abc import Callable

from streams.adapters.clock import now_ms


def _monotonic_ms() -> float:
    return time.monotonic_ns() / 1_000_000


class RisingClock:
    """Wall clock time that never steps back while it lives."""

    def __init__(
        self,
        wall_ms: Callable[[], int] = now_ms,
        monotonic_ms: Callable[[], float] = _monotonic_ms,
    ) -> None:
        self._wall_ms = wall_ms
        self._monotonic_ms = monotonic_ms
        self._last_ms = float(wall_ms())
        self._last_monotonic_ms = monotonic_ms()

    def now_ms(self) -> float:
        """Now, ms since the epoch, UTC; never less than the time it gave before."""
        monotonic_ms = self._monotonic_ms()
        carried_on_ms = self._last_ms + monotonic_ms - self._last_monotonic_ms
        self._last_ms = max(float(self._wall_ms()), carried_on_ms)
        self._last_monotonic_ms = monotonic_ms
        return self._last_ms
