"""People painted into an empty store, from far to near, each behind what stands before it.

Where furniture is nearer than a person, the empty store is laid over again: whoever is painted
there later is nearer still, so the order of painting is all that is needed.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from streams.simulation.backdrop import Backdrop
from streams.simulation.cameras import Lens
from streams.simulation.crowd import Crowd
from streams.simulation.drawing import drawn_figures, paint, palette_of, silhouette
from streams.simulation.figures import Figures
from streams.simulation.looks import Look

Image = NDArray[np.uint8]
Box = list[int]
"""Left, top, right, bottom, whole pixels; may reach beyond the image."""
Window = tuple[slice, slice]
"""Rows and columns of a part of the image."""

BODY_M = 0.12
"""Half a body's thickness: what is nearer than its axis by more than this hides it."""
_SHADOW_M = 0.46
_SHADOW_DEPTH = 0.42
_RIM = np.linspace(-1.0, 1.0, 48)
_FALLOFF = np.clip(1.0 - np.hypot(_RIM[:, None], _RIM), 0.0, 1.0) ** 0.8
_SHADOW = (255 * (1.0 - _SHADOW_DEPTH * np.minimum(_FALLOFF * 1.6, 1.0))).astype(np.uint8)


class Painting:
    """One frame in the making."""

    def __init__(self, empty: Image, backdrop: Backdrop, crowd: Crowd, figures: Figures) -> None:
        """Starts with the empty store in the frame's light.

        Args:
            empty: The empty store in the frame's light, BGR.
            backdrop: What of it stands where.
            crowd: Everybody at this one instant.
            figures: The same people as the camera sees them.
        """
        self.image = empty.copy()
        self.crowd = crowd
        self.figures = figures
        self._empty = empty
        self._ahead_m = backdrop.ahead_m
        self._above_floor = backdrop.above_floor
        seen = np.flatnonzero(figures.in_view)
        self.rows = [int(row) for row in seen[np.argsort(-figures.ahead_m[seen], kind="stable")]]
        """Rows of `crowd` within the image, far ones first."""
        columns = (figures.x_px, figures.y_px, figures.r_px, figures.joint_ahead_m)
        drawn = drawn_figures(*(column[self.rows] for column in columns))
        self._bodies = dict(zip(self.rows, drawn, strict=True))

    def shadows(self, lens: Lens) -> None:
        """Darkens the floor round everybody's feet."""
        stances, rows = self.crowd.stances, self.rows
        x_px, y_px, depth = lens.project(stances.x_m[rows], stances.y_m[rows], 0.0)
        across = lens.focal_px / depth * _SHADOW_M
        flat = across * lens.position[2] / np.hypot(depth, lens.position[2])
        boxes = np.stack((x_px - across, y_px - flat, x_px + across, y_px + flat), axis=1)
        for box in boxes.round().astype(int).tolist():
            self._darken(box)

    def _darken(self, box: Box) -> None:
        window = self._window(box)
        sides = (box[2] - box[0], box[3] - box[1])
        if window is None or min(sides) < 3:
            return
        blob = np.asarray(cv2.resize(_SHADOW, sides), dtype=np.uint8)
        blob = np.maximum(_part(blob, box, window), self._above_floor[window])
        patch = self.image[window]
        cv2.multiply(patch, cv2.merge((blob, blob, blob)), dst=patch, scale=1.0 / 255.0)

    def people(self, looks: list[Look], gains: NDArray[np.float32]) -> None:
        """Paints everybody, each in the light of its place: gains `(N, 3)`, blue green red."""
        for row in self.rows:
            paint(self.image, self._bodies[row], palette_of(looks[row]), gains[row].tolist())
            window = self._window(self._edges(row))
            if window is not None:
                nearer = self._nearer(row, window)
                cv2.copyTo(self._empty[window], nearer, self.image[window])

    def labels(self) -> tuple[Image, dict[int, float]]:
        """Whom each pixel shows, and the visible share of everybody's silhouette, by row.

        Returns:
            An image of 1 + index in `rows` (0 for nobody), and a share for every row.
        """
        labels = np.zeros(self.image.shape[:2], dtype=np.uint8)
        totals = {}
        for index, row in enumerate(self.rows):
            totals[row] = self._label(labels, index, row)
        counts = np.bincount(labels.ravel(), minlength=len(self.rows) + 1)
        return labels, {
            row: round(int(counts[index + 1]) / max(totals[row], 1), 4)
            for index, row in enumerate(self.rows)
        }

    def _label(self, labels: Image, index: int, row: int) -> int:
        """Marks one body's pixels; returns how many its silhouette has, beyond the edges too."""
        box = self._edges(row)
        mask = np.zeros((box[3] - box[1], box[2] - box[0]), dtype=np.uint8)
        silhouette(mask, self._bodies[row], origin=(box[0], box[1]))
        window = self._window(box)
        if window is not None:
            shown = (_part(mask, box, window) > 0) & (self._nearer(row, window) == 0)
            labels[window][shown] = index + 1
        return int(np.count_nonzero(mask))

    def _edges(self, row: int) -> Box:
        """A box of whole pixels round one body, with a little to spare."""
        x1, y1, x2, y2 = self.figures.whole[row].tolist()
        return [int(x1) - 2, int(y1) - 2, int(x2) + 3, int(y2) + 3]

    def _nearer(self, row: int, window: Window) -> Image:
        """255 where something stands nearer than one body."""
        limit = float(self.figures.ahead_m[row]) - BODY_M
        return np.asarray(cv2.inRange(self._ahead_m[window], -np.inf, limit), dtype=np.uint8)

    def _window(self, box: Box) -> Window | None:
        """The part of the image within a box of whole pixels, if any."""
        height, width = self._ahead_m.shape
        left, top = max(box[0], 0), max(box[1], 0)
        right, bottom = min(box[2], width), min(box[3], height)
        if right - left < 1 or bottom - top < 1:
            return None
        return slice(top, bottom), slice(left, right)


def _part(image: Image, box: Box, window: Window) -> Image:
    """The part within a window of an image whose corner lies at a box's corner."""
    rows, columns = window
    return image[
        rows.start - box[1] : rows.stop - box[1], columns.start - box[0] : columns.stop - box[0]
    ]
