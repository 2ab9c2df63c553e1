"""Publishing a version of a site's layout.

It is written to `layouts`, for readers, and then its mark is appended to the site's partition of
`detections`: the log alone says what holds when. A crash in between leaves a version without a
mark; publishing the same version again appends it.
"""

from aiokafka.errors import KafkaError

from schemas import codec
from schemas.detections import LayoutMark
from schemas.errors import LayoutError
from schemas.layout import SiteLayout
from schemas.partitions import site_partition
from schemas.settings import KafkaSettings
from schemas.topics import DETECTIONS, LAYOUTS, key_of
from streams.adapters.offsets import Source, read_whole
from streams.adapters.producers import start_producer
from streams.adapters.topics import partition_count_of
from streams.errors import BrokerError


async def publish_layout(settings: KafkaSettings, layout: SiteLayout) -> LayoutMark:
    """A version of a layout is in `layouts`, and its mark in the log; returns the mark.

    The first version of a site holds from the beginning, whatever it says.

    Raises:
        LayoutError: If a newer version is published, this one with another content, or it would
            take effect inside a window.
        BrokerError: If Kafka does not answer.
        TopicError: If the topics are missing.
    """
    partition_count = await partition_count_of(settings, (DETECTIONS, LAYOUTS))
    partition = site_partition(layout.site, partition_count)
    published = await _published(settings, layout.site, partition)
    mark = _mark(layout, published)
    producer = await start_producer(settings, linger_ms=0)
    try:
        await producer.send_and_wait(
            settings.topic_name(LAYOUTS),
            key=key_of(layout),
            value=codec.encode(layout),
            partition=partition,
        )
        await producer.send_and_wait(
            settings.topic_name(DETECTIONS),
            key=key_of(mark),
            value=codec.encode(mark),
            partition=partition,
        )
    except KafkaError as error:
        raise BrokerError(f"layout of {layout.site}: Kafka did not take it: {error!r}") from error
    finally:
        await producer.stop()
    return mark


def _mark(layout: SiteLayout, published: dict[int, SiteLayout]) -> LayoutMark:
    older = [published[version] for version in sorted(published) if version < layout.version]
    newest = max(published, default=layout.version)
    problems = []
    if newest > layout.version:
        problems.append(
            f"version: expected above {newest}, already published; got {layout.version}"
        )
    elif published.get(layout.version, layout) != layout:
        problems.append(
            f"version: {layout.version} is already published with another content; raise it"
        )
    if older and any(layout.effective_from_ms % one.window_ms for one in (layout, older[-1])):
        problems.append(
            f"effective_from_ms: expected a multiple of both versions' windows "
            f"({older[-1].window_ms} and {layout.window_ms}), got {layout.effective_from_ms}"
        )
    if problems:
        raise LayoutError(problems)
    return LayoutMark(
        site=layout.site,
        version=layout.version,
        effective_from_ms=layout.effective_from_ms if older else 0,
        layout=layout,
    )


async def _published(settings: KafkaSettings, site: str, partition: int) -> dict[int, SiteLayout]:
    """The versions of a site's layout in `layouts`, by version."""
    source = Source(settings.topic_name(LAYOUTS), partition)
    layouts = [
        codec.decode(record.value, SiteLayout)
        async for record in read_whole(settings, source)
        if record.value is not None
    ]
    return {layout.version: layout for layout in layouts if layout.site == site}
