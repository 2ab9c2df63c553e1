"""Bodies in pixels: limbs as filled hulls of circles, far ones first.

In: circles of all bodies of an image. Out: their colours painted on it, or their silhouettes on
a mask; both from the same outlines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from streams.simulation.looks import Bgr, Look
from streams.simulation.poses import Joint

Image = NDArray[np.uint8]
FloatArray = NDArray[np.float64]
Outline = NDArray[np.int32]
"""`(k, 2)` pixels times 16."""

_SHIFT = 4
_ARC = np.linspace(0.0, 1.0, 6)
_CIRCLE = np.linspace(0.0, 2 * np.pi, 10, endpoint=False)
_DARK = 0.74
"""How bright the dark side of a limb is, and how large the lit one."""
_LIT_SHIFT = np.array([0.06, 0.05])
_PLAIN_BELOW_PX = 5


@dataclass(frozen=True, slots=True)
class _Limb:
    """A hull of two circles, or of one."""

    start: Joint
    end: Joint
    slot: int
    bias_m: float = 0.0
    """Drawn as if this much nearer."""


SHOES, SHANK, THIGH, SLEEVE, FOREARM, SKIN, HAIR, CROWN, ACCENT, TOP, HEM = range(11)
_LIMBS = (
    *(_Limb(Joint(0 + i), Joint(2 + i), SHOES) for i in (0, 1)),
    *(_Limb(Joint(4 + i), Joint(0 + i), SHANK, 0.01) for i in (0, 1)),
    *(_Limb(Joint(6 + i), Joint(4 + i), THIGH, 0.02) for i in (0, 1)),
    *(_Limb(Joint(8 + i), Joint(10 + i), SLEEVE, 0.06) for i in (0, 1)),
    *(_Limb(Joint(10 + i), Joint(12 + i), FOREARM, 0.08) for i in (0, 1)),
    *(_Limb(Joint(12 + i), Joint(12 + i), SKIN, 0.09) for i in (0, 1)),
    _Limb(Joint.NECK, Joint.NECK, SKIN, -0.02),
    _Limb(Joint.HEAD, Joint.HAIR, HAIR, 0.01),
    _Limb(Joint.HEAD, Joint.CROWN, CROWN),
    _Limb(Joint.FACE, Joint.CHIN, SKIN, 0.005),
    _Limb(Joint.HAND_R, Joint.BAG, ACCENT, 0.07),
    _Limb(Joint.PACK_LOW, Joint.PACK_HIGH, ACCENT),
)
_TRUNKS = (
    ((Joint.SHOULDER_L, Joint.SHOULDER_R, Joint.HIP_L, Joint.HIP_R), TOP, 0.04),
    ((Joint.HIP_L, Joint.HIP_R, Joint.HEM_L, Joint.HEM_R), HEM, 0.05),
)
_STARTS = np.array([limb.start for limb in _LIMBS])
_ENDS = np.array([limb.end for limb in _LIMBS])
_BIASES = np.array([limb.bias_m for limb in _LIMBS] + [trunk[2] for trunk in _TRUNKS])
_SLOT_OF = [limb.slot for limb in _LIMBS] + [trunk[1] for trunk in _TRUNKS]
_SIZED_BY = np.array([*_ENDS, Joint.HIP_L, Joint.HEM_L])


@dataclass(frozen=True, slots=True)
class Part:
    """One filled hull of a body."""

    outline: Outline
    lit: Outline | None
    """The smaller hull of its lit side; none where it would be too small to see."""
    slot: int
    """Which of a look's colours it has."""


Figure = list[Part]
"""A body's parts, far ones first."""


def drawn_figures(
    x_px: FloatArray, y_px: FloatArray, r_px: FloatArray, ahead_m: FloatArray
) -> list[Figure]:
    """The parts of every body, from circles `(N, 25)`; in the order given."""
    if not len(x_px):
        return []
    # OpenCV counts from the middle of the first pixel, boxes and cameras from its corner.
    x_px, y_px = x_px - 0.5, y_px - 0.5
    limbs = _limb_outlines(x_px, y_px, r_px)
    lit, reach = _lit_sides(limbs)
    depths = (ahead_m[:, _STARTS] + ahead_m[:, _ENDS]) / 2
    trunk_depths = [ahead_m[:, list(joints)].mean(axis=1) for joints, _, _ in _TRUNKS]
    depths = np.concatenate((depths, np.stack(trunk_depths, axis=1)), axis=1)
    orders = np.argsort(_BIASES - depths, axis=1, kind="stable").tolist()
    is_there = (r_px[:, _SIZED_BY] > 0.0).tolist()
    is_large = (reach >= _PLAIN_BELOW_PX << _SHIFT).tolist()
    outlines, lit = np.rint(limbs).astype(np.int32), np.rint(lit).astype(np.int32)
    trunks = _trunk_points(x_px, y_px, r_px)
    figures = []
    for row, order in enumerate(orders):
        parts: Figure = []
        for index in order:
            if not is_there[row][index]:
                continue
            if index >= len(_LIMBS):
                trunk = index - len(_LIMBS)
                parts.append(_trunk(trunks[row, trunk], trunk))
            else:
                inner = lit[row, index] if is_large[row][index] else None
                parts.append(Part(outlines[row, index], inner, _SLOT_OF[index]))
        figures.append(parts)
    return figures


