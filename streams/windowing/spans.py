"""Who is there when: spans of people in a zone in, counts over a window out.

Spans are half-open and kept until no open window can ask for them. A person has at most one open
span here at a time, so the open ones are keyed by person.
"""

import msgspec

Interval = tuple[int, int]
"""Half-open, ms since the epoch."""


class Spans(msgspec.Struct, array_like=True):
    """Spans of presence, open and closed.

    `open` loses a key when the person leaves, or their track ends and it is certain whether they
    turn up under another; `closed` what ended before the oldest open window.
    """

    open: dict[str, int] = {}
    """Start of the span of each person still there."""
    closed: list[Interval] = []
    """Spans that are over and may still touch an open window."""

    def begin(self, person: str, at_ms: int) -> None:
        """A person is there from now on."""
        self.open[person] = at_ms

    def finish(self, person: str, at_ms: int) -> None:
        """A person is gone from `at_ms` on."""
        self.closed.append((self.open.pop(person), at_ms))

    def rename(self, person: str, successor: str) -> None:
        """A person's open span goes on as the successor's, whose own is dropped if there is one."""
        self.open[successor] = self.open.pop(person)

    def drop(self, person: str) -> None:
        """A person's open span never was."""
        del self.open[person]

    def forget(self, until_ms: int) -> None:
        """Drop what ended before an instant: the windows before it are closed."""
        self.closed = [span for span in self.closed if span[1] >= until_ms]

    def open_since(self, at_ms: int) -> list[int]:
        """Starts of the spans that go on at an instant: begun before it, not over before it."""
        starts = [start for start in self.open.values() if start < at_ms]
        starts += [start for start, end in self.closed if start < at_ms <= end]
        return starts

    def steps(self, window: Interval) -> list[tuple[int, int, int]]:
        """How many are there through a window: `(from_ms, to_ms, count)`, in order, without holes.

        Example:
            >>> spans = Spans(open={"a": 5}, closed=[(0, 7)])
            >>> spans.steps((0, 10))
            [(0, 5, 1), (5, 7, 2), (7, 10, 1)]
        """
        start_ms, end_ms = window
        changes: dict[int, int] = {}
        for begin in self.open.values():
            if begin < end_ms:
                at = max(begin, start_ms)
                changes[at] = changes.get(at, 0) + 1
        for begin, end in self.closed:
            if begin < end_ms and end > start_ms and begin < end:
                at = max(begin, start_ms)
                changes[at] = changes.get(at, 0) + 1
                changes[end] = changes.get(end, 0) - 1
        return _runs(changes, window)


def _runs(changes: dict[int, int], window: Interval) -> list[tuple[int, int, int]]:
    start_ms, end_ms = window
    runs: list[tuple[int, int, int]] = []
    count = 0
    for at in sorted(changes):
        if at >= end_ms:
            break
        if at > start_ms:
            runs.append((start_ms, at, count))
        start_ms = at
        count += changes[at]
    runs.append((start_ms, end_ms, count))
    return runs


def overlap_ms(span: Interval, others: list[Interval]) -> int:
    """How long a span lies in any of the others, which do not overlap.

    Example:
        >>> overlap_ms((0, 10), [(2, 4), (8, 20)])
        4
    """
    start_ms, end_ms = span
    return sum(
        min(end_ms, end) - max(start_ms, start)
        for start, end in others
        if start < end_ms and end > start_ms
    )
