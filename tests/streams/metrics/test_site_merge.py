from schemas.layout import Camera, SiteLayout
from schemas.sites import SiteRecord
from streams.metrics.plan import CameraPlan
from streams.metrics.records import ClosedWindow
from streams.metrics.site_merge import KEPT_MS, SiteMerge
from streams.metrics.tallies import WindowTally

SITE = SiteLayout(site="s", version=1, cameras=[Camera(id="a"), Camera(id="b")])


def closed(camera: str, start_ms: int) -> ClosedWindow:
    tally = WindowTally(start_ms, start_ms + 60_000, 1, held=[(start_ms, start_ms + 60_000)])
    return ClosedWindow("s", camera, CameraPlan(SITE, camera, None), tally)


def passed(merge: SiteMerge, from_ms: int, **until: int) -> list[SiteRecord]:
    span = (from_ms, max(until.values()))
    return list(merge.passed("s", span, closed_until=until, layouts={1: SITE}))


def test_complete_window_is_not_begun_again() -> None:
    merge = SiteMerge()
    merge.add(closed("a", 0))
    assert [one.complete for one in passed(merge, 0, a=60_000, b=60_000)] == [True]
    merge.add(closed("b", 0))
    assert merge.windows == {}


def test_window_that_waits_for_a_dead_camera_is_forgotten_after_two_days() -> None:
    merge = SiteMerge()
    merge.add(closed("a", 0))
    merge.add(closed("a", 60_000))
    assert [one.complete for one in passed(merge, 0, a=120_000)] == [False, False]
    assert passed(merge, 120_000, a=60_000 + KEPT_MS) == []
    assert list(merge.windows) == [60_000]
    merge.add(closed("b", 0))
    assert list(merge.windows) == [60_000]
