"""The live feed, from a real `live` topic to a real HTTP stream."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI

from schemas.codec import decode, encode
from schemas.live import LiveCamera, LiveRecord, LiveTrack, LiveZone
from serve.api.app import create_app
from serve.api.settings import ApiSettings

pytestmark = pytest.mark.broker

AT_MS = 946_684_800_000  # 2000-01-01T00:00:00Z
PATIENCE_S = 90


def present(site: str, at_ms: int) -> LiveRecord:
    tracks = [LiveTrack(track=f"{at_ms}-0", x=0.5, y=0.25)]
    camera = LiveCamera(camera="tills", at_ms=at_ms, tracks=tracks, zones=[])
    return LiveRecord(site=site, layout_version=3, at_ms=at_ms, cameras=[camera])


@pytest_asyncio.fixture
async def producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    client = AIOKafkaProducer(bootstrap_servers=kafka)
    await client.start()
    yield client
    await client.stop()


@pytest_asyncio.fixture
async def address(kafka: str, topic_prefix: str, database_url: str, serving: Any) -> str:
    settings = ApiSettings.load(database_url=database_url, kafka=kafka, topic_prefix=topic_prefix)
    app = create_app(settings)
    url = await asyncio.to_thread(serving, app)
    await connected(app)
    return url


async def connected(app: FastAPI) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not app.state.feed.is_connected:
            await asyncio.sleep(0.05)


async def events(lines: AsyncIterator[str]) -> AsyncIterator[LiveRecord]:
    async for line in lines:
        if line.startswith("data: "):
            yield decode(line.removeprefix("data: ").encode(), LiveRecord)


async def test_watcher_sees_its_sites_records_and_no_others(
    address: str, producer: AIOKafkaProducer, topic_prefix: str
) -> None:
    topic = f"{topic_prefix}live"
    async with (
        asyncio.timeout(PATIENCE_S),
        httpx.AsyncClient(base_url=address, timeout=PATIENCE_S) as client,
        client.stream("GET", "/v1/sites/milano/live") as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.aiter_lines()
        assert await anext(lines) == ": connected"
        await producer.send_and_wait(topic, encode(present("torino", AT_MS)))
        await producer.send_and_wait(topic, b"no record at all")
        await producer.send_and_wait(topic, encode(present("milano", AT_MS)))
        seen = events(lines)
        assert await anext(seen) == present("milano", AT_MS)
        await producer.send_and_wait(topic, encode(present("milano", AT_MS + 500)))
        assert await anext(seen) == present("milano", AT_MS + 500)


async def test_who_comes_later_sees_the_newest_at_once(
    address: str, producer: AIOKafkaProducer, topic_prefix: str
) -> None:
    async with (
        asyncio.timeout(PATIENCE_S),
        httpx.AsyncClient(base_url=address, timeout=PATIENCE_S) as client,
    ):
        for at_ms in (AT_MS, AT_MS + 500):
            async with client.stream("GET", "/v1/sites/milano/live") as response:
                await producer.send_and_wait(
                    f"{topic_prefix}live", encode(present("milano", at_ms))
                )
                seen = events(response.aiter_lines())
                while (await anext(seen)).at_ms < at_ms:
                    pass
        async with client.stream("GET", "/v1/sites/milano/live") as response:
            assert (await anext(events(response.aiter_lines()))).at_ms == AT_MS + 500


async def test_api_is_ready_when_store_and_broker_answer(address: str) -> None:
    async with httpx.AsyncClient(base_url=address) as client:
        response = await client.get("/readyz")
    assert response.json() == {"ready": True, "parts": {"store": "ok", "live": "ok"}}


async def test_present_of_all_sites_sums_their_cameras(
    address: str, producer: AIOKafkaProducer, topic_prefix: str
) -> None:
    def camera(name: str, people: int, *zones: LiveZone) -> LiveCamera:
        tracks = [LiveTrack(track=f"{AT_MS}-{number}", x=0.5, y=0.5) for number in range(people)]
        return LiveCamera(camera=name, at_ms=AT_MS, tracks=tracks, zones=list(zones))

    def zone(name: str, count: int, wait_ms: int | None) -> LiveZone:
        return LiveZone(zone=name, count=count, longest_open_wait_ms=wait_ms)

    tills = camera("tills", 4, zone("till-1", 2, 9_000), zone("till-2", 1, 61_000))
    hall = camera("hall", 1, zone("shoes", 1, None))
    busy = LiveRecord(site="milano", layout_version=3, at_ms=AT_MS, cameras=[hall, tills])
    quiet = LiveRecord(site="aosta", layout_version=0, at_ms=AT_MS, cameras=[camera("door", 0)])
    for record in (busy, quiet):
        await producer.send_and_wait(f"{topic_prefix}live", encode(record))
    async with (
        asyncio.timeout(PATIENCE_S),
        httpx.AsyncClient(base_url=address, timeout=PATIENCE_S) as client,
    ):
        while len(sites := (await client.get("/v1/now")).json()["sites"]) < 2:
            await asyncio.sleep(0.05)
    present_of = ("site", "people_count", "waiting_count", "longest_open_wait_ms")
    assert [tuple(site[name] for name in present_of) for site in sites] == [
        ("aosta", 0, 0, None),
        ("milano", 5, 3, 61_000),
    ]
