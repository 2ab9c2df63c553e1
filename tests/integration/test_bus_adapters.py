"""Claims, snapshots, topics and layouts on a real broker."""

import uuid
from dataclasses import replace

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas.detections import LayoutMark, decode_detection
from schemas.errors import LayoutError
from schemas.layout import Camera, SiteLayout
from schemas.partitions import site_partition
from schemas.settings import KafkaSettings
from schemas.topics import DETECTIONS, SITES, SNAPSHOTS, TOPICS
from streams.adapters.layouts import publish_layout
from streams.adapters.offsets import Source, offset_ranges, read_whole
from streams.adapters.results import Outgoing, PartitionWriter
from streams.adapters.snapshots import (
    SiteSnapshot,
    owner_record,
    position_record,
    read_snapshot,
    site_record,
)
from streams.adapters.topics import create_topics, partition_count_of
from streams.errors import BrokerError, FencedError, SnapshotError, TopicError
from tests.integration.bus import append_unreadable

pytestmark = pytest.mark.broker

NOWHERE = KafkaSettings(kafka="127.0.0.1:1")
LAYOUT = SiteLayout(site="store", version=1, cameras=[Camera(id="door")])


@pytest.fixture
async def settings(kafka: str) -> KafkaSettings:
    settings = KafkaSettings(kafka=kafka, topic_prefix=f"t{uuid.uuid4().hex[:12]}.")
    await create_topics(settings, 2)
    return settings


async def test_earlier_writer_is_refused_where_a_later_one_has_written(settings):
    first = await PartitionWriter.claim(settings, 0)
    await first.write([Outgoing(SITES, b"a", b"old")])
    second = await PartitionWriter.claim(settings, 0)
    await second.write([Outgoing(SITES, b"a", b"new")])
    with pytest.raises(FencedError, match="another worker has taken it over"):
        await first.write([Outgoing(SITES, b"a", b"old, late")])
    await second.write([Outgoing(SITES, b"a", b"newer")])
    await first.close()
    await second.close()
    assert await _count(settings, SITES, 0) == 3


async def test_writers_of_different_partitions_do_not_mind_each_other(settings):
    left = await PartitionWriter.claim(settings, 0)
    right = await PartitionWriter.claim(settings, 1)
    for writer in (right, left, right):
        await writer.write([Outgoing(SITES, b"a", b"1"), Outgoing(SNAPSHOTS, b"a", b"2")])
    await left.close()
    await right.close()
    assert [await _count(settings, SITES, partition) for partition in (0, 1)] == [1, 2]


async def test_newest_snapshot_of_each_site_is_read(settings):
    writer = await PartitionWriter.claim(settings, 1)
    await _append_detections(writer, 9)
    await writer.write(
        [
            owner_record("here"),
            site_record("a", SiteSnapshot(b"a2", 2)),
            site_record("b", SiteSnapshot(b"b3", 3)),
            position_record(3),
            site_record("a", SiteSnapshot(b"a5", 5)),
        ]
    )
    await writer.close()
    found = await read_snapshot(settings, 1)
    assert found.position == 3
    assert found.sites == {"a": SiteSnapshot(b"a5", 5), "b": SiteSnapshot(b"b3", 3)}


async def test_partition_without_snapshots_is_read_from_its_beginning(settings):
    found = await read_snapshot(settings, 0)
    assert (found.position, found.sites) == (0, {})


@pytest.mark.parametrize(("covered", "lost"), [(2, 4), (6, 0), (None, 0)])
async def test_detections_deleted_before_they_were_read_are_counted(settings, covered, lost):
    writer = await PartitionWriter.claim(settings, 0)
    await _append_detections(writer, 9)
    if covered is not None:
        await writer.write([position_record(covered)])
    await writer.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    detections = TopicPartition(settings.topic_name(DETECTIONS), 0)
    await admin.delete_records({detections: RecordsToDelete(before_offset=6)})
    await admin.close()
    found = await read_snapshot(settings, 0)
    assert (found.position, found.lost_total) == (6, lost)


