"""A log of detections on a real broker, real workers over it, and what they said."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas import codec
from schemas.dead import DeadRecord
from schemas.detections import Detection, LayoutMark
from schemas.layout import Camera
from schemas.partitions import site_partition
from schemas.settings import KafkaSettings
from schemas.topics import (
    DEAD,
    DETECTIONS,
    HEALTH,
    LIVE,
    RESULT_TOPICS,
    SNAPSHOTS,
    Topic,
    key_of,
)
from streams.adapters.producers import start_producer
from streams.adapters.topics import create_topics
from streams.engine import SiteEngine
from tests.scenarios.scene import Person, View, door, feed, layout, mark, square, till
from tests.tools import require

SITES = ("milano-01", "torino-07", "roma-02")
CAMERAS = ("door", "tills")
UNTIL_MS = 150_000
EVERY_MS = 200
WITHIN_S = 120.0

Message = Detection | LayoutMark
Said = dict[tuple[str, bytes], bytes]


def site_log(site: str) -> list[Message]:
    """Two cameras of one site, from its layout to their ends, as they come from one detector."""
    dice = random.Random(site)
    what = layout(
        Camera(id="door", lines=[door("entrance")], zones=[square("mat", 0.3, 0.8)]),
        Camera(id="tills", zones=till()),
        window_s=30,
    )
    films = []
    for number, camera in enumerate(CAMERAS):
        view = View(camera=camera, offset=number * 100_000)
        people = [_walker(dice) for _ in range(12)]
        films.append([*view.film(people, range(0, UNTIL_MS, EVERY_MS)), view.end(UNTIL_MS)])
    frames = [frame for pair in zip(*films, strict=True) for frame in pair]
    marked = mark(replace(what, site=site))
    return [replace(marked, site=site), *(replace(frame, site=site) for frame in frames)]


def _walker(dice: random.Random) -> Person:
    """Someone who comes in, stands at the till for a while and leaves."""
    at_ms = dice.randrange(0, UNTIL_MS - 60_000)
    height = dice.uniform(0.4, 0.85)
    path = [(at_ms, 0.05, height)]
    for x in (dice.uniform(0.25, 0.45), dice.uniform(0.55, 0.65), 0.95):
        at_ms += dice.randrange(3_000, 9_000)
        path.append((at_ms, x, height))
        at_ms += dice.randrange(1_000, 9_000)
        path.append((at_ms, x, height))
    return Person(path)


async def append_unreadable(settings: KafkaSettings, topic: Topic) -> None:
    """A record is in partition 0 of a topic of which a header's name is no UTF-8."""
    require("kcat", is_there=shutil.which("kcat") is not None, package="kcat")
    kcat = await asyncio.create_subprocess_exec(
        *("kcat", "-b", settings.kafka, "-P", "-t", settings.topic_name(topic), "-k", "stranger"),
        *("-p", "0", "-H", "caf\xe9=1".encode("latin-1"), __file__),
    )
    assert await kcat.wait() == 0


def computed(messages: Iterable[Message]) -> Said:
    """What the engine says of the log of one or more sites, by the pure core alone."""
    said: Said = {}
    by_site: dict[str, list[Message]] = {}
    for message in messages:
        by_site.setdefault(message.site, []).append(message)
    for one in by_site.values():
        said |= feed(SiteEngine(one[0].site), one).by_key()
    return said


