import pytest

from schemas.errors import FrameRejected, RejectReason
from schemas.frames import FrameHeaders, from_wire, owner, to_wire

FRAME = FrameHeaders(
    site="milano-01", camera="tills", captured_at_ms=1_000, seq=3, width=640, height=360, run=9
)


def changed(name: str, value: bytes | None) -> list[tuple[str, bytes]]:
    kept = [(one, text) for one, text in to_wire(FRAME) if one != name]
    return kept if value is None else [*kept, (name, value)]


def test_headers_read_back_are_those_written():
    assert from_wire(to_wire(FRAME)) == FRAME


def test_headers_of_a_later_minor_version_are_ignored():
    assert from_wire([*to_wire(FRAME), ("lens", b"wide"), ("lens", b"wide")]) == FRAME


def test_an_end_says_so():
    assert from_wire(changed("end", b"1")).is_end


BROKEN = {
    "no camera": (changed("camera", None), RejectReason.MISSING_HEADER, "camera"),
    "no size": (changed("width", None), RejectReason.MISSING_HEADER, "width"),
    "seq twice": ([*to_wire(FRAME), ("seq", b"4")], RejectReason.DUPLICATE_HEADER, "seq"),
    "an id in capitals": (changed("site", b"Milano"), RejectReason.BAD_HEADER, "site"),
    "an id that is not text": (changed("site", b"\xff"), RejectReason.BAD_HEADER, "site"),
    "a negative time": (
        changed("captured_at_ms", b"-5"),
        RejectReason.BAD_HEADER,
        "captured_at_ms",
    ),
    "a time with a fraction": (
        changed("captured_at_ms", b"5.0"),
        RejectReason.BAD_HEADER,
        "captured_at_ms",
    ),
    "digits of another script": (
        changed("seq", "٣".encode()),
        RejectReason.BAD_HEADER,
        "seq",
    ),
    "another version": (changed("v", b"2"), RejectReason.UNSUPPORTED_VERSION, "v"),
    "an end that is not 1": (changed("end", b"yes"), RejectReason.BAD_HEADER, "end"),
}


@pytest.mark.parametrize(("headers", "reason", "field"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_header_is_rejected_by_name(headers, reason, field):
    with pytest.raises(FrameRejected, match=f"header {field}: expected") as caught:
        from_wire(headers)
    assert caught.value.reason is reason


def test_a_frame_with_other_faults_still_finds_its_camera():
    assert owner(changed("seq", b"x")) == ("milano-01", "tills")


NULL_SITE = [(name, None if name == "site" else value) for name, value in to_wire(FRAME)]
NULL_TRACE = [*to_wire(FRAME), ("traceparent", None)]


def test_a_header_that_is_null_counts_as_empty():
    assert from_wire(NULL_TRACE) == from_wire([*to_wire(FRAME), ("traceparent", b"")])
    with pytest.raises(FrameRejected, match=r"header site: expected .*, got ''") as caught:
        from_wire(NULL_SITE)
    assert caught.value.reason is RejectReason.BAD_HEADER


@pytest.mark.parametrize("headers", [changed("site", None), changed("camera", b"A B"), NULL_SITE])
def test_a_frame_without_a_readable_camera_has_no_owner(headers):
    assert owner(headers) is None
