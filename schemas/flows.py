"""How many people crossed a line, per window."""

from dataclasses import dataclass

from schemas.units import Id
from schemas.windows import WindowRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRecord(WindowRecord):
    """Crossings of one line in one window."""

    line: Id
    """Id of the line."""
    in_total: int
    """Crossings to the right-hand side of A->B."""
    out_total: int
    """Crossings to the left-hand side of A->B."""
