"""Instants and lengths of time as people type them into a URL, as integer milliseconds.

An instant without an offset is meant in the site's time zone: `2026-11-20` is that day's midnight
there.
"""

import re
from datetime import UTC, datetime, tzinfo

from serve.api.errors import BadParameter

_UNIT_MS = {"": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LENGTH = re.compile(r"(\d{1,15})([smhd]?)")
_MILLISECONDS = re.compile(r"-?\d{5,16}")
_EXPECTED_INSTANT = "an ISO 8601 instant or milliseconds since the epoch"


def parse_instant(text: str, *, field: str, zone: tzinfo) -> int:
    """The event time a text means, ms since the epoch.

    Args:
        text: ISO 8601 or milliseconds since the epoch.
        field: Name of the parameter, for the error.
        zone: What an instant without an offset is meant in.

    Raises:
        BadParameter: If the text is neither.

    Example:
        >>> parse_instant("2000-01-01T00:00:01Z", field="from", zone=UTC)
        946684801000
        >>> parse_instant("946684801000", field="from", zone=UTC)
        946684801000
    """
    if _MILLISECONDS.fullmatch(text):
        return int(text)
    try:
        # A plus sign that nobody escaped arrives as a space.
        at = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
        return round((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise BadParameter(field, expected=_EXPECTED_INSTANT, got=repr(text)) from error


def parse_length(text: str, *, field: str) -> int:
    """A length of time in ms: `900000`, `900s`, `15m`, `1h`, `1d`.

    Raises:
        BadParameter: If the text is none of these, or zero.

    Example:
        >>> parse_length("15m", field="step"), parse_length("60000", field="step")
        (900000, 60000)
    """
    match = _LENGTH.fullmatch(text)
    length_ms = int(match[1]) * _UNIT_MS[match[2]] if match else 0
    if length_ms <= 0:
        raise BadParameter(
            field, expected="milliseconds, or a number with s, m, h or d", got=repr(text)
        )
    return length_ms


def iso(at_ms: int) -> str:
    """An instant for people, UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat().replace("+00:00", "Z")