def _limb_outlines(x_px: FloatArray, y_px: FloatArray, r_px: FloatArray) -> FloatArray:
    """The tangent hull of each pair of circles, `(N, limbs, 12, 2)`: an arc at either end."""
    x0, y0, r0 = x_px[:, _STARTS], y_px[:, _STARTS], r_px[:, _STARTS]
    x1, y1, r1 = x_px[:, _ENDS], y_px[:, _ENDS], r_px[:, _ENDS]
    length = np.maximum(np.hypot(x1 - x0, y1 - y0), 1e-6)
    half = np.arccos(np.clip((r0 - r1) / length, -1.0, 1.0))
    half = np.where(length > 1e-3, half, np.pi / 2)[..., None]
    direction = np.arctan2(y1 - y0, x1 - x0)[..., None]
    far = direction + half + _ARC * 2 * (np.pi - half)
    near = direction - half + _ARC * 2 * half
    xs = (x0[..., None] + r0[..., None] * np.cos(far), x1[..., None] + r1[..., None] * np.cos(near))
    ys = (y0[..., None] + r0[..., None] * np.sin(far), y1[..., None] + r1[..., None] * np.sin(near))
    points = np.stack((np.concatenate(xs, axis=2), np.concatenate(ys, axis=2)), axis=3)
    return np.asarray(points * (1 << _SHIFT))


def _lit_sides(outlines: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Outlines of the lit sides, towards the upper left, and the narrow sides of their boxes."""
    low, high = outlines.min(axis=-2, keepdims=True), outlines.max(axis=-2, keepdims=True)
    middle, reach = (low + high) / 2, high - low
    lit = middle + (outlines - middle) * _DARK - reach * _LIT_SHIFT
    return lit, reach.min(axis=(-2, -1))


def _trunk_points(x_px: FloatArray, y_px: FloatArray, r_px: FloatArray) -> Outline:
    """Points of the circles of each trunk, `(N, trunks, 40, 2)`."""
    joints = np.array([trunk[0] for trunk in _TRUNKS])
    x, y, r = (column[:, joints][..., None] for column in (x_px, y_px, r_px))
    points = np.stack((x + r * np.cos(_CIRCLE), y + r * np.sin(_CIRCLE)), axis=-1)
    fixed = np.rint(points * (1 << _SHIFT)).astype(np.int32)
    return np.asarray(fixed.reshape(len(x_px), len(_TRUNKS), -1, 2))


def _trunk(points: Outline, trunk: int) -> Part:
    hull = cv2.convexHull(points)[:, 0, :]
    low, high = hull.min(axis=0), hull.max(axis=0)
    reach = high - low
    lit = (hull * _DARK + ((low + high) * ((1 - _DARK) / 2) - reach * _LIT_SHIFT)).astype(np.int32)
    is_large = reach.min() >= _PLAIN_BELOW_PX << _SHIFT
    return Part(np.asarray(hull, np.int32), lit if is_large else None, _TRUNKS[trunk][1])


@lru_cache(maxsize=4096)
def palette_of(look: Look) -> tuple[Bgr, ...]:
    """The colour of every slot of a figure; remembered for the people of a day."""
    return (
        look.shoes,
        look.skin if look.has_skirt else look.bottom,
        look.bottom,
        _shaded(look.top, 0.86),
        look.skin if look.has_short_sleeves else _shaded(look.top, 0.8),
        look.skin,
        look.hair,
        look.accent if look.has_cap else look.hair,
        look.accent,
        look.top,
        look.top if look.has_coat else look.bottom,
    )


def _shaded(colour: Bgr, gain: float) -> Bgr:
    return int(colour[0] * gain), int(colour[1] * gain), int(colour[2] * gain)


def paint(image: Image, body: Figure, colours: tuple[Bgr, ...], light: Sequence[float]) -> None:
    """Paints a body over an image, every part with a lit side and a dark one.

    Args:
        image: Painted over in place.
        body: The parts.
        colours: By slot, as `palette_of` gives them.
        light: Gains of blue, green and red; 1 shows the colours as they are.
    """
    bright = [(b * light[0], g * light[1], r * light[2]) for b, g, r in colours]
    dark = [(b * _DARK, g * _DARK, r * _DARK) for b, g, r in bright]
    for part in body:
        cv2.fillConvexPoly(image, part.outline, dark[part.slot], cv2.LINE_AA, _SHIFT)
        if part.lit is not None:
            cv2.fillConvexPoly(image, part.lit, bright[part.slot], cv2.LINE_AA, _SHIFT)


def silhouette(mask: Image, body: Figure, *, origin: tuple[int, int]) -> None:
    """Sets a mask to 255 where the body is; `origin` is the mask's corner in the image, px."""
    moved = np.array(origin, dtype=np.int32) << _SHIFT
    for part in body:
        cv2.fillConvexPoly(mask, part.outline - moved, 255.0, cv2.LINE_8, _SHIFT)
