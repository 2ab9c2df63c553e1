"""Somebody out of sight: their track has ended, their wait or their visit has not."""

import msgspec

from streams.metrics.sights import CountedSight


class Vanished(msgspec.Struct, frozen=True, array_like=True):
    """Leaves when they turn up under another track, or are lost."""

    joined_at_ms: int
    """Start of the wait."""
    inside_at_ms: int
    """The last sight in the queue."""
    lost_after_ms: int
    """Once the camera's time is past this they are lost."""
    sight: CountedSight
    """The last, wherever it was."""
    is_next: bool = False
    """Whether they stood at a desk with somebody at it: if they do not turn up they are served."""
    heir: str = ""
    """The track that joined there as they vanished: it is them unless they turn up first."""
    heir_at_ms: int = 0
    """When it joined."""


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
