"""A queue: who joined, was served, gave up or was lost, and how long it took."""

import pytest

from schemas.layout import Camera
from schemas.queues import QueueRecord
from tests.scenarios.scene import Finals, Person, film, layout, standing, till

STORE = layout(Camera(id="cam", zones=till(long_above=1)))


def totals(finals: Finals) -> dict[str, int]:
    names = ("joined", "served", "abandoned", "lost", "direct")
    return {name: finals.total(QueueRecord, f"{name}_total") for name in names}


def outcome(**some: int) -> dict[str, int]:
    return {"joined": 0, "served": 0, "abandoned": 0, "lost": 0, "direct": 0, **some}


def test_someone_served_waited_from_join_to_service_entry() -> None:
    customer = Person(
        [
            (0, 0.1, 0.6),
            (2_000, 0.3, 0.6),
            (20_000, 0.3, 0.6),
            (22_000, 0.6, 0.6),
            (40_000, 0.6, 0.6),
            (45_000, 0.95, 0.6),
        ]
    )
    finals = film(STORE, [customer], until_ms=60_000)
    assert totals(finals) == outcome(joined=1, served=1)
    (record,) = finals.of(QueueRecord)
    # In the queue from the sight at 1.0 s (x = 0.2), in service from 21.4 s (x = 0.51).
    assert record.wait_mean_ms == record.wait_p50_ms == record.wait_p95_ms == 20_400
    assert record.length_mean == round(20_400 / 60_000, 4)
    assert record.length_max == 1
    assert record.open_count == 0
    assert record.longest_open_wait_ms is None
    assert record.over_threshold_ms == 0


def test_someone_who_leaves_the_queue_for_good_abandoned_it_at_the_last_sight_in_it() -> None:
    walker = Person([(0, 0.3, 0.6), (10_000, 0.3, 0.6), (11_000, 0.05, 0.6), (40_000, 0.05, 0.6)])
    finals = film(STORE, [walker], until_ms=60_000)
    assert totals(finals) == outcome(joined=1, abandoned=1)
    (record,) = finals.of(QueueRecord)
    assert record.length_mean == round(10_400 / 60_000, 4)


def test_someone_whose_track_ends_in_the_queue_is_lost() -> None:
    finals = film(STORE, [standing(0.3, 0.6, from_ms=0, to_ms=20_000)], until_ms=60_000)
    assert totals(finals) == outcome(joined=1, lost=1)


def test_someone_lost_from_view_after_being_seen_outside_abandoned() -> None:
    walker = Person([(0, 0.3, 0.6), (10_000, 0.3, 0.6), (11_000, 0.05, 0.6), (12_500, 0.05, 0.6)])
    finals = film(STORE, [walker], until_ms=60_000)
    assert totals(finals) == outcome(joined=1, abandoned=1)


def test_someone_served_without_waiting_is_direct() -> None:
    customer = Person([(0, 0.1, 0.6), (3_000, 0.4, 0.6), (4_000, 0.6, 0.6), (20_000, 0.6, 0.6)])
    finals = film(STORE, [customer], until_ms=60_000)
    assert totals(finals) == outcome(direct=1)
    (record,) = finals.of(QueueRecord)
    assert record.wait_mean_ms is None
    assert record.wait_histogram == []


def test_someone_passing_the_queue_without_service_is_nothing() -> None:
    passer = Person([(0, 0.05, 0.6), (2_000, 0.3, 0.6), (4_000, 0.3, 0.25), (30_000, 0.3, 0.25)])
    finals = film(STORE, [passer], until_ms=60_000)
    assert totals(finals) == outcome()


@pytest.mark.parametrize(
    ("away_ms", "expected"),
    [
        pytest.param(4_000, outcome(joined=1, served=1), id="a return in time continues the wait"),
        pytest.param(
            6_000, outcome(joined=2, served=1, abandoned=1), id="a late return is another wait"
        ),
    ],
)
def test_return_to_the_queue(away_ms: int, expected: dict[str, int]) -> None:
    out, back = 10_000, 10_000 + away_ms
    customer = Person(
        [
            (0, 0.3, 0.6),
            (out, 0.21, 0.6),
            (out + 1_000, 0.1, 0.6),
            (back - 1_000, 0.1, 0.6),
            (back, 0.21, 0.6),
            (back + 10_000, 0.45, 0.6),
            (back + 12_000, 0.6, 0.6),
            (back + 20_000, 0.6, 0.6),
        ]
    )
    finals = film(STORE, [customer], until_ms=60_000)
    assert totals(finals) == expected
    if away_ms == 4_000:
        (record,) = finals.of(QueueRecord)
        assert record.wait_mean_ms == 24_700


