"""The exponential and the logarithm from sums and products alone.

The C library's differ in the last bit between machines, and then so would tracks, one day.
"""

import math

from streams.tracking.compiled import compiled

_HALVINGS = 8
_LOG_2 = 0.6931471805599453


@compiled
def fading(spans: float) -> float:
    """`exp(-spans)` for `spans >= 0`, to within 1e-13 of 1.

    Example:
        >>> abs(fading(0.5) - math.exp(-0.5)) < 1e-13, fading(0.0), fading(1e9)
        (True, 1.0, 0.0)
    """
    if spans > 200.0:
        return 0.0
    part = spans / 2**_HALVINGS
    value = 1.0
    for divisor in range(9, 0, -1):
        value = 1.0 - part / divisor * value
    for _ in range(_HALVINGS):
        value *= value
    return value


@compiled
def logarithm(value: float) -> float:
    """The natural logarithm of `value > 0`, to within 1e-9.

    Example:
        >>> abs(logarithm(1e-4) - math.log(1e-4)) < 1e-9, logarithm(1.0)
        (True, 0.0)
    """
    mantissa, exponent = math.frexp(value)
    if mantissa < 0.75:
        mantissa *= 2.0
        exponent -= 1
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    square = ratio * ratio
    total = 0.0
    for power in range(13, 0, -2):
        total = total * square + 1.0 / power
    return 2.0 * ratio * total + exponent * _LOG_2
