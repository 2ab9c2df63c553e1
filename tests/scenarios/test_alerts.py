"""Alerts: when they open and close, and that they do not flap."""

import random

import pytest

from schemas.alerts import AlertRecord
from schemas.crossings import CrossingRecord
from schemas.layout import Camera, Rule, SiteLayout
from streams.engine import SiteEngine
from tests.scenarios.scene import (
    SITE,
    Finals,
    Person,
    View,
    door,
    feed,
    film,
    layout,
    mark,
    play,
    square,
    standing,
    till,
)


def store(
    when: str, *, on: str = "shelf", for_s: float = 0.0, cool_down_s: float = 0.0
) -> SiteLayout:
    camera = Camera(id="cam", zones=[square("shelf", 0.0, 1.0), *till()], lines=[door()])
    rule = Rule(id="rule", on=on, when=when, for_s=for_s, cool_down_s=cool_down_s)
    return layout(camera, rules=[rule])


def crowd(count: int, from_ms: int, to_ms: int) -> list[Person]:
    return [standing(0.1 + 0.12 * i, 0.5, from_ms=from_ms, to_ms=to_ms) for i in range(count)]


def states(finals: Finals) -> list[tuple[str, int]]:
    return [
        (one.state, one.opened_at_ms if one.closed_at_ms is None else one.closed_at_ms)
        for one in finals.records
        if isinstance(one, AlertRecord)
    ]


def test_alert_opens_when_its_condition_has_held_for_for_s_and_closes_after_as_long() -> None:
    people = crowd(3, 10_000, 40_000) + crowd(1, 0, 9_900)
    finals = film(store("occupancy > 2", for_s=5.0), people, until_ms=120_000)
    # Three are certain at 10.3 s; they are gone 5 s after their last sight at 40 s.
    assert states(finals) == [("opened", 15_300), ("closed", 50_100)]
    opened, closed = (one for one in finals.records if isinstance(one, AlertRecord))
    assert (opened.value, opened.threshold, opened.entity) == (3.0, 2.0, "shelf")
    assert closed.opened_at_ms == opened.opened_at_ms


def test_alert_shorter_than_for_s_does_not_open() -> None:
    finals = film(store("occupancy > 2", for_s=20.0), crowd(3, 0, 10_000), until_ms=60_000)
    assert states(finals) == []


def test_next_alert_waits_for_the_cool_down() -> None:
    people = crowd(3, 0, 10_000) + crowd(3, 20_000, 30_000) + crowd(3, 100_000, 110_000)
    finals = film(store("occupancy > 2", cool_down_s=60.0), people, until_ms=180_000)
    assert [state for state, _ in states(finals)] == ["opened", "closed"] * 2
    assert states(finals)[2][1] == 100_300


@pytest.mark.case(28)
@pytest.mark.parametrize("seed", range(3))
def test_noisy_count_around_the_threshold_for_an_hour_is_one_alert(seed: int) -> None:
    dice = random.Random(seed)
    view = View()
    frames, count = [], 5
    for at_ms in range(0, 3_600_000, 1_000):
        if at_ms % 7_000 == 0:
            count = dice.choice([4, 5, 5, 6])
        feet = [(0.06 + 0.15 * i, 0.6) for i in range(count)]
        frames.append(view.frame(at_ms, feet))
    rules = store("occupancy > 4", for_s=5.0, cool_down_s=60.0)
    finals = play([mark(rules), *frames, view.end(3_600_000)])
    assert [state for state, _ in states(finals)] == ["opened", "closed"]


def test_rule_on_how_long_someone_waits_is_in_seconds() -> None:
    waiting = standing(0.3, 0.6, from_ms=0, to_ms=50_000)
    finals = film(store("wait > 20", on="till"), [waiting], until_ms=120_000)
    assert states(finals)[0] == ("opened", 20_100)


def test_rule_on_the_length_of_a_queue() -> None:
    waiting = [standing(x, 0.6, from_ms=0, to_ms=30_000) for x in (0.25, 0.45)]
    finals = film(store("length >= 2", on="till"), waiting, until_ms=60_000)
    assert states(finals)[0] == ("opened", 3_000)
    assert states(finals)[1][0] == "closed"


