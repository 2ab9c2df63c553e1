"""Who is there at given instants: a day's timelines read at many instants at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.simulation.cameras import Lens
from streams.simulation.day import Day
from streams.simulation.figures import could_be_seen
from streams.simulation.poses import Stances


@dataclass(frozen=True, slots=True)
class Crowd:
    """People at instants: one row per person and instant, ordered by instant, then by person."""

    instant: NDArray[np.int64]
    """Index of the instant of each row."""
    person: NDArray[np.int64]
    """Index of the person of each row within the day."""
    stances: Stances

    def taken(self, rows: NDArray[np.int64]) -> "Crowd":
        """Some of the rows, in the order given."""
        return Crowd(self.instant[rows], self.person[rows], self.stances.taken(rows))


def crowd_at(day: Day, at_ms: NDArray[np.int64], *, lens: Lens | None = None) -> Crowd:
    """Everybody who is in the world at rising instants of one day.

    Args:
        day: The day.
        at_ms: Instants, ms since the epoch.
        lens: Leaves out whom this camera cannot see.
    """
    times_ms = (at_ms - day.start_ms).astype(np.float64)
    instant, person, rows = day.knots.at(times_ms)
    x, y, heading, walked, activity, speed = rows.T
    at_s = times_ms[instant] / 1000.0
    stances = Stances(x, y, heading, walked, speed, activity.astype(np.int64), at_s)
    crowd = Crowd(instant, person, stances)
    return crowd if lens is None else crowd.taken(np.flatnonzero(could_be_seen(stances, lens)))
