"""The Detector's loop: takes its part of `frames`, publishes one detection per frame, commits.

A frame is committed only when everything up to it is acknowledged by the broker, so a crash, a
rebalance or a stop can only ever make frames come twice, and in order. Kafka's own group protocol
shares the partitions among replicas.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError

from schemas.topics import FRAMES
from serve.errors import DetectorDown
from serve.inference.batcher import SLOT_COUNT
from serve.inference.judge import Finder, FrameJudge
from serve.inference.publisher import Publisher
from serve.inference.settings import DetectorSettings
from serve.inference.stream import FrameStream
from serve.inference.tallies import LOST, Meter
from serve.inference.verdicts import FrameRecord, unreadable_record

_DRAIN_S = 5.0
_COMMIT_S = 1.0
_POLL_MS = 200
_FETCH_BYTES = 8 * 1024 * 1024

_log = logging.getLogger(__name__)


class FrameConsumer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Runs one replica's part of the frames until it is stopped.

    State: one stream per assigned partition, dropped when the partition is revoked.
    """

    def __init__(
        self,
        finder: Finder[Any],
        settings: DetectorSettings,
        *,
        batch_size: int,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        meter: Meter = lambda _cause, _count: None,
    ) -> None:
        """Take nothing yet.

        Args:
            finder: Finds boxes in images.
            settings: Of the Detector.
            batch_size: Most frames in one run of the model.
            now_ms: Processing time: for shedding and health.
            meter: Counts frames by cause.
        """
        self.started = asyncio.Event()
        """Set when it is connected and waits for partitions."""
        self._settings = settings
        self._now_ms = now_ms
        self._meter = meter
        self._publisher = Publisher(settings)
        self._judge: FrameJudge[Any] = FrameJudge(
            finder, settings, batch_size=batch_size, now_ms=now_ms
        )
        # As many again as the model holds are decoded ahead of it.
        self._capacity = asyncio.Semaphore(2 * SLOT_COUNT * batch_size)
        self._streams: dict[TopicPartition, FrameStream] = {}
        self._publishing: dict[TopicPartition, asyncio.Task[None]] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._tasks: asyncio.TaskGroup
        self._stopping = asyncio.Event()
        self._published_total = 0
        self._progress_at_s = time.monotonic()
        self._consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka,
            group_id=group_of(settings),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=[StickyPartitionAssignor],
            session_timeout_ms=10_000,
            heartbeat_interval_ms=3_000,
            rebalance_timeout_ms=30_000,
            # One fetch may hold many small frames for a slow model; `stall_ms` watches progress.
            max_poll_interval_ms=1_800_000,
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=100,
        )

    async def run(self) -> None:
        """Consume until `stop`, then publish what is in work, commit and leave the group.

        Raises:
            DetectorDown: If no broker answers, a detection cannot be written, or the model fails on
                every frame. What is not acknowledged then is not committed.
        """
        try:
            await self._publisher.start()
            async with asyncio.TaskGroup() as self._tasks:
                await self._consume_until_stopped()
        except KafkaError as error:
            raise self._no_broker(error) from error
        except ExceptionGroup as group:
            first = _first(group)
            raise (self._no_broker(first) if isinstance(first, KafkaError) else first) from group
        finally:
            self._drop(list(self._streams))
            self._judge.close()
            await self._consumer.stop()
            await self._publisher.stop()

    def stop(self) -> None:
        """Make `run` end in order."""
        self._stopping.set()

    def check(self) -> None:
        """Whether frames are waiting while nothing is published.

        Raises:
            DetectorDown: If so, for longer than `stall_ms`.
        """
        stalled_ms = (time.monotonic() - self._progress_at_s) * 1000
        if stalled_ms > self._settings.stall_ms:
            raise DetectorDown(f"nothing published for {stalled_ms / 1000:.0f} s, frames wait")

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Begin a stream for each partition that is new here."""
        if not self._stopping.is_set():
            for partition in assigned:
                self._stream(partition)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Publish what is in work if that is soon done, commit, forget the rest."""
        partitions = [partition for partition in revoked if partition in self._streams]
        streams = [self._streams[partition] for partition in partitions]
        await asyncio.gather(*[stream.drain(timeout_s=_DRAIN_S) for stream in streams])
        await self._commit()
        self._drop(partitions)

    async def _consume_until_stopped(self) -> None:
        self._consumer.subscribe([self._settings.topic_name(FRAMES)], listener=self)
        await self._consumer.start()
        feeding = self._tasks.create_task(self._feed())
        watching = [
            self._tasks.create_task(self._commit_often()),
            self._tasks.create_task(self._report_often()),
        ]
        self.started.set()
        await self._stopping.wait()
        feeding.cancel()
        await self.on_partitions_revoked(list(self._streams))
        for task in watching:
            task.cancel()

    async def _feed(self) -> None:
        while True:
            try:
                fetched = await self._consumer.getmany(timeout_ms=_POLL_MS)
            except UnicodeDecodeError:
                await self._step_over_unreadable()
                continue
            await self._take(fetched)

    async def _take(self, fetched: dict[TopicPartition, list[Any]]) -> None:
        # A stream taken now is the one these records were fetched for: if the partition goes
        # and comes back meanwhile, there is a new stream, and this one is closed.
        taken = [
            (self._stream(partition), partition, [_frame_record(record) for record in records])
            for partition, records in fetched.items()
        ]
        for stream, partition, records in taken:
            await self._count_lost(stream, partition, records[0].offset)
        for stream, record in _in_turn((stream, records) for stream, _, records in taken):
            await self._add(stream, record)

    async def _add(self, stream: FrameStream, record: FrameRecord) -> None:
        await self._capacity.acquire()
        if stream.is_open:
            stream.add(record)
        else:
            self._capacity.release()

    async def _step_over_unreadable(self) -> None:
        # A header's name that is no UTF-8 makes aiokafka raise and forget all it had fetched with
        # it: begin again behind what was taken, one record at a time, until the bad one is next.
        for partition, stream in list(self._streams.items()):
            next_offset = await self._next_offset(stream, partition)
            if next_offset is None:
                await self._consumer.seek_to_beginning(partition)
            else:
                self._consumer.seek(partition, next_offset)
        for partition in list(self._streams):
            await self._take_singly(partition)

    async def _take_singly(self, partition: TopicPartition) -> None:
        while True:
            try:
                fetched = await self._consumer.getmany(
                    partition, timeout_ms=_POLL_MS, max_records=1
                )
            except UnicodeDecodeError:
                offset = await self._consumer.position(partition)
                _log.warning("%s: the record at %d cannot be read", partition, offset)
                await self._add(
                    self._stream(partition),
                    unreadable_record(partition.topic, partition.partition, offset),
                )
                self._consumer.seek(partition, offset + 1)
                return
            if not fetched:
                return
            await self._take(fetched)

    def _stream(self, partition: TopicPartition) -> FrameStream:
        if partition not in self._streams:
            stream = FrameStream(
                self._judge,
                self._publisher,
                capacity=self._capacity,
                now_ms=self._now_ms,
                meter=self._meter,
            )
            self._streams[partition] = stream
            self._publishing[partition] = self._tasks.create_task(stream.publish_in_order())
        return self._streams[partition]

    async def _count_lost(
        self, stream: FrameStream, partition: TopicPartition, first_offset: int
    ) -> None:
        expected = await self._next_offset(stream, partition)
        if expected is None or first_offset <= expected:
            return
        beginnings = await self._consumer.beginning_offsets([partition])
        lost_count = min(beginnings[partition], first_offset) - expected
        if lost_count > 0:
            stream.tallies.count_lost(lost_count)
            self._meter(LOST, lost_count)
            _log.warning("%s: %d frames were deleted before they were read", partition, lost_count)

    async def _next_offset(self, stream: FrameStream, partition: TopicPartition) -> int | None:
        if stream.next_offset is not None:
            return stream.next_offset
        committed: int | None = await self._consumer.committed(partition)
        return committed

    async def _commit_often(self) -> None:
        while True:
            await asyncio.sleep(_COMMIT_S)
            await self._commit()

    async def _commit(self) -> None:
        positions = {
            partition: stream.position
            for partition, stream in self._streams.items()
            if stream.position is not None and stream.position != self._committed.get(partition)
        }
        if not positions:
            return
        try:
            await self._consumer.commit(positions)
        except (KafkaError, IllegalStateError) as error:
            # The partitions are on their way to another replica: it reads these frames again.
            _log.info("not committed: %r", error)
            return
        self._committed.update(positions)

    async def _report_often(self) -> None:
        while True:
            await asyncio.sleep(self._settings.health_interval_ms / 1000)
            now_ms = self._now_ms()
            tallies = [stream.tallies for stream in self._streams.values()]
            await self._publisher.report(
                [record for one in tallies for record in one.records(now_ms=now_ms)]
            )
            await self._note_progress()

    async def _note_progress(self) -> None:
        published_total = sum(stream.published_total for stream in self._streams.values())
        if published_total != self._published_total or not await self._is_behind():
            self._progress_at_s = time.monotonic()
        self._published_total = published_total

    async def _is_behind(self) -> bool:
        if any(stream.in_work_count for stream in self._streams.values()):
            return True
        partitions = list(self._streams)
        try:
            async with asyncio.timeout(self._settings.health_interval_ms / 1000):
                ends = await self._consumer.end_offsets(partitions)
                positions = [await self._consumer.position(one) for one in partitions]
        except (KafkaError, IllegalStateError, TimeoutError):
            return True
        return any(
            ends[partition] > position
            for partition, position in zip(partitions, positions, strict=True)
        )

    def _drop(self, partitions: Iterable[TopicPartition]) -> None:
        for partition in partitions:
            if partition in self._streams:
                self._publishing.pop(partition).cancel()
                self._streams.pop(partition).drop()
                self._committed.pop(partition, None)

    def _no_broker(self, error: KafkaError) -> DetectorDown:
        return DetectorDown(
            f"kafka {self._settings.kafka}: expected a broker, got {error!r}; "
            "start one or set FOOTFALL_KAFKA"
        )


def group_of(settings: DetectorSettings) -> str:
    """The consumer group of all replicas; installations on one broker differ by topic prefix."""
    return f"{settings.topic_prefix}detector"


def _in_turn(
    batches: Iterable[tuple[FrameStream, list[FrameRecord]]],
) -> Iterator[tuple[FrameStream, FrameRecord]]:
    # One frame of each partition in turn: a long backlog in one must not hold up the others.
    rows = [[(stream, record) for record in records] for stream, records in batches]
    for row in itertools.zip_longest(*rows):
        yield from (pair for pair in row if pair is not None)


def _frame_record(record: Any) -> FrameRecord:
    return FrameRecord(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.headers,
        # Kafka knows values that are null; to the contract they are empty.
        record.value or b"",
    )


def _first(group: ExceptionGroup[Exception]) -> Exception:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
