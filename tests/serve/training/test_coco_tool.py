"""A COCO tool reads what is simulated, and measures what our own measure says."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from compose.dataset import DatasetPlan, write_dataset
from serve.training.evaluate import THRESHOLDS, Scored, average_precision

RUSH_MS = 946_748_160_000
Row = dict[str, Any]


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    plan = DatasetPlan(seed=77, start_ms=RUSH_MS, frame_count=4, every_ms=45_000)
    write_dataset(plan, folder)
    return folder / "annotations.json"


def test_a_coco_tool_finds_everybody_in_the_truth_itself(labels: Path) -> None:
    content = json.loads(labels.read_text())
    people = [label for label in content["annotations"] if not label["iscrowd"]]
    found = [
        {key: label[key] for key in ("image_id", "category_id", "bbox")} | {"score": 0.9}
        for label in people
    ]
    assert len(people) > 30
    assert _by_coco(labels, found) == {0.5: 1.0, None: 1.0}
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(labels))
    images = truth.loadImgs(truth.getImgIds())
    assert all((labels.parent / "images" / image["file_name"]).is_file() for image in images)


@pytest.mark.parametrize("seed", range(5))
def test_our_measure_is_what_a_coco_tool_measures(labels: Path, seed: int) -> None:
    content = json.loads(labels.read_text())
    assert any(label["iscrowd"] for label in content["annotations"])
    found = _noisy(content, np.random.default_rng(seed))
    images = [
        _scored(
            [label for label in content["annotations"] if label["image_id"] == image["id"]],
            [row for row in found if row["image_id"] == image["id"]],
        )
        for image in content["images"]
    ]
    precisions = [average_precision(images, threshold=float(one)) for one in THRESHOLDS]
    expected = _by_coco(labels, found)
    assert 0.1 < expected[None] < 0.9
    assert precisions[0] == pytest.approx(expected[0.5], abs=1e-9)
    assert np.mean(precisions) == pytest.approx(expected[None], abs=1e-9)


def _noisy(content: Row, rng: np.random.Generator) -> list[Row]:
    """What a middling detector finds: misses, rough boxes, second ones, some about nothing."""
    found = []
    for label in content["annotations"]:
        x, y, width, height = label["bbox"]
        for _ in range(int(rng.choice((0, 1, 1, 1, 2)))):
            noise = rng.normal(0.0, rng.choice((0.03, 0.15)), size=4)
            box = [x + noise[0] * width, y + noise[1] * height]
            box += [width * np.exp(noise[2]), height * np.exp(noise[3])]
            found.append((label["image_id"], box, rng.uniform(0.2, 1.0)))
    for image in content["images"]:
        for _ in range(int(rng.integers(3))):
            place = rng.uniform((0, 0, 10, 20), (500, 200, 80, 160))
            found.append((image["id"], [float(one) for one in place], rng.uniform(0.1, 0.7)))
    return [
        {"image_id": image, "category_id": 1, "bbox": box, "score": float(score)}
        for image, box, score in found
    ]


def _scored(labels: list[Row], found: list[Row]) -> Scored:
    best_first = sorted(found, key=lambda row: -row["score"])
    return Scored(
        _corners(best_first),
        np.array([row["score"] for row in best_first]),
        _corners([label for label in labels if not label["iscrowd"]]),
        _corners([label for label in labels if label["iscrowd"]]),
    )


def _corners(rows: list[Row]) -> np.ndarray:
    boxes = np.array([row["bbox"] for row in rows], dtype=np.float64).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def _by_coco(labels: Path, found: list[Row]) -> dict[float | None, float]:
    """Average precision at an overlap of a half, and (None) the mean over all overlaps."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(labels))
        measure = COCOeval(truth, truth.loadRes(found), "bbox")
        measure.evaluate()
        measure.accumulate()
        measure.summarize()
    return {0.5: float(measure.stats[1]), None: float(measure.stats[0])}
