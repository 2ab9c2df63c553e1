"""What became of a camera's frames, by cause, since the gateway's start."""

from enum import StrEnum


class Fate(StrEnum):
    """One thing that can become of a frame."""

    CAPTURED = "captured"
    """Given by the source."""
    SENT = "sent"
    """Acknowledged by the broker."""
    RATE_LIMITED = "rate_limited"
    """Over the rate limit."""
    DROPPED = "dropped"
    """The oldest waiting of a live camera, as the broker did not take frames in time."""
    TOO_LARGE = "too_large"
    """Larger than the wire contract allows, once encoded."""
    UNDECODABLE = "undecodable"
    """Input that gave no image; it is in no other counter."""
    SKIPPED = "skipped"
    """Not later than the last frame sent before this start; it is in no other counter."""


class Counters:
    """Counters of one camera; every fate is there from the start, at 0."""

    def __init__(self) -> None:
        self._totals = dict.fromkeys(Fate, 0)

    def add(self, fate: Fate, count: int = 1) -> None:
        """Counts frames of one fate; each fate is counted by one thread only."""
        self._totals[fate] += count

    def set(self, fate: Fate, total: int) -> None:
        """Takes over a total that is counted elsewhere."""
        self._totals[fate] = total

    def __getitem__(self, fate: Fate) -> int:
        return self._totals[fate]

    def as_dict(self) -> dict[str, int]:
        """Totals by the fate's name."""
        return {fate.value: total for fate, total in self._totals.items()}

    def __str__(self) -> str:
        told = [f"{total} {fate}" for fate, total in self._totals.items() if total]
        return ", ".join(told) or "no frames"
