"""Waits in one queue, whatever the tracks do: the books balance, nobody counts twice."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.layout import Camera
from tests.scenarios.scene import layout, till
from tests.streams.metrics.stage import Stage

PLACES = {"outside": 0.1, "queue": 0.3, "service": 0.6}
TRACKS = ["0-0", "0-1", "0-2"]
STEPS = st.sampled_from([100, 300, 500, 1_000, 3_000, 4_900, 7_000])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(STEPS, st.sampled_from(sorted(PLACES))), min_size=1, max_size=40))
def test_every_wait_that_began_ended_once(steps: list[tuple[int, str]]) -> None:
    stage = Stage(layout(Camera(id="cam", zones=till()), window_s=900))
    at_ms = 0
    for passed_ms, place in steps:
        at_ms += passed_ms
        stage.see([(at_ms, PLACES[place], 0.6)])
        tally = stage.ledger.window_at(0).zone("till")
        waiting = stage.ledger.zone("till").waits.open
        ended = len(tally.waits_ms) + tally.abandoned + tally.lost
        assert tally.joined == ended + len(waiting)
    stage.end()
    stage.finish()
    assert stage.ledger.zone("till").waits.open == {}
    assert tally.joined == len(tally.waits_ms) + tally.abandoned + tally.lost
    assert all(wait_ms > 0 for wait_ms in tally.waits_ms)
    spans = stage.ledger.zone("till").waits.closed
    assert len(spans) == tally.joined
    assert all(end >= start for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    if {"queue", "service"} - {place for _, place in steps}:
        assert (len(tally.waits_ms), tally.direct) == (0, 0)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(STEPS, st.sampled_from(TRACKS), st.sampled_from([*sorted(PLACES), "gone"])),
        min_size=1,
        max_size=60,
    )
)
def test_every_wait_ended_once_whoever_took_it_over(steps: list[tuple[int, str, str]]) -> None:
    stage = Stage(layout(Camera(id="cam", zones=till()), window_s=900))
    at_ms, births = 0, dict.fromkeys(TRACKS, 0)
    for passed_ms, name, place in steps:
        at_ms += passed_ms
        stage.journeys.expire(at_ms)
        key = f"{name}-{births[name]}"
        if place != "gone":
            stage.see([(at_ms, PLACES[place], 0.6)], key)
        elif key in stage.journeys.tracks:
            stage.end(key)
            births[name] += 1
        tally = stage.ledger.window_at(0).zone("till")
        waiting = stage.ledger.zone("till").waits.open
        assert tally.joined == len(tally.waits_ms) + tally.abandoned + tally.lost + len(waiting)
        assert tally.joined >= 0
    stage.journeys.end_all()
    stage.finish()
    assert stage.ledger.zone("till").waits.open == {}
    assert tally.joined == len(tally.waits_ms) + tally.abandoned + tally.lost
    assert len(stage.ledger.zone("till").waits.closed) == tally.joined
    assert all(wait_ms > 0 for wait_ms in tally.waits_ms)
