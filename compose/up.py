"""From nothing to healthy, and back: the order in which the local stack starts and stops.

In: a stack decided by `preflight`. Out: lines of progress, one address. Whatever a start that was
killed left behind is ended before; nothing is left behind after.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from compose import health
from compose.broker import broker_answers
from compose.errors import PreflightError, StartError
from compose.jars import has_kafka_jars, kafka_jars
from compose.postgres import postgres_answers
from compose.processes import StopAskedError, end, marked
from compose.stack import Stack
from compose.supervision import ProgramState, Supervisor
from schemas.settings import KafkaSettings

Say = Callable[[str], None]
"""Tells the person at the terminal one line."""

_SERVER_TIMEOUT_S = 60.0
_SERVE_TIMEOUT_S = 180.0
_FRAMES_TIMEOUT_S = 120.0
_STOP_PATIENCE_S = 25.0
_KILL_PATIENCE_S = 3.0
_LEFTOVER_PATIENCE_S = 10.0
_WATCH_EVERY_S = 1.0


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """While this holds, no other start has the data folder, and none that was killed still runs.

    Raises:
        PreflightError: If another start has it.
    """
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise PreflightError(
                [
                    f"Another `footfall up` (process {lock.read().strip()}) runs on {folder}: stop "
                    "it with Ctrl-C, or give this one another folder with --data."
                ]
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        end(marked(folder), patience_s=_LEFTOVER_PATIENCE_S)
        yield


def runtime_folder(data: Path) -> Path:
    """A folder with a short name, of this user alone, for the sockets of one data folder.

    Raises:
        PreflightError: If somebody else has made it.
    """
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:8]
    folder = Path(tempfile.gettempdir()) / f"footfall-{os.geteuid()}-{digest}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise PreflightError(
            [f"{folder} cannot be made: {error.strerror}. Remove it, or set TMPDIR."]
        ) from error
    return folder


def run(stack: Stack, say: Say) -> None:
    """Start everything, say the address, watch until Ctrl-C or SIGTERM, stop everything.

    Raises:
        FootfallError: If a part does not become healthy; everything is stopped by then.
    """
    supervisor = Supervisor(stack.programs(), data=stack.data, runtime=stack.runtime)
    try:
        _start(stack, supervisor, say)
        _watch(supervisor, say)
    except StopAskedError:
        say("Stopping ...")
    finally:
        _stop(stack, supervisor)
    say("Stopped; nothing is left running.")


def _start(stack: Stack, supervisor: Supervisor, say: Say) -> None:
    started_at_s = time.monotonic()

    def progress(text: str) -> None:
        say(f"{time.monotonic() - started_at_s:6.1f} s  {text}")

    _prepare(stack, progress)
    supervisor.start(stack.environment())
    _start_servers(stack, supervisor, progress)
    _prepare_topics(stack, progress)
    supervisor.launch("serve", "engine", "views")
    supervisor.wait(
        "serve", "engine", "views", until=lambda: health.serves(stack), timeout_s=_SERVE_TIMEOUT_S
    )
    progress("Detector, API, engine and view writer run")
    supervisor.launch("gateway")
    _await_frames(stack, supervisor)
    progress("frames reach the engine, its numbers the view store")
    say(f"\nFootfall is at {stack.address}  (the API: {stack.address}docs)")
    say(f"Kafka: {stack.kafka}   logs: {supervisor.log_of('*')}   Ctrl-C stops everything.")


def _prepare(stack: Stack, progress: Say) -> None:
    if stack.broker:
        if not has_kafka_jars():
            progress("fetching Apache Kafka, once ...")
        kafka_jars()
        stack.broker.prepare()
    if stack.database:
        stack.database.prepare()


def _start_servers(stack: Stack, supervisor: Supervisor, progress: Say) -> None:
    if stack.database:
        supervisor.launch("postgres")
    if stack.broker:
        supervisor.launch("kafka")
        supervisor.wait("kafka", until=lambda: _kafka_answers(stack), timeout_s=_SERVER_TIMEOUT_S)
        progress(f"Kafka answers at {stack.kafka}")
    if stack.database:
        supervisor.wait(
            "postgres",
            until=lambda: postgres_answers(stack.database_url, timeout_s=2) is None,
            timeout_s=_SERVER_TIMEOUT_S,
        )
        progress("PostgreSQL answers")


def _kafka_answers(stack: Stack) -> bool:
    return asyncio.run(broker_answers(stack.kafka, timeout_s=2))


def _prepare_topics(stack: Stack, progress: Say) -> None:
    from streams.adapters.layouts import publish_layout
    from streams.adapters.topics import create_topics

    settings = KafkaSettings(kafka=stack.kafka, topic_prefix=stack.settings.topic_prefix)
    created = asyncio.run(create_topics(settings, stack.settings.partitions))
    progress(f"topics are there, {len(created)} of them new")
    for layout in stack.feeds.layouts:
        asyncio.run(publish_layout(settings, layout))
        progress(f"layout of {layout.site}, version {layout.version}, is published")


def _await_frames(stack: Stack, supervisor: Supervisor) -> None:
    def is_seen() -> bool:
        # A file that was played to its end before sends nothing any more.
        has_ended = supervisor.states()["gateway"].has_finished
        return has_ended or health.watched_cameras(stack) >= set(stack.feeds.ids)

    supervisor.wait(
        "gateway", "serve", "engine", "views", until=is_seen, timeout_s=_FRAMES_TIMEOUT_S
    )


def _watch(supervisor: Supervisor, say: Say) -> None:
    before = supervisor.states()
    while supervisor.is_alive():
        time.sleep(_WATCH_EVERY_S)
        now = supervisor.states()
        for name, state in now.items():
            if news := _news(before[name], state):
                say(f"{name} {news}; its log: {supervisor.log_of(name)}")
        before = now
    raise StartError(f"The process manager ended; see {supervisor.log_of('supervisor')}.")


def _news(before: ProgramState, now: ProgramState) -> str | None:
    if now.has_finished and not before.has_finished:
        return "has played its source to the end, the numbers stay"
    if now.has_given_up and not before.has_given_up:
        return "ended again and again and is not started any more"
    if now.pid not in (0, before.pid):
        return f"ended and runs again as process {now.pid}"
    return None


def _stop(stack: Stack, supervisor: Supervisor) -> None:
    try:
        supervisor.stop(patience_s=_STOP_PATIENCE_S)
    finally:  # also when a second Ctrl-C cuts the patience short
        end(marked(stack.data), patience_s=_KILL_PATIENCE_S)
        shutil.rmtree(stack.runtime, ignore_errors=True)
