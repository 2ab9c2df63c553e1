from pathlib import Path

import pytest

from streams.gateway.errors import SourceError
from streams.gateway.sources.video_files import VideoFile

START_MS = 946_684_800_000
SHARED_VIDEO = Path(__file__).parents[4] / "shared" / "video" / "vtest_480x360.avi"


def _times(source: VideoFile, after_ms: int | None = None) -> list[int]:
    return [frame.captured_at_ms for frame in source.frames(after_ms)]


def _opened(path: Path, fps: float | None = None, *, is_looped: bool = False) -> VideoFile:
    return VideoFile(path, start_at_ms=START_MS, fps=fps, is_looped=is_looped)


def test_frames_carry_the_files_own_times_from_the_start_on(make_video) -> None:
    source = _opened(make_video([500, 540, 700, 1500]))
    assert _times(source) == [START_MS, START_MS + 40, START_MS + 200, START_MS + 1000]


def test_a_told_rate_wins_over_the_files_own_times(make_video) -> None:
    source = _opened(make_video([0, 40, 200, 1000]), fps=7)
    assert _times(source) == [START_MS, START_MS + 143, START_MS + 286, START_MS + 429]
    assert source.interval_ms == 143


def test_a_file_gives_the_same_frames_each_time_it_is_read(make_video) -> None:
    source = _opened(make_video([0, 40, 80]))
    assert _times(source) == _times(source)


def test_images_are_bgr_and_as_large_as_the_video(make_video) -> None:
    source = _opened(make_video([0, 40], size=(64, 48)))
    shades = [frame.image().mean() for frame in source.frames(None)]
    assert next(source.frames(None)).image().shape == (48, 64, 3)
    assert shades == pytest.approx([10, 20], abs=4)


def test_each_pass_of_a_loop_begins_one_length_later(make_video) -> None:
    source = _opened(make_video([0, 40, 80]), fps=10, is_looped=True)
    frames = source.frames(None)
    times = [next(frames).captured_at_ms - START_MS for _ in range(7)]
    assert times == [0, 100, 200, 300, 400, 500, 600]


def test_a_resumed_loop_goes_on_in_the_pass_it_was_in(make_video) -> None:
    source = _opened(make_video([0, 40, 80]), fps=10, is_looped=True)
    after_ms = START_MS + 3_000_100
    first_ms = next(source.frames(after_ms)).captured_at_ms
    assert after_ms - 300 < first_ms <= after_ms
    assert (first_ms - START_MS) % 300 == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "no such file", id="missing"),
        pytest.param(b"", "no video was found", id="empty"),
        pytest.param(b"[tills]\nqueue = 1\n" * 40, "no video was found", id="text"),
    ],
)
def test_what_is_no_video_is_refused_with_its_name(tmp_path, content, said) -> None:
    path = tmp_path / "shop.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=said) as refused:
        _opened(path)
    assert str(path) in str(refused.value)


def test_a_damaged_stretch_is_passed_over_and_the_rest_keeps_its_times(make_video) -> None:
    path = make_video(list(range(0, 4000, 40)))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(200)
    path.write_bytes(content)
    times = [at_ms - START_MS for at_ms in _times(_opened(path))]
    assert times[0] == 0
    assert times[-1] == 3960
    assert times == sorted(set(times))


@pytest.mark.skipif(not SHARED_VIDEO.exists(), reason="needs ../shared/video")
def test_a_file_whose_presentation_times_jump_is_read_by_its_decoding_times() -> None:
    times = _times(_opened(SHARED_VIDEO))
    assert times == [START_MS + 100 * index for index in range(795)]
