"""What becomes of one frame: a record of `frames` in, a detection and perhaps a dead letter out.

A dead letter says where the record lies and what it hashes to, never what it shows.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from schemas.dead import DeadRecord
from schemas.detections import Detection, DetectionStatus
from schemas.errors import FrameRejected, RejectReason
from schemas.frames import MAX_FUTURE_MS, FrameHeaders, from_wire, owner
from schemas.units import PIXEL_DECIMALS, SCORE_DECIMALS
from serve.inference.boxes import Boxes

TOO_OLD = "too_old"
"""Reason of a shed frame: it waited longer than `max_frame_age_ms`."""

_INTEGER = re.compile(rb"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One record of `frames` as the broker gives it."""

    topic: str
    """Topic, with its prefix."""
    partition: int
    """Partition of the topic."""
    offset: int
    """Offset in the partition."""
    appended_at_ms: int
    """The broker's time of the record, ms since the epoch."""
    headers: Sequence[tuple[str, bytes | None]]
    """Metadata of the frame, as the broker gives it."""
    value: bytes
    """The encoded image; empty at the end of a source."""
    is_readable: bool = True
    """Whether the client could read it; if not, headers and value are empty here."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is published for one frame."""

    detection: Detection | None
    """None where no site and camera can be read."""
    dead: DeadRecord | None = None
    """Set for a rejected frame."""


def unreadable_record(topic: str, partition: int, offset: int) -> FrameRecord:
    """A record of which nothing but its place is known: a header's name is no UTF-8."""
    return FrameRecord(topic, partition, offset, 0, (), b"", is_readable=False)


def read_frame(record: FrameRecord) -> FrameHeaders:
    """The metadata of a frame that keeps the wire contract.

    Raises:
        FrameRejected: If a header breaks it, the frame lies in the future, or an end has a value.
    """
    if not record.is_readable:
        raise FrameRejected(
            RejectReason.BAD_HEADER,
            "header names: expected UTF-8, got other bytes; nothing of the record could be read, "
            "so length and digest are those of no bytes",
        )
    frame = from_wire(record.headers)
    ahead_ms = frame.captured_at_ms - record.appended_at_ms
    if ahead_ms > MAX_FUTURE_MS:
        raise FrameRejected(
            RejectReason.FUTURE,
            f"header captured_at_ms: expected at most {MAX_FUTURE_MS} ms after the record's time, "
            f"got {ahead_ms} ms",
        )
    if frame.is_end and record.value:
        raise FrameRejected(
            RejectReason.BAD_HEADER,
            f"header end: expected an empty value with it, got {len(record.value)} bytes",
        )
    return frame


def found(
    record: FrameRecord, frame: FrameHeaders, boxes: Boxes, *, names: Sequence[str], model: str
) -> Verdict:
    """The verdict on a frame the model has seen; boxes without area are no boxes.

    Args:
        record: The frame's record.
        frame: Its metadata.
        boxes: Boxes in pixels of the upright image, clipped to it.
        names: Class names by index.
        model: Label of the model.
    """
    xyxy = np.round(boxes.xyxy.astype(np.float64), PIXEL_DECIMALS)
    scores = np.round(boxes.scores.astype(np.float64), SCORE_DECIMALS)
    has_area = np.flatnonzero((xyxy[:, 2:] > xyxy[:, :2]).all(axis=1))
    return Verdict(
        _detection(
            record,
            frame,
            DetectionStatus.OK,
            model=model,
            boxes=[tuple(box) for box in xyxy[has_area].tolist()],
            scores=scores[has_area].tolist(),
            classes=[names[index] for index in boxes.classes[has_area].tolist()],
        )
    )


def shed(record: FrameRecord, frame: FrameHeaders) -> Verdict:
    """The verdict on a frame that is too old to matter."""
    return Verdict(_detection(record, frame, DetectionStatus.SHED, reason=TOO_OLD))


def ended(record: FrameRecord, frame: FrameHeaders) -> Verdict:
    """The verdict on the end of a finite source."""
    return Verdict(_detection(record, frame, DetectionStatus.ENDED))


def rejected(record: FrameRecord, error: FrameRejected) -> Verdict:
    """The verdict on a bad frame.

    Its detection holds what can be read of the headers. An event time in the future counts as
    unreadable: it would carry the camera's time with it.
    """
    known = owner(record.headers)
    source = (record.topic, record.partition, record.offset)
    dead = DeadRecord.of(record.value, error, reason=error.reason, source=source, owner=known)
    if known is None:
        return Verdict(None, dead)
    site, camera = known
    captured_at_ms = _readable(record, "captured_at_ms")
    if captured_at_ms is not None and captured_at_ms > record.appended_at_ms + MAX_FUTURE_MS:
        captured_at_ms = None
    detection = Detection(
        site=site,
        camera=camera,
        captured_at_ms=captured_at_ms,
        seq=_readable(record, "seq"),
        run=_readable(record, "run"),
        width=_readable(record, "width"),
        height=_readable(record, "height"),
        frame_partition=record.partition,
        frame_offset=record.offset,
        status=DetectionStatus.REJECTED,
        reason=error.reason,
    )
    return Verdict(detection, dead)


def _detection(
    record: FrameRecord, frame: FrameHeaders, status: DetectionStatus, **fields: object
) -> Detection:
    return Detection(
        site=frame.site,
        camera=frame.camera,
        captured_at_ms=frame.captured_at_ms,
        seq=frame.seq,
        run=frame.run,
        width=frame.width,
        height=frame.height,
        frame_partition=record.partition,
        frame_offset=record.offset,
        status=status,
        **fields,  # type: ignore[arg-type]  # columns or a reason, as the callers above give them
    )


def _readable(record: FrameRecord, name: str) -> int | None:
    values = [value or b"" for key, value in record.headers if key == name]
    is_readable = len(values) == 1 and _INTEGER.fullmatch(values[0]) is not None
    return int(values[0]) if is_readable else None
