"""One camera's frames from its source to the wire: skip, limit the rate, number, encode.

In: a source. Out: records of `frames`, one per call, in capture order. Runs in a thread of its own;
it reads no clock and knows no Kafka.
"""

import threading
from dataclasses import dataclass

from schemas.frames import MAX_FRAME_BYTES, FrameHeaders
from streams.gateway.cameras import GatewayCamera
from streams.gateway.counters import Counters, Fate
from streams.gateway.encoding import Encoder
from streams.gateway.errors import SourceError
from streams.gateway.rate_limit import RateLimit
from streams.gateway.sources.source import CapturedFrame, Source


@dataclass(frozen=True, slots=True)
class WireFrame:
    """One record of `frames`."""

    headers: FrameHeaders
    value: bytes
    """The JPEG; empty for an end."""


@dataclass(frozen=True, slots=True)
class Play:
    """What one play of a source needs to know."""

    camera: GatewayCamera
    run: int
    """The play's run, ms since the epoch."""
    newest: FrameHeaders | None
    """The camera's newest record of an earlier play; frames must be later."""
    encoder: Encoder
    rate_limit_hz: float | None


class Capture:
    """The frames of one play, one after the other."""

    def __init__(self, source: Source, play: Play) -> None:
        self.counters = Counters()
        self._source = source
        self._play = play
        self._limit = RateLimit(play.rate_limit_hz)
        self._after_ms = play.newest.captured_at_ms if play.newest else None
        self._frames = source.frames(self._after_ms)
        self._seq = 0
        self._last = play.newest
        self._last_at_ms: int | None = None
        self._is_stopped = threading.Event()
        self._is_ended = False

    def stop(self) -> None:
        """Makes `next_frame` give None from the next frame of the source on; for other threads."""
        self._is_stopped.set()

    def next_frame(self) -> WireFrame | None:
        """The next record to send, or None after the last.

        A source that ends by itself gives its end as the last record; a live one, or one that is
        stopped, has none.

        Raises:
            SourceError: If the source breaks, or ends without a single frame.
        """
        for captured in self._frames:
            self.counters.set(Fate.UNDECODABLE, self._source.undecodable_total)
            if self._is_stopped.is_set():
                return None
            frame = self._sendable(captured)
            if frame is not None:
                return frame
        if self._is_ended or self._source.is_live or self._is_stopped.is_set():
            return None
        self._is_ended = True
        return WireFrame(self._end(), b"")

    def _sendable(self, captured: CapturedFrame) -> WireFrame | None:
        self._last_at_ms = captured.captured_at_ms
        # Asked first, so that a resumed play passes the same frames as one never interrupted.
        is_admitted = self._limit.admits(captured.captured_at_ms)
        if self._after_ms is not None and captured.captured_at_ms <= self._after_ms:
            self.counters.add(Fate.SKIPPED)
            return None
        seq = self._seq
        self._seq += 1
        self.counters.add(Fate.CAPTURED)
        if not is_admitted:
            self.counters.add(Fate.RATE_LIMITED)
            return None
        return self._encoded(captured, seq)

    def _encoded(self, captured: CapturedFrame, seq: int) -> WireFrame | None:
        image = self._play.encoder.encode(captured.image())
        if len(image.jpeg) > MAX_FRAME_BYTES:
            self.counters.add(Fate.TOO_LARGE)
            return None
        self._last = self._headers(captured.captured_at_ms, seq, size=(image.width, image.height))
        return WireFrame(self._last, image.jpeg)

    def _end(self) -> FrameHeaders:
        if self._last is None or self._last_at_ms is None:
            camera = self._play.camera
            raise SourceError(f"camera {camera}: {camera.uri}: expected a frame to send, got none")
        # One interval after the last frame captured: so long that frame holds.
        at_ms = self._last_at_ms + self._source.interval_ms
        if self._after_ms is not None:
            at_ms = max(at_ms, self._after_ms + 1)
        size = (self._last.width, self._last.height)
        return self._headers(at_ms, self._seq, size=size, is_end=True)

    def _headers(
        self, at_ms: int, seq: int, *, size: tuple[int, int], is_end: bool = False
    ) -> FrameHeaders:
        width, height = size
        return FrameHeaders(
            site=self._play.camera.site,
            camera=self._play.camera.camera,
            captured_at_ms=at_ms,
            seq=seq,
            width=width,
            height=height,
            run=self._play.run,
            is_end=is_end,
        )
