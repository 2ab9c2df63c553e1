"""What a detector does to the truth, as tables measured on a real one, and the chance they need.

In: people and how much of them shows. Out: who is found, how far the boxes are off, which further
boxes there are. A detector's errors belong to what it sees: somebody who stands gives the same
wrong box for seconds, somebody who walks another one every few centimetres. So the chance drifts
with the way walked and, slowly, with time, and every number is a function of (seed, instant,
person).
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from streams.simulation.chance import bits
from streams.simulation.fitted_errors import (
    EDGES,
    FOUND,
    PACES,
    PLACES,
    SATELLITE_BOXES,
    SATELLITES,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

VISIBLE = (0.08, 0.2, 0.35, 0.5, 0.7, 0.9)
"""Bounds of the visible fractions that are told apart."""
TALL = (0.25, 0.4)
"""Bounds of the heights that are told apart, shares of the image's."""
LEVELS = (0.0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.995, 1.0)
"""Where the fitted distributions are given; between them they are linear."""
SLOTS = 6
"""Most further boxes of one person."""
PLACE_COUNT = 4
"""Places of one view where things are taken for people."""
_FINE = 1024
"""Steps of a table read by chance."""
_ALONG = (0.8, 0.6)
"""Direction on the floor along which a way is measured: one that shelves and walls do not have."""


def _rows(text: str) -> FloatArray:
    lines = [line.split() for line in text.strip().splitlines()]
    return np.array(lines, dtype=np.float64) / 1000.0


def _spread(rows: FloatArray) -> FloatArray:
    at = (np.arange(_FINE) + 0.5) / _FINE
    return np.stack([np.interp(at, LEVELS, row) for row in rows])


def _scores(text: str) -> FloatArray:
    """Rows of scores by chance; 0 where there is no box."""
    rows = _rows(text)
    at = (np.arange(_FINE) + 0.5) / _FINE
    tables = []
    for missing, *scores in rows.tolist():
        share = (at - missing) / max(1.0 - missing, 1e-9)
        tables.append(np.where(share < 0.0, 0.0, np.interp(share, LEVELS, scores)))
    return np.stack(tables)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast chance drifts: one step of it is as good as another number."""

    step_m: float
    """Way walked that takes one step."""
    still_ms: float
    """Time that takes one step of who stands."""


class ErrorTables:
    """The fitted distributions, spread out to be read by an index.

    Args of the constructor are texts of whole numbers, thousandths unless said otherwise:

    Args:
        found: Per cell (visible bin x height bin) the share missed, then scores at `LEVELS`.
        edges: Per cell four rows, offsets of x1 y1 x2 y2 at `LEVELS`, shares of the box's sides.
        satellites: Per slot the share of found people without one, then scores at `LEVELS`.
        satellite_boxes: Offsets from the found box, one box a row, shares of its sides.
        places: The share of time without a box at a place, then scores at `LEVELS`.
        paces: Step in mm and still time in ms of boxes, of scores, of places.
    """

    def __init__(
        self,
        *,
        found: str = FOUND,
        edges: str = EDGES,
        satellites: str = SATELLITES,
        satellite_boxes: str = SATELLITE_BOXES,
        places: str = PLACES,
        paces: str = PACES,
    ) -> None:
        self.scores = _scores(found)
        self.edges = _spread(_rows(edges)).reshape(-1, 4, _FINE)
        self.satellites = _scores(satellites)
        self.satellite_boxes = _rows(satellite_boxes)
        self.places = _scores(places)[0]
        boxes, scores, things = _rows(paces).tolist()
        self.box_pace = Pace(boxes[0], boxes[1] * 1000.0)
        self.score_pace = Pace(scores[0], scores[1] * 1000.0)
        self.place_ms = things[1] * 1000.0


@lru_cache(maxsize=1)
def _fitted() -> ErrorTables:
    return ErrorTables()


@dataclass(frozen=True, slots=True, eq=False)
class ErrorModel:
    """How far a detector is from the truth; each kind of error can be left out."""

    has_misses: bool = True
    """People are missed, and scores tell how sure a box is; else everybody of whom anything shows
    is found with score 1."""
    has_trembling: bool = True
    """Boxes are off."""
    has_false_boxes: bool = True
    """There are further boxes: about people who have one, about things."""

    tables: ErrorTables = field(default_factory=_fitted)
    """What was measured."""


TRUTHFUL = ErrorModel(has_misses=False, has_trembling=False, has_false_boxes=False)
"""No errors but those of the camera: who is wholly hidden is not there."""


def cell_of(visible: FloatArray, tall: FloatArray) -> IntArray:
    """The cell of the tables for visible fractions and heights as shares of the image's."""
    return np.searchsorted(VISIBLE, visible, side="right") * (len(TALL) + 1) + np.searchsorted(
        TALL, tall, side="right"
    )


@dataclass(frozen=True, slots=True)
class Steps:
    """How far the chance of people, or of things, has gone."""

    key: IntArray
    """Random bits of each row's person, plus the steps taken."""
    share: NDArray[np.int32]
    """`(N, 1)` of the way to the next step, in 1,024ths."""


def steps_of(pace: Pace, key: IntArray, at_ms: IntArray, floor_xy: FloatArray) -> Steps:
    """How far the chance of people at places has gone.

    Args:
        pace: How fast it goes.
        key: Random bits of each row's person.
        at_ms: Instants.
        floor_xy: `(N, 2)` where they stand, m.
    """
    way_m = floor_xy[:, 0] * _ALONG[0] + floor_xy[:, 1] * _ALONG[1]
    return _steps(key, way_m / pace.step_m + at_ms / pace.still_ms)


def steps_in_time(still_ms: float, key: IntArray, at_ms: IntArray) -> Steps:
    """How far the chance of things has gone; they stay where they are."""
    return _steps(key, at_ms / still_ms)


def _steps(key: IntArray, phase: FloatArray) -> Steps:
    whole = np.floor(phase)
    share = ((phase - whole) * 1024.0).astype(np.int32)
    return Steps(key + whole.astype(np.int64), share[:, None])


def keys_of(seed: int, person: IntArray) -> IntArray:
    """Random bits of persons, or of things."""
    return bits(seed, 80, person).view(np.int64)


def drifting(seed: int, stream: int, steps: Steps) -> NDArray[np.int32]:
    """Four numbers in [0, 1,024) per row, evenly spread, that change steadily with the steps.

    Between two steps a number goes the shorter way round a circle, which keeps it evenly spread;
    the circle is folded, so that there is no jump where it closes.
    """
    before, after = (_four(bits(seed, stream, steps.key + i)) for i in (0, 1))
    turn = (after - before).view(np.int16).astype(np.int32) * steps.share >> 10
    place = (before + turn) & 0xFFFF
    return np.asarray(np.minimum(place, 0xFFFF - place) >> 5)


def picked(seed: int, stream: int, steps: Steps) -> NDArray[np.uint16]:
    """Four whole numbers below 65,536 per row that hold for a step."""
    return _four(bits(seed, stream, steps.key))


def _four(values: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """The four quarters of 64 bits, lowest first: `(N, 4)`."""
    return values.astype("<u8", copy=False).view("<u2").reshape(-1, 4)
