import orjson
import pytest

from schemas import codec
from schemas.detections import Detection, DetectionStatus, LayoutMark, decode_detection
from schemas.errors import MessageError
from schemas.layout import Camera, SiteLayout

DETECTION = Detection(
    site="s",
    camera="c",
    captured_at_ms=1,
    seq=0,
    run=None,
    width=640,
    height=360,
    frame_partition=0,
    frame_offset=7,
    status=DetectionStatus.OK,
    boxes=[(1.0, 2.0, 3.0, 4.0)],
    scores=[0.5],
    classes=["person"],
)
MARK = LayoutMark(
    site="s",
    version=1,
    effective_from_ms=0,
    layout=SiteLayout(site="s", version=1, cameras=[Camera(id="c")]),
)


@pytest.mark.parametrize("message", [DETECTION, MARK], ids=["a detection", "a layout mark"])
def test_a_message_read_back_is_the_one_written(message):
    assert decode_detection(codec.encode(message)) == message


def test_equal_messages_are_equal_bytes():
    again = decode_detection(codec.encode(DETECTION))
    assert codec.encode(again) == codec.encode(DETECTION)


BROKEN = {
    "not JSON": (b"boxes", "expected JSON"),
    "another kind": (b'{"kind":"track"}', "kind: expected 'frame' or 'layout', got 'track'"),
    "not an object": (b"[]", "kind: expected"),
    "a score too few": (
        codec.encode({**orjson.loads(codec.encode(DETECTION)), "scores": []}),
        "expected one length, got \\[0, 1\\]",
    ),
    "a box of three corners": (
        codec.encode({**orjson.loads(codec.encode(DETECTION)), "boxes": [[1, 2, 3]]}),
        r"\$\.boxes\[0\]",
    ),
    "ok without boxes": (
        codec.encode(
            {
                **orjson.loads(codec.encode(DETECTION)),
                "boxes": None,
                "scores": None,
                "classes": None,
            }
        ),
        "status ok: expected boxes",
    ),
}


@pytest.mark.parametrize(("payload", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_message_is_refused_with_the_field(payload, message):
    with pytest.raises(MessageError, match=message):
        decode_detection(payload)
