"""How people move while nobody looks: tracks at their last sight in, where they should be now out.

Velocity forgets itself (an Ornstein-Uhlenbeck process) where a Kalman filter usually keeps it: over
one frame people go straight on, over seconds they turn or stop, so doubt grows like that of a walk.
The algebra is written out: no BLAS, and the same bits on every machine.
"""

import numpy as np
from numpy.typing import NDArray

from streams.tracking.compiled import compiled
from streams.tracking.numbers import fading, logarithm
from streams.tracking.records import EXPECTED

_STEEP = 2.0
"""A box wider than a half of its height shows someone from above: widths then tell the scale."""
_SHARP = 1e-4
"""Product of two variances, in box heights, that costs nothing: a tenth of a height each way."""


@compiled
def predict(
    axis: NDArray[np.float64],
    ahead: NDArray[np.float64],
    seconds: float,
    turn_s: float,
    speed: float,
) -> None:
    """Write to `ahead` what `axis` becomes.

    Args:
        axis: `(5,)` position, velocity, variance of each in turn, covariance: x, v, xx, vv, xv.
        ahead: `(5,)`, overwritten.
        seconds: How far ahead.
        turn_s: Time over which velocity forgets itself.
        speed: Usual speed along the axis, per second, standard deviation.
    """
    spans = seconds / turn_s
    keep = fading(spans)
    reach = turn_s * (1.0 - keep)
    power = speed * speed
    drift = max(2.0 * spans - 3.0 + 4.0 * keep - keep * keep, 0.0)
    ahead[0] = axis[0] + reach * axis[1]
    ahead[1] = keep * axis[1]
    ahead[2] = axis[2] + 2.0 * reach * axis[4] + reach * reach * axis[3]
    ahead[2] += power * turn_s * turn_s * drift
    ahead[3] = keep * keep * axis[3] + power * (1.0 - keep * keep)
    ahead[4] = keep * (axis[4] + reach * axis[3]) + power * reach * (1.0 - keep)


@compiled
def correct(axis: NDArray[np.float64], seen: float, noise: float, outlier: float) -> None:
    """Bring a predicted axis to what was seen, with error variance `noise`; outliers count less."""
    miss = seen - axis[0]
    noise *= 1.0 + miss * miss / ((axis[2] + noise) * outlier)
    total = axis[2] + noise
    gain = axis[2] / total
    gain_velocity = axis[4] / total
    axis[0] += gain * miss
    axis[1] += gain_velocity * miss
    axis[3] -= gain_velocity * axis[4]
    axis[4] -= gain * axis[4]
    axis[2] -= gain * axis[2]


@compiled
def correct_size(size: NDArray[np.float64], seen: float, noise: float) -> None:
    """Bring a predicted size `(2,)`, value and variance, to what was seen."""
    gain = size[1] / (size[1] + noise)
    size[0] += gain * (seen - size[0])
    size[1] -= gain * size[1]


@compiled
def expect(
    tracks: NDArray[np.void], at_ms: int, aspect: float, rules: NDArray[np.void]
) -> NDArray[np.void]:
    """What each track should be at an instant: `EXPECTED` records, in the order of `tracks`."""
    expected = np.zeros(len(tracks), EXPECTED)
    for index in range(len(tracks)):
        _expect_one(tracks[index], expected[index], at_ms, aspect, rules[0])
    return expected


@compiled
def _expect_one(track: np.void, ahead: np.void, at_ms: int, aspect: float, rule: np.void) -> None:
    seconds = (at_ms - track["seen_ms"]) / 1000.0
    turn_s = rule["turn_ms"] / 1000.0
    width = track["width"][0]
    height = track["height"][0]
    scale = stature(width, height)
    predict(track["x"], ahead["x"], seconds, turn_s, rule["speed_x"] * scale)
    predict(track["y"], ahead["y"], seconds, turn_s, rule["speed_y"] * scale)
    ahead["width"][0] = width
    ahead["width"][1] = track["width"][1] + square(rule["drift_width"] * width) * seconds
    ahead["height"][0] = height
    ahead["height"][1] = track["height"][1] + square(rule["drift_height"] * height) * seconds
    ahead["spread_x"] = ahead["x"][2] + square(rule["error_x"] * height)
    ahead["spread_y"] = ahead["y"][2] + square(rule["error_y"] * height)
    ahead["spread_width"] = ahead["width"][1] / square(width) + square(rule["error_width"])
    ahead["spread_height"] = ahead["height"][1] / square(height) + square(rule["error_height"])
    area = square(square(height)) * _SHARP
    doubt = logarithm(ahead["spread_x"] * ahead["spread_y"] / area)
    doubt = min(doubt, rule["doubt_limit"])
    doubt += rule["unseen_cost"] * (at_ms - track["seen_ms"]) / rule["lost_ms"]
    if not (0.0 <= ahead["x"][0] <= aspect and 0.0 <= ahead["y"][0] <= 1.0):
        doubt += rule["outside_cost"]
    ahead["doubt"] = doubt


@compiled
def stature(width: float, height: float) -> float:
    """What speeds are measured in: the height of the box, or more if it is seen from above."""
    return max(height, _STEEP * width)


@compiled
def square(value: float) -> float:
    """The value times itself (a power may come out of a library, with other bits)."""
    return value * value
