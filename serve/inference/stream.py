"""One partition of `frames` while this replica owns it: many frames in work, published in order."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from serve.inference.judge import FrameJudge
from serve.inference.publisher import Publisher
from serve.inference.tallies import Meter, Tallies, cause_of
from serve.inference.verdicts import FrameRecord, Verdict


class FrameStream:
    """Frames of one partition, from its first offset here to the last acknowledged.

    State: the frames in work; all forgotten when the partition goes.
    """

    def __init__(
        self,
        judge: FrameJudge[Any],
        publisher: Publisher,
        *,
        capacity: asyncio.Semaphore,
        now_ms: Callable[[], int],
        meter: Meter,
    ) -> None:
        """Begin with no frame.

        Args:
            judge: Decides what becomes of a frame.
            publisher: Writes it.
            capacity: Frames in work over all partitions; one is taken before `add`, and given back
                here when the frame is published or dropped.
            now_ms: Processing time, for the tallies alone.
            meter: Counts frames by cause.
        """
        self.tallies = Tallies()
        self.position: int | None = None
        """The next offset behind everything published and acknowledged, without a gap."""
        self.is_open = True
        """Whether it takes further frames."""
        self.next_offset: int | None = None
        """The offset behind the last frame added."""
        self.published_total = 0
        """Frames published and acknowledged."""
        self._judge = judge
        self._publisher = publisher
        self._capacity = capacity
        self._now_ms = now_ms
        self._meter = meter
        self._in_work: deque[tuple[FrameRecord, asyncio.Task[Verdict]]] = deque()
        self._added = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()

    @property
    def in_work_count(self) -> int:
        """Frames added and not yet published."""
        return len(self._in_work)

    def add(self, record: FrameRecord) -> None:
        """Begin work on a frame; offsets rise."""
        self.next_offset = record.offset + 1
        task = asyncio.create_task(self._judge.verdict(record))
        self._in_work.append((record, task))
        self._emptied.clear()
        self._added.set()

    async def publish_in_order(self) -> None:
        """Publish frames as they are decided, in the order of their offsets, for ever.

        Raises:
            DetectorDown: If the model or the broker fails.
        """
        while True:
            while not self._in_work:
                self._emptied.set()
                self._added.clear()
                await self._added.wait()
            await asyncio.wait([self._in_work[0][1]])
            await self._publish_decided()

    async def drain(self, *, timeout_s: float) -> None:
        """Take no further frame; wait until those in work are published, at most so long."""
        self.is_open = False
        try:
            await asyncio.wait_for(self._emptied.wait(), timeout_s)
        except TimeoutError:
            return

    def drop(self) -> None:
        """Take no further frame, forget those in work: whoever comes next reads them again."""
        self.is_open = False
        for _, task in self._in_work:
            task.cancel()
        self._release(len(self._in_work))
        self._in_work.clear()

    async def _publish_decided(self) -> None:
        decided = []
        for record, task in self._in_work:
            if not task.done():
                break
            decided.append((record, task.result()))
        await self._publisher.publish([verdict for _, verdict in decided])
        for record, verdict in decided:
            self._in_work.popleft()
            self.position = record.offset + 1
            self._meter(cause_of(verdict), 1)
            if verdict.detection is not None:
                self.tallies.count(verdict.detection, now_ms=self._now_ms())
        self.published_total += len(decided)
        self._release(len(decided))

    def _release(self, count: int) -> None:
        for _ in range(count):
            self._capacity.release()
