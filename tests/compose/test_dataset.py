"""`footfall simulate`: a dataset that other tools read, with the truth beside it."""

import json
from pathlib import Path

import cv2
import pytest
from click.testing import CliRunner

from compose.command import main
from compose.dataset import LEAST_VISIBLE, DatasetPlan, write_dataset
from schemas.layout_files import load_layout
from streams.simulation.layouts import layout_of

PLAN = DatasetPlan(
    sites=("store-2",), seed=4, start_ms=946_748_160_000, frame_count=3, every_ms=5_000
)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dataset")
    assert write_dataset(PLAN, folder) == 6
    return folder


def test_every_label_lies_within_its_image(dataset: Path) -> None:
    content = json.loads((dataset / "annotations.json").read_text())
    images = {image["id"]: image for image in content["images"]}
    assert len(images) == 6
    assert {category["name"] for category in content["categories"]} == {"person"}
    for image in images.values():
        pixels = cv2.imread(str(dataset / "images" / image["file_name"]))
        assert pixels is not None
        assert pixels.shape[:2] == (image["height"], image["width"])
    assert len({label["id"] for label in content["annotations"]}) == len(content["annotations"])
    for label in content["annotations"]:
        x, y, width, height = label["bbox"]
        image = images[label["image_id"]]
        assert 0 <= x < x + width <= image["width"] + 0.02
        assert 0 <= y < y + height <= image["height"] + 0.02
        assert label["iscrowd"] == (label["visible_fraction"] < LEAST_VISIBLE)


def test_the_truth_says_who_is_on_each_image(dataset: Path) -> None:
    content = json.loads((dataset / "annotations.json").read_text())
    frames = [json.loads(line) for line in (dataset / "frames.jsonl").read_text().splitlines()]
    assert [len(frame["people"]) for frame in frames] == [
        sum(label["image_id"] == image["id"] for label in content["annotations"])
        for image in content["images"]
    ]
    events = [json.loads(line) for line in (dataset / "events.jsonl").read_text().splitlines()]
    end_ms = PLAN.start_ms + PLAN.frame_count * PLAN.every_ms
    assert events
    for event in events:
        times = [value for key, value in event.items() if key.endswith("_ms")]
        assert min(times) < end_ms
        assert max(times) >= PLAN.start_ms


def test_the_layout_beside_it_is_the_sites(dataset: Path) -> None:
    assert load_layout(dataset / "layouts" / "store-2.yaml") == layout_of("store-2")


def test_a_dataset_written_twice_has_the_same_bytes(dataset: Path, tmp_path: Path) -> None:
    write_dataset(PLAN, tmp_path)
    written = sorted(path.relative_to(dataset) for path in dataset.rglob("*") if path.is_file())
    assert len(written) == 10
    for path in written:
        assert (tmp_path / path).read_bytes() == (dataset / path).read_bytes(), path


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file, no folder")
    asked = ["simulate", "--out", str(taken), "--site", "store-2", "--frames", "1"]
    answer = CliRunner().invoke(main, asked)
    assert answer.exit_code == 1
    assert "--out: cannot write a dataset there" in answer.output
    assert "Traceback" not in answer.output
