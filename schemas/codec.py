"""Messages to bytes and back: JSON by orjson, types checked by msgspec.

Encoding is canonical, fields in the order of the type, no spaces: equal messages, equal bytes.
"""

from typing import Any, TypeVar

import msgspec
import orjson

from schemas.errors import MessageError

T = TypeVar("T")
"""The type of a message."""


def encode(message: object) -> bytes:
    """The bytes of a message: compact JSON, fields in the order of the type."""
    return orjson.dumps(message, default=msgspec.to_builtins)


def decode(payload: bytes, message_type: type[T]) -> T:
    """The message that bytes hold.

    Raises:
        MessageError: If the bytes are not JSON, or a field is missing or has another type.
    """
    return convert(parse(payload), message_type)


def parse(payload: bytes) -> Any:
    """What JSON bytes hold, not checked against a type.

    Raises:
        MessageError: If the bytes are not JSON.
    """
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise MessageError(f"expected JSON, got {payload[:40]!r}: {error}") from error


def convert(content: object, message_type: type[T]) -> T:
    """Content of a JSON document as a typed message.

    Raises:
        MessageError: If a field is missing or has another type; names its path.
    """
    try:
        return msgspec.convert(content, message_type)
    except msgspec.ValidationError as error:
        raise MessageError(f"not a {message_type.__name__}: {error}") from error
