"""Where a play begins, given what the topic already holds of the camera. Pure.

A camera's event times must rise over all its plays, whatever the gateway that sent them: its newest
frame in the log decides, never what the gateway remembers.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.frames import FrameHeaders
from streams.gateway.errors import AlreadyPlayedError


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """Where a camera's play begins."""

    run: int
    """Its run: the gateway's start, ms since the epoch, above every run of the camera before."""
    after_ms: int | None
    """Event time that frames must be later than; null where anything goes."""
    is_over: bool
    """Whether the source was played to its end before."""


def starting_point(
    newest: FrameHeaders | None, *, first_at_ms: int | None, resume: bool, now_ms: int
) -> StartingPoint:
    """Where a camera's play begins.

    Args:
        newest: The camera's newest record in the topic, or None.
        first_at_ms: Event time of the source's first frame; None for a live source, which waits
            until its clock has passed the newest.
        resume: Whether to go on where an earlier play of the source stopped.
        now_ms: Processing time.

    Raises:
        AlreadyPlayedError: If the source would not begin later than the newest, and `resume` is not
            asked for.
    """
    if newest is None:
        return StartingPoint(now_ms, None, False)
    newest_at_ms = newest.captured_at_ms
    is_played = first_at_ms is not None and first_at_ms <= newest_at_ms
    if is_played and not resume:
        raise AlreadyPlayedError(
            f"start_at: camera {newest.site}/{newest.camera} was played up to "
            f"{_iso(newest_at_ms)}: expected a later start, got {_iso(first_at_ms or 0)}; "
            "set a later --start-at, or go on after its last frame with --resume"
        )
    # The engine skips runs older than the one it knows, so a clock set back must not make one.
    run = max(now_ms, (newest.run or 0) + 1)
    return StartingPoint(run, newest_at_ms, is_played and newest.is_end)


def _iso(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
