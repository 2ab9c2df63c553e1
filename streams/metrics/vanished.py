"""Somebody whose wait or visit may yet go on: under another track, or because they come back."""

from enum import IntEnum

import msgspec

from streams.metrics.sights import CountedSight


class End(IntEnum):
    """How a wait has ended if nobody turns up who goes on with it."""

    LOST = 0
    """It cannot be told."""
    SERVED = 1
    """They were served."""
    ABANDONED = 2
    """They gave up."""
    NEVER = 3
    """There was no such wait: the track was a second one of somebody who waits."""


class Vanished(msgspec.Struct, frozen=True, array_like=True):
    """Leaves when somebody turns up who goes on with the wait, or nobody can any more."""

    joined_at_ms: int
    """Start of the wait."""
    ended_at_ms: int
    """Where it ended if nobody turns up: the last sight in the queue, or the start of service."""
    turns_up_by_ms: int
    """Who is first seen later is somebody else."""
    sight: CountedSight
    """Where they are looked for: the last sight, wherever it was, or where they stood."""
    end: End = End.LOST
    """How the wait has ended then."""
    is_followed: bool = False
    """Whether it is they whom their track went on with, as far as can be told: nobody else who is
    first seen there later is them, but who had their place."""
    heir: str = ""
    """The track that joined there as they vanished: it is them unless they turn up first."""
    heir_at_ms: int = 0
    """When it joined."""

    @property
    def pending_since_ms(self) -> int:
        """From when on it may still change what is counted."""
        if self.end == End.NEVER:
            return self.joined_at_ms
        return min(self.ended_at_ms, self.heir_at_ms) if self.heir else self.ended_at_ms


class VanishedVisitor(msgspec.Struct, frozen=True, array_like=True):
    """Leaves when they turn up under another track, or have left."""

    dwell_ms: int
    """Dwell up to now."""
    exited_at_ms: int
    """Where the last stay ended."""
    inside_from_ms: int
    """From when on the visit goes on unseen: there, or where they came back just before."""
    lost_after_ms: int
    """Once the camera's time is past this they have left."""
    sight: CountedSight
    """The last."""
