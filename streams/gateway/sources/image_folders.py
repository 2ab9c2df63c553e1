"""A folder of images as a source: in the order of their names, at a rate that must be told.

Numbers in names count as numbers, so that `frame9.jpg` comes before `frame10.jpg`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from streams.gateway.errors import SourceError
from streams.gateway.sources.source import CapturedFrame, Image

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
_DIGITS = re.compile(r"(\d+)")


class ImageFolder:
    """The images of one folder.

    Raises:
        SourceError: If the folder holds no image.
    """

    is_live = False

    def __init__(self, path: Path, *, start_at_ms: int, fps: float, is_looped: bool) -> None:
        self.first_at_ms: int | None = start_at_ms
        self.interval_ms = max(1, round(1000 / fps))
        self.undecodable_total = 0
        self._start_at_ms = start_at_ms
        self._fps = fps
        self._is_looped = is_looped
        self._files = sorted(
            (file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES), key=_by_number
        )
        if not self._files:
            raise SourceError(
                f"{path}: expected a folder with images ({', '.join(sorted(_SUFFIXES))}), got none"
            )

    def frames(self, after_ms: int | None) -> Iterator[CapturedFrame]:
        """The folder's images, oldest first; a file that is no image leaves a gap (counted)."""
        index = 0 if after_ms is None else self._index_after(after_ms)
        while self._is_looped or index < len(self._files):
            image = self._read(self._files[index % len(self._files)])
            if image is not None:
                yield CapturedFrame(self._at_ms(index), lambda image=image: image)  # type: ignore[misc]  # a lambda's default has no type
            index += 1

    def close(self) -> None:
        """Nothing is held between images."""

    def _at_ms(self, index: int) -> int:
        return self._start_at_ms + round(index * 1000 / self._fps)

    def _index_after(self, after_ms: int) -> int:
        return max(0, int((after_ms - self._start_at_ms) * self._fps / 1000))

    def _read(self, file: Path) -> Image | None:
        try:
            content = np.fromfile(file, np.uint8)
        except OSError as error:
            raise SourceError(f"{file}: cannot be read: {error}") from error
        image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
        if image is None:
            self.undecodable_total += 1
        return image  # type: ignore[return-value]  # 8-bit colour is uint8


def _by_number(file: Path) -> list[tuple[int, str]]:
    parts = _DIGITS.split(file.name)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]
