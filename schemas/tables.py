"""The view store: one table per topic that people ask about, derived from the message types.

The view writer fills them, the API reads them. Columns are the message's fields, lists and objects
as JSON; the primary key is the topic's key, so that a record written twice is one row.
JSON, not JSONB: lists are only ever read whole, and JSONB is turned back into text on every read.
"""

from dataclasses import fields
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from sqlalchemy import JSON, BigInteger, Boolean, Column, Double, Index, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

from schemas.topics import ALERTS, HEALTH, LAYOUTS, RESULT_TOPICS, Topic, topic_of

VIEWED_TOPICS: tuple[Topic, ...] = (*RESULT_TOPICS, HEALTH, LAYOUTS)
"""Topics that have a table."""

_TIME_COLUMNS = ("window_start_ms", "crossed_at_ms", "started_at_ms", "opened_at_ms")
_SCALARS: tuple[tuple[type, type[TypeEngine[Any]]], ...] = (
    (bool, Boolean),
    (int, BigInteger),
    (float, Double),
    (str, Text),
)

metadata = MetaData()


def row_of(message: object) -> dict[str, Any]:
    """A message as the row of its table: column name to value."""
    row: dict[str, Any] = msgspec.to_builtins(message)
    row.pop("v", None)
    return row


def _table(topic: Topic) -> Table:
    if topic.message_type is None:
        raise TypeError(f"topic {topic.name}: expected a message type, got None")
    hints = get_type_hints(topic.message_type, include_extras=False)
    names = [one.name for one in fields(topic.message_type) if one.name != "v"]
    table = Table(
        topic.name,
        metadata,
        *(_column(name, hints[name], is_key=name in topic.key_fields) for name in names),
    )
    leading = [column.name for column in table.primary_key][:2]
    for name in _TIME_COLUMNS:
        if name in names and leading != ["site", name]:
            Index(f"{topic.name}_by_time", table.c.site, table.c[name])
    return table


def _column(name: str, hint: Any, *, is_key: bool) -> Column[Any]:
    is_nullable = get_origin(hint) in (Union, UnionType) and type(None) in get_args(hint)
    if is_nullable:
        (hint,) = (one for one in get_args(hint) if one is not type(None))
    return Column(name, _sql_type(hint)(), primary_key=is_key, nullable=is_nullable)


def _sql_type(hint: Any) -> type[TypeEngine[Any]]:
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) is Literal:
        hint = type(get_args(hint)[0])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Text
    for scalar, sql_type in _SCALARS:
        if hint is scalar:
            return sql_type
    return JSON


TABLE_OF: dict[str, Table] = {topic.name: _table(topic) for topic in VIEWED_TOPICS}
"""The table of each viewed topic, by the topic's name without prefix."""

# Few of very many alerts are open, and every page asks for them all the time.
_ALERTS = TABLE_OF[ALERTS.name]
Index("alerts_open", _ALERTS.c.site, postgresql_where=_ALERTS.c.state == "opened")


def table_of(message: object) -> Table:
    """The table a message belongs to.

    Raises:
        KeyError: If its topic has no table.
    """
    return TABLE_OF[topic_of(message).name]
