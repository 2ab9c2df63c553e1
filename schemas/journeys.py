"""Where people went next: steps from zone to zone, per camera and window; two matrices add.

A step is counted when a track's visit to a zone begins and the visit it began before was to another
zone; `null` stands for neither: the first visit of a track comes from there, and where a track that
has visited a zone ends, its last visit leads there. A step belongs to the window of the first sight
of the later visit, the last one to the window of the track's last sight. So over all of a track, as
often as a zone was reached it was left. Coming back within `revisit_ms` goes on with the visit, and
is no step; nor is coming back later with no other zone between. Staff takes no steps.
"""

from dataclasses import dataclass

from schemas.units import Id
from schemas.windows import WindowRecord

Transition = tuple[Id | None, Id | None, int]
"""From which zone, to which, how often; null is none of the camera's zones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyRecord(WindowRecord):
    """Steps between the zones of one camera in one window."""

    transitions: list[Transition]
    """`[from zone, to zone, count]`, sorted, null first: before the first visit, after the last."""