async def test_snapshots_of_another_log_are_refused(settings):
    writer = await PartitionWriter.claim(settings, 0)
    await _append_detections(writer, 2)
    await writer.write([position_record(3)])
    await writer.close()
    with pytest.raises(SnapshotError, match="delete the topic of snapshots too"):
        await read_snapshot(settings, 0)


async def test_snapshot_that_is_not_one_is_refused(settings):
    writer = await PartitionWriter.claim(settings, 0)
    await writer.write([Outgoing(SNAPSHOTS, b"store", b"whatever")])
    await writer.close()
    with pytest.raises(SnapshotError, match="key b'store': expected a position"):
        await read_snapshot(settings, 0)


async def test_snapshots_are_read_past_a_record_that_cannot_be_read(settings):
    writer = await PartitionWriter.claim(settings, 0)
    await _append_detections(writer, 9)
    await writer.write([site_record("a", SiteSnapshot(b"a2", 2))])
    await append_unreadable(settings, SNAPSHOTS)
    await writer.write([site_record("b", SiteSnapshot(b"b3", 3)), position_record(3)])
    await append_unreadable(settings, SNAPSHOTS)
    await writer.close()
    found = await read_snapshot(settings, 0)
    assert found.position == 3
    assert found.sites == {"a": SiteSnapshot(b"a2", 2), "b": SiteSnapshot(b"b3", 3)}


async def test_topics_are_created_once_and_never_change_their_partitions(settings):
    assert await create_topics(settings, 2) == []
    assert await partition_count_of(settings, TOPICS) == 2
    with pytest.raises(TopicError, match=r"expected 3 partitions, it has 2"):
        await create_topics(settings, 3)


async def test_every_topic_stamps_its_records_with_the_brokers_time(settings):
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    names = [settings.topic_name(topic) for topic in TOPICS]
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answers = await admin.describe_configs(asked)
    await admin.close()
    found = {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in answers
        for _, _, _, name, entries in answer.resources
    }
    assert {one["message.timestamp.type"] for one in found.values()} == {"LogAppendTime"}
    assert found[settings.topic_name(SNAPSHOTS)]["cleanup.policy"] == "compact"


async def test_missing_topics_are_named():
    with pytest.raises(BrokerError, match=r"no Kafka broker answers at 127\.0\.0\.1:1"):
        await partition_count_of(NOWHERE, [DETECTIONS])


async def test_published_layout_is_in_the_log_of_its_site(settings):
    mark = await publish_layout(settings, replace(LAYOUT, effective_from_ms=7))
    assert mark.effective_from_ms == 0  # the first version holds from the beginning
    assert await _marks(settings) == [mark]


async def test_layout_published_again_is_marked_again(settings):
    assert await publish_layout(settings, LAYOUT) == await publish_layout(settings, LAYOUT)
    assert len(await _marks(settings)) == 2


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        pytest.param({"version": 1}, "expected above 2", id="an older version"),
        pytest.param({"reset_at": "05:00"}, "another content", id="the same version, changed"),
        pytest.param(
            {"version": 3, "effective_from_ms": 90_000},
            "expected a multiple",
            id="in the middle of a window",
        ),
    ],
)
async def test_layout_that_does_not_follow_is_refused_and_not_published(settings, changed, problem):
    await publish_layout(settings, LAYOUT)
    second = replace(LAYOUT, version=2, effective_from_ms=120_000)
    assert (await publish_layout(settings, second)).effective_from_ms == 120_000
    with pytest.raises(LayoutError, match=problem):
        await publish_layout(settings, replace(second, **changed))
    assert len(await _marks(settings)) == 2


async def _append_detections(writer: PartitionWriter, count: int) -> None:
    await writer.write(Outgoing(DETECTIONS, b"", b"") for _ in range(count))


async def _count(settings: KafkaSettings, topic, partition: int) -> int:
    source = Source(settings.topic_name(topic), partition)
    return len((await offset_ranges(settings, [source]))[source])


async def _marks(settings: KafkaSettings) -> list[LayoutMark]:
    source = Source(settings.topic_name(DETECTIONS), site_partition(LAYOUT.site, 2))
    return [decode_detection(record.value) async for record in read_whole(settings, source)]
