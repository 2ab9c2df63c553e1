import pytest

from schemas.layout import Camera, SiteLayout
from streams.metrics.plan import CameraPlan
from streams.metrics.timeline import MAX_ENTRIES, Timeline
from tests.scenarios.scene import door, layout

SIZES_S = {0: 60, 1: 60, 2: 90, 3: 30}


@pytest.fixture
def timeline() -> Timeline:
    def make_plan(version: int) -> CameraPlan:
        size_s = SIZES_S.get(version, 60)
        camera = Camera(id="cam")
        layout = SiteLayout(site="s", version=version, window_s=size_s, cameras=[camera])
        return CameraPlan(layout, "cam", None)

    return Timeline([(0, 0)], make_plan)


def test_first_version_holds_from_the_beginning(timeline: Timeline) -> None:
    timeline.adopt(1, from_ms=0, after_ms=None)
    assert timeline.entries == [(0, 1)]


def test_version_holds_from_a_boundary_of_both_sizes(timeline: Timeline) -> None:
    timeline.adopt(2, from_ms=90_000, after_ms=10_000)
    assert timeline.entries == [(0, 0), (180_000, 2)]
    assert timeline.window_at(179_999)[:2] == (120_000, 180_000)
    assert timeline.window_at(180_000)[:2] == (180_000, 270_000)


def test_version_never_takes_effect_inside_a_pending_ones_window(timeline: Timeline) -> None:
    timeline.adopt(2, from_ms=180_000, after_ms=10_000)
    timeline.adopt(3, from_ms=210_000, after_ms=10_000)
    assert timeline.entries == [(0, 0), (180_000, 2), (270_000, 3)]


def test_later_version_for_the_same_boundary_takes_its_place(timeline: Timeline) -> None:
    timeline.adopt(1, from_ms=60_000, after_ms=10_000)
    timeline.adopt(3, from_ms=60_000, after_ms=10_000)
    assert timeline.entries == [(0, 0), (60_000, 3)]


def test_boundary_lies_above_the_last_absorbed_time(timeline: Timeline) -> None:
    timeline.adopt(1, from_ms=0, after_ms=60_000)
    assert timeline.entries == [(0, 0), (120_000, 1)]
    assert timeline.end_of(0) == 120_000


def test_what_held_only_before_an_instant_is_forgotten(timeline: Timeline) -> None:
    timeline.adopt(1, from_ms=60_000, after_ms=10_000)
    timeline.adopt(3, from_ms=120_000, after_ms=10_000)
    timeline.forget(59_999)
    assert timeline.versions == [0, 1, 3]
    timeline.forget(60_000)
    assert timeline.versions == [1, 3]
    assert [plan.version for plan in timeline.plans] == [1, 3]


def test_versions_that_pile_up_are_bounded_and_the_newest_is_kept(timeline: Timeline) -> None:
    for version in range(1, 50):
        timeline.adopt(version, from_ms=version * 180_000, after_ms=10_000)
    assert len(timeline.versions) == MAX_ENTRIES
    assert timeline.versions[0] == 0
    assert timeline.versions[-1] == 49


def test_version_in_force_is_never_dropped_for_newer_ones(timeline: Timeline) -> None:
    for version in range(1, 50):
        timeline.adopt(version, from_ms=0, after_ms=version * 180_000)
        timeline.plan_at(version * 180_000)
    assert timeline.versions == list(range(50))


def test_no_line_is_known_from_before_the_oldest_layout_that_is_kept() -> None:
    drawn = door()
    plan = CameraPlan(layout(Camera(id="cam", lines=[drawn])), "cam", None)
    timeline = Timeline([(60_000, 1)], lambda _: plan)
    assert not timeline.has_line(drawn, 59_999)
    assert timeline.has_line(drawn, 60_000)
    assert not timeline.has_line(door("another"), 60_000)
