"""The demo detector that is shipped, and the training that makes one."""

import subprocess
from pathlib import Path

import pytest

from compose.dataset import DatasetPlan, write_dataset
from serve.inference.models import load_model
from serve.inference.settings import DEMO_MODEL, DetectorSettings
from serve.training.evaluate import average_precision, scored
from tests.tools import require

ROOT = Path(__file__).parents[3]
PYTHON = "/usr/bin/python3"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unseen")
    write_dataset(
        DatasetPlan(seed=4_321, start_ms=946_748_160_000, frame_count=6, every_ms=45_000), folder
    )
    return folder


def test_the_demo_detector_knows_the_people_of_the_simulated_store(dataset: Path) -> None:
    assert DEMO_MODEL.stat().st_size <= 3_000_000
    settings = DetectorSettings.load(min_score=0.01)
    images = scored(load_model(DEMO_MODEL, settings), dataset, category="person")
    assert sum(len(image.people) for image in images) > 60
    assert average_precision(images, threshold=0.5) > 0.8


def test_training_from_a_coco_folder_gives_a_model_the_detector_loads(
    dataset: Path, tmp_path: Path
) -> None:
    _require_pytorch()
    out = tmp_path / "own.onnx"
    command = [PYTHON, "-m", "serve.training.train", "--out", str(out), "--rounds", "1"]
    subprocess.run([*command, str(dataset)], cwd=ROOT, check=True, capture_output=True)
    model = load_model(out)
    assert model.names == ("person",)
    model.self_test()


def test_a_folder_that_is_no_coco_folder_is_a_sentence(tmp_path: Path) -> None:
    _require_pytorch()
    command = [PYTHON, "-m", "serve.training.train", "--out", str(tmp_path / "x.onnx")]
    answer = subprocess.run(
        [*command, str(tmp_path)], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert answer.returncode == 1
    assert "expected annotations.json (COCO)" in answer.stderr
    assert "Traceback" not in answer.stderr


def _require_pytorch() -> None:
    asked = subprocess.run([PYTHON, "-c", "import torch, PIL"], capture_output=True, check=False)
    require("PyTorch", is_there=asked.returncode == 0, package="python3-torch python3-pil")
