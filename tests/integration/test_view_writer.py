"""The view writer on a real broker and a real PostgreSQL: rows are the last values, always."""

import asyncio
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from faust.types import TP
from sqlalchemy import create_engine, inspect, make_url, select, text

from schemas import codec
from schemas.health import HealthPart, HealthRecord
from schemas.sites import SiteRecord
from schemas.tables import TABLE_OF, row_of
from schemas.topics import HEALTH, RESULT_TOPICS, SITES
from streams.adapters.offsets import Source
from streams.adapters.results import Incoming, Outgoing, PartitionWriter, outgoing
from streams.adapters.views import Move, Row, ViewStore
from streams.agents.views import ViewWriter
from streams.errors import PositionMovedError, UnfitRowError
from streams.settings import ViewSettings
from tests.integration.bus import SITES as SITE_NAMES
from tests.integration.bus import WITHIN_S, Bus, computed, site_log

pytestmark = pytest.mark.stack

TOPIC_OF = {topic.name: topic for topic in RESULT_TOPICS}
RESULTS = [
    Outgoing(TOPIC_OF[name], key, value)
    for (name, key), value in computed(site_log(SITE_NAMES[0])).items()
]
HEALTHY = HealthRecord(
    site="store",
    camera="door",
    part=HealthPart.GATEWAY,
    since_ms=1,
    at_ms=2,
    counters={"sent": 3},
    newest_at_ms=None,
    newest_age_ms=None,
    rate_hz=None,
)
ALONE = SiteRecord(
    site="store",
    layout_version=1,
    window_start_ms=0,
    window_end_ms=60_000,
    coverage=0.5,
    entry_total=1,
    exit_total=0,
    person_ms=None,
    cameras_seen=1,
    cameras_total=2,
    complete=False,
)
BOTH = replace(ALONE, coverage=1.0, entry_total=3, cameras_seen=2, complete=True)


