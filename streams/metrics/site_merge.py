"""A site's windows, merged over its cameras.

In: closed windows and how far each camera is. Out: site records.

Sums of integers, so any order of cameras ends in the same last record. A camera that stays away
keeps `complete` false; what waits for it is kept for two days of windows, then stays as last
written.
"""

from collections.abc import Iterator, Mapping

import msgspec

from schemas.layout import SiteLayout
from schemas.sites import SiteRecord
from streams.metrics.records import ClosedWindow, coverage

KEPT_MS = 172_800_000
"""How far behind the newest closed window an incomplete one is still kept."""


class SiteWindow(msgspec.Struct, array_like=True):
    """One window so far."""

    start_ms: int
    """First instant."""
    end_ms: int
    """First instant after it."""
    version: int = 0
    """The newest layout any of the cameras had in it."""
    held_ms: int = 0
    """Sum over the cameras."""
    entries: int = 0
    """In-crossings of entrance lines."""
    exits: int = 0
    """Out-crossings of entrance lines."""
    person_ms: int = 0
    """Time on owned floor cells."""


class SiteMerge(msgspec.Struct, array_like=True):
    """The windows of one site that are not complete."""

    windows: dict[int, SiteWindow] = {}
    """By start; a window leaves when it is complete or `KEPT_MS` behind."""
    settled_until_ms: int = 0
    """No window that ends by this instant is begun any more: it was complete, or is forgotten."""

    def add(self, closed: ClosedWindow) -> None:
        """A camera has closed a window in which it was seen; it counts if the layout names it."""
        tally, plan = closed.tally, closed.plan
        if not plan.is_in_layout:
            return
        window = self.windows.get(tally.start_ms)
        if window is None:
            if tally.end_ms <= self.settled_until_ms:
                return
            window = self.windows[tally.start_ms] = SiteWindow(tally.start_ms, tally.end_ms)
        window.version = max(window.version, plan.version)
        window.held_ms += tally.held_ms
        window.person_ms += sum(tally.floor.values())
        for name, line in tally.lines.items():
            if plan.is_entrance(name):
                window.entries += line.in_total
                window.exits += line.out_total

    def passed(
        self,
        site: str,
        span: tuple[int, int],
        *,
        closed_until: Mapping[str, int],
        layouts: Mapping[int, SiteLayout],
    ) -> Iterator[SiteRecord]:
        """A camera has passed every window that ends in a span: write those again.

        Args:
            site: Id of the site.
            span: How far the camera had closed its windows, and how far it has now.
            closed_until: The same of every camera, now.
            layouts: By version.
        """
        from_ms, to_ms = span
        for start_ms in sorted(self.windows):
            window = self.windows[start_ms]
            if from_ms < window.end_ms <= to_ms:
                record = _record(site, window, closed_until, layouts[window.version])
                yield record
                if record.complete:
                    del self.windows[start_ms]
                    self.settled_until_ms = max(self.settled_until_ms, window.end_ms)
        self._forget(to_ms - KEPT_MS)

    def _forget(self, until_ms: int) -> None:
        if until_ms > self.settled_until_ms:
            self.settled_until_ms = until_ms
            for start_ms in [one for one in self.windows if self.windows[one].end_ms <= until_ms]:
                del self.windows[start_ms]


def _record(
    site: str, window: SiteWindow, closed_until: Mapping[str, int], layout: SiteLayout
) -> SiteRecord:
    total = len(layout.cameras)
    seen = sum(closed_until.get(camera.id, 0) >= window.end_ms for camera in layout.cameras)
    has_floor = layout.floor is not None and any(one.homography for one in layout.cameras)
    return SiteRecord(
        site=site,
        layout_version=layout.version,
        window_start_ms=window.start_ms,
        window_end_ms=window.end_ms,
        coverage=coverage(window.held_ms, total * (window.end_ms - window.start_ms)),
        entry_total=window.entries,
        exit_total=window.exits,
        person_ms=window.person_ms if has_floor else None,
        cameras_seen=seen,
        cameras_total=total,
        complete=seen == total,
    )
