"""What really happened: the events that the engine's numbers are held against.

They are written by the people's own decisions (who means to queue, who is served, who gives up)
and by where their ways exactly meet zones and lines; never by the engine's rules.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingTruth:
    """Somebody crossed the entrance line."""

    kind: Literal["crossing"] = "crossing"
    person: str
    line: str
    at_ms: int
    direction: Literal["in", "out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitTruth:
    """Somebody queued: from stepping into the queue zone until served or given up."""

    kind: Literal["wait"] = "wait"
    person: str
    queue: str
    joined_at_ms: int
    ended_at_ms: int
    """Stepped to the desk, or out of the queue."""
    outcome: Literal["served", "abandoned", "open"]
    """`open`: still waiting when the day ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTruth:
    """Somebody was served."""

    kind: Literal["service"] = "service"
    person: str
    desk: str
    started_at_ms: int
    ended_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitTruth:
    """Somebody was in a browse zone, without a break."""

    kind: Literal["visit"] = "visit"
    person: str
    zone: str
    entered_at_ms: int
    exited_at_ms: int


EventTruth = CrossingTruth | WaitTruth | ServiceTruth | VisitTruth
