"""`footfall doctor`: what works on this machine and what does not, one line each."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import psutil

from compose.api_client import ask
from compose.broker import broker_answers
from compose.errors import ComposeError
from compose.jars import has_kafka_jars, kafka_jars
from compose.options import example, given
from compose.postgres import postgres_answers
from compose.preflight import disk_problems, model_problems, tool_problems
from compose.settings import ReaderSettings, UpSettings
from schemas.errors import FootfallError
from schemas.settings import KafkaSettings
from schemas.topics import FRAMES, TOPICS

_MEMORY_BYTES = 4 * 1024**3
_PEER_TIMEOUT_S = 5.0


@click.command(epilog=example("footfall doctor", "FOOTFALL_KAFKA=broker-1:9092 footfall doctor"))
def command() -> None:
    """Say what works here and what does not; exit code 1 if something does not."""
    settings = given(UpSettings, {})
    checks: dict[str, Callable[[], str]] = {
        "tools": lambda: _none_of(tool_problems(), "setpriv is there"),
        "disk": lambda: _none_of(disk_problems(Path.cwd()), "a GiB and more is free"),
        "memory": _memory,
        "packages": _packages,
        "model": lambda: _none_of(model_problems(settings.model), "loads and runs"),
        "broker": _broker,
        "topics": _topics,
        "view store": lambda: _view_store(settings),
        "API": _api,
        "cameras": _cameras,
    }
    failed = [name for name, check in checks.items() if not _is_well(name, check)]
    if failed:
        sys.exit(1)


def _is_well(name: str, check: Callable[[], str]) -> bool:
    try:
        click.echo(f"  ok     {name:10}  {check()}")
    except FootfallError as error:
        first, *rest = str(error).splitlines()
        click.echo(f"  wrong  {name:10}  {first}")
        for line in rest:
            click.echo(f"                     {line}")
        return False
    return True


def _none_of(problems: Iterator[str], well: str) -> str:
    found = list(problems)
    if found:
        raise ComposeError("\n".join(found))
    return well


def _memory() -> str:
    free = psutil.virtual_memory().available
    if free < _MEMORY_BYTES:
        raise ComposeError(
            f"{free >> 20} MiB are free, `footfall up` takes up to {_MEMORY_BYTES >> 20}."
        )
    return f"{free >> 20} MiB are free"


def _packages() -> str:
    if not has_kafka_jars():
        return "Apache Kafka is fetched at the first `footfall up`"
    return f"Apache Kafka's jars in {kafka_jars()} are what their sums say"


def _broker() -> str:
    kafka = KafkaSettings.load().kafka
    if not asyncio.run(broker_answers(kafka, timeout_s=_PEER_TIMEOUT_S)):
        raise ComposeError(
            f"Nobody answers at {kafka}: start one with `footfall up`, or set FOOTFALL_KAFKA."
        )
    return f"answers at {kafka}"


def _topics() -> str:
    from streams.adapters.topics import partition_count_of

    settings = KafkaSettings.load()
    count = asyncio.run(partition_count_of(settings, TOPICS))
    return f"{len(TOPICS)} as {settings.topic_name(FRAMES)}, {count} partitions each"


def _view_store(settings: UpSettings) -> str:
    if settings.database_url is None:
        return "FOOTFALL_DATABASE_URL is not set: `footfall up` starts its own"
    url = settings.database_url.get_secret_value()
    if refusal := postgres_answers(url, timeout_s=_PEER_TIMEOUT_S):
        raise ComposeError(f"FOOTFALL_DATABASE_URL: {refusal.splitlines()[0]}")
    return "FOOTFALL_DATABASE_URL lets us in"


def _api() -> str:
    settings = ReaderSettings.load()
    ask(settings.api, "readyz")
    return f"answers at {settings.api}"


def _cameras() -> str:
    settings = ReaderSettings.load()
    sites = ask(settings.api, "v1/sites", token=settings.token)["sites"]
    if not sites:
        raise ComposeError("The API knows no site yet: start a gateway, publish a layout.")
    states = [
        f"{site['site']}: "
        + ", ".join(f"{count} {state}" for state, count in site["cameras"].items() if count)
        for site in sites
    ]
    return "; ".join(states)
