"""Bodies on the image: circles in pixels, and the boxes around them.

A box is the whole body's, also where others or furniture hide it (its foot point is then still
where the feet are), cut at the edges of the image.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.simulation.cameras import Lens
from streams.simulation.poses import Bodies, Stances, joints_of

FloatArray = NDArray[np.float64]

_TALLEST_M = 2.2
_REACH_M = 0.7
_NEAREST_M = 0.7
"""Who is nearer than this to the camera's plane is not drawn: it would fill the image."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Bodies as one camera sees them, columns of one length."""

    x_px: FloatArray
    """`(N, 25)` centres of the circles."""
    y_px: FloatArray
    r_px: FloatArray
    joint_ahead_m: FloatArray
    """`(N, 25)` distances on the floor in the direction the camera looks, of the circles."""
    ahead_m: FloatArray
    """`(N,)` the same of where the bodies stand."""
    whole: FloatArray
    """`(N, 4)` xyxy of the whole body, also beyond the image."""
    boxes: FloatArray
    """`(N, 4)` xyxy within the image; empty ones have no area."""
    in_view: NDArray[np.bool_]
    """Whether any of the body lies within the image."""


def could_be_seen(stances: Stances, lens: Lens) -> NDArray[np.bool_]:
    """Whether somebody at such places could be on the image; never wrong when it says no."""
    x_px, foot_px, foot_m = lens.project(stances.x_m, stances.y_m, 0.0)
    _, head_px, head_m = lens.project(stances.x_m, stances.y_m, _TALLEST_M)
    reach_px = lens.focal_px * _REACH_M / np.minimum(foot_m, head_m)
    return np.asarray(
        (np.minimum(foot_m, head_m) > _NEAREST_M - _REACH_M)
        & (x_px > -reach_px)
        & (x_px < lens.width + reach_px)
        & (foot_px > -reach_px)
        & (head_px < lens.height + reach_px)
    )


def figures_of(stances: Stances, bodies: Bodies, lens: Lens) -> Figures:
    """Everybody as the lens sees them, in the order given."""
    joints = joints_of(stances, bodies)
    x_px, y_px, depth = lens.project(joints.x, joints.y, joints.z)
    r_px = joints.radius * (lens.focal_px / depth)
    whole = np.stack(
        (
            (x_px - r_px).min(axis=1),
            (y_px - r_px).min(axis=1),
            (x_px + r_px).max(axis=1),
            (y_px + r_px).max(axis=1),
        ),
        axis=1,
    )
    limits = np.array([lens.width, lens.height, lens.width, lens.height], dtype=np.float64)
    boxes = np.clip(whole, 0.0, limits)
    sides = boxes[:, 2:] - boxes[:, :2]
    ahead = lens.ahead_m(stances.x_m, stances.y_m)
    joint_ahead = lens.ahead_m(joints.x, joints.y)
    in_view = (sides > 1.0).all(axis=1) & (depth.min(axis=1) > _NEAREST_M)
    return Figures(x_px, y_px, r_px, joint_ahead, ahead, whole, boxes, in_view)
