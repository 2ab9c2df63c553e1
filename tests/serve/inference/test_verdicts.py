import numpy as np
import pytest

from schemas.errors import FrameRejected, RejectReason
from schemas.frames import MAX_FUTURE_MS, to_wire
from serve.inference.boxes import Boxes
from serve.inference.tallies import FORGET_MS, Tallies
from serve.inference.verdicts import FrameRecord, found, read_frame, shed
from tests.serve.inference.bus import headers, jpeg

APPENDED_AT_MS = 10_000_000


def record_of(value: bytes = jpeg(), **fields: object) -> FrameRecord:
    wire = to_wire(headers(0, **fields))
    return FrameRecord("frames", 3, 42, APPENDED_AT_MS, wire, value)


@pytest.mark.parametrize(
    ("ahead_ms", "is_future"),
    [
        pytest.param(MAX_FUTURE_MS, False, id="exactly 5 s ahead"),
        pytest.param(MAX_FUTURE_MS + 1, True, id="just over"),
    ],
)
def test_frame_may_be_a_little_ahead_of_the_broker(ahead_ms: int, is_future: bool) -> None:
    record = record_of(captured_at_ms=APPENDED_AT_MS + ahead_ms)
    if not is_future:
        assert read_frame(record).captured_at_ms == APPENDED_AT_MS + ahead_ms
        return
    with pytest.raises(FrameRejected) as rejected:
        read_frame(record)
    assert rejected.value.reason is RejectReason.FUTURE


def test_end_with_an_image_is_rejected() -> None:
    with pytest.raises(FrameRejected, match="expected an empty value") as rejected:
        read_frame(record_of(is_end=True))
    assert rejected.value.reason is RejectReason.BAD_HEADER


def test_boxes_are_rounded_and_those_without_area_are_dropped() -> None:
    boxes = Boxes(
        np.array([[1.006, 2.0, 3.0, 4.123456], [5.0, 5.0, 5.001, 9.0], [9.0, 9.0, 8.0, 8.0]]),
        np.array([0.123456, 0.9, 0.8], np.float32),
        np.array([1, 0, 0]),
    )
    detection = found(
        record_of(), headers(0), boxes, names=("cart", "person"), model="m@1"
    ).detection
    assert detection is not None
    assert detection.boxes == [(1.01, 2.0, 3.0, 4.12)]
    assert (detection.scores, detection.classes) == ([0.1235], ["person"])
    assert (detection.frame_partition, detection.frame_offset) == (3, 42)


def test_camera_silent_for_an_hour_is_forgotten() -> None:
    tallies = Tallies()
    detection = shed(record_of(), headers(0)).detection
    assert detection is not None
    tallies.count(detection, now_ms=0)
    assert [one.camera for one in tallies.records(now_ms=FORGET_MS)] == ["door"]
    assert tallies.records(now_ms=FORGET_MS + 1) == []


def test_rate_is_of_the_time_since_the_last_record() -> None:
    tallies = Tallies()
    detection = shed(record_of(), headers(0)).detection
    assert detection is not None
    tallies.count(detection, now_ms=0)
    [first] = tallies.records(now_ms=1_000)
    for _ in range(5):
        tallies.count(detection, now_ms=1_500)
    [second] = tallies.records(now_ms=3_000)
    assert (first.rate_hz, second.rate_hz) == (None, 2.5)
    assert second.counters == {"shed": 6, "shed_too_old": 6, "lost": 0}
