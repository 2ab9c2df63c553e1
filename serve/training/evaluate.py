"""Average precision of a model on COCO folders, through the Detector's own code.

    python -m serve.training.evaluate serve/inference/demo/demo.onnx FOLDER [FOLDER ...]

The measure is COCO's (101 recall points, best first, boxes marked `iscrowd` neither demanded nor
punished), so a COCO tool gives the same figures; it is small enough not to need one.
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from serve.inference.models import Model, load_model
from serve.inference.settings import DetectorSettings

FloatArray = NDArray[np.float64]

THRESHOLDS = np.arange(0.5, 0.96, 0.05)
_LEAST_SCORE = 0.01
_MOST_BOXES = 100


@dataclass(frozen=True, slots=True)
class Scored:
    """One image: what was found, best first, and what is there."""

    found: FloatArray
    """`(n, 4)` xyxy."""
    scores: FloatArray
    """`(n,)` falling."""
    people: FloatArray
    """`(k, 4)` xyxy."""
    ignored: FloatArray
    """`(j, 4)` xyxy of people not asked for."""


def average_precision(images: list[Scored], *, threshold: float) -> float:
    """COCO's average precision at one overlap; 1 finds everybody and nothing else.

    Raises:
        ValueError: If there is nobody to find.
    """
    total = sum(len(image.people) for image in images)
    if not total:
        raise ValueError("expected images with people on them, got none")
    rows = [_judged(image, threshold) for image in images]
    scores = np.concatenate([row[0] for row in rows])
    is_right = np.concatenate([row[1] for row in rows])[np.argsort(-scores, kind="stable")]
    right, wrong = np.cumsum(is_right), np.cumsum(~is_right)
    recall = right / total
    precision = right / np.maximum(right + wrong, 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0.0, 1.0, 101), side="left")
    return float(np.append(precision, 0.0)[np.minimum(at, len(precision))].mean())


def _judged(image: Scored, threshold: float) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Scores of the boxes that count, and which of them are right."""
    overlap = _iou(image.found, image.people)
    inside = _share_inside(image.found, image.ignored)
    free = np.ones(len(image.people), dtype=np.bool_)
    scores, is_right = [], []
    for row, score in enumerate(image.scores):
        open_overlap = np.where(free, overlap[row], -1.0)
        best = int(open_overlap.argmax()) if len(open_overlap) else -1
        is_match = best >= 0 and open_overlap[best] >= threshold
        if is_match:
            free[best] = False
        elif (inside[row] >= threshold).any():
            continue
        scores.append(score)
        is_right.append(is_match)
    return np.array(scores, dtype=np.float64), np.array(is_right, dtype=np.bool_)


def _iou(a: FloatArray, b: FloatArray) -> FloatArray:
    shared = _shared(a, b)
    union = _area(a)[:, None] + _area(b)[None, :] - shared
    return np.asarray(shared / np.maximum(union, 1e-9))


def _share_inside(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(_shared(a, b) / np.maximum(_area(a)[:, None], 1e-9))


def _shared(a: FloatArray, b: FloatArray) -> FloatArray:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.asarray(np.clip(high - low, 0.0, None).prod(axis=2))


def _area(boxes: FloatArray) -> FloatArray:
    return np.asarray((boxes[:, 2:] - boxes[:, :2]).prod(axis=1))


def scored(model: Model, folder: Path, *, category: str) -> list[Scored]:
    """What a model finds on every image of a COCO folder."""
    content = json.loads((folder / "annotations.json").read_text())
    ids = {one["id"] for one in content["categories"] if one["name"] == category}
    boxes: dict[int, dict[bool, list[list[float]]]] = {
        image["id"]: {False: [], True: []} for image in content["images"]
    }
    for label in content["annotations"]:
        if label["category_id"] in ids:
            x, y, width, height = label["bbox"]
            is_ignored = bool(label.get("iscrowd", 0))
            boxes[label["image_id"]][is_ignored].append([x, y, x + width, y + height])
    return [
        _scored(model, folder / "images" / image["file_name"], boxes[image["id"]])
        for image in content["images"]
    ]


def _scored(model: Model, path: Path, boxes: dict[bool, list[list[float]]]) -> Scored:
    image = cv2.imread(str(path))
    if image is None:
        raise OSError(f"{path}: expected an image, got something else or nothing")
    found = model.infer([model.prepare(np.asarray(image, dtype=np.uint8))])[0]
    people, ignored = (
        np.array(boxes[is_ignored], dtype=np.float64).reshape(-1, 4) for is_ignored in (False, True)
    )
    return Scored(found.xyxy.astype(np.float64), found.scores.astype(np.float64), people, ignored)


def main() -> None:
    """Prints mAP50, mAP50-95 and the speed of one core."""
    parser = argparse.ArgumentParser(description="Average precision on COCO folders.")
    parser.add_argument("model", type=Path)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--category", default="person")
    asked = parser.parse_args()
    settings = DetectorSettings.load(min_score=_LEAST_SCORE, max_box_count=_MOST_BOXES)
    model = load_model(asked.model, settings)
    images = [
        one for folder in asked.folders for one in scored(model, folder, category=asked.category)
    ]
    precisions = [average_precision(images, threshold=float(one)) for one in THRESHOLDS]
    rate = _frames_per_second(model)
    print(
        json.dumps(
            {
                "images": len(images),
                "people": sum(len(image.people) for image in images),
                "map50": round(precisions[0], 4),
                "map50_95": round(float(np.mean(precisions)), 4),
                "frames_per_cpu_second": round(rate, 1),
            }
        )
    )


def _frames_per_second(model: Model, *, count: int = 100) -> float:
    """Frames per second of processor time: preparing, the network, and reading its output."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, size=(360, 640, 3), dtype=np.uint8)
    model.infer([model.prepare(image)])
    start = time.process_time()
    for _ in range(count):
        model.infer([model.prepare(image)])
    return count / (time.process_time() - start)


if __name__ == "__main__":
    main()
