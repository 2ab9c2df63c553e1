"""The training of a detector: from any COCO folder, the same weights every time."""

import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from serve.inference.models import load_model
from serve.inference.settings import DetectorSettings
from tests.serve.inference.graphs import constant_graph
from tests.tools import require

ROOT = Path(__file__).parents[3]
PYTHON = "/usr/bin/python3"
TINY = ("--width", "96", "--height", "64", "--rounds", "1.5")


@pytest.fixture(autouse=True, scope="module")
def _pytorch() -> None:
    script = "import torch, PIL, onnx"
    asked = subprocess.run([PYTHON, "-c", script], capture_output=True, check=False)
    packages = "python3-torch python3-pil python3-onnx"
    require("PyTorch", is_there=asked.returncode == 0, package=packages)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's own frames: several sizes, one of them grey; other classes; ids with gaps."""
    folder = tmp_path / "own"
    (folder / "images" / "monday").mkdir(parents=True)
    rng = np.random.default_rng(8)
    shapes = [(48, 64, 3), (120, 90, 3), (64, 96), (31, 77, 3), (64, 96, 3)]
    images, labels = [], []
    for number, shape in enumerate(shapes):
        name = f"monday/{number}.{'png' if number % 2 else 'jpg'}"
        cv2.imwrite(str(folder / "images" / name), rng.integers(0, 255, shape, dtype=np.uint8))
        images.append({"id": 10 * number + 7, "file_name": name})
    for image in (7, 17, 27):
        labels += [
            {"image_id": image, "category_id": 40, "bbox": [10, 5, 20, 25]},
            {"image_id": image, "category_id": 40, "bbox": [-3.5, 2.0, 12.0, 90.0]},
            {"image_id": image, "category_id": 40, "bbox": [30, 8, 9, 20], "iscrowd": 1},
            {"image_id": image, "category_id": 3, "bbox": [1, 1, 5, 5], "iscrowd": 0},
        ]
    labels.append({"image_id": 37, "category_id": 40, "bbox": [12, 12, 0, 0]})
    categories = [{"id": 3, "name": "trolley"}, {"id": 40, "name": "customer"}]
    for number, label in enumerate(labels):
        label["id"] = number
    content = {"images": images, "annotations": labels, "categories": categories}
    (folder / "annotations.json").write_text(json.dumps(content))
    return folder


def test_any_coco_folder_gives_a_model_the_detector_loads(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.onnx"
    answer = _train(folder, "--category", "customer", *TINY, out=out)
    assert answer.returncode == 0, answer.stderr
    assert "5 images, 7 customers" in answer.stdout
    model = load_model(out, DetectorSettings.load(classes=("customer",)))
    assert model.names == ("customer",)
    model.self_test()
    assert out.stat().st_size <= 3_000_000


def test_the_same_images_seed_and_rounds_give_the_same_weights(
    folder: Path, tmp_path: Path
) -> None:
    outs = {}
    for name, seed in (("one", "5"), ("again", "5"), ("other", "6")):
        out = tmp_path / f"{name}.onnx"
        answer = _train(folder, "--category", "customer", *TINY, "--seed", seed, out=out)
        assert answer.returncode == 0, answer.stderr
        outs[name] = out.read_bytes()
    assert outs["one"] == outs["again"]
    assert outs["one"] != outs["other"]


def test_a_training_that_goes_on_ends_as_if_it_had_never_stopped(folder: Path) -> None:
    script = Path(__file__).with_name("going_on.py")
    answer = subprocess.run(
        [PYTHON, str(script), str(folder)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        pytest.param("annotations.json", "expected annotations.json (COCO)", id="no labels"),
        pytest.param("images/monday/3.png", "expected an image", id="no image"),
    ],
)
def test_a_folder_that_lacks_something_is_a_sentence(
    folder: Path, tmp_path: Path, spoil: str, sentence: str
) -> None:
    (folder / spoil).unlink()
    _refused(folder, "--category", "customer", out=tmp_path / "x.onnx", sentence=sentence)


@pytest.mark.parametrize("suffix", ["pt", "onnx"])
@pytest.mark.parametrize("content", [None, b"", b"weights?"], ids=["none", "empty", "other"])
def test_a_file_without_weights_is_a_sentence(
    folder: Path, tmp_path: Path, content: bytes | None, suffix: str
) -> None:
    weights = tmp_path / f"weights.{suffix}"
    if content is not None:
        weights.write_bytes(content)
    options = ("--category", "customer", *TINY, "--weights", str(weights))
    sentence = f"{weights}: expected the .pt or .onnx of a training"
    _refused(folder, *options, out=tmp_path / "x.onnx", sentence=sentence)


def test_an_exported_detector_of_another_network_is_a_sentence(
    folder: Path, tmp_path: Path
) -> None:
    other = constant_graph(tmp_path / "other.onnx", {"output0": np.zeros((5, 84), np.float32)})
    options = ("--category", "customer", *TINY, "--weights", str(other))
    sentence = f"{other}: expected the .pt or .onnx of a training, got another network"
    _refused(folder, *options, out=tmp_path / "x.onnx", sentence=sentence)


def test_a_folder_without_anybody_to_learn_is_a_sentence(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.onnx"
    _refused(folder, out=out, sentence="expected a category named person, got trolley, customer")
    labels = folder / "annotations.json"
    labels.write_text(json.dumps(json.loads(labels.read_text()) | {"annotations": []}))
    sentence = "expected images with a customer on them, got 5 without"
    _refused(folder, "--category", "customer", out=out, sentence=sentence)


def _refused(folder: Path, *options: str, out: Path, sentence: str) -> None:
    answer = _train(folder, *options, out=out)
    assert answer.returncode == 1
    assert sentence in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not out.exists()


def _train(folder: Path, *options: str, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, "-m", "serve.training.train", "--out", str(out), *options, str(folder)],
        cwd=ROOT,
        env={"OMP_NUM_THREADS": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
