"""The whole chain on a real video, as a person would start it."""

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from perf.whole_chain import counted, errors, playing, true_counts
from schemas.settings import KafkaSettings
from schemas.topics import RESULT_TOPICS

SHARED = Path(__file__).parents[3] / "shared"
VIDEO = SHARED / "video" / "vtest_480x360.avi"
MODEL = SHARED / "models" / "yolox_nano.onnx"
TRUTH = SHARED / "tracking" / "mot" / "pets-yoloxnano" / "PETS09-S2L1" / "gt" / "gt.txt"
FPS = 7

Finals = dict[tuple[str, bytes], bytes]
"""The last value of each key, by topic and key."""


@pytest.mark.stack
@pytest.mark.timeout(600)
@pytest.mark.skipif(not VIDEO.exists(), reason="needs the measuring data beside the project")
def test_a_real_video_gives_about_the_true_counts_and_the_same_finals_over_1_and_4_partitions(
    tmp_path: Path,
) -> None:
    truth = true_counts(TRUTH, frames_per_second=FPS)
    finals = []
    for partitions in (4, 1):
        folder = tmp_path / str(partitions)
        folder.mkdir()
        with playing(VIDEO, MODEL, fps=FPS, folder=folder, partitions=partitions) as stack:
            counts = counted(stack.address, seconds=len(truth), timeout_s=300)
            finals.append(asyncio.run(settled_finals(stack.kafka, partitions)))
        found = errors(counts, truth)
        # Its boxes alone, counted without tracks, are off by about one person.
        assert found["footfall"] < 0.8
        assert found["footfall"] < found["always the mean"]
    assert len(finals[0]) > 300
    assert finals[0] == finals[1]


async def settled_finals(kafka: str, partition_count: int) -> Finals:
    """The finals, once reading them again finds nothing new."""
    before: Finals = {}
    async with asyncio.timeout(180):
        while not (now := await read_finals(kafka, partition_count)) or now != before:
            before = now
    return now


async def read_finals(kafka: str, partition_count: int) -> Finals:
    settings = KafkaSettings(kafka=kafka)
    names = {settings.topic_name(topic): topic.name for topic in RESULT_TOPICS}
    sources = [TopicPartition(name, number) for name in names for number in range(partition_count)]
    found: Finals = {}
    async with AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False) as consumer:
        consumer.assign(sources)
        ends = await consumer.end_offsets(sources)
        await consumer.seek_to_beginning(*sources)
        for source in sources:
            while await consumer.position(source) < ends[source]:
                fetched = await consumer.getmany(source, timeout_ms=500)
                for record in fetched.get(source, []):
                    found[names[source.topic], record.key] = record.value
    return found
