"""A pinhole camera over the floor plan: metres to pixels.

No roll and no lens distortion: floor and image are one homography apart, as in the layout.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.simulation.plan import View, Xy

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lens:
    """A view at one image size."""

    position: FloatArray
    """`(3,)` m."""
    right: FloatArray
    """`(3,)` unit vector along the image's x."""
    down: FloatArray
    """`(3,)` unit vector along the image's y."""
    forward: FloatArray
    """`(3,)` unit vector into the image."""
    focal_px: float
    width: int
    height: int

    def project(
        self, x_m: FloatArray, y_m: FloatArray, z_m: FloatArray | float
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Pixels x, y and the distance along the view, m, of points in metres.

        Distances are at least 5 cm, so points behind the camera land far outside the image.
        """
        x, y, z = x_m - self.position[0], y_m - self.position[1], z_m - self.position[2]
        along, across, below = (
            x * axis[0] + y * axis[1] + z * axis[2]
            for axis in (self.forward.tolist(), self.right.tolist(), self.down.tolist())
        )
        depth = np.maximum(along, 0.05)
        scale = self.focal_px / depth
        return self.width / 2 + across * scale, self.height / 2 + below * scale, depth

    def floor_px(self, point: Xy) -> Xy:
        """Where a point of the floor is in the image, px."""
        x, y, _ = self.project(np.array(point[0]), np.array(point[1]), 0.0)
        return float(x), float(y)

    @property
    def ahead(self) -> FloatArray:
        """`(2,)` unit vector on the floor in which the camera looks."""
        flat = self.forward[:2]
        return np.asarray(flat / np.hypot(flat[0], flat[1]))

    def ahead_m(self, x_m: FloatArray, y_m: FloatArray) -> FloatArray:
        """Distance on the floor in the direction the camera looks, m."""
        x, y = self.ahead.tolist()
        return np.asarray((x_m - self.position[0]) * x + (y_m - self.position[1]) * y)


def lens_of(view: View, *, width: int, height: int) -> Lens:
    """The lens of a view for images of that size, px."""
    position = np.array(view.position)
    forward = np.array(view.target) - position
    forward = forward / np.sqrt((forward**2).sum())
    right = np.array([-forward[1], forward[0], 0.0])
    right = right / np.sqrt((right**2).sum())
    down = np.cross(right, forward)
    return Lens(position, right, down, forward, view.focal * width, width, height)
