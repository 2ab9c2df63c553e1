import math

import pytest

from streams.gateway.pace import Pace


@pytest.mark.parametrize(("speed", "delay_ms"), [(1.0, 500.0), (2.0, 250.0), (0.5, 1000.0)])
def test_a_frame_is_due_at_its_own_distance_over_the_speed(speed, delay_ms) -> None:
    pace = Pace(speed)
    assert pace.delay_ms(10_000, now_ms=3.0) == 0.0
    assert pace.delay_ms(10_500, now_ms=3.0) == delay_ms


def test_time_already_spent_is_not_waited_again() -> None:
    pace = Pace(1.0)
    pace.delay_ms(0, now_ms=0.0)
    assert pace.delay_ms(500, now_ms=300.0) == 200.0
    assert pace.delay_ms(600, now_ms=900.0) == 0.0


def test_max_speed_never_waits() -> None:
    pace = Pace(math.inf)
    assert [pace.delay_ms(at_ms, now_ms=0.0) for at_ms in (0, 3_600_000)] == [0.0, 0.0]
