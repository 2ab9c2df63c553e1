import struct
import zlib

import cv2
import numpy as np
import pytest

from schemas.errors import FrameRejected, RejectReason
from schemas.frames import MAX_FRAME_BYTES
from serve.inference.images import StoredSize, decode_image, stored_size

PIXELS = np.random.default_rng(0).integers(0, 255, (30, 40, 3), np.uint8)


def encoded(extension: str, *options: int) -> bytes:
    return bytes(cv2.imencode(extension, PIXELS, list(options))[1])


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    tiff = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x0112, 3, 1, orientation, 0)
    segment = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]


def with_thumbnail(jpeg: bytes) -> bytes:
    segment = b"Exif\0\0" + encoded(".jpg")
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]


def reason(value: bytes, *, width: int = 40, height: int = 30) -> RejectReason:
    with pytest.raises(FrameRejected) as rejected:
        decode_image(value, width=width, height=height)
    return rejected.value.reason


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(encoded(".jpg"), id="baseline JPEG"),
        pytest.param(encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1), id="progressive JPEG"),
        pytest.param(encoded(".jpg", cv2.IMWRITE_JPEG_RST_INTERVAL, 1), id="restart markers"),
        pytest.param(with_thumbnail(encoded(".jpg")), id="JPEG with a thumbnail"),
        pytest.param(encoded(".png"), id="PNG"),
        pytest.param(encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 80), id="lossy WebP"),
        pytest.param(encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 101), id="lossless WebP"),
    ],
)
def test_image_is_known_by_its_first_bytes_and_refused_when_cut_short(value: bytes) -> None:
    assert stored_size(value) == StoredSize(40, 30)
    assert decode_image(value, width=40, height=30).shape == (30, 40, 3)
    for length in (len(value) - 1, len(value) // 2, 30):
        assert reason(value[:length]) is RejectReason.UNDECODABLE


def test_grey_image_has_three_channels() -> None:
    grey = bytes(cv2.imencode(".jpg", PIXELS[:, :, 0])[1])
    assert decode_image(grey, width=40, height=30).shape == (30, 40, 3)


def test_width_and_height_are_those_of_the_upright_image() -> None:
    sideways = with_orientation(encoded(".jpg"), 6)
    assert decode_image(sideways, width=30, height=40).shape == (40, 30, 3)
    assert reason(sideways, width=40, height=30) is RejectReason.SIZE_MISMATCH


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(b"", RejectReason.EMPTY, id="nothing"),
        pytest.param(b"GIF89a" + bytes(40), RejectReason.NOT_AN_IMAGE, id="another format"),
        pytest.param(b"\xff\xd8\xff" + bytes(40), RejectReason.UNDECODABLE, id="a JPEG of zeros"),
        pytest.param(b"\xff\xd8\xff", RejectReason.UNDECODABLE, id="the start of a JPEG"),
        pytest.param(bytes(MAX_FRAME_BYTES + 1), RejectReason.TOO_LARGE, id="over 4 MiB"),
    ],
)
def test_bad_value_is_refused_with_its_reason(value: bytes, expected: RejectReason) -> None:
    assert reason(value) is expected


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        pytest.param(8_000, 5_000, RejectReason.UNDECODABLE, id="exactly 40 megapixels"),
        pytest.param(8_000, 5_001, RejectReason.TOO_MANY_PIXELS, id="just over"),
    ],
)
def test_pixels_are_counted_before_anything_is_decoded(
    width: int, height: int, expected: RejectReason
) -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    end = b"\0\0\0\0IEND\xaeB`\x82"
    assert reason(b"\x89PNG\r\n\x1a\n" + chunk + end, width=width, height=height) is expected


def test_other_size_than_stated_is_refused() -> None:
    assert reason(encoded(".jpg"), width=41) is RejectReason.SIZE_MISMATCH


def test_no_single_changed_byte_gets_out_as_anything_but_a_rejection() -> None:
    value = encoded(".jpg")
    for at in range(0, len(value), 3):
        broken = value[:at] + bytes([value[at] ^ 0xFF]) + value[at + 1 :]
        try:
            image = decode_image(broken, width=40, height=30)
        except FrameRejected:
            continue
        assert image.shape == (30, 40, 3)
