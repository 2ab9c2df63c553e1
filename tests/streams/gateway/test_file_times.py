import pytest

from streams.gateway.sources.file_times import RisingTimes, Stamp, trusted_stamp


@pytest.mark.parametrize(
    ("pts", "dts", "trusted"),
    [
        pytest.param([0, 1, 2], [None, None, None], Stamp.PTS, id="rising pts"),
        pytest.param([1, 4, 3], [2, 3, 4], Stamp.DTS, id="pts jump, dts rise"),
        pytest.param([None, 1, 2], [0, 1, 2], Stamp.DTS, id="a pts is missing"),
        pytest.param([1, 1, 2], [3, 3, 4], Stamp.COUNT, id="both stand still"),
        pytest.param([5], [None], Stamp.PTS, id="a single frame"),
    ],
)
def test_the_first_stamp_that_rises_is_trusted(pts, dts, trusted) -> None:
    assert trusted_stamp(pts, dts) is trusted


def test_times_always_rise() -> None:
    times = RisingTimes(40.0)
    stamps = [90.0, 90.2, 50.0, None, 200.0, 200.0]
    given = [times.next_ms(stamp) for stamp in stamps]
    assert given == [0, 1, 2, 42, 110, 111]
