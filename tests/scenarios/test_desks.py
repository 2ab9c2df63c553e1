"""Who is served although their track did not stay at the desk: people change places there."""

from dataclasses import replace

import pytest

from schemas.layout import Camera
from tests.scenarios.scene import film, layout, standing, till
from tests.scenarios.test_queues import outcome, totals
from tests.streams.metrics.stage import Stage

QUEUE, DESK = till()
STORE = layout(Camera(id="cam", zones=[QUEUE, replace(DESK, enter_ms=1_000)]))
PLACE, AT_DESK, ASIDE = (0.3, 0.6), (0.6, 0.6), (0.1, 0.6)
NEXT = (0.48, 0.6)
"""A tenth of a body from the desk."""


def waited(stage: Stage, *path: tuple[int, tuple[float, float]], track: str = "0-0") -> None:
    """Waits for 20 s, then goes where the path says."""
    stage.see([(at_ms, *PLACE) for at_ms in range(0, 20_500, 500)], track)
    stage.see([(at_ms, *place) for at_ms, place in path], track)


@pytest.mark.parametrize(
    ("path", "served"),
    [
        pytest.param([(20_500, AT_DESK), (21_000, ASIDE)], True, id="touches the desk"),
        pytest.param([(20_500, ASIDE), (24_000, AT_DESK), (24_500, ASIDE)], True, id="on the way"),
        pytest.param([(20_500, ASIDE), (21_000, ASIDE)], False, id="does not"),
        pytest.param(
            [(20_500, AT_DESK), (21_000, PLACE), (22_000, ASIDE)], False, id="comes back first"
        ),
        pytest.param([(20_500, ASIDE), (25_600, AT_DESK), (26_000, ASIDE)], False, id="later"),
    ],
)
def test_who_leaves_by_the_desk_was_served(
    path: list[tuple[int, tuple[float, float]]], served: bool
) -> None:
    stage = Stage(STORE)
    waited(stage, *path, (30_000, ASIDE), (31_000, ASIDE))
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, len(tally.waits_ms), tally.abandoned) == (1, int(served), int(not served))
    if served:
        assert tally.waits_ms == [next(at_ms for at_ms, place in path if place == AT_DESK)]


def test_whose_track_ends_at_the_desk_at_once_was_served() -> None:
    stage = Stage(STORE)
    waited(stage, (20_500, AT_DESK))
    stage.end()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.direct) == ([20_500], 0)


def test_nobody_is_served_twice() -> None:
    stage = Stage(STORE)
    waited(stage, (20_500, AT_DESK), (21_000, ASIDE), (27_000, ASIDE))
    stage.see([(at_ms, *AT_DESK) for at_ms in range(27_500, 30_000, 500)])
    stage.end()
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.direct, tally.abandoned) == ([20_500], 0, 0)


def test_who_was_served_and_joins_again_waits_anew() -> None:
    stage = Stage(layout(Camera(id="cam", zones=[replace(QUEUE, join_ms=5_000), DESK])))
    waited(stage, *((at_ms, AT_DESK) for at_ms in range(20_500, 22_500, 500)))
    stage.see([(at_ms, *PLACE) for at_ms in range(22_500, 40_000, 500)])
    stage.see([(at_ms, *ASIDE) for at_ms in range(40_000, 48_000, 500)])
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.joined, tally.waits_ms, tally.abandoned) == (2, [20_500], 1)


@pytest.mark.parametrize(
    ("place", "is_taken", "others", "served"),
    [
        pytest.param(NEXT, True, [], True, id="next to a desk with somebody at it"),
        pytest.param(NEXT, False, [], False, id="the desk is free"),
        pytest.param((0.4, 0.6), True, [], False, id="away from the desk"),
        pytest.param(NEXT, True, [(0.49, 0.7)], False, id="another is nearer"),
        pytest.param(NEXT, True, [(0.4, 0.6)], True, id="others are behind"),
    ],
)
def test_who_is_next_and_vanishes_has_taken_their_turn(
    place: tuple[float, float], is_taken: bool, others: list[tuple[float, float]], served: bool
) -> None:
    stage = Stage(STORE)
    for at_ms in range(0, 30_000, 500):
        if is_taken:
            stage.see([(at_ms, *AT_DESK)], "0-9")
        for index, other in enumerate(others, 1):
            stage.see([(at_ms, *other)], f"0-{index}")
        if at_ms <= 20_000:
            stage.see([(at_ms, *place)], "0-0")
        elif at_ms == 25_500:
            stage.end("0-0")
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.lost) == ([], 0)
    stage.journeys.expire(90_000)
    assert (tally.waits_ms, tally.lost) == (([20_000], 0) if served else ([], 1))
    assert tally.joined == 1 + len(others)


def test_who_is_next_when_the_source_ends_was_not_served() -> None:
    people = [standing(*NEXT, from_ms=0, to_ms=30_000), standing(*AT_DESK, from_ms=0, to_ms=30_000)]
    finals = film(STORE, people, until_ms=30_000)
    assert totals(finals) == outcome(joined=1, lost=1)


def test_who_is_next_and_turns_up_again_waits_on() -> None:
    stage = Stage(STORE)
    stage.see([(at_ms, *AT_DESK) for at_ms in range(0, 26_000, 500)], "0-9")
    stage.see([(at_ms, *NEXT) for at_ms in range(0, 20_500, 500)], "0-0")
    stage.end("0-0")
    stage.see([(at_ms, *NEXT) for at_ms in range(30_000, 50_000, 500)], "0-1")
    stage.journeys.expire(90_000)
    tally = stage.ledger.window_at(0).zone("till")
    assert (tally.waits_ms, tally.joined) == ([], 1)
    assert stage.ledger.zone("till").waits.open == {"0-1": 0}
