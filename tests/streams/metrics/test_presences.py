"""Stays and visits of one track against the definitions, worked out from all its sights at once."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.layout import Camera, Zone
from schemas.tracks import Visit
from tests.scenarios.scene import layout, square
from tests.streams.metrics.stage import Stage

ZONE: Zone = square("shelf", 0.4, 0.6)
HOLD_MS = Camera(id="cam").hold_ms
Sights = list[tuple[int, bool]]


@dataclass
class Stay:
    """From the first sight inside to the end of the hold of the last."""

    first: int
    """Index of the first sight inside."""
    last: int
    """Index of the last sight inside."""


def track_ms(sights: Sights, index: int) -> int:
    """Track time from one sight on: until the next, at most the hold; none from the last."""
    if index + 1 == len(sights):
        return 0
    return min(sights[index + 1][0] - sights[index][0], HOLD_MS)


def length_ms(sights: Sights, stay: Stay) -> int:
    return sights[stay.last][0] + track_ms(sights, stay.last) - sights[stay.first][0]


def stays_of(sights: Sights) -> list[Stay]:
    """Runs of sights inside, joined over short excursions once they are long enough to be stays."""
    runs: list[Stay] = []
    for index, (_, is_inside) in enumerate(sights):
        if is_inside and index and sights[index - 1][1]:
            runs[-1].last = index
        elif is_inside:
            runs.append(Stay(index, index))
    stays: list[Stay] = []
    for run in runs:
        if stays:
            before = stays[-1]
            outside_ms = sights[run.first - 1][0] - sights[before.last + 1][0]
            if outside_ms < ZONE.exit_ms and length_ms(sights, before) >= ZONE.enter_ms:
                before.last = run.last
                continue
        stays.append(run)
    return [stay for stay in stays if length_ms(sights, stay) >= ZONE.enter_ms]


def visits_of(sights: Sights) -> list[Visit]:
    visits: list[Visit] = []
    for stay in stays_of(sights):
        entered_ms, dwell_ms = sights[stay.first][0], length_ms(sights, stay)
        if visits and entered_ms - visits[-1].exited_at_ms <= ZONE.revisit_ms:
            before = visits.pop()
            first_ms, dwell_ms = before.entered_at_ms, dwell_ms + before.dwell_ms
        else:
            first_ms = entered_ms
        exited_ms = entered_ms + length_ms(sights, stay)
        visits.append(
            Visit(zone=ZONE.id, entered_at_ms=first_ms, exited_at_ms=exited_ms, dwell_ms=dwell_ms)
        )
    return visits


STEPS = st.sampled_from([33, 100, 200, 300, 500, 1_000, 1_500, 3_000, 3_100, 7_000])


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(STEPS, st.booleans()), min_size=1, max_size=40))
def test_stays_and_visits_are_as_defined(steps: list[tuple[int, bool]]) -> None:
    sights: Sights = []
    at_ms = 0
    for passed_ms, is_inside in steps:
        at_ms += passed_ms
        sights.append((at_ms, is_inside))
    stage = Stage(layout(Camera(id="cam", zones=[ZONE]), window_s=900))
    stage.see([(at, 0.5 if is_inside else 0.3, 0.6) for at, is_inside in sights])
    assert stage.end().visits == visits_of(sights)
    stage.finish()
    tally = stage.ledger.window_at(0)
    assert tally.zone(ZONE.id).person_ms == sum(
        track_ms(sights, index)
        for stay in stays_of(sights)
        for index in range(stay.first, stay.last + 1)
    )
    assert sum(tally.image.values()) == sum(track_ms(sights, i) for i in range(len(sights)))
    history = stage.ledger.zone(ZONE.id)
    assert (history.stays.open, history.visits.open) == ({}, {})
