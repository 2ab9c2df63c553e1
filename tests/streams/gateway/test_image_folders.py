from pathlib import Path

import cv2
import numpy as np
import pytest

from streams.gateway.errors import SourceError
from streams.gateway.sources.image_folders import ImageFolder


def _folder(path: Path, names: list[str]) -> Path:
    for index, name in enumerate(names):
        cv2.imwrite(str(path / name), np.full((8, 8, 3), 40 * (index + 1), np.uint8))
    return path


def _source(path: Path, *, is_looped: bool = False) -> ImageFolder:
    return ImageFolder(path, start_at_ms=1000, fps=4, is_looped=is_looped)


def test_images_come_in_the_order_of_their_numbers(tmp_path) -> None:
    source = _source(_folder(tmp_path, ["frame9.png", "frame10.png", "frame100.png"]))
    frames = list(source.frames(None))
    assert [int(frame.image()[0, 0, 0]) for frame in frames] == [40, 80, 120]
    assert [frame.captured_at_ms for frame in frames] == [1000, 1250, 1500]


@pytest.mark.parametrize("content", [b"not an image", b""])
def test_a_file_that_is_no_image_is_counted_and_leaves_a_gap(tmp_path, content) -> None:
    _folder(tmp_path, ["1.png", "2.png", "3.png"])
    (tmp_path / "2.png").write_bytes(content)
    source = _source(tmp_path)
    assert [frame.captured_at_ms for frame in source.frames(None)] == [1000, 1500]
    assert source.undecodable_total == 1


def test_a_loop_goes_on_later(tmp_path) -> None:
    frames = _source(_folder(tmp_path, ["1.png", "2.png"]), is_looped=True).frames(None)
    assert [next(frames).captured_at_ms for _ in range(4)] == [1000, 1250, 1500, 1750]


def test_a_folder_without_images_is_refused(tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(SourceError, match="expected a folder with images"):
        _source(tmp_path)


def test_an_image_that_went_away_is_named(tmp_path) -> None:
    source = _source(_folder(tmp_path, ["1.png", "2.png"]))
    (tmp_path / "2.png").unlink()
    with pytest.raises(SourceError, match=r"2\.png: cannot be read"):
        list(source.frames(None))
