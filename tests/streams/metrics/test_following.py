"""What single sights mean, where no tracker would give them so."""

import pytest

from schemas.layout import Camera, ZoneKind
from tests.scenarios.scene import door, layout, square, till
from tests.streams.metrics.stage import FeetAt, Stage


def line_stage() -> Stage:
    return Stage(layout(Camera(id="cam", lines=[door()])))


def test_no_path_leads_over_a_bump() -> None:
    stage = line_stage()
    stage.see([(0, 0.4, 0.6), (100, 0.41, 0.6)])
    stage.journeys.crossings.bumped_at_ms = 200
    stage.see([(200, 0.6, 0.6), (300, 0.6, 0.6)])
    assert stage.crossings() == []
    stage.see([(400, 0.4, 0.6)])
    assert [way for _, way in stage.crossings()] == ["out"]


def test_one_step_over_everything_crosses() -> None:
    stage = line_stage()
    stage.see([(0, 0.1, 0.6), (1_000, 0.9, 0.6)])
    assert stage.crossings() == [(500, "in")]


def test_track_born_exactly_on_the_line_has_no_side_to_come_from() -> None:
    stage = line_stage()
    stage.see([(0, 0.5, 0.6), (3_000, 0.5, 0.6), (4_000, 0.51, 0.6)])
    stage.end()
    stage.see([(10_000, 0.5, 0.6), (11_000, 0.7, 0.6), (12_000, 0.3, 0.6)], "1-0")
    assert [way for _, way in stage.crossings()] == ["out"]


def test_lines_do_not_disturb_each_other() -> None:
    stage = Stage(layout(Camera(id="cam", lines=[door("one"), door("two", x=0.52)])))
    stage.see([(0, 0.4, 0.6), (1_000, 0.505, 0.6), (2_000, 0.51, 0.6), (3_000, 0.6, 0.6)])
    assert [way for _, way in stage.crossings()] == ["in", "in"]


def test_track_that_ends_back_on_its_own_side_has_not_crossed() -> None:
    stage = line_stage()
    stage.see([(0, 0.4, 0.6), (1_000, 0.51, 0.6), (1_500, 0.49, 0.6), (5_000, 0.49, 0.6)])
    assert stage.end().crossings == []


def test_meeting_in_a_closed_window_counts_when_it_is_certain() -> None:
    stage = line_stage()
    stage.see([(59_000, 0.45, 0.6), (59_500, 0.51, 0.6)])
    stage.ledger.hold(59_000, 62_000)
    stage.ledger.close(60_000)
    stage.see([(61_000, 0.6, 0.6)])
    assert stage.crossings() == [(61_000, "in")]


def test_feet_beyond_the_image_are_judged_like_others() -> None:
    stage = Stage(layout(Camera(id="cam", lines=[door(start=(0.5, 1.2), end=(0.5, 0.2))])))
    stage.see([(0, 0.4, 1.1), (1_000, 0.6, 1.1)])
    assert stage.crossings() == [(500, "in")]


@pytest.mark.parametrize(
    ("last", "lost", "abandoned"),
    [
        pytest.param((10_500, 0.15, 0.6), 1, 0, id="on an excursion: lost"),
        pytest.param((11_500, 0.15, 0.6), 0, 1, id="seen outside for exit_ms: abandoned"),
        pytest.param((12_500, 0.25, 0.6), 1, 0, id="just back: lost"),
    ],
)
def test_wait_of_a_track_that_ends(last: FeetAt, lost: int, abandoned: int) -> None:
    stage = Stage(layout(Camera(id="cam", zones=till())))
    stage.see([(at, 0.25, 0.6) for at in range(0, 10_000, 500)])
    away = [(at, 0.15, 0.6) for at in (10_000, 10_500, 11_000, 11_500, 12_000) if at < last[0]]
    stage.see([*away, last])
    record = stage.end()
    stage.finish()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.lost, tally.abandoned) == (1, lost, abandoned)
    assert [visit.zone for visit in record.visits] == ["till"]
    assert stage.ledger.zone("till").waits.open == {}


def test_someone_on_trial_as_staff_is_a_guest_where_the_zone_is_gone() -> None:
    staff = [square("back", 0.0, 0.3, ZoneKind.STAFF), square("all", 0.0, 1.0)]
    stage = Stage(
        layout(Camera(id="cam", zones=staff)),
        layout(Camera(id="cam", zones=staff[1:]), version=2),
    )
    stage.see([(at, 0.2, 0.6) for at in range(57_000, 62_000, 500)])
    record = stage.end()
    assert not record.staff
    assert [visit.dwell_ms for visit in record.visits] == [4_500]


