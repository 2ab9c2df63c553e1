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
from schemas.live import LiveCamera, LiveRecord, LiveTrack
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