def test_way_to_service_longer_than_the_handover_is_abandonment() -> None:
    zones = till()
    zones[1].polygon[:] = [(0.7, 0.3), (0.9, 0.3), (0.9, 0.9), (0.7, 0.9)]
    slow = Person([(0, 0.3, 0.6), (10_000, 0.49, 0.6), (17_000, 0.71, 0.6), (30_000, 0.75, 0.6)])
    finals = film(layout(Camera(id="cam", zones=zones)), [slow], until_ms=60_000)
    assert totals(finals) == outcome(joined=1, abandoned=1)


def test_service_entered_after_the_handover_but_before_giving_up_serves_nobody() -> None:
    zones = till(handover_ms=1_000, revisit_ms=5_000)
    zones[1].polygon[:] = [(0.6, 0.3), (0.9, 0.3), (0.9, 0.9), (0.6, 0.9)]
    slow = Person([(0, 0.3, 0.6), (10_000, 0.49, 0.6), (13_000, 0.61, 0.6), (40_000, 0.75, 0.6)])
    finals = film(layout(Camera(id="cam", zones=zones)), [slow], until_ms=60_000)
    assert totals(finals) == outcome(joined=1, abandoned=1)


def test_in_the_overlap_of_queue_and_service_service_wins() -> None:
    zones = till()
    zones[1].polygon[:] = [(0.4, 0.3), (0.7, 0.3), (0.7, 0.9), (0.4, 0.9)]
    customer = Person([(0, 0.3, 0.6), (10_000, 0.3, 0.6), (12_000, 0.45, 0.6), (30_000, 0.45, 0.6)])
    finals = film(layout(Camera(id="cam", zones=zones)), [customer], until_ms=60_000)
    assert totals(finals) == outcome(joined=1, served=1)


def test_waits_still_open_at_the_end_of_a_window_are_open_in_it() -> None:
    customer = standing(0.3, 0.6, from_ms=10_000, to_ms=100_000)
    finals = film(STORE, [customer], until_ms=120_000)
    first, second = finals.of(QueueRecord)
    assert (first.joined_total, first.open_count, first.longest_open_wait_ms) == (1, 1, 50_000)
    assert (second.joined_total, second.lost_total, second.open_count) == (0, 1, 0)
    assert first.wait_p50_ms is None


def test_time_over_the_threshold_counts_held_time_above_it() -> None:
    people = [
        standing(0.25, 0.6, from_ms=0, to_ms=40_000),
        standing(0.45, 0.6, from_ms=10_000, to_ms=30_000),
    ]
    (record,) = film(STORE, people, until_ms=60_000).of(QueueRecord)
    assert record.over_threshold_ms == 20_000
    assert record.length_max == 2


def test_littles_law_gives_the_mean_time_in_the_queue() -> None:
    customers = [
        Person(
            [
                (start, 0.3, 0.6),
                (start + 20_000, 0.3, 0.6),
                (start + 22_000, 0.6, 0.6),
                (start + 26_000, 0.6, 0.6),
            ]
        )
        for start in range(0, 880_000, 40_000)
    ]
    finals = film(STORE, customers, until_ms=900_000, every_ms=250)
    records = sorted(finals.of(QueueRecord), key=lambda one: one.window_start_ms)
    # Under half of the trailing 15 minutes covered: no check.
    assert all(one.littles_law_wait_ms is None for one in records[:7])
    last = records[-1].littles_law_wait_ms
    assert last is not None
    assert last == pytest.approx(21_500, abs=500)


def test_littles_law_is_silent_where_over_a_tenth_was_lost() -> None:
    lost = [standing(0.3, 0.6, from_ms=at, to_ms=at + 20_000) for at in range(0, 880_000, 40_000)]
    finals = film(STORE, lost, until_ms=900_000, every_ms=500)
    assert {one.littles_law_wait_ms for one in finals.of(QueueRecord)} == {None}
