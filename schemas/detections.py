"""What is in `detections`: one message per frame, and marks that put a layout into the log."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from schemas import codec
from schemas.errors import MessageError
from schemas.layout import SiteLayout
from schemas.units import Id


class DetectionStatus(StrEnum):
    """What became of a frame."""

    OK = "ok"
    SHED = "shed"
    """Dropped on purpose: too old to matter."""
    REJECTED = "rejected"
    """Bad input; `reason` says why."""
    ENDED = "ended"
    """The finite source is finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """All boxes of one frame, columnar; `boxes`, `scores` and `classes` have one length."""

    v: Literal[1] = 1
    """Version of this message."""
    kind: Literal["frame"] = "frame"
    """Tells a frame's detections from a layout mark."""
    site: Id
    """Id of the site."""
    camera: Id
    """Id of the camera within its site."""
    captured_at_ms: int | None
    """Event time of the frame, ms since the epoch; null if it could not be read."""
    seq: int | None
    """Number of the frame within its run; null if it could not be read."""
    run: int | None
    """Start time of the gateway, ms since the epoch; null if it did not say."""
    width: int | None
    """Width of the upright image, px; null if it could not be read."""
    height: int | None
    """Height of the upright image, px; null if it could not be read."""
    frame_partition: int
    """Partition of `frames` the frame came from."""
    frame_offset: int
    """Offset of the frame in that partition."""
    status: DetectionStatus
    """What became of the frame."""
    reason: str | None = None
    """Why it was shed or rejected; null otherwise."""
    model: str | None = None
    """Name and short sha256 of the model; null where none ran."""
    boxes: list[tuple[float, float, float, float]] | None = None
    """Boxes as x1 y1 x2 y2 in pixels of the upright image, y down; null unless `ok`."""
    scores: list[float] | None = None
    """Score of each box, in [0, 1]; null unless `ok`."""
    classes: list[str] | None = None
    """Class name of each box; null unless `ok`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutMark:
    """A version of a site's layout, put into the log so that the log alone says what holds when."""

    v: Literal[1] = 1
    """Version of this message."""
    kind: Literal["layout"] = "layout"
    """Tells a layout mark from a frame's detections."""
    site: Id
    """Id of the site."""
    version: int
    """Version of the layout; rises."""
    effective_from_ms: int
    """Event time from which it holds, ms since the epoch; 0 for the first."""
    layout: SiteLayout
    """The layout itself."""


def decode_detection(payload: bytes) -> Detection | LayoutMark:
    """The message that a record of `detections` holds, by its `kind`.

    Raises:
        MessageError: If it is neither a frame's detections nor a layout mark.
    """
    content = codec.parse(payload)
    kind = content.get("kind") if isinstance(content, dict) else None
    if kind == "frame":
        return _checked(codec.convert(content, Detection))
    if kind == "layout":
        return codec.convert(content, LayoutMark)
    raise MessageError(f"kind: expected 'frame' or 'layout', got {kind!r}")


def _checked(detection: Detection) -> Detection:
    lengths = {
        len(column)
        for column in (detection.boxes, detection.scores, detection.classes)
        if column is not None
    }
    if len(lengths) > 1:
        raise MessageError(f"boxes, scores, classes: expected one length, got {sorted(lengths)}")
    if detection.status is DetectionStatus.OK and (
        detection.boxes is None or detection.scores is None or detection.captured_at_ms is None
    ):
        raise MessageError("status ok: expected boxes, scores and captured_at_ms, got null")
    return detection
