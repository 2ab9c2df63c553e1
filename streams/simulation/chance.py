"""Chance that needs no order: random numbers as a function of a seed and whole numbers.

A generator would have to be run from the day's start; a hash gives the number of any frame and
person at once, so a camera may start anywhere and see the same.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def uniform(seed: int, stream: int, *keys: IntArray) -> FloatArray:
    """Uniform numbers in [0, 1), one for each row of keys; arguments as for `bits`."""
    return (bits(seed, stream, *keys) >> np.uint64(11)).astype(np.float64) * (1.0 / (1 << 53))


def bits(seed: int, stream: int, *keys: IntArray) -> NDArray[np.uint64]:
    """64 random bits for each row of keys (splitmix64).

    Args:
        seed: Another seed gives independent numbers.
        stream: Another stream gives independent numbers for the same keys.
        keys: Arrays of one length.
    """
    state = np.full(keys[0].shape, (seed * 1_000_003 + stream) & 0x7FFFFFFFFFFFFFFF, np.uint64)
    with np.errstate(over="ignore"):
        for key in keys:
            state = _mixed(state + _GOLDEN + key.astype(np.uint64) * _MIX_1)
    return state


def normal(seed: int, stream: int, *keys: IntArray) -> FloatArray:
    """Numbers of mean 0 and variance 1, near enough to normal: a sum of uniform ones."""
    total = uniform(seed, stream, *keys)
    for other in range(1, 4):
        total = total + uniform(seed, stream + 1000 * other, *keys)
    return np.asarray((total - 2.0) * np.sqrt(3.0))


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))
