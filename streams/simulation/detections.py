"""Boxes as a detector would give them, made from the truth and an error model; nothing is drawn.

In: a camera and instants. Out: boxes and scores per frame, with what a detector was seen to do
(`error_model`): it misses people, most those who are hidden; its boxes are off, most at what it
cannot see; it gives some people a second box, and things one. Every number is a function of (seed,
instant, person), so a frame is the same wherever the frames start.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from streams.simulation.arrivals import DAY_MS, checked_traffic, day_of, day_start_ms
from streams.simulation.cameras import lens_of
from streams.simulation.day import Day, day_at
from streams.simulation.error_model import (
    PLACE_COUNT,
    SLOTS,
    TRUTHFUL,
    ErrorModel,
    cell_of,
    drifting,
    keys_of,
    picked,
    steps_in_time,
    steps_of,
)
from streams.simulation.rays import cast
from streams.simulation.scenes import view_of
from streams.simulation.sightings import Sightings, sightings_at
from streams.simulation.stores import store_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Found = tuple[IntArray, FloatArray, FloatArray]
"""Index of the instant, box and score, columns of one length."""

__all__ = ["TRUTHFUL", "BoxCamera", "ErrorModel", "FoundBoxes"]

_BLOCK_FRAMES = 120
"""Few enough that a block's numbers stay in the processor's cache."""
_LEAST_PX = 6.0
"""Who is not even that tall is not found."""


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
        self._chance = (seed << 32) + crc32(f"{site}/{camera}".encode())
        self._places = self._drawn_places()
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
        at, boxes, scores = self._found(self.truth(at_ms), at_ms)
        if self._errors.has_false_boxes:
            thing_at, things, thing_scores = self._things(at_ms)
            at = np.concatenate((at, thing_at))
            order = np.argsort(at, kind="stable")
            at = at[order]
            boxes = np.concatenate((boxes, things)).take(order, axis=0)
            scores = np.concatenate((scores, thing_scores))[order]
        ends = np.searchsorted(at, np.arange(at_ms.size + 1)).tolist()
        for index, instant in enumerate(at_ms.tolist()):
            rows = slice(ends[index], ends[index + 1])
            yield FoundBoxes(instant, boxes[rows], scores[rows])

    def _found(self, seen: Sightings, at_ms: IntArray) -> Found:
        """Boxes about people: one of each who is found, and further ones."""
        errors, chance = self._errors, self._chance
        height = seen.boxes[:, 3] - seen.boxes[:, 1]
        rows = np.flatnonzero((height > _LEAST_PX) & (seen.visible_fraction > 0.0))
        if not errors.has_misses and not errors.has_trembling and not errors.has_false_boxes:
            return seen.instant[rows], seen.boxes[rows], np.ones(rows.size)
        tables, instant, person = errors.tables, seen.instant[rows], seen.person[rows]
        floor_xy, boxes = seen.floor_xy[rows], seen.boxes[rows]
        cell = cell_of(seen.visible_fraction[rows], height[rows] / self.lens.height)
        key = keys_of(chance, person)
        steps = steps_of(tables.score_pace, key, at_ms[instant], floor_xy)
        luck = drifting(chance, 81, steps)
        scores = tables.scores[cell, luck[:, 0]] if errors.has_misses else np.ones(rows.size)
        if errors.has_trembling:
            offsets = tables.edges[
                cell[:, None],
                np.arange(4),
                drifting(chance, 82, steps_of(tables.box_pace, key, at_ms[instant], floor_xy)),
            ]
            boxes = self._within(_moved(boxes, offsets))
        kept = np.flatnonzero((scores > 0.0) & _has_area(boxes))
        found = instant[kept], boxes[kept], scores[kept]
        if not errors.has_false_boxes:
            return found
        more = np.hstack((luck[:, 1:], drifting(chance, 83, steps)))[kept]
        which = np.hstack([picked(chance, 84 + i, steps) for i in (0, 1)])[kept]
        return self._with_satellites(found, more, which)

    def _with_satellites(
        self, found: Found, luck: NDArray[np.int32], which: NDArray[np.uint16]
    ) -> Found:
        """The boxes found and those that people get beside their own."""
        instant, boxes, scores = found
        tables = self._errors.tables
        slot_scores = tables.satellites[np.arange(SLOTS), luck[:, :SLOTS]].ravel()
        filled = np.flatnonzero(slot_scores)
        row, slot = np.divmod(filled, SLOTS)
        chosen = which[row, slot].astype(np.int64) * len(tables.satellite_boxes) >> 16
        offsets = tables.satellite_boxes.take(chosen, axis=0)
        satellites = self._within(_moved(boxes.take(row, axis=0), offsets))
        kept = np.flatnonzero(_has_area(satellites))
        return (
            np.concatenate((instant, instant[row[kept]])),
            np.concatenate((boxes, satellites.take(kept, axis=0))),
            np.concatenate((scores, slot_scores[filled[kept]])),
        )

    def _things(self, at_ms: IntArray) -> Found:
        """Boxes at the view's places where things look like people."""
        tables = self._errors.tables
        at, place = np.divmod(np.arange(at_ms.size * PLACE_COUNT), PLACE_COUNT)
        key = keys_of(self._chance, -1 - place)
        luck = drifting(self._chance, 86, steps_in_time(tables.place_ms, key, at_ms[at]))
        scores = tables.places[luck[:, 0]]
        rows = np.flatnonzero(scores)
        return at[rows], self._places.take(place[rows], axis=0), scores[rows]

    def _drawn_places(self) -> FloatArray:
        """Boxes of people's size that stand somewhere in the view, the same at all times."""
        key = keys_of(self._chance, -1 - np.arange(PLACE_COUNT))
        dice = picked(self._chance, 87, steps_in_time(1.0, key, np.zeros(1, np.int64))) / 65_536
        width, height = self.lens.width, self.lens.height
        tall = height * (0.18 + 0.17 * dice[:, 0])
        wide = tall * (0.3 + 0.2 * dice[:, 1])
        x, y = (width - wide) * dice[:, 2], (height - tall) * dice[:, 3]
        return np.stack((x, y, x + wide, y + tall), axis=1)

    def _within(self, boxes: FloatArray) -> FloatArray:
        limits = np.array([self.lens.width, self.lens.height] * 2, dtype=np.float64)
        return np.minimum(np.maximum(boxes, 0.0), limits)


def _has_area(boxes: FloatArray) -> NDArray[np.bool_]:
    return np.asarray((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]))


def _moved(boxes: FloatArray, offsets: FloatArray) -> FloatArray:
    """Boxes with their edges moved by shares of their own sides."""
    moved = offsets * np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    moved += boxes
    return np.asarray(moved)
