"""What one camera has counted in one window so far. In: what happened, with its instant. Out: sums.

Integers only, so that the order in which things become certain never shows in a bit.
"""

import msgspec

from streams.windowing.spans import Interval


class ZoneTally(msgspec.Struct, array_like=True):
    """One zone in one window."""

    person_ms: int = 0
    """Track time within stays."""
    dwells_ms: list[int] = []
    """Dwell of each visit that ended."""
    joined: int = 0
    """People who joined the queue."""
    abandoned: int = 0
    """People who left it without service."""
    lost: int = 0
    """People whose end in it was not seen."""
    direct: int = 0
    """People who entered service without waiting."""
    waits_ms: list[int] = []
    """Wait of each person served."""

    def absorb(self, other: "ZoneTally") -> None:
        """Add what another window counted."""
        self.person_ms += other.person_ms
        self.dwells_ms += other.dwells_ms
        self.joined += other.joined
        self.abandoned += other.abandoned
        self.lost += other.lost
        self.direct += other.direct
        self.waits_ms += other.waits_ms


class LineTally(msgspec.Struct, array_like=True):
    """One line in one window."""

    in_total: int = 0
    """Crossings to the right-hand side."""
    out_total: int = 0
    """Crossings to the left-hand side."""


class WindowTally(msgspec.Struct, array_like=True):
    """One camera's window; leaves the ledger when it closes."""

    start_ms: int
    """First instant."""
    end_ms: int
    """First instant after it."""
    version: int
    """Version of the layout that holds in it."""
    held: list[Interval] = []
    """When an `ok` frame held: in order, apart, joined where they touch."""
    zones: dict[str, ZoneTally] = {}
    """By zone, where anything happened; leaves with the window."""
    lines: dict[str, LineTally] = {}
    """By line, where anything happened; leaves with the window."""
    image: dict[int, int] = {}
    """Person-ms by cell of the image; leaves with the window."""
    floor: dict[int, int] = {}
    """Person-ms by owned cell of the floor; leaves with the window."""
    steps: dict[tuple[str, str], int] = {}
    """Steps by the zones they lead from and to, empty for none; leaves with the window."""

    @property
    def held_ms(self) -> int:
        """How long frames held."""
        return sum(end - start for start, end in self.held)

    def hold(self, from_ms: int, to_ms: int) -> None:
        """A frame held over a span of the window, after all before."""
        if self.held and self.held[-1][1] == from_ms:
            from_ms = self.held.pop()[0]
        self.held.append((from_ms, to_ms))

    def zone(self, zone: str) -> ZoneTally:
        """A zone's sums, to add to."""
        found = self.zones.get(zone)
        if found is None:
            found = self.zones[zone] = ZoneTally()
        return found

    def line(self, line: str) -> LineTally:
        """A line's sums, to add to."""
        found = self.lines.get(line)
        if found is None:
            found = self.lines[line] = LineTally()
        return found

    def move(self, origin: str, zone: str, count: int = 1) -> None:
        """Steps were taken from one zone to another."""
        self.steps[origin, zone] = self.steps.get((origin, zone), 0) + count

    def absorb(self, other: "WindowTally") -> None:
        """Add what another window counted, but not its held time."""
        for name, zone in other.zones.items():
            self.zone(name).absorb(zone)
        for name, line in other.lines.items():
            own = self.line(name)
            own.in_total += line.in_total
            own.out_total += line.out_total
        for cell, spent_ms in other.image.items():
            self.image[cell] = self.image.get(cell, 0) + spent_ms
        for cell, spent_ms in other.floor.items():
            self.floor[cell] = self.floor.get(cell, 0) + spent_ms
        for (origin, reached), count in other.steps.items():
            self.move(origin, reached, count)
