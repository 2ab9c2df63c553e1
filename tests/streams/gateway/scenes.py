"""Sources made of nothing, for tests."""

from collections.abc import Iterator

import numpy as np

from streams.gateway.sources.source import CapturedFrame


class Scene:
    """A source of black images at given times."""

    interval_ms = 100
    undecodable_total = 0

    def __init__(self, times_ms: list[int], *, is_live: bool = False) -> None:
        self.is_live = is_live
        self.first_at_ms = None if is_live else times_ms[0] if times_ms else 0
        self.drawn_total = 0
        self._times_ms = times_ms

    def frames(self, after_ms: int | None) -> Iterator[CapturedFrame]:  # noqa: ARG002 - it may, and does not, leave frames out
        yield from (CapturedFrame(at_ms, self._image) for at_ms in self._times_ms)

    def close(self) -> None:
        pass

    def _image(self) -> np.ndarray:
        self.drawn_total += 1
        return np.zeros((6, 8, 3), np.uint8)
