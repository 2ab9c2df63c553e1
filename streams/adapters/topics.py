"""Topics on the broker: creates what is missing, refuses what does not fit.

All topics get one number of partitions, since everything of a site lies on one partition number. It
never changes in place: a site's keys would move to other partitions than their history.
"""

import asyncio
from collections.abc import Iterable, Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from schemas.settings import KafkaSettings
from schemas.topics import SNAPSHOTS, TOPICS, Topic, topic_config
from streams.adapters.producers import reaching
from streams.errors import BrokerError, TopicError

_MOST_REPLICAS = 3
_KNOWN_WITHIN_S = 30.0
_LOOK_AGAIN_S = 0.05
_SNAPSHOT_CONFIG = {
    # Snapshots are written again several times a second: small segments, compacted soon, keep a
    # restart's reading short.
    "segment.bytes": str(64 * 1024 * 1024),
    "segment.ms": "300000",
    "min.cleanable.dirty.ratio": "0.1",
    "max.compaction.lag.ms": "600000",
}


async def create_topics(settings: KafkaSettings, partition_count: int) -> list[str]:
    """Every topic exists with `partition_count` partitions; returns the names of the new ones.

    Raises:
        BrokerError: If no broker answers, or it refuses a topic.
        TopicError: If a topic exists with another number of partitions.
    """
    admin = await _admin(settings)
    try:
        counts = await _partition_counts(admin)
        missing = [topic for topic in TOPICS if settings.topic_name(topic) not in counts]
        _check_counts(settings, counts, partition_count)
        await _create(admin, settings, missing, partition_count)
        await _await_known(admin, {settings.topic_name(topic) for topic in missing})
    finally:
        await admin.close()
    return [settings.topic_name(topic) for topic in missing]


async def partition_count_of(settings: KafkaSettings, topics: Iterable[Topic]) -> int:
    """The number of partitions that topics have in common.

    Raises:
        BrokerError: If no broker answers.
        TopicError: If a topic does not exist, or they differ.
    """
    names = [settings.topic_name(topic) for topic in topics]
    admin = await _admin(settings)
    try:
        counts = await _partition_counts(admin)
    finally:
        await admin.close()
    missing = [name for name in names if name not in counts]
    if missing:
        raise TopicError(
            f"topics missing at {settings.kafka}: {', '.join(missing)}; "
            "run `footfall topics create`"
        )
    found = {counts[name] for name in names}
    if len(found) != 1:
        each = ", ".join(f"{name} has {counts[name]}" for name in names)
        raise TopicError(f"topics: expected one number of partitions, got: {each}")
    return found.pop()


async def _admin(settings: KafkaSettings) -> AIOKafkaAdminClient:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    try:
        async with reaching(settings):
            await admin.start()
    except BaseException:
        await admin.close()
        raise
    return admin


async def _partition_counts(admin: AIOKafkaAdminClient) -> dict[str, int]:
    described = await admin.describe_topics()
    return {topic["topic"]: len(topic["partitions"]) for topic in described if topic["partitions"]}


async def _await_known(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """The brokers know the topics; for a moment after its creation a topic is missing to them."""
    try:
        async with asyncio.timeout(_KNOWN_WITHIN_S):
            while not names <= (await _partition_counts(admin)).keys():
                await asyncio.sleep(_LOOK_AGAIN_S)
    except TimeoutError as error:
        raise BrokerError(f"topics {', '.join(sorted(names))}: created, but not there") from error


def _check_counts(settings: KafkaSettings, counts: Mapping[str, int], partition_count: int) -> None:
    for name in map(settings.topic_name, TOPICS):
        found = counts.get(name, partition_count)
        if found != partition_count:
            raise TopicError(
                f"topic {name}: expected {partition_count} partitions, it has {found}; the number "
                "never changes in place: ask for the number it has, or set another "
                "FOOTFALL_TOPIC_PREFIX"
            )


async def _create(
    admin: AIOKafkaAdminClient,
    settings: KafkaSettings,
    topics: list[Topic],
    partition_count: int,
) -> None:
    if not topics:
        return
    cluster = await admin.describe_cluster()
    replicas = min(_MOST_REPLICAS, len(cluster["brokers"]))
    wanted = [
        NewTopic(
            settings.topic_name(topic),
            partition_count,
            replicas,
            topic_configs=topic_config(topic) | (_SNAPSHOT_CONFIG if topic is SNAPSHOTS else {}),
        )
        for topic in topics
    ]
    try:
        response = await admin.create_topics(wanted)
    except KafkaError as error:
        raise BrokerError(f"Kafka at {settings.kafka} refused to create topics: {error}") from error
    for name, code, detail in response.topic_errors:
        refusal = for_code(code)
        if code and refusal is not TopicAlreadyExistsError:
            raise BrokerError(f"topic {name}: the broker refused it: {refusal.__name__} {detail}")
