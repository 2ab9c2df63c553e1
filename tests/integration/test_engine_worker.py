"""The engine's worker on a real broker: bad messages, refused results, clean and unclean ends."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas import codec
from schemas.alerts import AlertRecord
from schemas.detections import Detection
from schemas.health import HealthRecord
from schemas.layout import Rule
from schemas.live import LiveRecord
from schemas.partitions import site_partition
from schemas.topics import ALERTS, DETECTIONS, SITES
from streams.adapters.results import Outgoing, PartitionWriter
from tests.integration.bus import SITES as SITE_NAMES
from tests.integration.bus import UNTIL_MS, Bus, append_unreadable, computed, site_log
from tests.scenarios.scene import View

pytestmark = pytest.mark.broker

LOG = site_log(SITE_NAMES[0])


async def test_message_that_cannot_be_read_goes_to_dead_and_the_next_is_processed(kafka, tmp_path):
    async with Bus.open(kafka, 2, tmp_path) as bus:
        own = site_partition(LOG[0].site, 2)
        stranger = replace(LOG[1], site=next(_sites_of(1 - own)))
        bad = [
            (own, b"\xff\xfe not JSON"),
            (own, b'{"kind": "frame", "site": "milano-01"}'),
            (own, b'{"kind": "greeting"}'),
            (own, codec.encode(replace(LOG[1], boxes=[], scores=[0.9]))),
            (own, codec.encode(stranger)),
        ]
        with bus.workers("engine"):
            await bus.append([*LOG[:50], *bad, *LOG[50:]])
            await bus.has_said(computed(LOG))
            await bus.until(lambda: len(bus.dead) == len(bad))
        assert [letter.offset for letter in bus.dead] == list(range(50, 50 + len(bad)))
        assert {letter.topic for letter in bus.dead} == {bus.settings.topic_name(DETECTIONS)}
        assert "expected JSON" in bus.dead[0].detail
        assert f"expected on partition {1 - own}, got {own}" in bus.dead[-1].detail
        assert all(len(letter.sha256) == 64 and letter.length for letter in bus.dead)


async def test_record_with_a_header_that_is_no_utf_8_goes_to_dead_and_the_next_is_processed(
    kafka, tmp_path
):
    async with Bus.open(kafka, 1, tmp_path) as bus:
        await bus.append(LOG[:50])
        await append_unreadable(bus.settings, DETECTIONS)
        await bus.append(LOG[50:90])
        with bus.workers("engine"):
            await bus.until(lambda: len(bus.dead) == 1)
            await append_unreadable(bus.settings, DETECTIONS)
            await append_unreadable(bus.settings, DETECTIONS)
            await bus.append(LOG[90:])
            await bus.has_said(computed(LOG))
            await bus.until(lambda: len(bus.dead) >= 3)
        assert [letter.offset for letter in bus.dead] == [50, 91, 92]
        assert all("names in UTF-8" in letter.detail for letter in bus.dead)


async def test_worker_whose_result_is_refused_ends_and_does_not_acknowledge_it(kafka, tmp_path):
    async with Bus.open(kafka, 1, tmp_path) as bus:
        with bus.workers("engine") as (worker,):
            await bus.owned_by(worker)
            newer = await PartitionWriter.claim(bus.settings, 0)
            await newer.write([Outgoing(SITES, b"other/0", b"{}")])
            await newer.close()
            await bus.append(LOG)
            await bus.until(lambda: worker.poll() is not None)
            assert worker.returncode == 1
        assert "another worker has taken it over" in (tmp_path / "engine.log").read_text()
        await bus.said()
        assert (await _committed(bus) or 0) <= bus.positions.get(0, 0) < len(LOG)
        with bus.workers("engine"):
            await bus.has_said(computed(LOG) | {(SITES.name, b"other/0"): b"{}"})


async def test_worker_asked_to_stop_finishes_what_it_has_in_hand(kafka, tmp_path):
    async with Bus.open(kafka, 1, tmp_path) as bus:
        await bus.append(LOG)
        with bus.workers("engine", batch_events="50") as (worker,):
            await bus.said_at_least(5)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(90) == 0
        assert (await _committed(bus) or 0) > 0
        with bus.workers("engine"):
            await bus.has_said(computed(LOG))


async def test_a_detection_is_committed_once_its_snapshot_is_written(kafka, tmp_path):
    async with Bus.open(kafka, 1, tmp_path) as bus:
        await bus.append(LOG)
        with bus.workers("engine"):
            await bus.until(lambda: bus.positions == {0: len(LOG)})
        assert await _committed(bus) == len(LOG)


async def test_the_present_and_the_health_of_every_camera_are_told(kafka, tmp_path):
    async with Bus.open(kafka, 1, tmp_path) as bus:
        await bus.append(LOG)
        with bus.workers("engine", health_interval_ms="500"):
            await bus.until(lambda: _is_healthy(bus) and bus.live)
        (live,) = (codec.decode(value, LiveRecord) for value in bus.live.values())
        assert [camera.camera for camera in live.cameras] == ["door", "tills"]


def _is_healthy(bus: Bus) -> bool:
    """Both cameras' health tells of their last frame."""
    told = [codec.decode(value, HealthRecord) for value in bus.health.values()]
    return len(told) == 2 and all(
        one.newest_at_ms == UNTIL_MS and one.part == "engine" and one.counters["ok"] > 0
        for one in told
    )