class Database:
    """A database of one test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT")

    def rows(self, name: str) -> list[dict[str, object]]:
        with self._engine.connect() as connection:
            if not inspect(connection).has_table(name):
                return []
            found = connection.execute(select(TABLE_OF[name])).mappings()
            return [{str(column): value for column, value in row.items()} for row in found]

    def count(self) -> int:
        return sum(len(self.rows(topic.name)) for topic in RESULT_TOPICS)

    def run(self, statement: str, **values: object) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement), values)

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture
def server(postgres: str) -> Iterator[Database]:
    server = Database(postgres)
    yield server
    server.close()


@pytest.fixture
def database(server: Database) -> Iterator[Database]:
    name = f"t{uuid.uuid4().hex[:12]}"
    server.run(f"CREATE DATABASE {name}")
    own = make_url(server.url).set(database=name).render_as_string(hide_password=False)
    database = Database(own)
    yield database
    database.close()
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


async def test_rows_are_the_last_values_of_the_topics(kafka, tmp_path, database):
    async with Bus.open(kafka, 1, tmp_path) as bus:
        await _write(bus, [*_stale(RESULTS), *RESULTS, outgoing(HEALTHY)])
        with bus.workers("views", part="views", database_url=database.url):
            await _until(lambda: database.count() == len(RESULTS) and database.rows(HEALTH.name))
    assert _stored(database) == _expected(RESULTS)
    assert database.rows(HEALTH.name) == [row_of(HEALTHY)]


async def test_writer_killed_in_the_middle_and_started_again_stores_the_same(
    kafka, tmp_path, database
):
    views = {"part": "views", "database_url": database.url, "instance_id": "views"}
    async with Bus.open(kafka, 1, tmp_path) as bus:
        await _write(bus, RESULTS[:60])
        with bus.workers("views", **views, batch_events="1", batch_within_ms="10") as (writer,):
            await _until(lambda: database.count() >= 5)
            writer.kill()
            writer.wait()
        await _write(bus, RESULTS[60:])
        with bus.workers("views", **views):
            await _until(lambda: database.count() == len(RESULTS))
    assert _stored(database) == _expected(RESULTS)


async def test_database_that_is_away_for_a_while_is_waited_for(kafka, tmp_path, server, database):
    name = make_url(database.url).database
    async with Bus.open(kafka, 1, tmp_path) as bus:
        with bus.workers("views", part="views", database_url=database.url):
            await _write(bus, RESULTS[:20])
            await _until(lambda: database.count() == 20)
            database.close()
            server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            server.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name",
                name=name,
            )
            await _write(bus, RESULTS[20:])
            await _until(lambda: "does not answer" in (tmp_path / "views.log").read_text())
            server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            await _until(lambda: database.count() == len(RESULTS))
    assert _stored(database) == _expected(RESULTS)


async def test_emptied_database_fills_again_from_the_log(kafka, tmp_path, server, database):
    name = make_url(database.url).database
    async with Bus.open(kafka, 1, tmp_path) as bus:
        await _write(bus, RESULTS)
        for _ in range(2):
            with bus.workers("views", part="views", database_url=database.url):
                await _until(lambda: database.count() == len(RESULTS))
            database.close()
            server.run(f"DROP DATABASE {name} WITH (FORCE)")
            server.run(f"CREATE DATABASE {name}")


async def test_message_the_database_cannot_hold_goes_to_dead_and_the_others_are_stored(
    kafka, tmp_path, database
):
    async with Bus.open(kafka, 1, tmp_path) as bus:
        bad = [
            Outgoing(HEALTH, b"not JSON", b"{"),
            outgoing(replace(HEALTHY, camera="beyond", at_ms=2**63)),
            outgoing(replace(HEALTHY, camera="before", since_ms=2**63 + 1)),
        ]
        good = [outgoing(replace(HEALTHY, camera=f"c{number}")) for number in range(9)]
        await _write(bus, [*good[:3], bad[0], *good[3:6], bad[1], bad[2], *good[6:]])
        with bus.workers("views", part="views", database_url=database.url):
            await _until(lambda: len(database.rows(HEALTH.name)) == len(good))
            await bus.until(lambda: len(bus.dead) == len(bad))
        assert {letter.offset for letter in bus.dead} == {3, 7, 8}


class OvertakenStore(ViewStore):
    """A store whose caller sleeps once a row was refused, while another writer moves on."""

    def __init__(self, url: str, overtake: Callable[[], None]) -> None:
        super().__init__(url)
        self._overtake = overtake

    def write(self, rows: Mapping[str, Sequence[Row]], moves: Sequence[Move]) -> None:
        try:
            super().write(rows, moves)
        except UnfitRowError:
            self._overtake()
            raise


async def test_writer_that_wakes_up_in_a_batch_with_a_bad_row_sets_no_row_back(
    kafka, tmp_path, database
):
    newer = replace(HEALTHY, at_ms=9, counters={"sent": 9})
    async with Bus.open(kafka, 1, tmp_path) as bus:
        settings = ViewSettings.load(
            kafka=kafka, topic_prefix=bus.settings.topic_prefix, database_url=database.url
        )
        source = Source(bus.settings.topic_name(HEALTH), 0)

        def overtake() -> None:
            other.write({HEALTH.name: [row_of(newer)]}, [Move(source, 0, 3)])

        other, store = ViewStore(database.url), OvertakenStore(database.url, overtake)
        writer = ViewWriter(settings, store)
        await writer.recover({TP(*source)})
        bad = replace(HEALTHY, camera="beyond", at_ms=2**63)
        with pytest.raises(PositionMovedError):
            await writer.absorb(
                Incoming(*source, offset, b"", codec.encode(message))
                for offset, message in enumerate([HEALTHY, bad])
            )
        other.close()
        store.close()
    assert database.rows(HEALTH.name) == [row_of(newer)]


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one after the other"])
async def test_window_of_a_site_is_never_set_back_to_fewer_cameras(
    kafka, tmp_path, database, together
):
    async with Bus.open(kafka, 1, tmp_path) as bus:
        replayed = [outgoing(ALONE), outgoing(HEALTHY)]
        with bus.workers("views", part="views", database_url=database.url):
            await _write(bus, [outgoing(ALONE), outgoing(BOTH), *(replayed if together else ())])
            await _until(lambda: database.rows(SITES.name) == [row_of(BOTH)])
            await _write(bus, () if together else replayed)
            await _until(lambda: database.rows(HEALTH.name))
    assert database.rows(SITES.name) == [row_of(BOTH)]


def _stale(records: Iterable[Outgoing]) -> list[Outgoing]:
    """The same windows as they were said before: less covered."""
    found = []
    for record in records:
        message = codec.decode(record.value, record.topic.message_type)
        if hasattr(message, "coverage"):
            found.append(outgoing(replace(message, coverage=0.0)))
    return found


def _stored(database: Database) -> dict[str, list[str]]:
    return {name: sorted(map(repr, map(_plain, database.rows(name)))) for name in TOPIC_OF}


def _expected(records: Iterable[Outgoing]) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {name: [] for name in TOPIC_OF}
    for record in records:
        message = codec.decode(record.value, record.topic.message_type)
        rows[record.topic.name].append(repr(_plain(row_of(message))))
    return {name: sorted(some) for name, some in rows.items()}


def _plain(row: dict[str, object]) -> object:
    """A row as JSON has it: tuples are lists there."""
    return codec.parse(codec.encode(row))


async def _write(bus: Bus, records: Iterable[Outgoing]) -> None:
    writer = await PartitionWriter.claim(bus.settings, 0)
    await writer.write(records)
    await writer.close()


async def _until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not is_so():
            await asyncio.sleep(0.1)
