"""Which layout holds when, for one camera: marks in, the plan and the window of an instant out.

A version takes effect at a window boundary of its own per camera, so a window never has two
layouts. The old plan stays until every window it held in is closed: what is certain late is judged
by the layout of its own time.
"""

from collections.abc import Callable

from schemas.layout import Line
from streams.metrics.plan import CameraPlan
from streams.windowing.tumbling import first_boundary, window_start

MAX_ENTRIES = 16
"""Versions that a camera keeps; silent for more, the newest replaces the one before it."""
Entry = tuple[int, int]
"""Event time from which a version holds, ms; the version."""


class Timeline:
    """The versions of the layout that hold for one camera, and from when.

    Entries leave when their last window is closed, plans with them.
    """

    def __init__(self, entries: list[Entry], make_plan: Callable[[int], CameraPlan]) -> None:
        self._make_plan = make_plan
        self._entries = entries
        self._plans = {version: make_plan(version) for _, version in entries}

    @property
    def entries(self) -> list[Entry]:
        """What to keep to build it again, oldest first."""
        return self._entries

    @property
    def versions(self) -> list[int]:
        """Versions in use or still to come, oldest first."""
        return [version for _, version in self._entries]

    @property
    def plans(self) -> list[CameraPlan]:
        """Plans in use or still to come, oldest first."""
        return [self._plans[version] for version in self.versions]

    def plan_at(self, at_ms: int) -> CameraPlan:
        """The plan that holds at an instant; before the oldest kept, the oldest."""
        entries = self._entries
        for index in range(len(entries) - 1, 0, -1):
            if entries[index][0] <= at_ms:
                return self._plans[entries[index][1]]
        return self._plans[entries[0][1]]

    def has_line(self, line: Line, at_ms: int) -> bool:
        """Whether a line lay there at an instant, as far as that is still known."""
        return at_ms >= self._entries[0][0] and line in self.plan_at(at_ms).lines

    def plan_of(self, version: int) -> CameraPlan:
        """The plan of a version that is still kept."""
        return self._plans[version]

    def end_of(self, version: int) -> int:
        """The instant from which the next version holds; `version` is not the last."""
        return self._entries[self.versions.index(version) + 1][0]

    def window_at(self, at_ms: int) -> tuple[int, int, CameraPlan]:
        """Start and end of the window that holds an instant, and its plan."""
        plan = self.plan_at(at_ms)
        start_ms = window_start(at_ms, plan.window_ms)
        return start_ms, start_ms + plan.window_ms, plan

    def adopt(self, version: int, *, from_ms: int, after_ms: int | None) -> None:
        """Put a version into force from the first boundary it may have.

        Args:
            version: The version; its plan can be made.
            from_ms: Event time before which it does not hold.
            after_ms: The camera's last absorbed time, to lie above; None before the first.
        """
        plan = self._make_plan(version)
        earliest_ms = from_ms if after_ms is None else max(from_ms, after_ms + 1)
        boundary_ms = self._common_boundary(earliest_ms, plan.window_ms)
        entries = [entry for entry in self._entries if entry[0] < boundary_ms]
        if len(entries) >= MAX_ENTRIES and after_ms is not None and entries[-1][0] > after_ms:
            entries.pop()
        self._entries = [*entries, (boundary_ms, version)]
        self._plans[version] = plan
        self._plans = {kept: self._plans[kept] for kept in self.versions}

    def forget(self, until_ms: int) -> None:
        """Drop what held only before an instant: the windows before it are closed."""
        if len(self._entries) > 1 and self._entries[1][0] <= until_ms:
            self._entries = [
                entry
                for entry, following in zip(self._entries, self._entries[1:], strict=False)
                if following[0] > until_ms
            ] + self._entries[-1:]
            self._plans = {kept: self._plans[kept] for kept in self.versions}

    def _common_boundary(self, from_ms: int, next_size_ms: int) -> int:
        """The first instant that bounds windows of the plan then in force and of the next."""
        while True:
            size_ms = self.plan_at(from_ms - 1).window_ms
            boundary_ms = first_boundary(from_ms, size_ms=size_ms, next_size_ms=next_size_ms)
            if boundary_ms == from_ms:
                return boundary_ms
            from_ms = boundary_ms