class Bus:
    """Topics of one test on the session's broker, and all that was written to them so far."""

    def __init__(self, settings: KafkaSettings, partition_count: int, folder: Path) -> None:
        self.settings = settings
        self.partition_count = partition_count
        self._folder = folder
        self._consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
        self._sources = [
            TopicPartition(settings.topic_name(topic), partition)
            for topic in (*RESULT_TOPICS, SNAPSHOTS, DEAD, LIVE, HEALTH)
            for partition in range(partition_count)
        ]
        self._hear = {topic.name: self._hear_said for topic in RESULT_TOPICS} | {
            SNAPSHOTS.name: self._hear_snapshot,
            DEAD.name: self._hear_dead,
            LIVE.name: self._hear_live,
            HEALTH.name: self._hear_health,
        }
        self._claims: dict[int, int] = {}
        self.written: Said = {}
        self._said_total = 0
        self.dead: list[DeadRecord] = []
        self.live: dict[bytes, bytes] = {}
        self.health: dict[bytes, bytes] = {}
        self.positions: dict[int, int] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, kafka: str, partition_count: int, folder: Path) -> AsyncIterator["Bus"]:
        settings = KafkaSettings(kafka=kafka, topic_prefix=f"t{uuid.uuid4().hex[:12]}.")
        await create_topics(settings, partition_count)
        bus = cls(settings, partition_count, folder)
        await bus._consumer.start()
        bus._consumer.assign(bus._sources)
        await bus._consumer.seek_to_beginning()
        try:
            yield bus
        finally:
            await bus._consumer.stop()

    async def append(self, messages: Iterable[Message | tuple[int, bytes]]) -> None:
        """Messages, or bytes on a partition, are in `detections`."""
        producer = await start_producer(self.settings)
        topic = self.settings.topic_name(DETECTIONS)
        sent = []
        for message in messages:
            if isinstance(message, tuple):
                partition, value = message
                sent.append(await producer.send(topic, value, partition=partition))
                continue
            partition = site_partition(message.site, self.partition_count)
            value = codec.encode(message)
            sent.append(await producer.send(topic, value, key=key_of(message), partition=partition))
        await asyncio.gather(*sent)
        await producer.stop()

    async def said(self) -> Said:
        """The last value of each key of each result topic, up to now."""
        ends = await self._consumer.end_offsets(self._sources)
        while any([await self._consumer.position(one) < ends[one] for one in self._sources]):
            await self._listen()
        return dict(self.written)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Listens until something is so."""
        async with asyncio.timeout(WITHIN_S):
            while not is_so():
                await self._listen()

    async def said_at_least(self, count: int) -> None:
        """Waits until that many records were said."""
        await self.until(lambda: self._said_total >= count)

    async def has_said(self, expected: Said) -> None:
        """Waits until the last values are these, or fails with the difference."""
        try:
            await self.until(lambda: self.written == expected)
        except TimeoutError:
            assert self.written == expected, "not in time"

    async def owned_by(self, *workers: subprocess.Popen[bytes]) -> None:
        """Waits until these processes hold the partitions, each of them some."""
        pids = {worker.pid for worker in workers}
        await self.until(
            lambda: len(self._claims) == self.partition_count and set(self._claims.values()) == pids
        )

    def owns(self, worker: subprocess.Popen[bytes]) -> bool:
        """Whether a process holds a partition, as far as was heard."""
        return worker.pid in self._claims.values()

    async def _listen(self) -> None:
        fetched = await self._consumer.getmany(timeout_ms=200)
        for source, records in fetched.items():
            hear = self._hear[source.topic.removeprefix(self.settings.topic_prefix)]
            for record in records:
                hear(record)

    def _hear_said(self, record: ConsumerRecord) -> None:
        name = record.topic.removeprefix(self.settings.topic_prefix)
        self.written[name, record.key] = record.value
        self._said_total += 1

    def _hear_snapshot(self, record: ConsumerRecord) -> None:
        if record.key == b"@owner":
            self._claims[record.partition] = int(record.value.rpartition(b":")[2])
        elif record.key == b"@position":
            self.positions[record.partition] = int(record.value)

    def _hear_dead(self, record: ConsumerRecord) -> None:
        self.dead.append(codec.decode(record.value, DeadRecord))

    def _hear_live(self, record: ConsumerRecord) -> None:
        self.live[record.key] = record.value

    def _hear_health(self, record: ConsumerRecord) -> None:
        self.health[record.key] = record.value

    @contextmanager
    def workers(
        self, *names: str, part: str = "engine", **more: str
    ) -> Iterator[list[subprocess.Popen[bytes]]]:
        """Workers of one part; one that still runs at the end stops cleanly."""
        running = [self.start(part, name, **more) for name in names]
        try:
            yield running
        except BaseException:
            for worker in running:
                worker.kill()
                worker.wait()
            raise
        try:
            stop(running)
        except AssertionError as error:
            for name in names:
                error.add_note(f"{name}: {(self._folder / f'{name}.log').read_text()[-2_000:]}")
            raise

    def start(self, part: str, name: str, **more: str) -> subprocess.Popen[bytes]:
        """A worker as a process of its own; `more` are `FOOTFALL_*` settings."""
        variables = {"kafka": self.settings.kafka, "topic_prefix": self.settings.topic_prefix}
        environment = {
            f"FOOTFALL_{key.upper()}": value for key, value in (variables | more).items()
        }
        with (self._folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", _MAIN[part]],
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


_MAIN = {
    "engine": "from streams.app import run_engine as run\n"
    "from streams.settings import EngineSettings as Settings\n"
    "run(Settings.load())",
    "views": "from streams.app import run_views as run\n"
    "from streams.settings import ViewSettings as Settings\n"
    "run(Settings.load())",
}


def stop(workers: Sequence[subprocess.Popen[bytes]]) -> None:
    """Every worker that runs has stopped, cleanly."""
    running = [worker for worker in workers if worker.poll() is None]
    for worker in running:
        worker.send_signal(signal.SIGTERM)
    codes = [worker.wait(90) for worker in running]
    assert codes == [0] * len(running)
