"""Pixels to the model's input: an upright BGR image in, a `(3, h, w)` float tensor out.

Also the way back: where a point of the input lies in the image. Rounding follows the training
tools of each family to the pixel, because half a pixel of padding moves every box.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from serve.inference.boxes import Boxes
from serve.inference.images import Image

Tensor = npt.NDArray[np.floating]

_PADDING = (114, 114, 114)


class Placing(StrEnum):
    """Where the scaled image lies in the input."""

    CENTRED = "centred"
    """One factor for both axes, padding split between the sides (YOLOv8 and later)."""
    CORNER = "corner"
    """One factor for both axes, padding right and below (YOLOX)."""
    STRETCHED = "stretched"
    """A factor per axis, no padding (RT-DETR)."""


class Size(NamedTuple):
    """Height and width, px, in the order of a tensor's axes."""

    height: int
    width: int


@dataclass(frozen=True, slots=True)
class InputForm:
    """What a model wants as its input."""

    placing: Placing
    """Where the scaled image lies."""
    is_rgb: bool
    """Channel order: RGB, else BGR."""
    divisor: float
    """Pixel values are divided by this: 255 for a model that takes 0-1."""
    dtype: type[np.float32] | type[np.float16] = np.float32
    """Type of the graph's input."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One frame, ready to be part of a batch."""

    tensor: Tensor
    """`(3, height, width)`."""
    image_size: Size
    """Size of the upright image."""
    scaled_size: Size
    """Size of the image within the input."""
    left: int
    """Padding left of it, px."""
    top: int
    """Padding above it, px."""

    @property
    def input_size(self) -> Size:
        """Size of the input."""
        return Size(self.tensor.shape[1], self.tensor.shape[2])

    def to_image(self, boxes: Boxes) -> Boxes:
        """Boxes in pixels of the input as boxes in pixels of the image, clipped to it."""
        width, height = self.image_size.width, self.image_size.height
        # The rounded side over the original one, per axis: that is how far it was really scaled.
        scale = np.array([self.scaled_size.width / width, self.scaled_size.height / height] * 2)
        shift = np.array([self.left, self.top] * 2)
        xyxy = (boxes.xyxy.astype(np.float64) - shift) / scale
        limits = np.array([width, height, width, height], np.float64)
        return Boxes(np.clip(xyxy, 0.0, limits), boxes.scores, boxes.classes)


def prepare(image: Image, form: InputForm, size: Size, *, stride: int | None) -> Prepared:
    """An image as a model wants it.

    Args:
        image: Upright, BGR.
        form: What the model wants.
        size: Size of the model's input.
        stride: Pads only to the next multiple of this, px; None pads to the full input.
    """
    image_size = Size(*image.shape[:2])
    scaled_size = _scaled_size(image_size, size, form.placing)
    gap = Size(size.height - scaled_size.height, size.width - scaled_size.width)
    if stride is not None:
        gap = Size(gap.height % stride, gap.width % stride)
    is_centred = form.placing is Placing.CENTRED
    top, left = (_half(gap.height), _half(gap.width)) if is_centred else (0, 0)
    fitted = image
    if scaled_size != image_size:
        fitted = _resized(image, scaled_size)
    if any(gap):
        fitted = _padded(fitted, gap, top=top, left=left)
    return Prepared(_tensor(fitted, form), image_size, scaled_size, left, top)


def _scaled_size(image: Size, target: Size, placing: Placing) -> Size:
    if placing is Placing.STRETCHED:
        return target
    factor = min(target.height / image.height, target.width / image.width)
    to_whole = int if placing is Placing.CORNER else round
    return Size(max(1, to_whole(image.height * factor)), max(1, to_whole(image.width * factor)))


def _half(gap: int) -> int:
    # An odd gap has its extra pixel right or below: 4.5 counts as 4.
    return round(gap / 2 - 0.1)


def _resized(image: Image, size: Size) -> Image:
    resized = cv2.resize(image, (size.width, size.height), interpolation=cv2.INTER_LINEAR)
    return resized.astype(np.uint8, copy=False)


def _padded(image: Image, gap: Size, *, top: int, left: int) -> Image:
    padded = cv2.copyMakeBorder(
        image,
        top,
        gap.height - top,
        left,
        gap.width - left,
        cv2.BORDER_CONSTANT,
        value=_PADDING,
    )
    return padded.astype(np.uint8, copy=False)


def _tensor(image: Image, form: InputForm) -> Tensor:
    if form.is_rgb:
        image = image[:, :, ::-1]
    tensor = np.empty((3, *image.shape[:2]), form.dtype)
    np.divide(
        image.transpose(2, 0, 1), form.divisor, out=tensor, casting="unsafe", dtype=np.float32
    )
    return tensor
