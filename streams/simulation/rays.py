"""What a camera sees of an empty store: one ray per pixel against floor, walls and furniture.

Out: for every pixel the surface it meets, where, and how far ahead on the floor. It is done once
per camera; people are drawn over it later, behind what is nearer than they are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.simulation.cameras import Lens
from streams.simulation.plan import Block

FloatArray = NDArray[np.float32]

NOTHING = -2
"""The ray meets nothing: the far end of the street."""
FLOOR = -1
"""The ray meets the floor or the pavement."""


@dataclass(frozen=True, slots=True)
class Hits:
    """What the rays of an image meet, arrays of its height and width."""

    block: NDArray[np.int32]
    """Index of the block met, or `FLOOR`, or `NOTHING`."""
    x_m: FloatArray
    y_m: FloatArray
    z_m: FloatArray
    axis: NDArray[np.int8]
    """The axis across the side met: 0 x, 1 y, 2 z."""
    ahead_m: FloatArray
    """Distance on the floor in the direction the camera looks; endless where the ray meets the
    floor or nothing, since neither hides anybody."""


def cast(lens: Lens, blocks: tuple[Block, ...], *, far_y_m: float) -> Hits:
    """Follows every pixel's ray to the first surface; `far_y_m` is the street's other side."""
    rays = _rays(lens)
    inverse = [1.0 / component for component in rays]
    shape = rays[0].shape
    best = np.full(shape, np.inf, dtype=np.float32)
    block = np.full(shape, NOTHING, dtype=np.int32)
    axis = np.full(shape, 2, dtype=np.int8)
    down = rays[2] < 0
    best[down] = (np.float32(-lens.position[2]) * inverse[2])[down]
    block[down] = FLOOR
    street = np.float32(far_y_m - lens.position[1]) * inverse[1]
    beyond = (street > 0) & (street < best)
    best[beyond], block[beyond], axis[beyond] = street[beyond], NOTHING, 1
    for index, solid in enumerate(blocks):
        _meet(inverse, lens, solid, index, (best, block, axis))
    best = np.minimum(best, np.float32(1e4))
    x_m, y_m, z_m = (
        np.float32(start) + component * best
        for start, component in zip(lens.position, rays, strict=True)
    )
    ahead = (x_m - np.float32(lens.position[0])) * np.float32(lens.ahead[0])
    ahead += (y_m - np.float32(lens.position[1])) * np.float32(lens.ahead[1])
    ahead = np.where(block >= 0, ahead, np.float32(np.inf))
    return Hits(block, x_m, y_m, z_m, axis, ahead)


def _rays(lens: Lens) -> list[FloatArray]:
    """The x, y and z of every pixel's ray, never quite 0."""
    columns = (np.arange(lens.width) + 0.5 - lens.width / 2) / lens.focal_px
    rows = (np.arange(lens.height) + 0.5 - lens.height / 2) / lens.focal_px
    components = [
        (lens.forward[i] + columns[None, :] * lens.right[i] + rows[:, None] * lens.down[i])
        for i in range(3)
    ]
    return [
        np.where(np.abs(component) < 1e-7, 1e-7, component).astype(np.float32)
        for component in components
    ]


def _meet(
    inverse: list[FloatArray],
    lens: Lens,
    solid: Block,
    index: int,
    found: tuple[FloatArray, NDArray[np.int32], NDArray[np.int8]],
) -> None:
    """The slab test of one block against all rays; what is met sooner is noted in `found`."""
    rect = solid.rect
    sides = ((rect.x0, rect.x1), (rect.y0, rect.y1), (solid.bottom_m, solid.top_m))
    enters, leave = [], None
    for i, (low, high) in enumerate(sides):
        first = np.float32(low - lens.position[i]) * inverse[i]
        second = np.float32(high - lens.position[i]) * inverse[i]
        enters.append(np.minimum(first, second))
        last = np.maximum(first, second)
        leave = last if leave is None else np.minimum(leave, last)
    enter = np.maximum(np.maximum(enters[0], enters[1]), enters[2])
    best, block, axis = found
    met = (enter < leave) & (enter > 0.01) & (enter < best)
    best[met] = enter[met]
    block[met] = index
    through = np.where(enter == enters[0], 0, np.where(enter == enters[1], 1, 2))
    axis[met] = through[met]