def test_rule_below_a_threshold() -> None:
    finals = film(store("occupancy < 1", for_s=10.0), crowd(2, 30_000, 60_000), until_ms=90_000)
    assert states(finals)[0] == ("opened", 10_000)
    assert states(finals)[1][0] == "closed"


def test_rule_on_a_line_judges_windows() -> None:
    walkers = [Person([(at, 0.3, 0.6), (at + 4_000, 0.7, 0.6)]) for at in range(0, 40_000, 8_000)]
    finals = film(store("in > 3", on="door"), walkers, until_ms=180_000)
    assert states(finals) == [("opened", 60_000), ("closed", 120_000)]
    assert states(film(store("out > 0", on="door"), walkers, until_ms=180_000)) == []


def test_rule_on_coverage_judges_windows() -> None:
    view = View()
    frames = view.film([], [*range(0, 10_000, 100), *range(60_000, 180_000, 100)])
    finals = play([mark(store("coverage < 0.5", on="cam")), *frames, view.end(180_000)])
    assert states(finals) == [("opened", 60_000), ("closed", 120_000)]


def test_end_of_the_source_closes_open_alerts() -> None:
    finals = film(store("occupancy > 2"), crowd(3, 0, 30_000), until_ms=20_000)
    assert states(finals) == [("opened", 300), ("closed", 20_000)]


def test_alert_on_a_window_that_the_end_cuts_short_closes_no_sooner_than_it_opened() -> None:
    finals = film(store("coverage < 0.5", on="cam"), [], until_ms=20_000)
    assert states(finals) == [("opened", 60_000), ("closed", 60_000)]


def test_alert_closes_where_a_new_layout_has_no_such_rule() -> None:
    rules = store("occupancy > 2")
    without = SiteLayout(site=SITE, version=2, cameras=rules.cameras)
    view = View()
    log = [mark(rules), mark(without, from_ms=60_000)]
    frames = view.film(crowd(3, 0, 100_000), range(0, 90_000, 100))
    assert states(play([*log, *frames])) == [("opened", 300), ("closed", 60_000)]


def test_open_alert_survives_a_restart() -> None:
    view, engine = View(), SiteEngine(SITE)
    people = crowd(3, 0, 100_000)
    feed(engine, [mark(store("occupancy > 2")), *view.film(people, range(0, 10_000, 100))])
    engine = SiteEngine.restore(engine.snapshot())
    finals = feed(engine, [*view.film(people, range(10_000, 20_000, 100)), view.end(20_000)])
    assert states(finals) == [("closed", 20_000)]


def spread_out(jump: float, at_ms: int) -> list[tuple[float, float]]:
    """Feet of five who stand, four of them near the door; the view jumps at 20 s."""
    shift = jump * (at_ms >= 20_000)
    standing_at = ((0.42, 0.35), (0.46, 0.5), (0.44, 0.65), (0.48, 0.8), (0.2, 0.9))
    return [(x + shift, y) for x, y in standing_at]


@pytest.mark.case(26)
@pytest.mark.parametrize("every_ms", [1_000, 500, 200, 100])
@pytest.mark.parametrize("jump", [0.04, 0.06, 0.08, 0.1, 0.12, 0.3])
def test_bumped_camera_gives_no_crossings_and_an_alert(jump: float, every_ms: int) -> None:
    view = View()
    frames = [view.frame(at, spread_out(jump, at)) for at in range(0, 40_000, every_ms)]
    finals = play([mark(layout(Camera(id="cam", lines=[door()]))), *frames, view.end(40_000)])
    assert finals.of(CrossingRecord) == []
    (alert,) = finals.of(AlertRecord)
    assert (alert.rule, alert.entity, alert.opened_at_ms) == ("camera-bumped", "cam", 20_000)


@pytest.mark.case(26)
@pytest.mark.parametrize("every_ms", [1_000, 500, 200, 100])
def test_camera_bumped_while_people_walk_their_ways_is_noticed(every_ms: int) -> None:
    # Each in a lane of its own, to and fro; nobody has reached the end of it when the view jumps.
    paces = ((0.05, 0.35), (-0.05, 0.5), (0.04, 0.65), (-0.04, 0.8), (0.03, 0.95))
    view, frames = View(), []
    for at_ms in range(0, 8_000, every_ms):
        shift = 0.08 * (at_ms >= 4_000)
        feet = [(0.4 + pace * (at_ms - 4_000) / 1000, y - shift) for pace, y in paces]
        frames.append(view.frame(at_ms, feet))
    finals = play([mark(layout(Camera(id="cam"))), *frames, view.end(8_000)])
    (alert,) = finals.of(AlertRecord)
    assert alert.opened_at_ms == 4_000


