"""The view agent: what the engine said, health and layouts in; rows of the view store out.

The positions are kept in the database with the rows, so a batch that was not committed there is
read again. A database that is down is waited for: nothing is lost, and the log says so.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import faust
from aiokafka.errors import KafkaError
from faust.types import TP, StreamT

from schemas import codec
from schemas.errors import FootfallError, MessageError, Outcome
from schemas.sites import SiteRecord
from schemas.tables import VIEWED_TOPICS, row_of
from schemas.topics import key_of, topic_of
from streams.adapters.offsets import Source, offset_ranges
from streams.adapters.producers import start_producer
from streams.adapters.results import Incoming, dead_letter
from streams.adapters.views import Move, Row, ViewStore
from streams.agents.worker import batches, create_app, incoming, whole_or_stop
from streams.errors import BrokerError, UnfitRowError, ViewStoreError
from streams.settings import ViewSettings

logger = logging.getLogger(__name__)

T = TypeVar("T")
"""What the view store returns."""
Said = tuple[Incoming, object]
"""A record and the message it holds."""

_NEVER = sys.maxsize


class ViewWriter:
    """Fills the view store from the partitions assigned to this worker."""

    def __init__(self, settings: ViewSettings, store: ViewStore) -> None:
        self._settings = settings
        self._store = store
        self._types = {
            settings.topic_name(topic): topic.message_type
            for topic in VIEWED_TOPICS
            if topic.message_type is not None
        }
        self._stored: dict[Source, int] = {}
        self._next: dict[Source, int] = {}

    async def recover(self, assigned: set[TP]) -> None:
        """The tables exist, and the positions of the assigned partitions are the database's."""
        sources = [Source(tp.topic, tp.partition) for tp in assigned]
        await self._until_answered(self._store.create_tables)
        self._stored = await self._until_answered(lambda: self._store.positions(sources))
        held = await offset_ranges(self._settings, sources)
        # A position beyond the end belongs to a log that is gone: this one is read from its start.
        self._next = {
            source: at if at <= held[source].stop else 0 for source, at in self._stored.items()
        }
        logger.info("views: goes on in %d partitions", len(sources))

    async def release(self) -> None:
        """No partition is held."""
        self._stored, self._next = {}, {}

    def positions(self) -> Mapping[TP, int]:
        """Next offset to read of every partition held."""
        return {TP(*source): at for source, at in self._next.items()}

    async def absorb(self, records: Iterable[Incoming]) -> None:
        """The records are rows of the view store; what is no message is in `dead`.

        Records read before, or of partitions no longer held, change nothing.
        """
        fresh = [
            record for record in records if record.offset >= self._next.get(_source(record), _NEVER)
        ]
        said, dead = self._decoded(fresh)
        await self._bury(dead)
        if fresh:
            ends = _ends(fresh)
            moves = [Move(source, self._stored[source], end) for source, end in ends.items()]
            await self._store_said(said, moves)
            self._stored |= ends
            self._next |= ends

    async def _store_said(self, said: Sequence[Said], moves: Sequence[Move]) -> None:
        """One transaction; what the database cannot hold is found by halving, and buried."""
        rows = _rows([message for _, message in said])
        try:
            await self._until_answered(lambda: self._store.write(rows, moves))
        except UnfitRowError as error:
            if len(said) > 1:
                middle = len(said) // 2
                # Nor may a part be written by a writer that others have overtaken meanwhile.
                stays = [move._replace(end=move.start) for move in moves]
                await self._store_said(said[:middle], stays)
                await self._store_said(said[middle:], moves)
                return
            await self._bury([(said[0][0], error)])
            await self._store_said([], moves)

    def _decoded(
        self, records: Iterable[Incoming]
    ) -> tuple[list[Said], list[tuple[Incoming, FootfallError]]]:
        said: list[Said] = []
        dead: list[tuple[Incoming, FootfallError]] = []
        for record in records:
            try:
                said.append((record, codec.decode(record.content, self._types[record.topic])))
            except MessageError as error:
                dead.append((record, error))
        return said, dead

    async def _bury(self, dead: Sequence[tuple[Incoming, FootfallError]]) -> None:
        if not dead:
            return
        letters = [dead_letter(record, error) for record, error in dead]
        logger.warning("views: %d records are no messages; the first: %s", len(dead), dead[0][1])
        producer = await start_producer(self._settings, linger_ms=0)
        try:
            for letter in letters:
                name = self._settings.topic_name(letter.topic)
                await producer.send_and_wait(name, key=letter.key, value=letter.value)
        except KafkaError as error:
            raise BrokerError(f"dead letters were not acknowledged: {error!r}") from error
        finally:
            await producer.stop()

    async def _until_answered(self, ask: Callable[[], T]) -> T:
        """What the view store returns; while it does not answer it is asked again."""
        pause_ms = self._settings.retry_after_ms
        while True:
            try:
                return await asyncio.to_thread(ask)
            except ViewStoreError as error:
                if error.outcome is not Outcome.RETRY:
                    raise
                logger.warning("%s; asked again in %.1f s", error, pause_ms / 1000)
            await asyncio.sleep(pause_ms / 1000)
            pause_ms = min(2 * pause_ms, self._settings.retry_at_most_ms)


def views_app(settings: ViewSettings) -> faust.App:
    """The Faust app of the view writer."""
    writer = ViewWriter(settings, ViewStore(settings.database_url.get_secret_value()))
    app = create_app(settings, part="views", progress=writer)
    viewed = app.topic(*map(settings.topic_name, VIEWED_TOPICS))

    @app.agent(viewed)
    async def views(stream: StreamT[bytes]) -> None:
        async for events in batches(stream, settings):
            await whole_or_stop(writer.absorb(map(incoming, events)))

    return app


def _source(record: Incoming) -> Source:
    return Source(record.topic, record.partition)


def _ends(records: Iterable[Incoming]) -> dict[Source, int]:
    """Next offset to read of each partition."""
    return {_source(record): record.offset + 1 for record in records}


def _rows(messages: Iterable[object]) -> dict[str, list[Row]]:
    """Rows by table, one per key: the last, but of a site's window the one with most cameras."""
    newest: dict[tuple[str, bytes], object] = {}
    for message in messages:
        key = (topic_of(message).name, key_of(message))
        before = newest.get(key)
        if (
            isinstance(message, SiteRecord)
            and isinstance(before, SiteRecord)
            and before.cameras_seen > message.cameras_seen
        ):
            continue
        newest[key] = message
    rows: dict[str, list[Row]] = {}
    for (name, _), message in newest.items():
        rows.setdefault(name, []).append(row_of(message))
    return rows
