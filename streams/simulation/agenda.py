"""Decisions in order of time: what is put on the agenda falls due at its instant."""

import heapq
from collections.abc import Callable


class Agenda:
    """A heap of decisions; `now_ms` is the instant of the one being made."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self._entries: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, at_ms: float, decide: Callable[[], None]) -> None:
        """Puts a decision on the agenda; those of one instant fall in the order they were put."""
        self._count += 1
        heapq.heappush(self._entries, (max(at_ms, self.now_ms), self._count, decide))

    def run(self, count: int) -> bool:
        """Makes the next decisions, also those that follow from them; whether any are left."""
        for _ in range(count):
            if not self._entries:
                return False
            self.now_ms, _, decide = heapq.heappop(self._entries)
            decide()
        return True
