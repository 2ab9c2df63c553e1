"""Small videos, written with PyAV."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

MakeVideo = Callable[..., Path]


def write_video(path: Path, *, times_ms: list[int], size: tuple[int, int] = (64, 48)) -> Path:
    """A video whose frame k is of one brightness, 10 + 10 k, shown at `times_ms[k]`."""
    width, height = size
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=1000)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for index, at_ms in enumerate(times_ms):
            shade = np.full((height, width, 3), min(10 + 10 * index, 250), np.uint8)
            frame = av.VideoFrame.from_ndarray(shade, format="bgr24")
            frame.pts, frame.time_base = at_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    def make(times_ms: list[int], name: str = "shop.mp4", **options: tuple[int, int]) -> Path:
        return write_video(tmp_path / name, times_ms=times_ms, **options)

    return make