def test_staff_on_a_short_excursion_is_staff() -> None:
    staff = [square("back", 0.0, 0.3, ZoneKind.STAFF)]
    stage = Stage(layout(Camera(id="cam", zones=staff)))
    stage.see([(0, 0.2, 0.6), (4_000, 0.4, 0.6), (4_500, 0.2, 0.6), (8_000, 0.2, 0.6)])
    stage.see([(9_000, 0.9, 0.6)])
    assert stage.end().staff


def test_no_way_from_before_a_track_leads_over_a_bump() -> None:
    stage = line_stage()
    stage.journeys.crossings.bumped_at_ms = 1_800
    stage.see([(2_000, 0.55, 0.6), (2_500, 0.65, 0.6), (3_000, 0.75, 0.6)])
    assert stage.crossings() == []


def test_nobody_has_crossed_a_line_before_it_was_drawn() -> None:
    drawn = layout(Camera(id="cam", lines=[door()]), version=2)
    stage = Stage(layout(Camera(id="cam")), drawn)
    stage.see([(60_200, 0.55, 0.6), (60_700, 0.65, 0.6), (61_200, 0.75, 0.6)])
    assert stage.crossings() == []
    stage.see([(62_200, 0.55, 0.6), (62_700, 0.65, 0.6), (63_200, 0.75, 0.6)], "1-0")
    assert stage.crossings() == [(61_950, "in")]


def test_a_way_from_before_a_track_may_lead_over_several_lines() -> None:
    lines = [door("one"), door("two", x=0.52), door("three", x=0.2)]
    stage = Stage(layout(Camera(id="cam", lines=lines)))
    stage.see([(2_000, 0.55, 0.6), (2_500, 0.65, 0.6)])
    assert stage.crossings() == [(1_750, "in"), (1_850, "in")]


def test_a_line_drawn_while_somebody_steps_over_it_counts_them_when_it_holds() -> None:
    drawn = layout(Camera(id="cam", lines=[door()]), version=2)
    stage = Stage(layout(Camera(id="cam")), drawn)
    stage.see([(59_000, 0.35, 0.6), (59_400, 0.4, 0.6), (60_000, 0.6, 0.6)])
    assert stage.crossings() == [(60_000, "in")]


def test_who_crosses_and_is_seen_anew_just_past_the_line_counts_once() -> None:
    stage = line_stage()
    stage.see([(1_000, 0.35, 0.6), (1_900, 0.53, 0.6)])
    assert stage.crossings() == [(1_750, "in")]
    stage.see([(2_100, 0.55, 0.6), (2_600, 0.65, 0.6)], "1-0")
    assert stage.crossings() == []


def test_who_crosses_beside_somebody_who_is_still_seen_counts_too() -> None:
    stage = line_stage()
    stage.see([(1_000, 0.35, 0.65), (1_900, 0.53, 0.65), (2_100, 0.57, 0.65)])
    assert stage.crossings() == [(1_750, "in")]
    stage.see([(2_100, 0.55, 0.6), (2_600, 0.65, 0.6)], "1-0")
    assert stage.crossings() == [(1_850, "in")]


def test_who_was_first_seen_a_hair_before_the_line_counts_once() -> None:
    stage = Stage(layout(Camera(id="cam", lines=[door(x=0.49998)])))
    stage.see([(2_000, 0.49996, 0.6), (2_300, 0.56, 0.6), (2_600, 0.62, 0.6), (3_000, 0.7, 0.6)])
    assert stage.crossings() == [(2_000, "in")]


@pytest.mark.parametrize(
    ("gone", "crossed"),
    [
        pytest.param([(1_000, 0.35, 0.3), (1_900, 0.53, 0.3)], (1_750, "in"), id="elsewhere"),
        pytest.param([(1_000, 0.65, 0.6), (1_900, 0.47, 0.6)], (1_750, "out"), id="the other way"),
    ],
)
def test_who_comes_as_somebody_is_gone_who_crossed_counts_too(
    gone: list[FeetAt], crossed: tuple[int, str]
) -> None:
    stage = line_stage()
    stage.see(gone)
    assert stage.crossings() == [crossed]
    stage.see([(2_100, 0.55, 0.6), (2_600, 0.65, 0.6)], "1-0")
    assert stage.crossings() == [(1_850, "in")]