@pytest.mark.case(26)
def test_bump_after_a_restart_is_noticed_as_without() -> None:
    view, engine = View(), SiteEngine(SITE)
    frames = [view.frame(at, spread_out(0.06, at)) for at in range(0, 40_000, 1_000)]
    feed(engine, [mark(layout(Camera(id="cam", lines=[door()]))), *frames[:20]])
    finals = feed(SiteEngine.restore(engine.snapshot()), [*frames[20:], view.end(40_000)])
    (alert,) = finals.of(AlertRecord)
    assert (alert.opened_at_ms, finals.of(CrossingRecord)) == (20_000, [])


@pytest.mark.parametrize("every_ms", [1_000, 500, 200, 100])
@pytest.mark.parametrize("pace", [0.05, 0.1, 0.15])
def test_group_that_walks_in_step_is_no_bump(pace: float, every_ms: int) -> None:
    """Five at one pace, frame widths per second, through the door, then to a halt together."""
    walk_ms = round(600 / pace)
    feet = [(0.1 + 0.05 * (number % 2), 0.35 + 0.14 * number) for number in range(5)]
    people = [
        Person([(0, x, y), (walk_ms, x + 0.6, y), (walk_ms + 5_000, x + 0.6, y)]) for x, y in feet
    ]
    what = layout(Camera(id="cam", lines=[door()]))
    finals = film(what, people, until_ms=walk_ms + 15_000, every_ms=every_ms)
    assert [one.direction for one in finals.of(CrossingRecord)] == ["in"] * 5
    assert finals.of(AlertRecord) == []


def test_one_who_crosses_while_others_stand_is_no_bump() -> None:
    people = [standing(0.2, 0.35 + 0.15 * i, from_ms=0, to_ms=30_000) for i in range(4)]
    people.append(Person([(0, 0.4, 0.6), (2_000, 0.7, 0.6)]))
    finals = film(layout(Camera(id="cam", lines=[door()])), people, until_ms=30_000)
    assert len(finals.of(CrossingRecord)) == 1
    assert finals.of(AlertRecord) == []


def test_bump_alert_closes_when_the_view_has_been_still_for_five_minutes() -> None:
    view = View()
    people = crowd(4, 0, 400_000)
    frames = view.film(people, range(0, 10_000, 200))
    for at_ms in range(10_000, 330_000, 200):
        frames.append(view.frame(at_ms, [(0.1 + 0.12 * i, 0.6) for i in range(4)]))
    assert states(play([mark(layout(Camera(id="cam"))), *frames])) == [
        ("opened", 10_000),
        ("closed", 310_000),
    ]


def test_another_bump_makes_the_alert_last_and_opens_no_second() -> None:
    view = View()
    frames = []
    for at_ms in range(0, 520_000, 200):
        shift = 0.1 * ((at_ms >= 10_000) + (at_ms >= 200_000))
        frames.append(view.frame(at_ms, [(0.1 + 0.12 * i, 0.5 + shift) for i in range(4)]))
    assert states(play([mark(layout(Camera(id="cam"))), *frames])) == [
        ("opened", 10_000),
        ("closed", 500_000),
    ]


def test_rule_on_silence_is_not_the_engines_to_judge() -> None:
    finals = film(store("silent_s > 5", on="cam"), [], until_ms=60_000)
    assert states(finals) == []


def test_rule_that_shares_the_bumps_name_disturbs_nothing() -> None:
    rule = Rule(id="camera-bumped", on="shelf", when="occupancy > 2")
    rules = layout(Camera(id="cam", zones=[square("shelf", 0.0, 1.0)]), rules=[rule])
    view = View()
    frames = []
    for at_ms in range(0, 330_000, 200):
        shift = 0.1 * (at_ms >= 10_000)
        frames.append(view.frame(at_ms, [(0.1 + 0.12 * i, 0.5 + shift) for i in range(4)]))
    finals = play([mark(rules), *frames])
    assert {one.entity for one in finals.of(AlertRecord)} == {"shelf", "cam"}
