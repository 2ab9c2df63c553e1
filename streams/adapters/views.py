"""The view store: rows by key in PostgreSQL, and with them the position up to which they were read.

Rows and positions change in one transaction, and only from the position they were at. So a row is
neither lost nor set back, whoever is killed or wakes up when; and an emptied database fills again
from the log by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError

from schemas import tables
from schemas.store import store_url
from schemas.topics import SITES
from streams.adapters.offsets import Source
from streams.errors import PositionMovedError, UnfitRowError, ViewStoreError

_CONNECT_TIMEOUT_S = 5
_SILENT_FOR_AT_MOST_MS = 20_000
_CREATING = 0x466F6F74  # any number: names the lock under which tables are created

_metadata = MetaData()
_positions = Table(
    "view_positions",
    _metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("position", BigInteger, nullable=False),
)


class Move(NamedTuple):
    """How far a partition was read."""

    source: Source
    start: int
    """The position stored before."""
    end: int
    """Next offset to read."""


Row = Mapping[str, Any]


class ViewStore:
    """The tables of `schemas.tables` in one database."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            store_url(url),
            pool_pre_ping=True,
            pool_size=1,
            connect_args={
                "connect_timeout": _CONNECT_TIMEOUT_S,
                "tcp_user_timeout": _SILENT_FOR_AT_MOST_MS,
            },
        )
        self._place = self._engine.url.render_as_string(hide_password=True)

    def create_tables(self) -> None:
        """Every table exists.

        Raises:
            ViewStoreError: If the database does not answer.
        """
        with self._transaction() as connection:
            # Two writers that start together would both find a table missing.
            connection.execute(select(func.pg_advisory_xact_lock(_CREATING)))
            tables.metadata.create_all(connection)
            _metadata.create_all(connection)

    def positions(self, sources: Sequence[Source]) -> dict[Source, int]:
        """Next offset to read of each source; 0 for one never read.

        Raises:
            ViewStoreError: If the database does not answer.
        """
        with self._transaction() as connection:
            rows = connection.execute(select(_positions)).all()
        stored = {Source(row.topic, row.partition): row.position for row in rows}
        return {source: stored.get(source, 0) for source in sources}

    def write(self, rows: Mapping[str, Sequence[Row]], moves: Sequence[Move]) -> None:
        """The rows are in their tables, and the positions moved; all or nothing.

        Args:
            rows: By name of the table; no two of one key.
            moves: One per source.

        Raises:
            PositionMovedError: If a position is not where its move starts.
            UnfitRowError: If the database cannot hold one of the rows.
            ViewStoreError: If the database does not answer.
        """
        with self._transaction() as connection:
            for move in moves:
                _move(connection, move)
            for name, some in rows.items():
                connection.execute(_upsert(tables.TABLE_OF[name]), some)

    def close(self) -> None:
        """No connection is open."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except (OperationalError, InterfaceError) as error:
            raise ViewStoreError(
                f"the view store at {self._place} does not answer: {error.orig}"
            ) from error
        except DataError as error:
            raise UnfitRowError(f"the view store cannot hold it: {error.orig}") from error
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            raise ViewStoreError(f"the view store at {self._place} hung up") from error


def _move(connection: Connection, move: Move) -> None:
    statement = insert(_positions).values(
        topic=move.source.topic, partition=move.source.partition, position=move.end
    )
    moved = connection.execute(
        statement.on_conflict_do_update(
            index_elements=_positions.primary_key,
            set_={"position": move.end},
            where=_positions.c.position == move.start,
        ).returning(_positions.c.position)
    )
    if moved.first() is None:
        raise PositionMovedError(
            f"{move.source.topic}, partition {move.source.partition}: expected to be read up to "
            f"{move.start}, another writer has moved on"
        )


def _upsert(table: Table) -> Insert:
    statement = insert(table)
    new = statement.excluded
    values = [column for column in table.columns if not column.primary_key]
    # A replay writes a site's window again from its first camera on: what is known is not set back.
    keeps = table.c.cameras_seen <= new.cameras_seen if table.name == SITES.name else None
    return statement.on_conflict_do_update(
        index_elements=table.primary_key,
        set_={column.name: new[column.name] for column in values},
        where=keeps,
    )
