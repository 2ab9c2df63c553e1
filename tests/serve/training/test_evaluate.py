"""Average precision, as COCO defines it."""

import numpy as np
import pytest

from serve.training.evaluate import Scored, average_precision

PERSON = [10.0, 10.0, 30.0, 70.0]
OTHER = [100.0, 10.0, 130.0, 70.0]
SHIFTED = [14.0, 10.0, 34.0, 70.0]
"""Overlaps PERSON by two thirds."""
NOWHERE = [200.0, 200.0, 220.0, 260.0]


def image(
    found: list[list[float]],
    scores: list[float],
    people: list[list[float]],
    ignored: list[list[float]] | None = None,
) -> Scored:
    boxes = (
        np.array(rows, dtype=np.float64).reshape(-1, 4) for rows in (found, people, ignored or [])
    )
    at, there, hidden = boxes
    return Scored(at, np.array(scores), there, hidden)


@pytest.mark.parametrize(
    ("images", "threshold", "expected"),
    [
        pytest.param([image([PERSON], [0.9], [PERSON])], 0.95, 1.0, id="all right"),
        pytest.param([image([], [], [PERSON])], 0.5, 0.0, id="nothing found"),
        pytest.param([image([SHIFTED], [0.9], [PERSON])], 0.65, 1.0, id="close enough"),
        pytest.param([image([SHIFTED], [0.9], [PERSON])], 0.7, 0.0, id="not close enough"),
        pytest.param([image([PERSON], [0.9], [PERSON, OTHER])], 0.5, 51 / 101, id="half of them"),
        pytest.param(
            [image([NOWHERE, PERSON], [0.9, 0.8], [PERSON])], 0.5, 0.5, id="a better false one"
        ),
        pytest.param(
            [image([PERSON, NOWHERE], [0.9, 0.8], [PERSON])], 0.5, 1.0, id="a worse false one"
        ),
        pytest.param(
            [image([PERSON, PERSON], [0.9, 0.8], [PERSON, OTHER])], 0.5, 51 / 101, id="found twice"
        ),
        pytest.param(
            [image([OTHER, PERSON], [0.9, 0.8], [PERSON], [OTHER])], 0.5, 1.0, id="not asked for"
        ),
        pytest.param(
            [image([PERSON], [0.3], [PERSON]), image([NOWHERE], [0.9], [])],
            0.5,
            0.5,
            id="scores are compared over all images",
        ),
    ],
)
def test_average_precision(images: list[Scored], threshold: float, expected: float) -> None:
    assert average_precision(images, threshold=threshold) == pytest.approx(expected)


def test_images_without_anybody_have_no_average_precision() -> None:
    with pytest.raises(ValueError, match="people"):
        average_precision([image([], [], [])], threshold=0.5)
