import pytest

from streams.geometry.segments import Segment, meeting


def test_right_hand_side_of_a_line_is_positive_with_y_down() -> None:
    east = Segment((0.2, 0.5), (0.8, 0.5), aspect=1.0)
    assert east.place(0.5, 0.7)[0] == pytest.approx(0.2)
    assert east.place(0.5, 0.3)[0] == pytest.approx(-0.2)
    assert Segment((0.8, 0.5), (0.2, 0.5), aspect=1.0).place(0.5, 0.7)[0] == pytest.approx(-0.2)


def test_distances_are_in_frame_heights_whatever_the_frames_shape() -> None:
    upright = Segment((0.5, 0.0), (0.5, 1.0), aspect=16 / 9)
    assert abs(upright.place(0.6, 0.5)[0]) == pytest.approx(0.1 * 16 / 9)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(((-1.0, 0.5), (1.0, 0.5)), 0.5, id="straight over it"),
        pytest.param(((-1.0, -0.4), (1.0, 0.6)), 0.5, id="near its start"),
        pytest.param(((-1.0, 0.0), (1.0, 0.0)), None, id="through its end"),
        pytest.param(((-1.0, 1.2), (1.0, 1.2)), None, id="beyond its end"),
        pytest.param(((-2.0, 0.5), (-1.0, 0.5)), None, id="on one side"),
        pytest.param(((-1.0, 0.5), (0.0, 0.5)), 1.0, id="up to it"),
        pytest.param(((0.0, 0.5), (1.0, 0.5)), 0.0, id="away from it"),
        pytest.param(((0.0, 0.2), (0.0, 0.8)), 1.0, id="along it"),
    ],
)
def test_meeting(
    path: tuple[tuple[float, float], tuple[float, float]], expected: float | None
) -> None:
    (offset, share), (next_offset, next_share) = path
    assert meeting(offset, share, next_offset, next_share) == expected
