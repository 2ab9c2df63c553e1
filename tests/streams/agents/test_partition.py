"""One partition's state: what is absorbed once, and in which order it is written."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from schemas import codec
from schemas.layout import Camera
from schemas.partitions import site_partition
from schemas.topics import DEAD, RESULT_TOPICS, SNAPSHOTS
from streams.adapters.results import Incoming, Outgoing
from streams.adapters.snapshots import PartitionSnapshot, SiteSnapshot
from streams.agents.partition import PartitionState
from streams.engine import SiteEngine
from streams.errors import BrokerError
from tests.scenarios.scene import (
    SITE,
    View,
    door,
    feed,
    layout,
    mark,
    square,
    standing,
)

PARTITIONS = 4
PARTITION = site_partition(SITE, PARTITIONS)
OTHER_SITE = next(
    name
    for name in (f"site-{number}" for number in range(100))
    if site_partition(name, PARTITIONS) == PARTITION
)
LAYOUT = layout(Camera(id="cam", lines=[door()], zones=[square("mat", 0.2, 0.8)]), window_s=15)
VIEW = View()
LOG = [
    mark(LAYOUT),
    *VIEW.film([standing(0.4, 0.6, from_ms=0, to_ms=50_000)], range(0, 60_000, 500)),
    VIEW.end(60_000),
]
RESULTS = {topic.name for topic in RESULT_TOPICS}


class Written:
    """A writer that remembers what it was given, and can be made to refuse a topic."""

    def __init__(self, refused: str | None = None) -> None:
        self.calls: list[list[Outgoing]] = []
        self._refused = refused

    async def write(self, records: Iterable[Outgoing]) -> None:
        call = list(records)
        if any(record.topic.name == self._refused for record in call):
            raise BrokerError("not acknowledged")
        self.calls.append(call)

    @property
    def records(self) -> list[Outgoing]:
        return [record for call in self.calls for record in call]

    @property
    def said(self) -> dict[tuple[str, bytes], bytes]:
        said = [record for record in self.records if record.topic.name in RESULTS]
        return {(record.topic.name, record.key): record.value for record in said}

    def snapshot(self) -> PartitionSnapshot:
        """What a worker would recover from what was written."""
        kept = {record.key: record for record in self.records if record.topic is SNAPSHOTS}
        position = kept.pop(b"@position", None)
        sites = {
            key.decode(): SiteSnapshot(record.value, int(dict(record.headers)["position"]))
            for key, record in kept.items()
        }
        return PartitionSnapshot(int(position.value) if position else 0, sites)


def state_of(written: Written, snapshot: PartitionSnapshot | None = None) -> PartitionState:
    return PartitionState(
        PARTITION,
        partition_count=PARTITIONS,
        snapshot=snapshot or PartitionSnapshot(),
        writer=written,
    )


def records(messages: Iterable[object]) -> list[Incoming]:
    return [
        Incoming("detections", PARTITION, offset, b"", codec.encode(message))
        for offset, message in enumerate(messages)
    ]


EXPECTED = feed(SiteEngine(SITE), LOG).by_key()


async def test_results_are_written_before_the_snapshot_that_claims_them_before_the_position():
    written = Written()
    state = state_of(written)
    for record in records(LOG):
        state.absorb(record)
    assert await state.settle() == [SITE]
    results, snapshots, position = written.calls
    assert results
    assert {record.topic.name for record in results} <= RESULTS
    assert [(one.topic, one.key) for one in snapshots] == [(SNAPSHOTS, SITE.encode())]
    assert [(one.key, one.value) for one in position] == [(b"@position", b"%d" % len(LOG))]
    assert written.said == EXPECTED


@pytest.mark.parametrize("refused", ["flows", SNAPSHOTS.name])
async def test_nothing_is_claimed_after_a_record_that_was_refused(refused):
    written = Written(refused)
    state = state_of(written)
    for record in records(LOG):
        state.absorb(record)
    with pytest.raises(BrokerError):
        await state.settle()
    assert SNAPSHOTS not in {record.topic for record in written.records}


@pytest.mark.parametrize("size", [1, 7, 60])
async def test_state_recovered_after_any_batch_goes_on_as_if_nothing_had_happened(size):
    log = records(LOG)
    written = Written()
    for start in range(0, len(log), size):
        state = state_of(written, written.snapshot())
        for record in log[max(start - 5, 0) : start + size]:  # some are read once more
            state.absorb(record)
        await state.settle()
    assert written.said == EXPECTED
    assert written.snapshot().position == len(log)


async def test_state_recovered_between_snapshot_and_position_goes_on_as_if_nothing_had_happened():
    log = records(LOG)
    written = Written()
    state = state_of(written)
    for record in log[:80]:
        state.absorb(record)
    await state.settle()
    written.calls.pop()  # the process was gone before the position was written
    assert written.snapshot().position == 0
    recovered = state_of(written, written.snapshot())
    for record in log:
        recovered.absorb(record)
    await recovered.settle()
    assert written.said == EXPECTED
    assert recovered.frames_total[SITE, "cam"] == len(log) - 80


async def test_record_read_again_is_not_absorbed_again():
    written = Written()
    state = state_of(written)
    log = records(LOG)
    for record in [*log[:40], *log[10:]]:
        state.absorb(record)
    assert state.frames_total == {(SITE, "cam"): len(LOG) - 1}
    await state.settle()
    assert written.said == EXPECTED


async def test_records_deleted_before_they_were_read_are_counted_and_the_next_is_processed(caplog):
    state = state_of(Written(), PartitionSnapshot(position=4, lost_total=3))
    log = records(LOG)
    for record in [*log[4:10], *log[15:20], *log[12:18]]:
        state.absorb(record)
    assert (state.lost_total, state.position) == (3 + 5, 20)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert f"partition {PARTITION}: records 10 to 14 were deleted" in caplog.text


async def test_only_sites_that_changed_are_written():
    written = Written()
    state = state_of(written)
    other = [replace(one, site=OTHER_SITE) for one in LOG[1:3]]
    log = records([*LOG[:10], *other, *LOG[10:]])
    for record in log[:12]:
        state.absorb(record)
    assert sorted(await state.settle()) == sorted([SITE, OTHER_SITE])
    for record in log[12:]:
        state.absorb(record)
    assert await state.settle() == [SITE]
    assert set(written.snapshot().sites) == {SITE, OTHER_SITE}


async def test_record_that_is_no_message_is_set_aside_and_moves_the_position():
    written = Written()
    state = state_of(written)
    state.absorb(Incoming("detections", PARTITION, 0, None, b"{"))
    assert await state.settle() == []
    assert [record.topic for record in written.records] == [DEAD, SNAPSHOTS]
    assert written.snapshot().position == 1


async def test_site_on_a_foreign_partition_is_set_aside():
    written = Written()
    state = state_of(written)
    stranger = next(
        name
        for name in (f"site-{number}" for number in range(100))
        if site_partition(name, PARTITIONS) != PARTITION
    )
    state.absorb(records([replace(LOG[1], site=stranger)])[0])
    await state.settle()
    assert "expected on partition" in written.records[0].value.decode()
    assert stranger not in state.engines
