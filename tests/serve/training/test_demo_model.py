"""The demo detector that is shipped."""

from pathlib import Path

import pytest

from compose.dataset import DatasetPlan, write_dataset
from serve.inference.models import load_model
from serve.inference.settings import DEMO_MODEL, DetectorSettings
from serve.training.evaluate import average_precision, scored


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
