"""Boxes as a detector would give them, made from the truth and an error model; nothing is drawn.

In: a camera and instants. Out: boxes and scores per frame, with what detectors do: they miss people
who are hidden, and anybody for a while; boxes tremble, most at hidden feet; figures that look like
people are found now and then; some boxes are about nothing. Every number is a function of (seed,
instant, person), so a frame is the same wherever the frames start.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.simulation.arrivals import DAY_MS, checked_traffic, day_of, day_start_ms
from streams.simulation.cameras import lens_of
from streams.simulation.chance import normal, uniform
from streams.simulation.day import Day, day_at
from streams.simulation.rays import cast
from streams.simulation.scenes import view_of
from streams.simulation.sightings import Sightings, sightings_at
from streams.simulation.stores import store_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_BLOCK_FRAMES = 120
"""Few enough that a block's numbers stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """How far a detector is from the truth; all zero is the truth itself."""

    hidden_below: float = 0.3
    """People of whom this share shows are found half of the time."""
    miss_rate: float = 0.015
    """Share of single frames in which anybody is missed."""
    burst_rate: float = 0.012
    """Share of spells in which somebody is missed all along."""
    burst_ms: int = 900
    """Length of a spell."""
    jitter: float = 0.018
    """Standard deviation of a box's edge, shares of its side."""
    false_rate: float = 0.03
    """Boxes about nothing, per frame."""
    lookalike_rate: float = 0.25
    """Share of spells in which a mannequin is taken for a person."""


TRUTHFUL = ErrorModel(0.0, 0.0, 0.0, 1, 0.0, 0.0, 0.0)
"""No errors but those of the camera: who is wholly hidden is not there."""


@dataclass(frozen=True, slots=True)
class FoundBoxes:
    """What a detector found on one frame."""

    at_ms: int
    boxes: FloatArray
    """`(N, 4)` xyxy px."""
    scores: FloatArray
    """`(N,)` in [0, 1]."""


