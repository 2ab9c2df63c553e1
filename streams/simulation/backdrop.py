"""The empty store as one camera sees it: colours under lamps, colours under daylight, distances.

Kept apart so that light can change from frame to frame at the cost of one weighted sum. Drawn at
twice the size and reduced, so edges are smooth.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from streams.simulation import textures
from streams.simulation.cameras import lens_of
from streams.simulation.drawing import drawn_figures, paint, palette_of, silhouette
from streams.simulation.figures import figures_of
from streams.simulation.looks import Bgr, mannequin_look
from streams.simulation.plan import Block, Finish, Palette, Store, View
from streams.simulation.poses import Stances, bodies_of
from streams.simulation.rays import NOTHING, Hits, cast
from streams.simulation.shading import Shading
from streams.simulation.timelines import Activity

Image = NDArray[np.uint8]
FloatArray = NDArray[np.float32]

_OVERSAMPLING = 2
_FAR_STREET_M = 7.0
_KERB_M = 3.4


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """An empty store in one camera."""

    lamps: Image
    """Its colours under the lamps alone."""
    daylight: Image
    """Its colours under full daylight alone."""
    ahead_m: FloatArray
    """How far ahead on the floor stands what each pixel shows; endless for the floor itself."""
    above_floor: Image
    """0 where a pixel shows the floor, else 255."""


def backdrop_of(store: Store, view: View, *, width: int, height: int) -> Backdrop:
    """Draws the empty store; a second or so of work."""
    lens = lens_of(view, width=width * _OVERSAMPLING, height=height * _OVERSAMPLING)
    hits = cast(lens, store.blocks, far_y_m=store.depth_m + _FAR_STREET_M)
    rng = np.random.default_rng([7, *store.id.encode()])
    colours = _floor(store, hits)
    for index, block in enumerate(store.blocks):
        _clothe(colours, hits, index, block, store.palette, rng)
    shading = Shading(store)
    lamps, daylight = shading.on_surfaces(hits)
    lit = np.clip(colours * lamps[..., None], 0, 255).astype(np.uint8)
    sunny = np.clip(colours * daylight[..., None], 0, 255).astype(np.uint8)
    size = (width, height)
    smooth = [cv2.resize(layer, size, interpolation=cv2.INTER_AREA) for layer in (lit, sunny)]
    ahead = np.ascontiguousarray(hits.ahead_m[::_OVERSAMPLING, ::_OVERSAMPLING])
    _mannequins(store, view, smooth, ahead, rng)
    above_floor = np.where(np.isinf(ahead), 0, 255).astype(np.uint8)
    return Backdrop(smooth[0], smooth[1], ahead, above_floor)


def _floor(store: Store, hits: Hits) -> FloatArray:
    """Floor, pavement, street and the houses opposite; every other pixel is filled in later."""
    palette, x, y = store.palette, hits.x_m, hits.y_m
    step_x, step_y = palette.tile_m
    row = np.floor(y / step_y)
    shifted = x / step_x + (row * 0.37 if step_x != step_y else 0.0)
    column = np.floor(shifted)
    joint_x, joint_y = 0.014 / step_x, 0.014 / step_y
    is_joint = (shifted - column < joint_x) | (y / step_y - row < joint_y)
    tone = 1.0 + 0.07 * (_hash(column, row) - 0.5)
    colours = np.where(
        is_joint[..., None], _colour(palette.floor_joint), _colour(palette.floor)
    ) * tone[..., None].astype(np.float32)
    is_mat = (np.abs(x - sum(store.door) / 2) < 1.0) & (np.abs(y - store.depth_m + 0.62) < 0.42)
    colours[is_mat] = (70, 66, 62)
    outside = y > store.depth_m + 0.1
    slab = ((x / 0.8) % 1.0 < 0.02) | ((y / 0.8) % 1.0 < 0.02)
    pavement = np.where(slab[..., None], _colour((128, 130, 132)), _colour((160, 163, 166)))
    colours[outside] = pavement[outside]
    road = y > store.depth_m + _KERB_M
    colours[road] = (92, 92, 94)
    mark = road & (np.abs(y - store.depth_m - 5.4) < 0.07) & (x % 2.4 < 1.4)
    colours[mark] = (216, 218, 220)
    _houses(colours, hits)
    return colours


def _houses(colours: FloatArray, hits: Hits) -> None:
    far = hits.block == NOTHING
    x, z = hits.x_m, hits.z_m
    house = np.floor(x / 4.2)
    tone = _hash(house, house * 0.0 + 3.0)
    front = np.stack((130 + 60 * tone, 140 + 50 * tone, 168 + 40 * tone), axis=2)
    pane = ((x % 1.4 - 0.7) ** 2 < 0.12) & ((z - 0.4) % 1.6 > 0.5)
    front = np.where(pane[..., None], _colour((120, 106, 92)), front)
    colours[far] = front[far]


def _clothe(
    colours: FloatArray,
    hits: Hits,
    index: int,
    block: Block,
    palette: Palette,
    rng: np.random.Generator,
) -> None:
    """Fills in every pixel that shows one block."""
    mine = hits.block == index
    own = np.random.default_rng(int(rng.integers(1 << 31)))
    if not mine.any():
        return
    rect, height_m = block.rect, block.top_m - block.bottom_m
    spans = (rect.x1 - rect.x0, rect.y1 - rect.y0)
    x, y, z = hits.x_m[mine] - rect.x0, hits.y_m[mine] - rect.y0, block.top_m - hits.z_m[mine]
    for axis, (along, length_m) in enumerate(((y, spans[1]), (x, spans[0]))):
        side = hits.axis[mine] == axis
        picture = _side(block.finish, length_m, height_m, palette, own)
        if side.any():
            _fill(colours, mine, side, picture, along, z)
    top = hits.axis[mine] == 2
    if top.any():
        picture = (
            textures.tabletop(*spans, palette, own)
            if block.finish is Finish.TABLE
            else np.full((8, 8, 3), _TOPS.get(block.finish, palette.wood), dtype=np.uint8)
        )
        _fill(colours, mine, top, picture, x, y)


_TOPS = {Finish.COUNTER: (182, 188, 192), Finish.WALL: (200, 204, 206), Finish.FRAME: (70, 70, 72)}


def _side(
    finish: Finish,
    length_m: float,
    height_m: float,
    palette: Palette,
    rng: np.random.Generator,
) -> Image:
    """The picture on one side of a block."""
    if finish is Finish.SHELF:
        return textures.goods(length_m, height_m, palette, rng)
    if finish is Finish.FRIDGE:
        return textures.fridge(length_m, height_m, palette, rng)
    if finish is Finish.COUNTER:
        return textures.counter(length_m, height_m, palette)
    if finish is Finish.POSTER:
        return textures.poster(length_m, height_m, palette, rng)
    if finish is Finish.SCREEN:
        return textures.screen(length_m, height_m)
    return _panel(finish, length_m, height_m, palette)


def _panel(finish: Finish, length_m: float, height_m: float, palette: Palette) -> Image:
    colour = {Finish.FRAME: (74, 74, 78), Finish.TABLE: palette.wood}.get(finish, palette.wall)
    shape = (
        max(8, round(height_m * textures.PX_PER_M)),
        max(8, round(length_m * textures.PX_PER_M)),
        3,
    )
    image = np.full(shape, colour, dtype=np.uint8)
    if finish is Finish.WALL and height_m > 2.0:
        image[-11:] = (120, 124, 128)
        stripe = round(shape[0] * 0.2)
        image[stripe : stripe + 14] = palette.accent
    return image


def _fill(
    colours: FloatArray,
    mine: NDArray[np.bool_],
    part: NDArray[np.bool_],
    picture: Image,
    along_m: FloatArray,
    down_m: FloatArray,
) -> None:
    """Copies a picture onto the pixels of one side of a block, by position in metres."""
    scale = textures.PX_PER_M
    columns = np.clip((along_m[part] * scale).astype(int), 0, picture.shape[1] - 1)
    rows = np.clip((down_m[part] * scale).astype(int), 0, picture.shape[0] - 1)
    filled = colours[mine]
    filled[part] = picture[rows, columns]
    colours[mine] = filled


def _mannequins(
    store: Store,
    view: View,
    layers: list[Image],
    ahead: FloatArray,
    rng: np.random.Generator,
) -> None:
    """Draws the figures that are none, and sets how far ahead they stand."""
    height, width = ahead.shape
    lens = lens_of(view, width=width, height=height)
    for spot in store.mannequins:
        look = mannequin_look(rng)
        one = np.ones(1)
        stances = Stances(
            one * spot.at[0],
            one * spot.at[1],
            one * spot.facing_rad,
            one * 0,
            one * 0,
            np.array([int(Activity.WAIT)]),
            one * 0,
        )
        seen = figures_of(stances, bodies_of([look]), lens)
        if not seen.in_view[0]:
            continue
        (body,) = drawn_figures(seen.x_px, seen.y_px, seen.r_px, seen.joint_ahead_m)
        mask = np.zeros((height, width), dtype=np.uint8)
        silhouette(mask, body, origin=(0, 0))
        visible = (mask > 0) & (ahead > seen.ahead_m[0] - 0.1)
        for layer, gain in zip(layers, (0.8, 0.55), strict=True):
            painted = layer.copy()
            paint(painted, body, palette_of(look), (gain,) * 3)
            layer[visible] = painted[visible]
        ahead[visible] = seen.ahead_m[0]


def _colour(bgr: Bgr) -> FloatArray:
    return np.array(bgr, dtype=np.float32)


def _hash(a: FloatArray, b: FloatArray) -> FloatArray:
    """A number in [0, 1) that looks random, for each pair of whole numbers."""
    mixed = np.sin(a * 127.1 + b * 311.7) * 43758.547
    return np.asarray(mixed - np.floor(mixed), dtype=np.float32)
