"""The local stack's servers: what the fixtures start is what `footfall up` starts."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from sqlalchemy import create_engine, text

from compose.broker import broker_answers
from compose.ports import free_ports
from compose.postgres import Postgres, postgres_answers
from schemas.topics import FRAMES


@pytest.mark.broker
async def test_the_largest_allowed_frame_passes_through_the_broker(
    kafka: str, topic_prefix: str
) -> None:
    topic = topic_prefix + FRAMES.name
    image = os.urandom(4 * 1024 * 1024)
    async with AIOKafkaProducer(
        bootstrap_servers=kafka, acks="all", enable_idempotence=True, max_request_size=5 << 20
    ) as producer:
        sent = await producer.send_and_wait(topic, image, key=b"site/camera")
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=kafka, auto_offset_reset="earliest"
    ) as consumer:
        got = await asyncio.wait_for(consumer.getone(), 90)
    assert (got.offset, got.value) == (sent.offset, image)
    assert sent.timestamp_type == 1, "the broker's own time, whatever the sender's clock says"


@pytest.mark.broker
async def test_a_broker_that_is_not_there_answers_nothing(kafka: str) -> None:
    (port,) = free_ports(1)
    assert not await broker_answers(f"127.0.0.1:{port}", timeout_s=2)
    assert await broker_answers(kafka, timeout_s=5)


@pytest.mark.stack
def test_postgres_keeps_rows_and_refuses_a_wrong_password(postgres: str) -> None:
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(text("CREATE TEMP TABLE one (value int)"))
        connection.execute(text("INSERT INTO one VALUES (7)"))
        assert connection.execute(text("SELECT value FROM one")).scalar() == 7
    engine.dispose()
    assert postgres_answers(postgres, timeout_s=2) is None
    user, _, rest = postgres.partition("@")
    wrong = user.rpartition(":")[0] + ":wrong@" + rest
    assert "password" in (postgres_answers(wrong, timeout_s=2) or "")


@pytest.mark.case(20)
@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg2://me:hunter2@127.0.0.1:{port}/db",
        "postgresql://me:hun ter2@127.0.0.1:{port}/db",
        "postgresql://me:hunter2%zz@127.0.0.1:{port}/db",
        "postgresql://me:x@hunter2@127.0.0.1:{port}/db",
        "postgresql://me:hunter2:{port}/db",
        "me:hunter2@127.0.0.1:{port}/db",
    ],
    ids=["driver", "space", "percent", "at sign", "no host", "no scheme"],
)
def test_what_a_database_says_never_holds_its_password(url: str) -> None:
    (port,) = free_ports(1)
    said = postgres_answers(url.format(port=port), timeout_s=2)
    assert said
    assert "ter2" not in said


@pytest.mark.stack
def test_a_cluster_whose_first_making_was_killed_is_made_again(server_folder: Path) -> None:
    folder = server_folder / "killed"
    (port,) = free_ports(1)
    program = f"from compose.postgres import *; Postgres(Path({str(folder)!r}), {port}).prepare()"
    first = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    while not list(folder.glob("*/PG_VERSION")):
        assert first.poll() is None
        time.sleep(0.005)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()

    server = Postgres(folder, port)
    server.prepare()
    with subprocess.Popen(server.command(), stderr=subprocess.DEVNULL) as running:
        while refusal := postgres_answers(server.url, timeout_s=2):
            assert running.poll() is None, refusal
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
