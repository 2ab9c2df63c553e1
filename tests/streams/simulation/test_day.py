"""A simulated day: who comes, what they do, and what is said to have happened."""

import dataclasses
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

from streams.simulation.arrivals import DAY_MS, day_start_ms
from streams.simulation.day import Day, DayMaking, Person, day_at, making_of, prepare
from streams.simulation.errors import SimulationError
from streams.simulation.events import CrossingTruth, ServiceTruth, WaitTruth
from streams.simulation.stores import STORES

NUMBER = 10_957


@pytest.fixture(scope="module", params=list(STORES))
def ordinary_day(request: pytest.FixtureRequest) -> Day:
    return day_at(request.param, seed=4, day=NUMBER)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("store-1", 1.0), id="store-1"),
        pytest.param(("store-2", 1.0), id="store-2"),
        pytest.param(("store-1", 1.5), id="store-1 in a rush"),
        pytest.param(("store-2", 4.0), id="store-2 overrun"),
    ],
)
def day(request: pytest.FixtureRequest) -> Day:
    site, traffic = request.param
    return day_at(site, seed=4, day=NUMBER, traffic=traffic)


@pytest.mark.parametrize("traffic", [1.0, 1.5])
def test_same_seed_gives_the_same_truth_and_another_seed_another(traffic: float) -> None:
    first, again = (
        day_at("store-1", seed=4, day=NUMBER, traffic=traffic),
        DayMaking("store-1", seed=4, day=NUMBER, traffic=traffic).day,
    )
    assert again is not first
    assert again.events == first.events
    assert again.knots.states.tobytes() == first.knots.states.tobytes()
    assert again.knots.key.tobytes() == first.knots.key.tobytes()
    assert day_at("store-1", seed=5, day=NUMBER, traffic=traffic).events != first.events


def test_a_day_made_a_little_with_each_frame_is_the_day_made_at_once(ordinary_day: Day) -> None:
    day = ordinary_day
    making = DayMaking(day.store.id, seed=4, day=NUMBER)
    frames = 0
    while not making.is_done:
        making.go_on()
        frames += 1
    assert making.day.knots.states.tobytes() == day.knots.states.tobytes()
    assert making.day.knots.key.tobytes() == day.knots.key.tobytes()
    assert frames > 500, "a step so large that a live camera stalls"
    assert frames < 3_600, "not ready in time where a camera gives a frame every other second"


def test_a_camera_has_the_next_day_made_while_this_one_ends() -> None:
    start_ms = day_start_ms(NUMBER)
    for at_ms in range(start_ms - 7_200_000, start_ms, 2_000):
        prepare("store-2", at_ms, seed=77)
    making = making_of("store-2", seed=77, day=NUMBER)
    assert making.is_done
    assert making.day is day_at("store-2", seed=77, day=NUMBER)
    prepare("store-2", start_ms, seed=77)
    assert not making_of("store-2", seed=77, day=NUMBER + 1).is_done


def test_everybody_who_enters_leaves_or_is_inside_at_the_end(day: Day) -> None:
    entered, left = Counter(), Counter()
    for event in day.events:
        if isinstance(event, CrossingTruth):
            (entered if event.direction == "in" else left)[event.person] += 1
    inside = {
        person.id
        for person in day.people
        if not person.is_staff
        and person.timeline.end_ms >= DAY_MS
        and person.timeline.y_m[-1] < day.store.line_y
    }
    assert entered
    assert {person for person, count in entered.items() if count != left[person]} <= inside
    assert set(left) <= set(entered)


def test_nobody_appears_or_vanishes_in_sight(day: Day) -> None:
    for person in day.people:
        if person.is_staff:
            continue
        for end in (0, -1):
            x, y = person.timeline.x_m[end], person.timeline.y_m[end]
            assert y > day.store.depth_m, person.id
            assert not -3.0 < x < day.store.width_m + 3.0, person.id


def test_the_day_starts_empty_of_customers(day: Day) -> None:
    customers = [one for one in day.people if not one.is_staff]
    assert min(person.timeline.start_ms for person in customers) >= 0
    assert max(person.timeline.end_ms for person in customers) <= DAY_MS


def test_nobody_waits_who_is_not_in_the_queue_zone(day: Day) -> None:
    lanes = {till.id: till.lane for till in day.store.tills}
    people = {person.id: person for person in day.people}
    waits = [event for event in day.events if isinstance(event, WaitTruth)]
    assert len(waits) > 500
    for wait in waits:
        assert wait.joined_at_ms < wait.ended_at_ms
        middle_ms = (wait.joined_at_ms + wait.ended_at_ms) // 2
        assert lanes[wait.queue].grown(0.3).contains(_place(people[wait.person], day, middle_ms))


