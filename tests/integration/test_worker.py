"""A Faust worker that is told to stop while its group is in motion."""

import asyncio
import os
import signal
import sys

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from schemas.topics import DETECTIONS
from tests.integration.bus import WITHIN_S, Bus

pytestmark = pytest.mark.broker

# Nothing a test can do from outside holds a commit back, so the worker's driver is patched here:
# a commit waits for a line and for the worker's new partitions: the group has then moved between
# the decision to commit and the commit.
_WORKER = """
import asyncio, sys
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread as Thread
from schemas.topics import DETECTIONS
from streams.agents.worker import batches, create_app, run
from streams.settings import WorkerSettings

commit = Thread._commit
settings = WorkerSettings.load()
positions = {}

async def commit_once_allowed(thread, offsets):
    print("commits", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    while not thread.assignment():
        await asyncio.sleep(0.01)
    return await commit(thread, offsets)

Thread._commit = commit_once_allowed

class Progress:
    async def recover(self, assigned):
        positions.update(dict.fromkeys(assigned, 0))
    async def release(self):
        positions.clear()
    def positions(self):
        return positions

def build():
    app = create_app(settings, part="part", progress=Progress())
    stop = app.stop
    async def say_and_stop():
        print("stops", flush=True)
        await stop()
    app.stop = say_and_stop
    @app.agent(app.topic(settings.topic_name(DETECTIONS), value_serializer="raw"))
    async def read(stream):
        async for _ in batches(stream, settings):
            pass
    return app

run(build)
"""


async def test_worker_told_to_stop_while_its_group_rebalances_ends_cleanly(kafka, tmp_path):
    async with Bus.open(kafka, 2, tmp_path) as bus, asyncio.timeout(WITHIN_S):
        kept = 1  # by the worker: partitions go round by the names of the clients
        await bus.append([(kept, b"read")])
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _WORKER),
            env={
                **os.environ,
                "FOOTFALL_KAFKA": kafka,
                "FOOTFALL_TOPIC_PREFIX": bus.settings.topic_prefix,
            },
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert await worker.stdout.readline() == b"commits\n"
        worker.send_signal(signal.SIGTERM)
        assert await worker.stdout.readline() == b"stops\n"
        newcomer = AIOKafkaConsumer(
            bus.settings.topic_name(DETECTIONS),
            bootstrap_servers=kafka,
            group_id=f"{bus.settings.topic_prefix}part",
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
        )
        try:
            await newcomer.start()
            worker.stdin.write(b"go on\n" * 10)
            assert await worker.wait() == 0
        finally:
            await newcomer.stop()
