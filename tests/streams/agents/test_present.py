"""What is said about the present: paced by the clock."""

import pytest

from schemas import codec
from schemas.health import HealthRecord
from schemas.live import LiveRecord
from streams.adapters.results import Incoming
from streams.agents.partition import PartitionState
from streams.agents.present import Present
from tests.scenarios.scene import SITE, View
from tests.streams.agents.test_partition import PARTITION, Written, records, state_of

BORN_MS = 1_000_000


@pytest.fixture
def state() -> PartitionState:
    state = state_of(Written())
    for record in records(View().film([], range(0, 2_000, 100))):
        state.absorb(record)
    return state


@pytest.fixture
def present() -> Present:
    return Present(live_interval_ms=500, now_ms=BORN_MS)


def test_present_of_a_site_is_told_once_per_interval(state, present):
    told = [
        at_ms
        for at_ms in range(BORN_MS, BORN_MS + 1_500, 100)
        if present.live(state, [SITE], now_ms=at_ms)
    ]
    assert told == [BORN_MS, BORN_MS + 500, BORN_MS + 1_000]


def test_present_comes_as_often_as_said_whenever_batches_come(state, present):
    told = [
        at_ms
        for at_ms in range(BORN_MS, BORN_MS + 10_000, 200)
        if present.live(state, [SITE], now_ms=at_ms)
    ]
    assert len(told) == 20


def test_present_is_told_of_sites_that_changed_only(state, present):
    assert present.live(state, [], now_ms=BORN_MS) == []
    (told,) = present.live(state, [SITE], now_ms=BORN_MS)
    assert codec.decode(told.value, LiveRecord).at_ms == 1_900


def test_health_tells_the_rate_from_the_second_time_on(state, present):
    first = _health(present, state, BORN_MS)
    assert (first.rate_hz, first.since_ms, first.newest_at_ms) == (None, BORN_MS, 1_900)
    assert first.newest_age_ms == BORN_MS - 1_900
    more = records(View().film([], range(0, 5_000, 100)))
    for record in more[20:]:
        state.absorb(record)
    second = _health(present, state, BORN_MS + 6_000)
    assert second.rate_hz == 30 / 6
    assert _health(present, state, BORN_MS + 7_000).rate_hz == 0.0


def test_health_of_every_camera_tells_how_many_records_its_partition_lost(state, present):
    assert _health(present, state, BORN_MS).counters["lost_records"] == 0
    more = records(View().film([], range(0, 5_000, 100)))
    state.absorb(more[27])
    other = codec.encode(View(camera="other").film([], [0])[0])
    state.absorb(Incoming("detections", PARTITION, 40, b"", other))
    told = present.health(state, now_ms=BORN_MS + 1)
    lost = [codec.decode(one.value, HealthRecord).counters["lost_records"] for one in told]
    assert lost == [7 + 12, 7 + 12]


def _health(present: Present, state: PartitionState, now_ms: int) -> HealthRecord:
    (told,) = present.health(state, now_ms=now_ms)
    return codec.decode(told.value, HealthRecord)
