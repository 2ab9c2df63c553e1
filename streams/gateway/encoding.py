"""Image to JPEG: masked places painted over, then resized, then encoded. Pure.

Painting comes before resizing, so that no masked pixel is mixed into one that leaves the store.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from schemas.layout import Polygon
from streams.gateway.sources.source import Image

_PAINT = (0, 0, 0)
_EDGE_PX = 3


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """An image as it travels."""

    jpeg: bytes
    width: int
    """px."""
    height: int
    """px."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """What becomes of one camera's images on their way out."""

    masks: Sequence[Polygon] = ()
    """Polygons to paint over, 0-1."""
    width_px: int | None = None
    """Width above which images are made smaller, keeping their shape, px; null leaves them."""
    jpeg_quality: int = 85
    """1-100."""

    def encode(self, image: Image) -> EncodedImage:
        """The image, masked, resized and as JPEG; the one given is left as it is."""
        resized = _narrowed(painted(image, self.masks), self.width_px)
        height, width = resized.shape[:2]
        _, jpeg = cv2.imencode(".jpg", resized, [cv2.IMWRITE_JPEG_QUALITY, self.jpeg_quality])
        return EncodedImage(jpeg.tobytes(), width, height)


def painted(image: Image, masks: Sequence[Polygon]) -> Image:
    """The image with every pixel black that a mask touches.

    Args:
        image: `(height, width, 3)` uint8; left as it is.
        masks: Polygons, 0-1 of the image.
    """
    if not masks:
        return image
    height, width = image.shape[:2]
    polygons = [
        np.round(np.asarray(mask) * (width, height) - 0.5).astype(np.int32) for mask in masks
    ]
    covered = image.copy()
    cv2.fillPoly(covered, polygons, _PAINT)
    # A polygon's edge runs through pixels whose centres lie outside it: they hold masked light too.
    cv2.polylines(covered, polygons, isClosed=True, color=_PAINT, thickness=_EDGE_PX)
    return covered


def _narrowed(image: Image, width_px: int | None) -> Image:
    height, width = image.shape[:2]
    if width_px is None or width <= width_px:
        return image
    size = (width_px, max(1, round(height * width_px / width)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]  # of the dtype given
