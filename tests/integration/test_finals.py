"""Finals are a pure function of the log: whatever becomes of the workers that compute them."""

import signal

import pytest

from schemas.topics import RESULT_TOPICS
from tests.integration.bus import SITES, Bus, Said, computed, site_log

pytestmark = pytest.mark.broker

LOGS = [site_log(site) for site in SITES]
LOG = [message for together in zip(*LOGS, strict=True) for message in together]
SMALL_BATCHES = {"batch_events": "60", "batch_within_ms": "20"}
"""So that a worker is in the middle of the log long enough to be killed there."""


@pytest.fixture(scope="module")
def expected() -> Said:
    return computed(LOG)


def test_the_log_has_every_kind_of_result(expected):
    kinds = {name for name, _ in expected}
    assert kinds == {topic.name for topic in RESULT_TOPICS} - {"alerts"}


@pytest.mark.parametrize(
    ("partition_count", "worker_count"),
    [
        pytest.param(1, 1, id="one partition, one worker"),
        pytest.param(1, 1, id="the same again"),
        pytest.param(4, 1, id="four partitions, one worker"),
        pytest.param(4, 2, id="four partitions, two workers"),
    ],
)
async def test_finals_are_the_same_however_many_compute_them(
    kafka, tmp_path, expected, partition_count, worker_count
):
    async with Bus.open(kafka, partition_count, tmp_path) as bus:
        with bus.workers(*(f"engine-{number}" for number in range(worker_count))) as workers:
            await bus.owned_by(*workers)
            await bus.append(LOG)
            await bus.has_said(expected)
        assert await bus.said() == expected


@pytest.mark.case(16)
async def test_worker_killed_in_the_middle_and_started_again_says_the_same(
    kafka, tmp_path, expected
):
    async with Bus.open(kafka, 1, tmp_path) as bus:
        await bus.append(LOG)
        for share in (0.3, 0.7):
            with bus.workers("engine", instance_id="engine", **SMALL_BATCHES) as (worker,):
                await bus.said_at_least(int(share * len(expected)))
                worker.kill()
                worker.wait()
            assert await bus.said() != expected
        with bus.workers("engine", instance_id="engine"):
            await bus.has_said(expected)
        assert await bus.said() == expected


async def test_partitions_of_a_killed_worker_go_on_at_the_other(kafka, tmp_path, expected):
    async with Bus.open(kafka, 4, tmp_path) as bus:
        with bus.workers("left", "right", **SMALL_BATCHES) as (left, right):
            await bus.owned_by(left, right)
            await bus.append(LOG)
            await bus.said_at_least(len(expected) // 4)
            left.kill()
            left.wait()
            assert await bus.said() != expected
            await bus.owned_by(right)
            await bus.has_said(expected)
        assert await bus.said() == expected


async def test_worker_that_wakes_up_after_another_took_over_harms_nothing(
    kafka, tmp_path, expected
):
    async with Bus.open(kafka, 4, tmp_path) as bus:
        with bus.workers("left", "right", **SMALL_BATCHES) as (left, right):
            await bus.owned_by(left, right)
            await bus.append(LOG)
            await bus.said_at_least(len(expected) // 4)
            left.send_signal(signal.SIGSTOP)
            await bus.owned_by(right)
            await bus.has_said(expected)
            left.send_signal(signal.SIGCONT)
            # It holds partitions again, or was refused and has ended.
            await bus.until(lambda: left.poll() is not None or bus.owns(left))
            assert await bus.said() == expected
        with bus.workers("later") as (later,):
            await bus.owned_by(later)
        assert await bus.said() == expected
