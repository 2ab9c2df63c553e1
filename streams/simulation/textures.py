"""Small pictures for the sides of furniture: goods on boards, posters, tabletops.

Drawn once per store at 100 px per metre, seeded by the block, so a store looks the same in every
camera and every run.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from streams.simulation.drawing import drawn_figures, paint, palette_of
from streams.simulation.looks import Bgr, customer_look
from streams.simulation.plan import Palette
from streams.simulation.poses import Stances, bodies_of, joints_of
from streams.simulation.timelines import Activity

Image = NDArray[np.uint8]

PX_PER_M = 100
_BOARD_M = 0.38


def goods(length_m: float, height_m: float, palette: Palette, rng: np.random.Generator) -> Image:
    """A shelf's front: boards with rows of goods, row 0 on top."""
    image = _plain(length_m, height_m, _gain(palette.wood, 0.42))
    height, width = image.shape[:2]
    board = int(_BOARD_M * PX_PER_M)
    for bottom in range(height - 8, 0, -board):
        x = 2
        while x < width - 4:
            colour = palette.goods[int(rng.integers(len(palette.goods)))]
            each = int(rng.integers(5, 13))
            tall = int(board * rng.uniform(0.5, 0.84))
            for _ in range(int(rng.integers(2, 6))):
                _article(image, (x, bottom - tall), (each, tall), _vary(colour, rng))
                x += each + 1
            x += int(rng.integers(0, 4))
        cv2.rectangle(image, (0, bottom), (width, bottom + 4), palette.wood, -1)
        for tag in range(6, width, 22):
            cv2.rectangle(image, (tag, bottom), (tag + 7, bottom + 4), (236, 240, 240), -1)
    cv2.rectangle(image, (0, 0), (width - 1, height - 1), palette.wood, 4)
    return image


def fridge(length_m: float, height_m: float, palette: Palette, rng: np.random.Generator) -> Image:
    """A row of lit cabinets with glass doors."""
    image = goods(length_m, height_m, palette, rng)
    lit = np.full_like(image, (255, 246, 226))
    cv2.addWeighted(image, 0.8, lit, 0.28, 0, dst=image)
    height, width = image.shape[:2]
    for x in range(0, width, 72):
        cv2.rectangle(image, (x, 0), (x + 5, height), (96, 92, 90), -1)
        cv2.line(image, (x + 58, height // 3), (x + 58, height * 2 // 3), (230, 230, 230), 3)
        glare = np.array([(x + 14, 0), (x + 30, 0), (x + 14, height), (x + 4, height)])
        pane = image.copy()
        cv2.fillPoly(pane, [glare.astype(np.int32)], (255, 255, 250))
        cv2.addWeighted(image, 0.85, pane, 0.15, 0, dst=image)
    cv2.rectangle(image, (0, height - 22), (width, height), (82, 78, 74), -1)
    cv2.rectangle(image, (0, 0), (width, 18), palette.accent, -1)
    return image


def counter(length_m: float, height_m: float, palette: Palette) -> Image:
    """The front of a till's counter."""
    image = _plain(length_m, height_m, _gain(palette.accent, 0.92))
    height, width = image.shape[:2]
    cv2.rectangle(image, (0, height - 9), (width, height), (60, 60, 62), -1)
    cv2.rectangle(image, (0, 0), (width, 7), _gain(palette.wood, 1.2), -1)
    for x in range(0, width, 58):
        cv2.line(image, (x, 8), (x, height - 9), _gain(palette.accent, 0.72), 1)
    return image


def tabletop(length_m: float, depth_m: float, palette: Palette, rng: np.random.Generator) -> Image:
    """A table seen from above, goods in heaps."""
    image = _plain(length_m, depth_m, palette.wood)
    height, width = image.shape[:2]
    for left in range(6, width - 16, 26):
        colour = palette.goods[int(rng.integers(len(palette.goods)))]
        cv2.rectangle(image, (left, 6), (left + 22, height - 6), _gain(palette.wood, 0.7), -1)
        for _ in range(26):
            at = (left + int(rng.integers(3, 20)), int(rng.integers(10, height - 9)))
            cv2.circle(image, at, int(rng.integers(3, 6)), _vary(colour, rng), -1, cv2.LINE_AA)
    return image


def poster(length_m: float, height_m: float, palette: Palette, rng: np.random.Generator) -> Image:
    """A poster with somebody on it, in the same hand as the people of the store."""
    image = _plain(length_m, height_m, _vary(palette.goods[int(rng.integers(4))], rng))
    height, width = image.shape[:2]
    cv2.circle(image, (width // 2, height // 2), int(width * 0.45), (225, 232, 238), -1, 16)
    look = customer_look(rng, is_child=False)
    one = np.zeros(1)
    stances = Stances(
        one, one, one, one, one, np.array([int(Activity.SERVED)]), one + rng.random() * 9
    )
    joints = joints_of(stances, bodies_of([look]))
    scale = height * 0.8 / 1.8
    (body,) = drawn_figures(
        width / 2 - joints.y * scale,
        height * 0.92 - joints.z * scale,
        joints.radius * scale,
        -joints.x,
    )
    paint(image, body, palette_of(look), (1.0, 1.0, 1.0))
    for row in range(2):
        y = int(height * 0.05) + row * 11
        cv2.rectangle(image, (10, y), (width - 14 - 20 * row, y + 6), (245, 245, 245), -1)
    cv2.rectangle(image, (0, 0), (width - 1, height - 1), (240, 240, 240), 3)
    return image


def screen(length_m: float, height_m: float) -> Image:
    """A till's screen."""
    image = _plain(length_m, height_m, (34, 34, 36))
    height, width = image.shape[:2]
    cv2.rectangle(image, (2, 2), (width - 3, height - 3), (190, 150, 90), -1)
    for y in range(6, height - 4, 7):
        cv2.line(image, (5, y), (max(6, width // 2), y), (240, 235, 225), 2)
    return image


def _plain(length_m: float, height_m: float, colour: Bgr) -> Image:
    shape = (max(8, round(height_m * PX_PER_M)), max(8, round(length_m * PX_PER_M)), 3)
    return np.full(shape, colour, dtype=np.uint8)


def _article(image: Image, corner: tuple[int, int], size: tuple[int, int], colour: Bgr) -> None:
    x, y = corner
    width, height = size
    cv2.rectangle(image, (x, y), (x + width - 1, y + height), colour, -1)
    cv2.line(image, (x, y), (x, y + height), _gain(colour, 1.25), 1)
    label = y + height // 3
    cv2.rectangle(image, (x + 1, label), (x + width - 2, label + height // 4), (232, 236, 238), -1)


def _vary(colour: Bgr, rng: np.random.Generator) -> Bgr:
    return _gain(colour, float(rng.uniform(0.82, 1.12)))


def _gain(colour: Bgr, gain: float) -> Bgr:
    blue, green, red = (int(min(255.0, channel * gain)) for channel in colour)
    return blue, green, red