class BoxCamera:
    """One camera of a simulated store that gives boxes instead of images."""

    def __init__(
        self,
        site: str,
        camera: str,
        *,
        seed: int = 1,
        size: tuple[int, int] = (640, 360),
        errors: ErrorModel | None = None,
        traffic: float = 1.0,
    ) -> None:
        """Measures the empty store, which takes a part of a second.

        Args:
            site: Id of the simulated site.
            camera: Id of one of its cameras.
            seed: Another seed gives other people and other errors.
            size: Width and height of the image, px.
            errors: How far the boxes are from the truth.
            traffic: Parties that come, relative to an ordinary day.

        Raises:
            SimulationError: If there is no such site or camera, or the traffic is none.
        """
        self.store = store_of(site)
        self.lens = lens_of(view_of(self.store, camera), width=size[0], height=size[1])
        self.seed = seed
        self.traffic = checked_traffic(traffic)
        self._errors = errors or ErrorModel()
        self._ahead_m = cast(self.lens, self.store.blocks, far_y_m=self.store.depth_m).ahead_m

    def day(self, at_ms: int) -> Day:
        """The simulated day of an instant."""
        return day_at(self.store.id, seed=self.seed, day=day_of(at_ms), traffic=self.traffic)

    def truth(self, at_ms: IntArray) -> Sightings:
        """Who is where at rising instants of one simulated day."""
        return sightings_at(self.day(int(at_ms[0])), self.lens, self._ahead_m, at_ms)

    def frames(self, start_ms: int, *, every_ms: int, count: int) -> Iterator[FoundBoxes]:
        """What is found on `count` frames from an instant on, oldest first."""
        done = 0
        while done < count:
            first_ms = start_ms + done * every_ms
            left_ms = day_start_ms(day_of(first_ms)) + DAY_MS - first_ms
            block = min(count - done, _BLOCK_FRAMES, -(-left_ms // every_ms))
            yield from self._block(first_ms + np.arange(block) * every_ms)
            done += block

    def _block(self, at_ms: IntArray) -> Iterator[FoundBoxes]:
        seen = self.truth(at_ms)
        at, boxes, scores = _found(seen, at_ms, self._errors, self.seed)
        lure_at, lure_boxes, lure_scores = self._lures(at_ms)
        at = np.concatenate((at, lure_at))
        order = np.argsort(at, kind="stable")
        at = at[order]
        boxes = np.concatenate((boxes, lure_boxes))[order]
        scores = np.concatenate((scores, lure_scores))[order]
        ends = np.searchsorted(at, np.arange(at_ms.size + 1)).tolist()
        for index, instant in enumerate(at_ms.tolist()):
            rows = slice(ends[index], ends[index + 1])
            yield FoundBoxes(instant, boxes[rows], scores[rows])

    def _lures(self, at_ms: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Boxes of mannequins taken for people, and boxes about nothing."""
        seed, errors = self.seed, self._errors
        parts = [(np.empty(0, np.int64), np.empty((0, 4)), np.empty(0))]
        spell = at_ms // 2_500
        for number, spot in enumerate(self.store.mannequins):
            x, y = np.array(spot.at[0]), np.array(spot.at[1])
            foot_x, foot_y, _ = self.lens.project(x, y, 0.0)
            head_x, head_y, _ = self.lens.project(x, y, 1.78)
            half = (float(foot_y) - float(head_y)) * 0.17
            if not 0 < float(head_x) < self.lens.width or half <= 2.0:
                continue
            box = np.array([foot_x - half, head_y, foot_x + half, foot_y])
            rows = np.flatnonzero(
                (uniform(seed, 31 + number, spell) < errors.lookalike_rate)
                & (uniform(seed, 41 + number, at_ms) < 0.6)
            )
            shaken = box + normal(seed, 51 + number, at_ms[rows])[:, None] * errors.jitter * half
            parts.append((rows, shaken, 0.1 + 0.4 * uniform(seed, 61 + number, at_ms[rows])))
        rows = np.flatnonzero(uniform(seed, 71, at_ms) < errors.false_rate)
        keys = at_ms[rows]
        x, y = (uniform(seed, 72 + i, keys) * side for i, side in enumerate(self._sides()))
        height = 20 + 90 * uniform(seed, 74, keys)
        width = height * (0.3 + 0.3 * uniform(seed, 75, keys))
        false = np.stack((x, y, x + width, y + height), axis=1)
        parts.append((rows, false, 0.1 + 0.35 * uniform(seed, 76, keys) ** 2))
        at, boxes, scores = (np.concatenate(column) for column in zip(*parts, strict=True))
        limits = np.array([self.lens.width, self.lens.height] * 2, dtype=np.float64)
        return at, np.clip(boxes, 0.0, limits), scores

    def _sides(self) -> tuple[float, float]:
        return self.lens.width * 0.9, self.lens.height * 0.75


def _found(
    seen: Sightings, at_ms: IntArray, errors: ErrorModel, seed: int
) -> tuple[IntArray, FloatArray, FloatArray]:
    """The people found, their boxes and scores."""
    instants = at_ms[seen.instant]
    visible = seen.visible_fraction
    height = seen.boxes[:, 3] - seen.boxes[:, 1]
    chance = 1.0 / (1.0 + np.exp(-(visible - errors.hidden_below) / 0.06))
    chance = np.where(visible <= 0.0, 0.0, np.where(errors.hidden_below > 0, chance, 1.0))
    spell = instants // errors.burst_ms
    is_found = (
        (uniform(seed, 81, spell // 2, seen.person) < chance)
        & (uniform(seed, 82, spell, seen.person) >= errors.burst_rate)
        & (uniform(seed, 83, instants, seen.person) >= errors.miss_rate)
        & (height > 6.0)
    )
    rows = np.flatnonzero(is_found)
    boxes = _trembling(seen, rows, instants, errors, seed)
    doubt = 0.06 * normal(seed, 84, instants[rows], seen.person[rows])
    scores = np.clip(0.3 + 0.62 * visible[rows] ** 0.7 + doubt, 0.05, 0.99)
    return seen.instant[rows], boxes, np.where(errors.hidden_below > 0, scores, 1.0)


def _trembling(
    seen: Sightings, rows: IntArray, instants: IntArray, errors: ErrorModel, seed: int
) -> FloatArray:
    boxes = seen.boxes[rows]
    if errors.jitter == 0.0:
        return boxes
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    noise = np.stack(
        [normal(seed, 91 + edge, instants[rows], seen.person[rows]) for edge in range(4)], axis=1
    )
    noise[:, 3] *= 1.0 + 2.0 * (1.0 - seen.visible_fraction[rows])
    return np.asarray(boxes + noise * errors.jitter * sides)
