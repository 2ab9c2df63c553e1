import pytest

from schemas.frames import FrameHeaders
from streams.gateway.errors import AlreadyPlayedError
from streams.gateway.starting_point import StartingPoint, starting_point

NOW_MS = 5_000


def _newest(captured_at_ms: int, *, run: int | None = 3_000, is_end: bool = False) -> FrameHeaders:
    return FrameHeaders(
        site="store-1",
        camera="tills",
        captured_at_ms=captured_at_ms,
        seq=9,
        width=4,
        height=3,
        run=run,
        is_end=is_end,
    )


def _start(newest, *, first_at_ms: int | None = 1_000, resume: bool = False) -> StartingPoint:
    return starting_point(newest, first_at_ms=first_at_ms, resume=resume, now_ms=NOW_MS)


def test_a_camera_that_never_sent_starts_anywhere() -> None:
    assert _start(None) == StartingPoint(NOW_MS, None, False)


@pytest.mark.parametrize("newest_at_ms", [1_000, 2_000])
def test_a_second_play_that_starts_no_later_is_refused(newest_at_ms) -> None:
    with pytest.raises(AlreadyPlayedError, match="expected a later start") as refused:
        _start(_newest(newest_at_ms))
    assert "1970-01-01T00:00:01.000Z" in str(refused.value)
    assert "--resume" in str(refused.value)


def test_a_second_play_that_starts_later_is_taken() -> None:
    assert _start(_newest(999)).after_ms == 999


def test_resume_goes_on_after_the_newest() -> None:
    assert _start(_newest(2_000), resume=True) == StartingPoint(NOW_MS, 2_000, False)


def test_resume_of_a_source_that_ended_is_over() -> None:
    assert _start(_newest(2_000, is_end=True), resume=True).is_over


def test_an_end_before_the_sources_start_was_another_sources() -> None:
    assert not _start(_newest(999, is_end=True), resume=True).is_over


def test_a_live_source_waits_until_it_is_later_than_the_newest() -> None:
    start = _start(_newest(9_000), first_at_ms=None)
    assert start == StartingPoint(NOW_MS, 9_000, False)


@pytest.mark.parametrize(("earlier", "run"), [(None, NOW_MS), (4_999, NOW_MS), (8_000, 8_001)])
def test_a_run_is_above_every_run_before_it(earlier, run) -> None:
    assert _start(_newest(10, run=earlier)).run == run
