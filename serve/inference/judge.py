"""From a record of `frames` to its verdict: read, shed, decode, find.

Decoding and resizing share one step in one thread, frame by frame: whole decoded images of a batch
side by side would cost a millisecond each in memory alone.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

from schemas.errors import FrameRejected, RejectReason
from schemas.frames import FrameHeaders
from serve.inference.batcher import Batcher
from serve.inference.boxes import Boxes
from serve.inference.images import Image, decode_image
from serve.inference.settings import DetectorSettings
from serve.inference.verdicts import FrameRecord, Verdict, ended, found, read_frame, rejected, shed

T = TypeVar("T")
"""A frame as the model takes it."""


class Finder(Protocol[T]):
    """What finds boxes in images; `models.Model` is the real one."""

    @property
    def label(self) -> str:
        """What a detection says about the model."""

    @property
    def names(self) -> Sequence[str]:
        """Class names by index."""

    def prepare(self, image: Image) -> T:
        """An upright BGR image as `infer` takes it; called in any thread."""

    def infer(self, frames: Sequence[T]) -> list[Boxes]:
        """The boxes of each frame in pixels of its image, clipped to it, same length and order."""

    def self_test(self) -> None:
        """Raises if nothing can be found in any image."""


class FrameJudge(Generic[T]):
    """Decides what becomes of each frame; belongs to the event loop that uses it."""

    def __init__(
        self,
        finder: Finder[T],
        settings: DetectorSettings,
        *,
        batch_size: int,
        now_ms: Callable[[], int],
    ) -> None:
        self._finder = finder
        self._max_age_ms = settings.max_frame_age_ms
        self._now_ms = now_ms
        self._threads = ThreadPoolExecutor(settings.decode_threads, thread_name_prefix="decode")
        self._batcher: Batcher[T] = Batcher(
            finder.infer, batch_size=batch_size, self_test=finder.self_test
        )

    async def verdict(self, record: FrameRecord) -> Verdict:
        """What becomes of a frame.

        Raises:
            DetectorDown: If the model fails on every frame.
        """
        try:
            frame = read_frame(record)
            if frame.is_end:
                return ended(record, frame)
            if self._is_too_old(frame):
                return shed(record, frame)
            boxes = await self._boxes(record, frame)
        except FrameRejected as error:
            return rejected(record, error)
        return found(record, frame, boxes, names=self._finder.names, model=self._finder.label)

    def close(self) -> None:
        """Begin nothing more."""
        self._batcher.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _is_too_old(self, frame: FrameHeaders) -> bool:
        if self._max_age_ms is None:
            return False
        return self._now_ms() - frame.captured_at_ms > self._max_age_ms

    async def _boxes(self, record: FrameRecord, frame: FrameHeaders) -> Boxes:
        loop = asyncio.get_running_loop()
        prepared = await loop.run_in_executor(self._threads, self._prepared, record, frame)
        return await self._batcher.boxes(prepared)

    def _prepared(self, record: FrameRecord, frame: FrameHeaders) -> T:
        image = decode_image(record.value, width=frame.width, height=frame.height)
        try:
            return self._finder.prepare(image)
        except Exception as error:  # whatever an odd image does to it, only the image may suffer
            raise FrameRejected(RejectReason.INFERENCE_FAILED, f"image: {error}") from error
