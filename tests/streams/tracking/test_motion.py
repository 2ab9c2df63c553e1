"""The motion model: it must not depend on how often one looks."""

import math

import numpy as np
import pytest

from streams.tracking.motion import correct, predict
from streams.tracking.numbers import fading, logarithm


def test_prediction_in_many_steps_equals_one() -> None:
    at_once, here = np.zeros(5), np.array([0.5, 0.1, 1e-4, 2e-3, 1e-4])
    predict(here, at_once, 3.0, 4.0, 0.1)
    for _ in range(30):
        there = np.zeros(5)
        predict(here, there, 0.1, 4.0, 0.1)
        here = there
    assert here == pytest.approx(at_once, rel=1e-9)


def test_doubt_about_speed_never_exceeds_the_usual_speed() -> None:
    ahead = np.zeros(5)
    predict(np.array([0.5, 0.0, 1e-4, 0.01, 0.0]), ahead, 3_600.0, 4.0, 0.1)
    assert ahead[3] == pytest.approx(0.01)


def test_doubt_never_falls_below_zero_over_a_tenth_of_a_millisecond() -> None:
    ahead = np.zeros(5)
    predict(np.zeros(5), ahead, 1e-4, 4.0, 0.1)
    assert ahead[2] >= 0.0


def test_box_far_off_moves_a_track_by_less_than_its_share() -> None:
    def moved(miss: float) -> float:
        axis = np.array([0.0, 0.0, 1.0, 1.0, 0.0])
        correct(axis, miss, 1.0, 8.0)
        return float(axis[0]) / miss

    assert moved(0.01) == pytest.approx(0.5, abs=1e-3)
    assert moved(10.0) < 0.15


@pytest.mark.parametrize("value", [0.0, 1e-9, 0.1, 1.0, 7.0, 199.0, 1e6])
def test_fading_is_the_exponential(value: float) -> None:
    assert fading(value) == pytest.approx(math.exp(-value), abs=1e-13)


@pytest.mark.parametrize("value", [1e-300, 1e-4, 0.75, 1.0, 1.5, 2.0, 1e300])
def test_logarithm_is_the_logarithm(value: float) -> None:
    assert logarithm(value) == pytest.approx(math.log(value), abs=1e-9)
