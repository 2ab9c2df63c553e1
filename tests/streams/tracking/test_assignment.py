"""Our assignment against scipy's, with the price of staying alone as a column of each row's own."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from streams.tracking.assignment import assign

ALONE = 1.0


def cheapest_total(costs: NDArray[np.float64]) -> float:
    rows, columns = costs.shape
    wide = np.full((rows, columns + rows), 1e6)
    wide[:, :columns] = np.where(costs < ALONE, costs, 1e6)
    np.fill_diagonal(wide[:, columns:], ALONE)
    chosen = linear_sum_assignment(wide)
    return float(wide[chosen].sum())


@pytest.mark.parametrize("kind", ["any", "below zero", "many equal", "few within the gate"])
def test_total_is_the_smallest_there_is(kind: str) -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        costs = rng.random(rng.integers(0, 12, 2)) * 1.5
        if kind == "below zero":
            costs -= 1.0
        if kind == "many equal":
            costs = np.round(costs * 3.0) / 3.0
        if kind == "few within the gate":
            costs *= 4.0
        partners = assign(costs, ALONE)
        taken = np.flatnonzero(partners >= 0)
        assert len(set(partners[taken].tolist())) == len(taken)
        assert (costs[taken, partners[taken]] < ALONE).all()
        total = costs[taken, partners[taken]].sum() + ALONE * (len(partners) - len(taken))
        assert total == pytest.approx(cheapest_total(costs), abs=1e-9)


def test_pair_at_the_price_of_staying_alone_is_not_taken() -> None:
    assert assign(np.array([[ALONE]]), ALONE).tolist() == [-1]
    assert assign(np.array([[np.nextafter(ALONE, 0.0)]]), ALONE).tolist() == [0]
