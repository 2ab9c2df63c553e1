"""Frames to batches to boxes: what is ready when a slot is free runs next, together.

A batch is cut when the device can take it, never by a timer: under load batches grow by
themselves, without load a frame waits for nothing. Two batches are in flight, so that one is
ready when the other is done; one thread runs them, as ONNX Runtime wants it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from schemas.errors import FrameRejected, RejectReason
from serve.errors import DetectorDown
from serve.inference.boxes import Boxes

T = TypeVar("T")
"""A frame as `infer` takes it."""

SLOT_COUNT = 2
"""Batches in flight."""

_log = logging.getLogger(__name__)


class Batcher(Generic[T]):
    """Runs `infer` on batches; belongs to the event loop that uses it."""

    def __init__(
        self,
        infer: Callable[[Sequence[T]], Sequence[Boxes]],
        *,
        batch_size: int,
        self_test: Callable[[], None],
    ) -> None:
        """Start no batch yet.

        Args:
            infer: Gives the boxes of each frame, same length and order; runs in a thread.
            batch_size: Most frames of one batch.
            self_test: Raises if the device is broken; asked when a frame fails alone.
        """
        self._infer = infer
        self._self_test = self_test
        self._batch_size = batch_size
        self._waiting: deque[tuple[T, asyncio.Future[Boxes]]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="infer")

    async def boxes(self, frame: T) -> Boxes:
        """The boxes of one frame.

        Raises:
            FrameRejected: If the model fails on this frame, alone, and works on others.
            DetectorDown: If the model fails on every frame.
        """
        future: asyncio.Future[Boxes] = asyncio.get_running_loop().create_future()
        self._waiting.append((frame, future))
        self._fill_slots()
        return await future

    def close(self) -> None:
        """Start no further batch; one that runs ends in its thread and is not waited for."""
        self._waiting.clear()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _fill_slots(self) -> None:
        while self._waiting and len(self._running) < SLOT_COUNT:
            count = min(self._batch_size, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            task = asyncio.create_task(self._run(batch))
            self._running.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            self._fill_slots()

    async def _run(self, batch: list[tuple[T, asyncio.Future[Boxes]]]) -> None:
        # Frames whose partition was taken away meanwhile need no answer.
        batch = [(frame, future) for frame, future in batch if not future.done()]
        if not batch:
            return
        loop = asyncio.get_running_loop()
        frames = [frame for frame, _ in batch]
        results = await loop.run_in_executor(self._thread, self._each, frames)
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Boxes):
                future.set_result(result)
            else:
                future.set_exception(result)

    def _each(self, frames: list[T]) -> list[Boxes | Exception]:
        try:
            found = self._infer(frames)
            if len(found) != len(frames):
                raise ValueError(f"infer: expected {len(frames)} results, got {len(found)}")
            return list(found)
        except Exception as error:  # whatever a model raises, only its frame may suffer
            if len(frames) == 1:
                return [self._verdict(error)]
        half = len(frames) // 2
        return self._each(frames[:half]) + self._each(frames[half:])

    def _verdict(self, error: Exception) -> Exception:
        try:
            self._self_test()
        except Exception as broken:
            down = DetectorDown(f"the model fails on every image: {broken}; check the device")
            down.__cause__ = broken
            return down
        _log.warning("the model fails on one frame: %s", error)
        return FrameRejected(RejectReason.INFERENCE_FAILED, f"model: {str(error)[:200]}")
