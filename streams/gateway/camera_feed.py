"""One camera at work: its source read in a thread, its frames paced, buffered and published.

Ends when the source has ended and everything is acknowledged, or on a stop, after what was captured
until then is acknowledged. A stop sends no end: the camera goes on later.
"""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from streams.gateway.buffer import FrameBuffer
from streams.gateway.cameras import GatewayCamera
from streams.gateway.capture import Capture, WireFrame
from streams.gateway.counters import Counters, Fate
from streams.gateway.pace import Pace
from streams.gateway.publisher import BATCH_BYTES, Publisher

_log = logging.getLogger(__name__)


class CameraFeed:
    """The way of one camera's frames from its source to the broker."""

    def __init__(
        self, camera: GatewayCamera, capture: Capture, buffer: FrameBuffer, pace: Pace
    ) -> None:
        self.camera = camera
        self.newest_at_ms: int | None = None
        self._capture = capture
        self._buffer = buffer
        self._pace = pace

    @property
    def counters(self) -> Counters:
        """What became of its frames so far."""
        return self._capture.counters

    async def run(self, publisher: Publisher, stop: asyncio.Event, *, stop_timeout_ms: int) -> None:
        """Carries frames until the source ends or `stop` is set.

        Raises:
            SourceError: If the source breaks; what it gave before is published.
            PublishError: If the broker refuses frames for good.
        """
        capturing = asyncio.create_task(self._capture_all())
        sending = asyncio.create_task(self._send_all(publisher))
        stopping = asyncio.create_task(stop.wait())
        tasks = (capturing, sending, stopping)
        try:
            await asyncio.wait({sending, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self._capture.stop()
            capturing.cancel()
            await asyncio.wait({sending}, timeout=stop_timeout_ms / 1000)
        finally:
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        _log.info("%s: done: %s", self.camera, self.counters)

    async def _capture_all(self) -> None:
        loop = asyncio.get_running_loop()
        thread = ThreadPoolExecutor(1, thread_name_prefix=str(self.camera))
        try:
            while frame := await loop.run_in_executor(thread, self._capture.next_frame):
                await self._await_due(frame, now_ms=loop.time() * 1000)
                self.counters.add(Fate.DROPPED, await self._buffer.put(frame))
        finally:
            thread.shutdown(wait=False)
            await self._buffer.close()

    async def _await_due(self, frame: WireFrame, *, now_ms: float) -> None:
        delay_ms = self._pace.delay_ms(frame.headers.captured_at_ms, now_ms=now_ms)
        if delay_ms > 0:
            await asyncio.sleep(delay_ms / 1000)

    async def _send_all(self, publisher: Publisher) -> None:
        while frames := await self._buffer.take(BATCH_BYTES):
            await publisher.publish(frames)
            self.counters.add(Fate.SENT, sum(not frame.headers.is_end for frame in frames))
            self.newest_at_ms = frames[-1].headers.captured_at_ms
