import asyncio
import threading
from collections.abc import Sequence

import pytest

from schemas.errors import FrameRejected, RejectReason
from serve.errors import DetectorDown
from serve.inference.batcher import Batcher
from serve.inference.boxes import Boxes
from tests.serve.inference.bus import no_boxes


class Recorder:
    """A model of numbers that remembers its batches and fails on negative ones."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_run = threading.Event()
        self.may_run.set()
        self.began = threading.Event()

    def infer(self, frames: Sequence[int]) -> list[Boxes]:
        self.began.set()
        assert self.may_run.wait(60)
        self.batches.append(list(frames))
        if min(frames) < 0:
            raise ValueError("negative")
        return no_boxes(len(frames))

    def self_test(self) -> None:
        self.infer([0])


def batcher_of(recorder: Recorder, batch_size: int = 4) -> Batcher[int]:
    return Batcher(recorder.infer, batch_size=batch_size, self_test=recorder.self_test)


async def test_frames_that_wait_for_a_slot_run_together() -> None:
    recorder = Recorder()
    recorder.may_run.clear()
    batcher = batcher_of(recorder)
    frames = [asyncio.ensure_future(batcher.boxes(number)) for number in range(12)]
    await asyncio.to_thread(recorder.began.wait, 60)
    recorder.may_run.set()
    await asyncio.gather(*frames)
    # Two slots were free when the first two came; the others waited.
    assert recorder.batches == [[0], [1], [2, 3, 4, 5], [6, 7, 8, 9], [10, 11]]


async def test_poison_frame_is_rejected_and_its_batch_is_not() -> None:
    recorder = Recorder()
    recorder.may_run.clear()
    batcher = batcher_of(recorder, batch_size=8)
    numbers = [1, 2, 3, 4, -5, 6, 7, 8, 9, 10]
    frames = [asyncio.ensure_future(batcher.boxes(number)) for number in numbers]
    await asyncio.to_thread(recorder.began.wait, 60)
    recorder.may_run.set()
    results = await asyncio.gather(*frames, return_exceptions=True)
    poison = results[numbers.index(-5)]
    assert isinstance(poison, FrameRejected)
    assert poison.reason is RejectReason.INFERENCE_FAILED
    assert sum(isinstance(result, Boxes) for result in results) == 9


async def test_model_that_fails_on_everything_is_down() -> None:
    class Broken(Recorder):
        def infer(self, frames: Sequence[int]) -> list[Boxes]:
            raise RuntimeError(f"device lost under {len(frames)} frames")

    with pytest.raises(DetectorDown, match="device lost"):
        await batcher_of(Broken()).boxes(1)


async def test_model_that_gives_too_few_results_rejects_instead_of_shifting_them() -> None:
    class Short(Recorder):
        def infer(self, frames: Sequence[int]) -> list[Boxes]:
            return no_boxes(len(frames) - 1)

        def self_test(self) -> None:
            return

    with pytest.raises(FrameRejected, match="expected 1 results, got 0"):
        await batcher_of(Short()).boxes(1)


async def test_frame_nobody_waits_for_is_not_run() -> None:
    recorder = Recorder()
    recorder.may_run.clear()
    batcher = batcher_of(recorder, batch_size=1)
    frames = [asyncio.ensure_future(batcher.boxes(number)) for number in range(4)]
    await asyncio.to_thread(recorder.began.wait, 60)
    frames[3].cancel()
    recorder.may_run.set()
    await asyncio.wait(frames)
    assert recorder.batches == [[0], [1], [2]]