async def test_alert_of_a_silent_camera_is_opened_by_one_worker_and_closed_by_the_next(
    kafka, tmp_path
):
    async with Bus.open(kafka, 1, tmp_path) as bus:
        rules = [Rule(id="door-silent", on="door", when="silent_s > 1")]
        watched = replace(LOG[0].layout, rules=rules)
        door, tills = View("door"), View("tills")
        said = [_of_site(tills.frame(9_000)), _of_site(door.frame(7_000))]
        await bus.append([replace(LOG[0], layout=watched), *said])
        with bus.workers("engine", health_interval_ms="500") as (worker,):
            await bus.until(lambda: _alerts(bus) == {("door", 7_000, None)})
            worker.kill()
            worker.wait()
        with bus.workers("another", health_interval_ms="500"):
            await bus.append([_of_site(door.frame(50_000))])
            await bus.until(lambda: ("door", 7_000, 50_000) in _alerts(bus))


def _of_site(frame: Detection) -> Detection:
    return replace(frame, site=LOG[0].site)


def _alerts(bus: Bus) -> set[tuple[str, int, int | None]]:
    """Entity, begin and end of every alert that was written."""
    told = [
        codec.decode(value, AlertRecord)
        for (topic, _), value in bus.written.items()
        if topic == ALERTS.name
    ]
    return {(one.entity, one.opened_at_ms, one.closed_at_ms) for one in told}


async def test_worker_without_topics_says_what_to_do(kafka, tmp_path):
    async with Bus.open(kafka, 1, tmp_path) as bus:
        bus.settings = bus.settings.model_copy(update={"topic_prefix": "nowhere."})
        worker = bus.start("engine", "engine")
        assert worker.wait(90) == 1
    assert "run `footfall topics create`" in (tmp_path / "engine.log").read_text()


def _sites_of(partition: int) -> Iterator[str]:
    names = (f"site-{number}" for number in count())
    return (name for name in names if site_partition(name, 2) == partition)


async def _committed(bus: Bus) -> int | None:
    """How far the group has committed the only partition of `detections`."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bus.settings.kafka, group_id=f"{bus.settings.topic_prefix}engine"
    )
    await consumer.start()
    try:
        return await consumer.committed(TopicPartition(bus.settings.topic_name(DETECTIONS), 0))
    finally:
        await consumer.stop()
