"""A folder with `annotations.json` (COCO) and `images/`, read into memory at the model's size.

Images are letterboxed: shrunk to fit, centred, the rest grey, as whoever runs the model does.
Boxes marked `iscrowd` are not asked for.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

_GREY = 114


@dataclass
class Sample:
    """One image at the model's size."""

    pixels: np.ndarray
    """`(h, w, 3)` uint8 RGB."""
    people: np.ndarray
    """`(k, 4)` xyxy, input pixels."""
    hidden: np.ndarray
    """`(j, 4)` boxes not asked for."""


def read_folders(folders: list[Path], *, size: tuple[int, int], category: str) -> list[Sample]:
    """All images of the folders; `size` is the model's width and height, px.

    Raises:
        SystemExit: If a folder is not a COCO folder with that category, an image is missing, or
            nobody is on any; says what was expected.
    """
    samples = [sample for folder in folders for sample in _read(folder, size, category)]
    if not any(len(sample.people) for sample in samples):
        raise SystemExit(f"expected images with a {category} on them, got {len(samples)} without")
    return samples


def _read(folder: Path, size: tuple[int, int], category: str) -> list[Sample]:
    labels = folder / "annotations.json"
    if not labels.is_file():
        raise SystemExit(f"{folder}: expected annotations.json (COCO) and images/ in it, got none")
    content = json.loads(labels.read_text())
    ids = {one["id"] for one in content["categories"] if one["name"] == category}
    if not ids:
        known = ", ".join(one["name"] for one in content["categories"])
        raise SystemExit(f"{labels}: expected a category named {category}, got {known}")
    boxes: dict[int, list[dict[str, Any]]] = {image["id"]: [] for image in content["images"]}
    for label in content["annotations"]:
        if label["category_id"] in ids:
            boxes[label["image_id"]].append(label)
    return [
        _sample(folder / "images" / image["file_name"], boxes[image["id"]], size)
        for image in content["images"]
    ]


def _sample(path: Path, labels: list[dict[str, Any]], size: tuple[int, int]) -> Sample:
    try:
        image = Image.open(path).convert("RGB")
    except OSError as error:
        raise SystemExit(f"{path}: expected an image, got something else or nothing") from error
    scale = min(size[0] / image.width, size[1] / image.height)
    inner = (round(image.width * scale), round(image.height * scale))
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    pixels = np.full((size[1], size[0], 3), _GREY, dtype=np.uint8)
    # Sampled without smoothing, as the Detector does (OpenCV's linear interpolation).
    matrix = (image.width / inner[0], 0, 0, 0, image.height / inner[1], 0)
    shrunk = np.asarray(image.transform(inner, Image.AFFINE, matrix, Image.BILINEAR))
    pixels[top : top + inner[1], left : left + inner[0]] = shrunk
    moved: dict[bool, list[np.ndarray]] = {False: [], True: []}
    for label in labels:
        x, y, width, height = label["bbox"]
        box = np.array((x, y, x + width, y + height)) * scale
        moved[bool(label.get("iscrowd", 0))].append(box + np.array((left, top, left, top)))
    return Sample(pixels, *(np.array(moved[key]).reshape(-1, 4) for key in (False, True)))
