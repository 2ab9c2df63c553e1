import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.encoding import Encoder, painted

_CORNER = [(0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5)]


def _white(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 255, np.uint8)


def _decoded(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def test_masked_pixels_are_black_in_what_leaves_the_store() -> None:
    image = _decoded(Encoder([_CORNER], None, 90).encode(_white(80, 60)).jpeg)
    assert image[:30, :40].max() < 10
    assert image[40:, 50:].min() > 245


def test_the_given_image_is_left_as_it_is() -> None:
    image = _white(80, 60)
    Encoder([_CORNER], 40, 90).encode(image)
    assert image.min() == 255


@pytest.mark.parametrize(
    ("size", "width_px", "expected"),
    [
        pytest.param((80, 60), None, (80, 60), id="no width leaves it"),
        pytest.param((80, 60), 40, (40, 30), id="wider is made smaller in its shape"),
        pytest.param((80, 60), 80, (80, 60), id="exactly as wide is left"),
        pytest.param((80, 60), 160, (80, 60), id="narrower is never made larger"),
        pytest.param((900, 1), 30, (30, 1), id="no side vanishes"),
    ],
)
def test_width(size, width_px, expected) -> None:
    encoded = Encoder([], width_px, 85).encode(_white(*size))
    assert (encoded.width, encoded.height) == expected
    assert _decoded(encoded.jpeg).shape == (expected[1], expected[0], 3)


_COORDINATE = st.floats(0, 1)


@given(
    triangle=st.lists(st.tuples(_COORDINATE, _COORDINATE), min_size=3, max_size=3),
    inside=st.tuples(_COORDINATE, _COORDINATE, _COORDINATE).filter(lambda w: sum(w) > 0.01),
    size=st.tuples(st.integers(1, 97), st.integers(1, 61)),
)
def test_every_pixel_that_a_mask_touches_is_painted(triangle, inside, size) -> None:
    weights = np.array(inside) / sum(inside)
    x, y = weights @ np.array(triangle)
    width, height = size
    image = painted(_white(width, height), [triangle])
    assert image[min(int(y * height), height - 1), min(int(x * width), width - 1)].max() == 0
