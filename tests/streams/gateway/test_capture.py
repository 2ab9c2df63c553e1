import pytest

from schemas.frames import FrameHeaders
from streams.gateway.cameras import GatewayCamera
from streams.gateway.capture import Capture, Play, WireFrame
from streams.gateway.counters import Fate
from streams.gateway.encoding import Encoder
from streams.gateway.errors import SourceError
from tests.streams.gateway.scenes import Scene

CAMERA = GatewayCamera("store-1", "tills", "scene")


def _headers(captured_at_ms: int) -> FrameHeaders:
    return FrameHeaders(
        site="store-1",
        camera="tills",
        captured_at_ms=captured_at_ms,
        seq=70,
        width=8,
        height=6,
        run=1,
    )


def _capture(
    scene: Scene, *, newest_at_ms: int | None = None, rate_hz: float | None = None
) -> Capture:
    newest = None if newest_at_ms is None else _headers(newest_at_ms)
    return Capture(scene, Play(CAMERA, 7, newest, Encoder(), rate_hz))


def _all(capture: Capture) -> list[WireFrame]:
    return list(iter(capture.next_frame, None))


def test_seq_counts_captured_frames_so_that_gaps_show() -> None:
    capture = _capture(Scene([0, 100, 200, 300, 400]), rate_hz=5)
    *frames, end = _all(capture)
    assert [(frame.headers.captured_at_ms, frame.headers.seq) for frame in frames] == [
        (0, 0),
        (200, 2),
        (400, 4),
    ]
    assert end.headers.seq == 5
    assert capture.counters[Fate.CAPTURED] == 5
    assert capture.counters[Fate.RATE_LIMITED] == 2


def test_a_finite_source_ends_with_an_empty_value_one_interval_later() -> None:
    *_, last, end = _all(_capture(Scene([0, 100])))
    assert not last.headers.is_end
    assert (end.headers.is_end, end.value, end.headers.captured_at_ms) == (True, b"", 200)
    assert (end.headers.width, end.headers.height, end.headers.run) == (8, 6, 7)


def test_the_end_is_given_once() -> None:
    capture = _capture(Scene([0]))
    assert len(_all(capture)) == 2
    assert capture.next_frame() is None


def test_a_live_source_that_stops_has_no_end() -> None:
    assert [frame.headers.is_end for frame in _all(_capture(Scene([0], is_live=True)))] == [False]


def test_a_stopped_capture_has_no_end() -> None:
    capture = _capture(Scene([0, 100]))
    capture.next_frame()
    capture.stop()
    assert capture.next_frame() is None
    assert capture.next_frame() is None


def test_images_are_drawn_only_for_frames_that_are_sent() -> None:
    scene = Scene([0, 100, 200, 300, 400])
    _all(_capture(scene, rate_hz=5, newest_at_ms=0))
    assert scene.drawn_total == 2


def test_a_resumed_play_passes_the_frames_an_uninterrupted_one_would() -> None:
    times_ms = [143 * index for index in range(40)]
    whole = [frame.headers.captured_at_ms for frame in _all(_capture(Scene(times_ms), rate_hz=5))]
    for last_sent_ms in whole[:-2]:
        resumed = _all(_capture(Scene(times_ms), rate_hz=5, newest_at_ms=last_sent_ms))
        assert [frame.headers.captured_at_ms for frame in resumed] == [
            at_ms for at_ms in whole if at_ms > last_sent_ms
        ]


def test_frames_not_later_than_the_newest_sent_are_skipped_without_a_number() -> None:
    capture = _capture(Scene([0, 100, 200]), newest_at_ms=100)
    frame, _ = _all(capture)
    assert (frame.headers.captured_at_ms, frame.headers.seq) == (200, 0)
    assert (capture.counters[Fate.SKIPPED], capture.counters[Fate.CAPTURED]) == (2, 1)


def test_a_play_resumed_between_last_frame_and_end_sends_the_end_alone() -> None:
    (end,) = _all(_capture(Scene([0, 100]), newest_at_ms=100))
    assert (end.headers.is_end, end.headers.captured_at_ms) == (True, 200)


def test_a_source_without_frames_is_an_error() -> None:
    with pytest.raises(SourceError, match="store-1/tills: scene: expected a frame"):
        _capture(Scene([])).next_frame()
