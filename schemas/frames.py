"""The wire contract of `frames`: an encoded image as value, metadata as headers.

A gateway in any language can speak it. Headers are UTF-8 text, each once; integers decimal ASCII.
Kafka knows header values that are null: to the contract they are empty.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.errors import FrameRejected, RejectReason
from schemas.units import is_id

WIRE_VERSION = "1"
MAX_FRAME_BYTES = 4 * 1024 * 1024
"""Largest image value."""
MAX_FRAME_PIXELS = 40_000_000
"""Largest image once decoded."""
MAX_FUTURE_MS = 5_000
"""How far `captured_at_ms` may lie after the record's append time."""

_INTEGER = re.compile(r"0|[1-9][0-9]{0,18}")
_REQUIRED = ("v", "site", "camera", "captured_at_ms", "seq", "width", "height")
_OPTIONAL = ("run", "end", "traceparent")

Headers = Iterable[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameHeaders:
    """The metadata of one frame."""

    site: str
    """Id of the site."""
    camera: str
    """Id of the camera within its site."""
    captured_at_ms: int
    """Event time, ms since the epoch, UTC; strictly increasing per camera."""
    seq: int
    """Rises by one per frame captured, within one run."""
    width: int
    """Width of the upright image, px."""
    height: int
    """Height of the upright image, px."""
    run: int | None = None
    """Start time of the gateway, ms since the epoch; null if it does not say."""
    is_end: bool = False
    """Whether the finite source is finished; the value is empty then."""
    traceparent: str | None = None
    """W3C trace context of the frame."""


def frame_key(site: str, camera: str) -> bytes:
    """The key of a frame.

    Example:
        >>> frame_key("milano-01", "tills")
        b'milano-01/tills'
    """
    return f"{site}/{camera}".encode()


def to_wire(frame: FrameHeaders) -> list[tuple[str, bytes]]:
    """The headers of a frame as Kafka carries them."""
    texts = {
        "v": WIRE_VERSION,
        "site": frame.site,
        "camera": frame.camera,
        "captured_at_ms": str(frame.captured_at_ms),
        "seq": str(frame.seq),
        "width": str(frame.width),
        "height": str(frame.height),
        "run": None if frame.run is None else str(frame.run),
        "end": "1" if frame.is_end else None,
        "traceparent": frame.traceparent,
    }
    return [(name, text.encode()) for name, text in texts.items() if text is not None]


def owner(headers: Headers) -> tuple[str, str] | None:
    """The site and camera a frame belongs to, or None where they cannot be read.

    Reads as little as it needs, so that a frame with other faults still finds its camera.
    """
    found = {name: value or b"" for name, value in headers if name in {"site", "camera"}}
    try:
        site, camera = found["site"].decode(), found["camera"].decode()
    except (KeyError, UnicodeDecodeError):
        return None
    return (site, camera) if is_id(site) and is_id(camera) else None


def from_wire(headers: Headers) -> FrameHeaders:
    """The metadata that Kafka headers hold.

    Headers with other names are ignored: a later minor version may add some.

    Raises:
        FrameRejected: If a header is missing, there twice, or has a bad value.
    """
    texts = _texts(headers)
    for name in _REQUIRED:
        if name not in texts:
            raise FrameRejected(
                RejectReason.MISSING_HEADER, f"header {name}: expected one, got none"
            )
    if texts["v"] != WIRE_VERSION:
        raise FrameRejected(
            RejectReason.UNSUPPORTED_VERSION,
            f"header v: expected {WIRE_VERSION}, got {texts['v']!r}",
        )
    if texts.get("end", "1") != "1":
        raise FrameRejected(
            RejectReason.BAD_HEADER, f"header end: expected 1 or none, got {texts['end']!r}"
        )
    return FrameHeaders(
        site=_id(texts, "site"),
        camera=_id(texts, "camera"),
        captured_at_ms=_integer(texts, "captured_at_ms"),
        seq=_integer(texts, "seq"),
        width=_integer(texts, "width"),
        height=_integer(texts, "height"),
        run=_integer(texts, "run") if "run" in texts else None,
        is_end="end" in texts,
        traceparent=texts.get("traceparent"),
    )


def _texts(headers: Headers) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, value in headers:
        if name not in _REQUIRED and name not in _OPTIONAL:
            continue
        if name in texts:
            raise FrameRejected(
                RejectReason.DUPLICATE_HEADER, f"header {name}: expected once, got it twice"
            )
        try:
            texts[name] = (value or b"").decode()
        except UnicodeDecodeError as error:
            raise FrameRejected(
                RejectReason.BAD_HEADER, f"header {name}: expected UTF-8, got {error.object[:40]!r}"
            ) from error
    return texts


def _id(texts: dict[str, str], name: str) -> str:
    if not is_id(texts[name]):
        raise FrameRejected(
            RejectReason.BAD_HEADER,
            f"header {name}: expected [a-z0-9][a-z0-9_-]{{0,62}}, got {texts[name][:80]!r}",
        )
    return texts[name]


def _integer(texts: dict[str, str], name: str) -> int:
    if _INTEGER.fullmatch(texts[name]) is None:
        raise FrameRejected(
            RejectReason.BAD_HEADER,
            f"header {name}: expected a decimal integer, got {texts[name][:80]!r}",
        )
    return int(texts[name])
