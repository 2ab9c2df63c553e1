"""Other light, other sides, other sizes: what a camera elsewhere would have seen."""

import numpy as np

from serve.training.coco_folder import Sample

_LEAST_SIDE_PX = 3.0


def augmented(sample: Sample, rng: np.random.Generator, *, may_zoom: bool) -> Sample:
    """A variant of a sample: mirrored, now and then moved and scaled, in another light."""
    pixels, people, hidden = sample.pixels, sample.people, sample.hidden
    width = pixels.shape[1]
    if rng.random() < 0.5:
        pixels = pixels[:, ::-1]
        people, hidden = _mirrored(people, width), _mirrored(hidden, width)
    if may_zoom and rng.random() < 0.6:
        pixels, people, hidden = _zoomed(pixels, people, hidden, rng)
    return Sample(_relit(pixels, rng), people, hidden)


def _relit(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The image in another light: gains and an offset per channel, now and then without colour."""
    if rng.random() < 0.1:
        pixels = pixels.mean(axis=2, keepdims=True).astype(np.uint8).repeat(3, axis=2)
    gains = rng.normal(1.0, 0.06, size=3) * rng.uniform(0.6, 1.35)
    curves = np.arange(256)[:, None] * gains + rng.normal(0.0, 8.0)
    curves = np.clip(curves, 0, 255).astype(np.uint8)
    return np.stack([curves[:, i][pixels[..., i]] for i in range(3)], axis=2)


def _mirrored(boxes: np.ndarray, width: int) -> np.ndarray:
    turned = boxes.copy()
    turned[:, 0], turned[:, 2] = width - boxes[:, 2], width - boxes[:, 0]
    return turned


def _zoomed(
    pixels: np.ndarray, people: np.ndarray, hidden: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A window of the image at another size; people cut to a sliver are not asked for."""
    height, width = pixels.shape[:2]
    scale = float(rng.uniform(0.75, 1.5))
    left = float(rng.uniform(min(0.0, width - width / scale), max(0.0, width - width / scale)))
    top = float(rng.uniform(min(0.0, height - height / scale), max(0.0, height - height / scale)))
    columns = (left + (np.arange(width) + 0.5) / scale).astype(int)
    rows = (top + (np.arange(height) + 0.5) / scale).astype(int)
    window = pixels.take(np.clip(rows, 0, height - 1), axis=0)
    window = window.take(np.clip(columns, 0, width - 1), axis=1)
    window[(rows < 0) | (rows >= height)] = 114
    window[:, (columns < 0) | (columns >= width)] = 114
    moved = [(boxes - (left, top, left, top)) * scale for boxes in (people, hidden)]
    cut = [np.clip(boxes, 0, (width, height, width, height)) for boxes in moved]
    kept = _share_left(cut[0], moved[0]) > 0.4
    seen = _share_left(cut[1], moved[1]) > 0.05
    slivers = (_share_left(cut[0], moved[0]) > 0.02) & ~kept
    return window, cut[0][kept], np.concatenate((cut[1][seen], cut[0][slivers]))


def _share_left(cut: np.ndarray, whole: np.ndarray) -> np.ndarray:
    sides, before = cut[:, 2:] - cut[:, :2], whole[:, 2:] - whole[:, :2]
    share = sides.prod(axis=1) / np.maximum(before.prod(axis=1), 1e-6)
    return np.where((sides > _LEAST_SIDE_PX).all(axis=1), share, 0.0)
