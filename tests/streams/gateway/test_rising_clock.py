from streams.gateway.sources.rising_clock import RisingClock


class ManualClocks:
    """A wall clock and a monotonic one, moved by hand."""

    def __init__(self) -> None:
        self.wall_ms = 1_000_000
        self.monotonic_ms = 50.0

    def clock(self) -> RisingClock:
        return RisingClock(lambda: self.wall_ms, lambda: self.monotonic_ms)

    def pass_ms(self, passed_ms: int, *, wall_step_ms: int = 0) -> None:
        self.wall_ms += passed_ms + wall_step_ms
        self.monotonic_ms += passed_ms


def test_it_is_the_wall_clock() -> None:
    clocks = ManualClocks()
    clock = clocks.clock()
    clocks.pass_ms(200)
    assert clock.now_ms() == 1_000_200


def test_a_wall_clock_set_back_does_not_turn_time_back() -> None:
    clocks = ManualClocks()
    clock = clocks.clock()
    clocks.pass_ms(200, wall_step_ms=-3_600_000)
    assert clock.now_ms() == 1_000_200
    clocks.pass_ms(300)
    assert clock.now_ms() == 1_000_500


def test_a_wall_clock_set_forward_is_followed() -> None:
    clocks = ManualClocks()
    clock = clocks.clock()
    clocks.pass_ms(200, wall_step_ms=5_000)
    assert clock.now_ms() == 1_005_200
