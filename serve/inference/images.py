"""Frame values to pixels: an encoded image in, an upright BGR array out.

Everything that can be refused from the first bytes is refused before a decoder sees it: a
40,000 x 40,000 px PNG of a few kB must cost nothing. A file that stops early is refused by OpenCV
itself (from version 5 on; older ones fill the rest with grey, in which nobody stands).
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from schemas.errors import FrameRejected, RejectReason
from schemas.frames import MAX_FRAME_BYTES, MAX_FRAME_PIXELS

Image = npt.NDArray[np.uint8]
"""`(height, width, 3)` BGR, upright."""

_PNG = b"\x89PNG\r\n\x1a\n"
_START_OF_SCAN = 0xDA
# Start-of-frame markers; C4, C8 and CC share their range and are something else.
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})


class StoredSize(NamedTuple):
    """Size of an image as its file stores it, before any rotation by EXIF, px."""

    width: int
    height: int


def decode_image(value: bytes, *, width: int, height: int) -> Image:
    """The upright pixels of an encoded image.

    Args:
        value: A JPEG, PNG or WebP file, known by its first bytes.
        width: Width the upright image must have, px.
        height: Height the upright image must have, px.

    Raises:
        FrameRejected: If the value is empty, too large, no image, cut short, or of another size.
    """
    _check_stored_size(stored_size(value), width=width, height=height)
    try:
        image = cv2.imdecode(np.frombuffer(value, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise FrameRejected(RejectReason.UNDECODABLE, f"value: {error.err}") from error
    if image is None:
        raise FrameRejected(RejectReason.UNDECODABLE, "value: expected an image, decoding failed")
    if image.shape[:2] != (height, width):
        raise _size_mismatch((image.shape[1], image.shape[0]), (width, height))
    return image.astype(np.uint8, copy=False)


def stored_size(value: bytes) -> StoredSize:
    """The size a JPEG, PNG or WebP file says it has, read without decoding it.

    Raises:
        FrameRejected: If the value is empty, too large, of another format, or has no whole header.
    """
    if not value:
        raise FrameRejected(RejectReason.EMPTY, "value: expected an image, got none")
    if len(value) > MAX_FRAME_BYTES:
        raise FrameRejected(
            RejectReason.TOO_LARGE,
            f"value: expected at most {MAX_FRAME_BYTES} bytes, got {len(value)}",
        )
    try:
        if value.startswith(b"\xff\xd8\xff"):
            return _jpeg_size(value)
        if value.startswith(_PNG):
            return _png_size(value)
        if value[:4] == b"RIFF" and value[8:12] == b"WEBP":
            return _webp_size(value)
    except IndexError as error:
        raise FrameRejected(
            RejectReason.UNDECODABLE, "value: expected a whole header, the value ends before it"
        ) from error
    raise FrameRejected(
        RejectReason.NOT_AN_IMAGE, f"value: expected JPEG, PNG or WebP, got {value[:12]!r}"
    )


def _check_stored_size(stored: StoredSize, *, width: int, height: int) -> None:
    if stored.width * stored.height > MAX_FRAME_PIXELS:
        raise FrameRejected(
            RejectReason.TOO_MANY_PIXELS,
            f"value: expected at most {MAX_FRAME_PIXELS} px, got {stored.width}x{stored.height}",
        )
    # EXIF may turn the stored image on its side, so either order may become the upright one.
    if sorted(stored) != sorted((width, height)):
        raise _size_mismatch(stored, (width, height))


def _size_mismatch(got: tuple[int, int], expected: tuple[int, int]) -> FrameRejected:
    return FrameRejected(
        RejectReason.SIZE_MISMATCH,
        f"value: expected an upright image of {expected[0]}x{expected[1]}, got {got[0]}x{got[1]}",
    )


def _jpeg_size(value: bytes) -> StoredSize:
    at = 2
    while True:
        while value[at] == 0xFF and value[at + 1] == 0xFF:
            at += 1
        marker = value[at + 1]
        if value[at] != 0xFF or marker == _START_OF_SCAN:
            raise FrameRejected(
                RejectReason.UNDECODABLE, f"value: expected a JPEG's size before byte {at}"
            )
        if marker in _START_OF_FRAME:
            return StoredSize(_big(value, at + 7, 2), _big(value, at + 5, 2))
        at += 2 if marker in _STANDALONE else 2 + _big(value, at + 2, 2)


def _png_size(value: bytes) -> StoredSize:
    return StoredSize(_big(value, 16, 4), _big(value, 20, 4))


def _webp_size(value: bytes) -> StoredSize:
    kind = value[12:16]
    if kind == b"VP8X":
        return StoredSize(_little(value, 24, 3) + 1, _little(value, 27, 3) + 1)
    if kind == b"VP8L":
        bits = _little(value, 21, 4)
        return StoredSize((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    return StoredSize(_little(value, 26, 2) & 0x3FFF, _little(value, 28, 2) & 0x3FFF)


def _big(value: bytes, at: int, length: int) -> int:
    return int.from_bytes(_slice(value, at, length), "big")


def _little(value: bytes, at: int, length: int) -> int:
    return int.from_bytes(_slice(value, at, length), "little")


def _slice(value: bytes, at: int, length: int) -> bytes:
    if at + length > len(value):
        raise IndexError(at)
    return value[at : at + length]
