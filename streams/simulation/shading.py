"""How bright a place is: under the lamps of the ceiling, and in the daylight of the windows."""

import cv2
import numpy as np
from numpy.typing import NDArray

from streams.simulation.plan import Rect, Store
from streams.simulation.rays import FLOOR, Hits

FloatArray = NDArray[np.float32]

_CELL_M = 0.05
_LAMPS_EVERY_M = 2.6


class Shading:
    """Light over the floor plan of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._contact = _contact_map(store)

    def at(self, x_m: FloatArray, y_m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Gains under lamps and in daylight at points of the floor plan."""
        store = self._store
        waves = np.cos(2 * np.pi * x_m / _LAMPS_EVERY_M) + np.cos(2 * np.pi * y_m / _LAMPS_EVERY_M)
        lamps = 0.82 + 0.045 * waves
        inside = np.clip((store.depth_m - y_m) / 2.6, 0.0, 8.0)
        daylight = 0.12 + 0.5 * np.exp(-inside)
        outside = y_m > store.depth_m
        lamps = np.where(outside, 0.3, lamps)
        daylight = np.where(outside, 0.85, daylight)
        return np.asarray(lamps, dtype=np.float32), np.asarray(daylight, dtype=np.float32)

    def on_surfaces(self, hits: Hits) -> tuple[FloatArray, FloatArray]:
        """Gains under lamps and in daylight of every pixel of an image."""
        lamps, daylight = self.at(hits.x_m, hits.y_m)
        side = np.select([hits.axis == 0, hits.axis == 1], [0.86, 0.94], 1.0)
        low = np.where(hits.axis == 2, 1.0, 1.0 - 0.3 * np.exp(-np.maximum(hits.z_m, 0) / 0.22))
        high = np.where(hits.axis == 2, 1.0, np.clip(1.18 - 0.1 * hits.z_m, 0.8, 1.1))
        contact = np.where(hits.block == FLOOR, self._contact_at(hits.x_m, hits.y_m), 1.0)
        gain = (side * low * high * contact).astype(np.float32)
        return lamps * gain, daylight * gain

    def _contact_at(self, x_m: FloatArray, y_m: FloatArray) -> FloatArray:
        rows, columns = self._contact.shape
        column = np.clip((x_m / _CELL_M).astype(int), 0, columns - 1)
        row = np.clip((y_m / _CELL_M).astype(int), 0, rows - 1)
        return np.asarray(self._contact[row, column])


def _contact_map(store: Store) -> FloatArray:
    """How much furniture and walls darken the floor beside them."""
    shape = (round((store.depth_m + 4) / _CELL_M), round(store.width_m / _CELL_M))
    covered = np.zeros(shape, dtype=np.float32)
    for block in store.blocks:
        if block.bottom_m < 0.3:
            _stamp(covered, block.rect)
    near = cv2.GaussianBlur(covered, (0, 0), 0.12 / _CELL_M)
    wide = cv2.GaussianBlur(covered, (0, 0), 0.45 / _CELL_M)
    return np.asarray(1.0 - 0.35 * near - 0.35 * wide, dtype=np.float32)


def _stamp(covered: FloatArray, rect: Rect) -> None:
    x0, y0, x1, y1 = (
        max(0, round(edge / _CELL_M)) for edge in (rect.x0, rect.y0, rect.x1, rect.y1)
    )
    covered[y0:y1, x0:x1] = 1.0
