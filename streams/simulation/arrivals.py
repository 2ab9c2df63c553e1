"""When parties come: a day's rhythm with rushes, minutes that swell and ebb, and full buses.

A simulated day runs from 04:00 to 04:00 UTC; the shop takes nobody in during its last half hour,
so that every day starts empty and can be made without the day before.
"""

import numpy as np

from streams.simulation.errors import SimulationError

DAY_MS = 86_400_000
DAY_STARTS_MS = 4 * 3_600_000
"""Offset of a simulated day's start from midnight UTC; the daily reset of the layout."""
_LAST_ENTRY_MS = DAY_MS - 30 * 60_000
_BUS_EVERY_MINUTES = 11.0
_RUSHES = ((8.25, 1.0, 0.8), (12.75, 0.9, 1.1), (17.75, 1.2, 1.4))
"""Hour of day, width in hours, rate added at the peak."""


MOST_TRAFFIC = 10.0
"""More would not fit through the door."""


def checked_traffic(traffic: float) -> float:
    """The traffic asked for: parties that come, relative to an ordinary day.

    Raises:
        SimulationError: If it is not a number above 0, or more than the door takes.

    Example:
        >>> checked_traffic(2)
        2.0
    """
    if not 0.0 < traffic <= MOST_TRAFFIC:
        raise SimulationError(
            f"sim traffic: expected more than 0, at most {MOST_TRAFFIC}, got {traffic}"
        )
    return float(traffic)


def day_of(at_ms: int) -> int:
    """The number of the simulated day an instant falls in.

    Example:
        >>> day_of(4 * 3_600_000), day_of(4 * 3_600_000 - 1)
        (0, -1)
    """
    return (at_ms - DAY_STARTS_MS) // DAY_MS


def day_start_ms(day: int) -> int:
    """The instant a simulated day starts."""
    return day * DAY_MS + DAY_STARTS_MS


def arrival_times_ms(rng: np.random.Generator, parties_per_minute: float) -> list[float]:
    """When the parties of a day come, ms from its start, in order."""
    minutes = np.arange(_LAST_ENTRY_MS // 60_000)
    hour = (minutes / 60.0 + DAY_STARTS_MS / 3_600_000) % 24
    rhythm = 0.75 + 0.25 * np.cos((hour - 15.0) / 24.0 * 2 * np.pi)
    for peak, width, height in _RUSHES:
        rhythm += height * np.exp(-(((hour - peak) / width) ** 2))
    swell = 1.0 + 0.55 * np.sin(2 * np.pi * (minutes / 13.0 + rng.random()))
    counts = rng.poisson(parties_per_minute * rhythm * swell)
    times = np.concatenate(
        [
            np.repeat(minutes, counts) * 60_000.0 + rng.random(int(counts.sum())) * 60_000.0,
            *_buses(rng),
        ]
    )
    return [float(at_ms) for at_ms in np.sort(times)]


def _buses(rng: np.random.Generator) -> list[np.ndarray]:
    stops = np.cumsum(rng.exponential(_BUS_EVERY_MINUTES * 60_000.0, size=400))
    return [
        stop + np.sort(rng.random(int(rng.integers(2, 5)))) * 35_000.0
        for stop in stops[stops < _LAST_ENTRY_MS - 60_000]
    ]
