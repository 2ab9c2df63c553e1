"""Everything one camera counts: what people do goes in with its instant, closed windows come out.

A window closes `settle_ms` after its end, so nearly everything is certain by then. What is not
counts in the earliest window still open: late, but never lost and never twice.
"""

import msgspec

from streams.geometry.floor import NO_CELL
from streams.metrics.tallies import WindowTally
from streams.metrics.timeline import Timeline
from streams.metrics.vanished import Vanished, VanishedVisitor
from streams.windowing.spans import Spans
from streams.windowing.tumbling import window_start

MAX_TURNS = 8
"""Service does not begin more often within the seconds for which it is asked."""


class Departures(msgspec.Struct, array_like=True):
    """One window of a queue, as Little's law asks for it."""

    start_ms: int
    """First instant of the window."""
    length_ms: int
    """Length integrated over held time."""
    departed: int
    """Served, abandoned and lost."""
    lost: int
    """Lost alone."""
    held_ms: int
    """How long frames held."""


class ZoneHistory(msgspec.Struct, array_like=True):
    """One zone across windows; forgotten when no layout in use names the zone."""

    stays: Spans = msgspec.field(default_factory=Spans)
    """Who is inside when."""
    visits: Spans = msgspec.field(default_factory=Spans)
    """Whose visit goes on when."""
    waits: Spans = msgspec.field(default_factory=Spans)
    """Who has joined the queue and waits when."""
    vanished: dict[str, Vanished] = {}
    """Whose wait may yet go on, by track; leaves as somebody goes on with it or nobody can."""
    trailing: list[Departures] = []
    """Closed windows of the last 15 minutes."""
    vanished_visitors: dict[str, VanishedVisitor] = {}
    """Who of the visitors is out of sight, by track; leaves as they turn up or have left."""
    turns_ms: list[int] = []
    """When service last began for somebody of the queue, a few times."""

    def take_turn(self, at_ms: int) -> None:
        """Service begins for somebody of the queue."""
        self.turns_ms = [*self.turns_ms[-MAX_TURNS + 1 :], at_ms]

    @property
    def followed_waits(self) -> dict[str, int]:
        """Starts of the waits that are sure to go on, by track."""
        return {key: since for key, since in self.waits.open.items() if key not in self.vanished}


class LedgerState(msgspec.Struct, array_like=True):
    """What a snapshot keeps of a ledger."""

    closed_until_ms: int = 0
    """Everything before is closed."""
    windows: dict[int, WindowTally] = {}
    """Open windows by start; each leaves when it closes."""
    zones: dict[str, ZoneHistory] = {}
    """By zone; leaves when no layout in use names it."""


class Ledger:
    """The open windows of one camera, and who is where across them."""

    def __init__(self, timeline: Timeline, state: LedgerState) -> None:
        self._timeline = timeline
        self.state = state
        self._latest: WindowTally | None = None

    def window_at(self, at_ms: int) -> WindowTally:
        """The open window that takes what happened at an instant; the earliest, if it came late."""
        latest = self._latest
        if latest is not None and latest.start_ms <= at_ms < latest.end_ms:
            return latest
        start_ms, end_ms, plan = self._timeline.window_at(max(at_ms, self.state.closed_until_ms))
        window = self.state.windows.get(start_ms)
        if window is None:
            window = WindowTally(start_ms, end_ms, plan.version)
            self.state.windows[start_ms] = window
        self._latest = window
        return window

    def zone(self, zone: str) -> ZoneHistory:
        """A zone across windows."""
        found = self.state.zones.get(zone)
        if found is None:
            found = self.state.zones[zone] = ZoneHistory()
        return found

    def hold(self, from_ms: int, to_ms: int) -> None:
        """A frame held over a span."""
        while from_ms < to_ms:
            window = self.window_at(from_ms)
            until_ms = min(to_ms, window.end_ms)
            window.hold(from_ms, until_ms)
            from_ms = until_ms

    def spend(self, span: tuple[int, int], *, image_cell: int, floor_cell: int) -> None:
        """A person spent a span in one cell of the image, and in one of the floor or in none."""
        from_ms, to_ms = span
        while from_ms < to_ms:
            window = self.window_at(from_ms)
            until_ms = min(to_ms, window.end_ms)
            spent_ms = until_ms - from_ms
            window.image[image_cell] = window.image.get(image_cell, 0) + spent_ms
            if floor_cell != NO_CELL:
                window.floor[floor_cell] = window.floor.get(floor_cell, 0) + spent_ms
            from_ms = until_ms

    def stay(self, zone: str, from_ms: int, to_ms: int) -> None:
        """A person spent a span within a stay in a zone."""
        while from_ms < to_ms:
            window = self.window_at(from_ms)
            until_ms = min(to_ms, window.end_ms)
            window.zone(zone).person_ms += until_ms - from_ms
            from_ms = until_ms

    def begin(self, spans: Spans, person: str, at_ms: int) -> None:
        """A person's span begins; in the earliest open window, if it came late."""
        spans.begin(person, max(at_ms, self.state.closed_until_ms))

    def finish(self, spans: Spans, person: str, at_ms: int) -> None:
        """A person's span is over; in the earliest open window, if it came late."""
        spans.finish(person, max(at_ms, self.state.closed_until_ms))

    def close(self, limit_ms: int) -> list[WindowTally]:
        """Close the windows that end by an instant: those in which a frame held, oldest first.

        What was counted in a window without held time moves on to the next: a record of it would
        never be written.
        """
        closed: list[WindowTally] = []
        homeless: WindowTally | None = None
        windows = self.state.windows
        for start_ms in sorted(windows):
            window = windows[start_ms]
            if window.end_ms > limit_ms:
                break
            del windows[start_ms]
            if homeless is not None:
                window.absorb(homeless)
                homeless = None
            if window.held:
                closed.append(window)
            else:
                homeless = window
        self._latest = None
        boundary_ms = window_start(limit_ms, self._timeline.plan_at(limit_ms).window_ms)
        self.state.closed_until_ms = max(self.state.closed_until_ms, boundary_ms)
        if homeless is not None:
            self.window_at(self.state.closed_until_ms).absorb(homeless)
        return closed

    def forget(self, oldest_ms: int) -> None:
        """Drop what no open window asks for any more.

        Args:
            oldest_ms: The earliest last sight of any track: what held then is still needed.
        """
        until_ms = self.state.closed_until_ms
        self._timeline.forget(min(until_ms, oldest_ms))
        named = {zone.id for plan in self._timeline.plans for zone in plan.zones}
        for name, history in list(self.state.zones.items()):
            for spans in (history.stays, history.visits, history.waits):
                spans.forget(until_ms)
            if name not in named:
                del self.state.zones[name]
