"""Chance that drifts: evenly spread at every instant, steady between instants; and its tables."""

import numpy as np
import pytest

from streams.simulation.error_model import (
    LEVELS,
    SLOTS,
    TALL,
    VISIBLE,
    ErrorTables,
    Pace,
    cell_of,
    drifting,
    keys_of,
    steps_in_time,
    steps_of,
)

PACE = Pace(step_m=0.1, still_ms=1_000.0)
PEOPLE = np.arange(4_000)


def at(at_ms: int, x_m: float = 0.0) -> np.ndarray:
    xy = np.tile([x_m, 0.0], (PEOPLE.size, 1))
    steps = steps_of(PACE, keys_of(7, PEOPLE), np.full(PEOPLE.size, at_ms), xy)
    return drifting(7, 1, steps)


@pytest.mark.parametrize("at_ms", [0, 130, 500, 999, 1_000])
def test_chance_is_evenly_spread_at_and_between_steps(at_ms: int) -> None:
    for column in at(at_ms).T:
        counts = np.histogram(column, bins=8, range=(0, 1_024))[0]
        assert counts.sum() == PEOPLE.size
        assert np.abs(counts - PEOPLE.size / 8).max() < 5 * np.sqrt(PEOPLE.size / 8)


def test_chance_never_jumps() -> None:
    values = np.stack([at(at_ms) for at_ms in range(0, 4_000, 10)]).astype(int)
    assert np.abs(np.diff(values, axis=0)).max() <= 12
    assert np.ptp(values, axis=0).min() > 0


def test_chance_goes_on_with_the_way_walked() -> None:
    here, near, far = at(0), at(0, x_m=0.002), at(0, x_m=1.0)
    assert np.abs(near.astype(int) - here).mean() < 10
    assert abs(np.corrcoef(far[:, 0], here[:, 0])[0, 1]) < 0.1


def test_persons_and_columns_have_chances_of_their_own() -> None:
    table = np.corrcoef(np.hstack((at(500), at(500)[::-1])).T)
    assert np.abs(table[np.triu_indices(8, 1)]).max() < 0.1


def test_things_drift_with_time_alone() -> None:
    times = np.arange(0, 10_000, 20)
    steps = steps_in_time(1_000.0, keys_of(7, np.full(times.size, -1)), times)
    assert np.abs(np.diff(drifting(7, 1, steps).astype(int), axis=0)).max() <= 22


def test_cells_rise_with_what_shows_then_with_height() -> None:
    cells = cell_of(np.array([0.0, 0.0, 0.08, 1.0]), np.array([0.1, 0.25, 0.1, 0.9]))
    last = (len(VISIBLE) + 1) * (len(TALL) + 1) - 1
    assert cells.tolist() == [0, 1, len(TALL) + 1, last]


def test_fitted_tables_are_whole() -> None:
    tables = ErrorTables()
    cell_count = (len(VISIBLE) + 1) * (len(TALL) + 1)
    assert tables.scores.shape[0] == tables.edges.shape[0] == cell_count
    assert tables.satellites.shape[0] == SLOTS
    assert tables.satellite_boxes.shape[1] == 4
    for scores in (tables.scores, tables.satellites):
        assert (np.diff(scores, axis=1) >= 0).all()
        assert scores.max() <= 1.0


def test_a_row_of_scores_has_none_for_the_share_missed() -> None:
    scores = " ".join(["900"] * len(LEVELS))
    tables = ErrorTables(found=f"250 {scores}")
    assert (tables.scores[0] == 0.0).mean() == 0.25
    assert set(tables.scores[0].tolist()) == {0.0, 0.9}
