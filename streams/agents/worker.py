"""What Faust needs to keep the laws: where to go on after an assignment, and never a false ack.

Faust acknowledges a batch whose agent raised, and goes on from the group's commit. Both would lose
what was not written. So a worker goes on from the positions its own state proves, and what cannot
be finished ends the process: nothing is acknowledged by a process that is gone.
"""

import asyncio
import logging
import os
import signal
import tempfile
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from typing import Any, NoReturn, Protocol, cast

import faust
from faust.types import TP, EventT, StreamT

from schemas.errors import FootfallError
from streams.adapters.reading import is_readable
from streams.adapters.results import Incoming
from streams.agents.consumer import consumer_at
from streams.errors import StreamsError
from streams.settings import WorkerSettings

logger = logging.getLogger(__name__)

_REQUEST_TIMEOUT_S = 30.0
_STOP_WITHIN_S = 15.0
_COMMIT_INTERVAL_S = 1.0
_BUFFERED_EVENTS = 1_000
_FAILED = 1


class Progress(Protocol):
    """What a worker holds of its partitions; one per Faust app."""

    async def recover(self, assigned: set[TP]) -> None:
        """The state of the assigned partitions is what log or store prove, nothing else."""

    async def release(self) -> None:
        """No partition is held."""

    def positions(self) -> Mapping[TP, int]:
        """Next offset to read of every partition held."""


def create_app(settings: WorkerSettings, *, part: str, progress: Progress) -> faust.App:
    """A Faust app whose consumer goes on from `progress`, never from the group's commit.

    Args:
        settings: Of the worker.
        part: Names the consumer group, after the topic prefix.
        progress: Recovered after every assignment, released at every revocation.
    """
    app = faust.App(
        f"{settings.topic_prefix}{part}",
        broker=[f"kafka://{address}" for address in settings.kafka.split(",")],
        autodiscover=False,
        web_enabled=False,
        # Without tables Faust stores nothing, but it insists on a folder.
        datadir=f"{tempfile.gettempdir()}/footfall-faust-{os.getuid()}",
        key_serializer="raw",
        value_serializer="raw",
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        stream_wait_empty=True,
        stream_buffer_maxsize=_BUFFERED_EVENTS,
        stream_recovery_delay=0.0,
        broker_max_poll_records=settings.batch_events,
        broker_commit_interval=_COMMIT_INTERVAL_S,
        broker_session_timeout=settings.session_timeout_ms / 1000,
        broker_heartbeat_interval=settings.session_timeout_ms / 4000,
        broker_request_timeout=max(_REQUEST_TIMEOUT_S, settings.session_timeout_ms / 1000),
        broker_rebalance_timeout=_REQUEST_TIMEOUT_S,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=8 * 1024 * 1024,
        consumer_group_instance_id=settings.instance_id,
    )
    app.transport.Consumer = consumer_at(progress.positions)  # type: ignore[misc]  # made to be replaced

    async def recover(app: faust.App, **_: Any) -> None:
        await or_stop(progress.recover(app.consumer.assignment()))

    async def release(*_: Any, **__: Any) -> None:
        await or_stop(progress.release())

    # Faust awaits this one before it seeks and reads, so nothing is read without a state.
    app.on_rebalance_complete.connect(cast("Any", recover), weak=False)
    app.on_partitions_revoked.connect(cast("Any", release), weak=False)
    app.on_before_shutdown.connect(cast("Any", release), weak=False)
    return app


async def or_stop(work: Awaitable[None]) -> None:
    """The work is done or cancelled; if it fails the process ends, its reason in the log."""
    try:
        await work
    except FootfallError as error:
        _end_process("%s", error)
    except Exception:
        logger.exception("unexpected")
        _end_process("stopped; what was in hand will be read again")


async def whole_or_stop(batch: Awaitable[None]) -> None:
    """The batch is done; if it fails or is cancelled the process ends before Faust can ack it."""
    try:
        await or_stop(batch)
    except asyncio.CancelledError:
        _end_process("stopped in the middle of a batch; it will be read again")


def batches(
    stream: StreamT[bytes], settings: WorkerSettings
) -> AsyncIterable[Sequence[EventT[bytes]]]:
    """Batches of a stream's events; Faust acknowledges one when the next is asked for."""
    taken = cast("faust.Stream[bytes]", stream).take_events(
        settings.batch_events, within=settings.batch_within_s
    )
    return cast("AsyncIterable[Sequence[EventT[bytes]]]", taken)


def incoming(event: EventT[bytes]) -> Incoming:
    """A Faust event as the record it came from."""
    message = event.message
    return Incoming(
        message.topic,
        message.partition,
        message.offset,
        message.key,
        message.value or b"",
        is_readable(message.headers),
    )


def run(build: Callable[[], faust.App]) -> None:
    """Runs an app until SIGTERM or SIGINT; what is in hand is finished first.

    Raises:
        BrokerError: If no broker answers at the start.
        StreamsError: If Faust broke down.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("faust", "mode", "aiokafka"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    asyncio.run(_run(build))


async def _run(build: Callable[[], faust.App]) -> None:
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, asked_to_stop.set)
    app = build()
    serving = asyncio.ensure_future(_serve(app))
    stopping = asyncio.ensure_future(asked_to_stop.wait())
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    stopped = asyncio.ensure_future(app.stop())
    # Not asyncio.timeout: Faust's wait for the batch in hand swallows a cancellation.
    await asyncio.wait((stopped,), timeout=_STOP_WITHIN_S)
    if not stopped.done():
        _end_process("stopped without finishing what was in hand; it will be read again")
    await stopped
    await serving


async def _serve(app: faust.App) -> None:
    await app.start()
    await app.wait_until_stopped()
    if app.crash_reason is not None:
        raise StreamsError(f"Faust broke down: {app.crash_reason!r}") from app.crash_reason


def _end_process(message: str, *args: object) -> NoReturn:
    logger.critical(message, *args)
    logging.shutdown()
    # Not sys.exit: on the way out Faust would acknowledge and commit the batch in hand.
    os._exit(_FAILED)
