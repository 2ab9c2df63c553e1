"""The light of an instant, and what the sensor makes of it: gains, exposure, noise.

All of it is a function of the seed and the instant, so a frame is the same wherever a camera
starts.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from streams.simulation.arrivals import DAY_MS
from streams.simulation.chance import uniform

Image = NDArray[np.uint8]
FloatArray = NDArray[np.float32]

_TINT_EVERY_MS = 240_000
_LAMP_EVERY_MS = 900_000
_NOISE_PX = 96
_STEADY_MS = 1_000


@dataclass(frozen=True, slots=True)
class Light:
    """The light of one instant."""

    lamps: float
    """Gain of the lamps."""
    tint: tuple[float, float, float]
    """Gains of the camera's white balance, blue green red."""
    daylight: float
    """Gain of the daylight, 0 at night."""
    exposure: float
    """The camera's own gain."""

    def gains(self, lamps: FloatArray, daylight: FloatArray) -> FloatArray:
        """Gains `(N, 3)`, blue green red, of places so bright under lamps and in daylight."""
        bright = (lamps * self.lamps + daylight * self.daylight) * self.exposure
        return np.asarray(bright[:, None] * np.array(self.tint, dtype=np.float32))

    def on(self, lamps: Image, daylight: Image) -> Image:
        """A picture made of its colours under lamps and in daylight."""
        share = self.exposure
        image = cv2.addWeighted(lamps, self.lamps * share, daylight, self.daylight * share, 0.0)
        curve = np.clip(np.arange(256)[:, None] * np.array(self.tint), 0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(image, curve.reshape(256, 1, 3)), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class LightRange:
    """How far the light may stray from the ordinary; a share of each."""

    lamps: float = 0.1
    tint: float = 0.05
    exposure: float = 0.12

    def times(self, factor: float) -> "LightRange":
        """A range so many times as wide."""
        return LightRange(self.lamps * factor, self.tint * factor, self.exposure * factor)


def light_at(at_ms: int, *, seed: int, spread: LightRange | None = None) -> Light:
    """The light at an instant: daylight by the hour, clouds, lamps, the camera's adaptation.

    It changes once a second, so what is drawn in one light serves for several frames.
    """
    at_ms -= at_ms % _STEADY_MS
    spread = spread or LightRange()
    hour = at_ms % DAY_MS / 3_600_000
    sun = float(np.clip(np.cos((hour - 13.0) / 24.0 * 2 * np.pi) * 1.25 + 0.35, 0.0, 1.0))
    cloud = 0.7 + 0.3 * _drift(at_ms, 420_000, seed, 11)
    dim = 1.0 - spread.lamps * _step(at_ms, _LAMP_EVERY_MS, seed, 12)
    warm = spread.tint * (2 * _drift(at_ms, _TINT_EVERY_MS, seed, 13) - 1)
    adapted = 1.06 / (0.85 * dim + 0.3 * sun * cloud)
    exposure = adapted * (1.0 + spread.exposure * (2 * _drift(at_ms, 90_000, seed, 14) - 1))
    return Light(
        lamps=dim,
        tint=(1.0 - warm, 1.0, 1.0 + warm),
        daylight=sun * cloud,
        exposure=exposure,
    )


def _drift(at_ms: int, every_ms: int, seed: int, stream: int) -> float:
    """A value in [0, 1) that wanders smoothly, new about every so often."""
    step, rest = divmod(at_ms, every_ms)
    ends = uniform(seed, stream, np.array([step, step + 1]))
    share = 0.5 - 0.5 * float(np.cos(np.pi * rest / every_ms))
    return float(ends[0] + share * (ends[1] - ends[0]))


def _step(at_ms: int, every_ms: int, seed: int, stream: int) -> float:
    """A value in [0, 1) that jumps, as when somebody switches a row of lamps."""
    return float(uniform(seed, stream, np.array([at_ms // every_ms]))[0])


class Sensor:
    """A camera's sensor: adds noise, from a store of noise that a frame's instant picks from."""

    def __init__(self, *, width: int, height: int, seed: int, noise: float = 3.2) -> None:
        rng = np.random.default_rng([seed, 77])
        shape = (height + _NOISE_PX, width + _NOISE_PX, 3)
        grain = rng.standard_normal(shape, dtype=np.float32) * noise
        grain = 0.7 * grain + 0.5 * cv2.GaussianBlur(grain, (3, 3), 0) * 1.6
        self._brighter = np.clip(grain, 0, 255).astype(np.uint8)
        self._darker = np.clip(-grain, 0, 255).astype(np.uint8)
        self._size = (width, height)
        self._seed = seed

    def expose(self, image: Image, *, at_ms: int) -> Image:
        """The image as the sensor gives it: a little soft, grainy."""
        picks = uniform(self._seed, 21, np.array([at_ms * 2, at_ms * 2 + 1])) * _NOISE_PX
        left, top = int(picks[0]), int(picks[1])
        width, height = self._size
        window = (slice(top, top + height), slice(left, left + width))
        soft = cv2.GaussianBlur(image, (3, 3), 0.6)
        cv2.add(soft, self._brighter[window], dst=soft)
        cv2.subtract(soft, self._darker[window], dst=soft)
        return np.asarray(soft, dtype=np.uint8)
