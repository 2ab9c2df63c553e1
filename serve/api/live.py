"""The present of every site, from the `live` topic to whoever watches.

In: `live` records. Out: the newest bytes per site, and a wake-up for each watcher. A slow watcher
misses records and never delays others: only the newest matters. Every replica of the API reads the
whole topic.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from schemas.codec import decode, encode
from schemas.errors import MessageError
from schemas.live import LiveRecord
from schemas.topics import LIVE
from serve.api.present import SiteNow
from serve.api.settings import ApiSettings

logger = logging.getLogger(__name__)

RETRY_S = 2.0
"""Pause before the broker is asked again."""
SILENT_AFTER_S = 20.0
"""Silence after which a record is no longer the present."""
MAX_SITES = 10_000
"""Most sites whose present is kept; the one that spoke longest ago is forgotten first."""


class Heard(NamedTuple):
    """A site's newest record."""

    payload: bytes
    """As it is sent on."""
    now: SiteNow
    """As the list of sites shows it."""
    at_s: float
    """When it came, by the clock of `time.monotonic`."""


class LiveFeed:
    """The newest `live` record of each site; one consumer for all watchers."""

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._newest: dict[str, Heard] = {}
        # A site's entry goes with its last watcher.
        self._watchers: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self.is_connected = False

    def start(self) -> None:
        """Begin to read, on the running loop; the broker may come later."""
        self._task = asyncio.create_task(self._read_for_ever())

    async def stop(self) -> None:
        """End reading."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def present(self) -> list[SiteNow]:
        """The present of every site heard of within `SILENT_AFTER_S`, by id."""
        since_s = time.monotonic() - SILENT_AFTER_S
        heard = [one.now for one in self._newest.values() if one.at_s >= since_s]
        return sorted(heard, key=lambda one: one.site)

    async def watch(self, site: str, *, patience_s: float) -> AsyncIterator[bytes | None]:
        """The site's records as they come, the newest known first; None after each silence.

        Args:
            site: Id of the site.
            patience_s: Length of a silence.
        """
        has_news = asyncio.Event()
        self._watchers[site].add(has_news)
        try:
            if site in self._newest:
                yield self._newest[site].payload
            while True:
                try:
                    await asyncio.wait_for(has_news.wait(), patience_s)
                except TimeoutError:
                    yield None
                    continue
                has_news.clear()
                yield self._newest[site].payload
        finally:
            self._watchers[site].discard(has_news)
            if not self._watchers[site]:
                del self._watchers[site]

    async def _read_for_ever(self) -> None:
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as error:
                logger.warning("live: the broker does not answer, trying again: %s", error)
            finally:
                self.is_connected = False
            await asyncio.sleep(RETRY_S)

    async def _read(self) -> None:
        # Without a group every replica gets every partition, from its end: the past is not live.
        consumer = AIOKafkaConsumer(
            self._settings.topic_name(LIVE),
            bootstrap_servers=self._settings.kafka,
            auto_offset_reset="latest",
            metadata_max_age_ms=30_000,
        )
        try:
            await consumer.start()
            # Only when each partition's end is known does nothing pass by unseen.
            for partition in consumer.assignment():
                await consumer.position(partition)
            self.is_connected = True
            async for record in consumer:
                self._absorb(record.value)
        finally:
            await consumer.stop()

    def _absorb(self, payload: bytes | None) -> None:
        try:
            live = decode(payload or b"", LiveRecord)
        except MessageError as error:
            logger.warning("live: a record is skipped: %s", error)
            return
        self._newest.pop(live.site, None)
        self._newest[live.site] = Heard(encode(live), _now(live), time.monotonic())
        if len(self._newest) > MAX_SITES:
            del self._newest[next(iter(self._newest))]
        for has_news in self._watchers.get(live.site, ()):
            has_news.set()


def _now(live: LiveRecord) -> SiteNow:
    # Only a queue in which someone waits tells a wait.
    queues = [
        (zone.count, zone.longest_open_wait_ms)
        for camera in live.cameras
        for zone in camera.zones
        if zone.longest_open_wait_ms is not None
    ]
    return SiteNow(
        site=live.site,
        at_ms=live.at_ms,
        people_count=sum(len(camera.tracks) for camera in live.cameras),
        waiting_count=sum(count for count, _ in queues),
        longest_open_wait_ms=max((wait_ms for _, wait_ms in queues), default=None),
    )
