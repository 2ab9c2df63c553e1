"""Counters by cause per camera, as `health` shows them; best effort, about the present."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from schemas.detections import Detection
from schemas.health import HealthPart, HealthRecord
from serve.inference.verdicts import Verdict

FORGET_MS = 3_600_000
"""A camera that sent nothing for this long is forgotten."""
LOST = "lost"
"""Counts frames of the camera's partition that were deleted before they were read."""

Meter = Callable[[str, int], None]
"""Takes a cause and how many frames more it had: what metrics of a whole replica are made of."""


def cause_of(verdict: Verdict) -> str:
    """What became of a frame, with the reason where there is one.

    Example:
        >>> from schemas.dead import DeadRecord
        >>> cause_of(
        ...     Verdict(
        ...         None,
        ...         DeadRecord(
        ...             reason="empty",
        ...             detail="",
        ...             site=None,
        ...             camera=None,
        ...             topic="frames",
        ...             partition=0,
        ...             offset=0,
        ...             length=0,
        ...             sha256="",
        ...         ),
        ...     )
        ... )
        'unreadable_empty'
    """
    detection = verdict.detection
    if detection is None:
        return f"unreadable_{verdict.dead.reason}" if verdict.dead else "unreadable"
    status = detection.status.value
    return status if detection.reason is None else f"{status}_{detection.reason}"


@dataclass(slots=True)
class _Tally:
    since_ms: int
    seen_at_ms: int
    counters: Counter[str] = field(default_factory=Counter)
    newest_at_ms: int | None = None
    recent_count: int = 0
    reported_at_ms: int | None = None


class Tallies:
    """Counters of the cameras of one partition.

    State: one tally per camera, forgotten after an hour of silence, and all with the partition.
    """

    def __init__(self) -> None:
        self._cameras: dict[tuple[str, str], _Tally] = {}
        self._lost_count = 0

    def count(self, detection: Detection, *, now_ms: int) -> None:
        """Count what became of a frame, in total and by reason."""
        camera = (detection.site, detection.camera)
        tally = self._cameras.setdefault(camera, _Tally(now_ms, now_ms))
        tally.seen_at_ms = now_ms
        tally.recent_count += 1
        tally.counters[detection.status.value] += 1
        if detection.reason is not None:
            tally.counters[f"{detection.status.value}_{detection.reason}"] += 1
        if detection.captured_at_ms is not None:
            tally.newest_at_ms = max(detection.captured_at_ms, tally.newest_at_ms or 0)

    def count_lost(self, frame_count: int) -> None:
        """Count frames deleted unread; whose they were is unknown, so each camera shows them."""
        self._lost_count += frame_count

    def records(self, *, now_ms: int) -> list[HealthRecord]:
        """One record per camera; begins a new stretch for the rates."""
        silent = [at for at, one in self._cameras.items() if now_ms - one.seen_at_ms > FORGET_MS]
        for camera in silent:
            del self._cameras[camera]
        return [self._record(*camera, now_ms=now_ms) for camera in self._cameras]

    def _record(self, site: str, camera: str, *, now_ms: int) -> HealthRecord:
        tally = self._cameras[site, camera]
        elapsed_ms = now_ms - tally.reported_at_ms if tally.reported_at_ms is not None else 0
        rate_hz = round(tally.recent_count * 1000 / elapsed_ms, 2) if elapsed_ms > 0 else None
        tally.reported_at_ms, tally.recent_count = now_ms, 0
        newest_at_ms = tally.newest_at_ms
        return HealthRecord(
            site=site,
            camera=camera,
            part=HealthPart.DETECTOR,
            since_ms=tally.since_ms,
            at_ms=now_ms,
            counters={**tally.counters, LOST: self._lost_count},
            newest_at_ms=newest_at_ms,
            newest_age_ms=None if newest_at_ms is None else now_ms - newest_at_ms,
            rate_hz=rate_hz,
        )