def test_who_is_served_waited_and_stands_at_the_desk(day: Day) -> None:
    desks = {f"{till.id}-desk": till.desk for till in day.store.tills}
    people = {person.id: person for person in day.people}
    served = {
        event.person: event
        for event in day.events
        if isinstance(event, WaitTruth) and event.outcome == "served"
    }
    services = [event for event in day.events if isinstance(event, ServiceTruth)]
    assert {event.person for event in services} == set(served)
    for event in services:
        assert event.started_at_ms == served[event.person].ended_at_ms
        middle_ms = (event.started_at_ms + event.ended_at_ms) // 2
        assert desks[event.desk].contains(_place(people[event.person], day, middle_ms))


def test_the_day_has_what_shops_have(ordinary_day: Day) -> None:
    outcomes = Counter(
        event.outcome for event in ordinary_day.events if isinstance(event, WaitTruth)
    )
    assert outcomes["served"] > 20 * outcomes["abandoned"] > 0
    lengths = _queue_lengths(ordinary_day)
    assert max(lengths) >= 4, "a till that never fills shows nothing"
    assert lengths.count(0) > len(lengths) / 10, "a till that never empties shows nothing"


def test_a_rush_fills_the_tills_and_people_give_up_and_change_over() -> None:
    busy = day_at("store-1", seed=4, day=NUMBER, traffic=1.5)
    lengths = _queue_lengths(busy)
    assert sum(lengths) / len(lengths) >= 2.0
    assert sum(length >= 4 for length in lengths) >= len(lengths) / 5
    waits = [event for event in busy.events if isinstance(event, WaitTruth)]
    queues: dict[str, list[str]] = defaultdict(list)
    for wait in sorted(waits, key=lambda wait: wait.joined_at_ms):
        queues[wait.person].append(wait.queue)
    changed = [person for person, tills in queues.items() if len(tills) > 1]
    assert changed
    assert all(a != b for person in changed for a, b in pairwise(queues[person]))
    assert sum(wait.outcome == "abandoned" for wait in waits) > 50


def test_no_queue_outgrows_its_zone(day: Day) -> None:
    assert max(_queue_lengths(day)) <= 6
    for till in day.store.tills:
        last = [front + back * 0.62 * 5 for front, back in zip(till.front, till.back, strict=True)]
        assert till.lane.contains((last[0], last[1])), "the sixth place"


def test_people_walk_round_the_furniture(day: Day) -> None:
    solids = [block.rect.grown(-0.02) for block in day.store.blocks if block.is_obstacle]
    for person in day.people[::25]:
        for x, y in zip(person.timeline.x_m, person.timeline.y_m, strict=True):
            assert not any(solid.contains((x, y)) for solid in solids), person.id


def test_nobody_moves_faster_than_people_do(day: Day) -> None:
    for person in day.people[::10]:
        timeline = person.timeline
        steps = timeline.walked_m[1:] - timeline.walked_m[:-1]
        spans_s = (timeline.at_ms[1:] - timeline.at_ms[:-1]) / 1000
        assert (steps <= 1.7 * spans_s + 1e-6).all()


def test_an_unknown_site_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(SimulationError, match=r"store-1, store-2, got 'store-9'"):
        day_at("store-9", seed=1, day=NUMBER)


@pytest.mark.parametrize("traffic", [0.0, -1.0, 10.1, float("nan")])
def test_traffic_that_no_door_lets_in_is_an_error_that_names_it(traffic: float) -> None:
    with pytest.raises(SimulationError, match=r"sim traffic: expected more than 0.*got"):
        day_at("store-1", seed=1, day=NUMBER, traffic=traffic)


def test_events_are_values_in_order_of_time(day: Day) -> None:
    starts = [
        min(value for key, value in dataclasses.asdict(event).items() if key.endswith("_ms"))
        for event in day.events
    ]
    assert starts == sorted(starts)


def _place(person: Person, day: Day, at_ms: int) -> tuple[float, float]:
    timeline, passed_ms = person.timeline, at_ms - day.start_ms
    return (
        float(np.interp(passed_ms, timeline.at_ms, timeline.x_m)),
        float(np.interp(passed_ms, timeline.at_ms, timeline.y_m)),
    )


def _queue_lengths(day: Day) -> list[int]:
    waits = [event for event in day.events if isinstance(event, WaitTruth)]
    return [
        sum(
            wait.queue == "till-1" and wait.joined_at_ms <= at_ms < wait.ended_at_ms
            for wait in waits
        )
        for at_ms in range(day.start_ms + 8 * 3_600_000, day.start_ms + 15 * 3_600_000, 120_000)
    ]
