import pytest

from schemas.layout import Camera, SiteLayout
from streams.metrics.ledger import Ledger, LedgerState
from streams.metrics.plan import CameraPlan
from streams.metrics.tallies import WindowTally
from streams.metrics.timeline import Timeline


@pytest.fixture
def ledger() -> Ledger:
    """Windows of a second."""

    def make_plan(version: int) -> CameraPlan:
        camera = Camera(id="cam")
        layout = SiteLayout(site="s", version=version, window_s=1, cameras=[camera])
        return CameraPlan(layout, "cam", None)

    return Ledger(Timeline([(0, 1)], make_plan), LedgerState())


def starts(windows: list[WindowTally]) -> list[int]:
    return [window.start_ms for window in windows]


def test_what_becomes_certain_late_counts_in_the_earliest_open_window(ledger: Ledger) -> None:
    ledger.hold(0, 5_000)
    assert starts(ledger.close(3_000)) == [0, 1_000, 2_000]
    ledger.spend((500, 3_500), image_cell=7, floor_cell=3)
    ledger.stay("shelf", 1_500, 2_500)
    ledger.begin(ledger.zone("shelf").stays, "a", 1_500)
    ledger.finish(ledger.zone("shelf").stays, "a", 2_500)
    window = ledger.close(4_000)[0]
    assert (window.start_ms, window.image, window.floor) == (3_000, {7: 3_000}, {3: 3_000})
    assert window.zones["shelf"].person_ms == 1_000
    assert ledger.zone("shelf").stays.closed == [(3_000, 3_000)]


def test_what_was_counted_without_held_time_moves_to_the_next_window(ledger: Ledger) -> None:
    ledger.hold(0, 1_000)
    ledger.window_at(1_500).zone("shelf").dwells_ms.append(700)
    ledger.window_at(1_500).line("door").in_total += 1
    ledger.window_at(1_500).line("door").out_total += 2
    ledger.window_at(1_500).move("shelf", "till")
    ledger.window_at(4_500).move("shelf", "till")
    ledger.spend((1_200, 1_300), image_cell=7, floor_cell=3)
    ledger.hold(4_000, 5_000)
    first, second = ledger.close(5_000)
    assert starts([first, second]) == [0, 4_000]
    assert second.zones["shelf"].dwells_ms == [700]
    assert (second.lines["door"].in_total, second.lines["door"].out_total) == (1, 2)
    assert (second.image, second.floor) == ({7: 100}, {3: 100})
    assert second.steps == {("shelf", "till"): 2}
    assert second.held_ms == 1_000


def test_what_no_window_took_waits_for_the_next(ledger: Ledger) -> None:
    ledger.window_at(1_500).zone("shelf").joined += 1
    assert ledger.close(10_000) == []
    assert ledger.window_at(0).start_ms == 10_000
    ledger.hold(10_000, 10_500)
    (window,) = ledger.close(11_000)
    assert window.zones["shelf"].joined == 1


def test_held_time_joins_where_it_touches_and_splits_at_windows(ledger: Ledger) -> None:
    ledger.hold(200, 400)
    ledger.hold(400, 700)
    ledger.hold(900, 1_100)
    first, second = ledger.close(2_000)
    assert (first.held, second.held) == ([(200, 700), (900, 1_000)], [(1_000, 1_100)])
