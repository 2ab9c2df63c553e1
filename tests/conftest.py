"""Real servers for tests: a Kafka broker and a PostgreSQL per session, fresh topics per test."""

import asyncio
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from compose.broker import Broker, await_broker
from compose.jars import kafka_jars
from compose.ports import free_ports
from compose.postgres import Postgres, postgres_answers
from schemas.settings import KafkaSettings
from schemas.topics import TOPICS
from streams.adapters.topics import create_topics

START_TIMEOUT_S = 180.0
PARTITION_COUNT = 2
_SHOWN_LINES = 40
_TELLING = re.compile("WARN|ERROR|FATAL|Group(Coordinator|Metadata)")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows what the servers last said beside a failure of a test that used them."""
    report = yield
    servers = getattr(item, "funcargs", {}).get("server_folder")
    if report.failed and servers is not None:
        for log in sorted(servers.glob("*.log")):
            lines = filter(_TELLING.search, log.read_text(errors="replace").splitlines())
            report.sections.append((f"end of {log.name}", "\n".join([*lines][-_SHOWN_LINES:])))
    return report


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder for the session's servers, gone after it."""
    folder = Path(tempfile.mkdtemp(prefix="footfall-tests-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def kafka(server_folder: Path) -> Iterator[str]:
    """A real broker of this session alone: its bootstrap address, `host:port`."""
    port, controller_port = free_ports(2)
    broker = Broker(server_folder / "kafka", kafka_jars(), port, controller_port)
    broker.prepare()
    with _running(broker.command(), server_folder / "kafka.log", stop=signal.SIGTERM):
        _outside_the_loop(await_broker(broker.bootstrap, timeout_s=START_TIMEOUT_S))
        yield broker.bootstrap


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[str]:
    """A real PostgreSQL of this session alone: SQLAlchemy's URL of its empty database."""
    server = Postgres(server_folder / "postgres", *free_ports(1))
    server.prepare()
    with _running(server.command(), server_folder / "postgres.log", stop=signal.SIGINT):
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while refusal := postgres_answers(server.url, timeout_s=2):
            assert time.monotonic() < give_up_at, refusal
            time.sleep(0.05)
        yield server.url


@pytest.fixture
def topic_prefix(kafka: str) -> Iterator[str]:
    """A prefix of this test alone; all topics exist under it, with `PARTITION_COUNT` partitions."""
    prefix = f"t{uuid.uuid4().hex[:12]}."
    settings = KafkaSettings(kafka=kafka, topic_prefix=prefix)
    _outside_the_loop(create_topics(settings, PARTITION_COUNT))
    yield prefix
    # Thousands of partitions of tests gone by would slow the broker for those to come.
    _outside_the_loop(_delete_topics(settings))


async def _delete_topics(settings: KafkaSettings) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        await admin.delete_topics([settings.topic_name(topic) for topic in TOPICS])
    finally:
        await admin.close()


def _outside_the_loop(work: Coroutine[None, None, object]) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@contextmanager
def _running(command: list[str], log_file: Path, *, stop: signal.Signals) -> Iterator[None]:
    with log_file.open("ab") as log:
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        server.send_signal(stop)
        server.wait(START_TIMEOUT_S)
