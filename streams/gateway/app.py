"""The gateway's composition root: settings to running cameras.

Everything that can be refused is refused before the first frame is sent; after that one camera's
trouble never stops another.
"""

import asyncio
import logging
import math
import signal
from collections.abc import Mapping, Sequence

from schemas.frames import FrameHeaders
from schemas.layout_files import load_layout
from schemas.secrets import without_secrets
from schemas.topics import FRAMES
from streams.adapters.clock import now_ms
from streams.adapters.topics import partition_count_of
from streams.errors import BrokerError, TopicError
from streams.gateway.buffer import FrameBuffer
from streams.gateway.camera_feed import CameraFeed
from streams.gateway.cameras import GatewayCamera, masks_of, named_cameras
from streams.gateway.capture import Capture, Play
from streams.gateway.encoding import Encoder
from streams.gateway.health import CameraHealth
from streams.gateway.log_tail import newest_frames
from streams.gateway.pace import Pace
from streams.gateway.publisher import Publisher
from streams.gateway.settings import GatewaySettings
from streams.gateway.sources.opening import open_source
from streams.gateway.sources.source import Source
from streams.gateway.starting_point import StartingPoint, starting_point

_RETRY_S = 1.0

_log = logging.getLogger(__name__)


class LogFormatter(logging.Formatter):
    """Log lines of ours and of libraries, without the passwords of cameras' addresses."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, with its traceback."""
        return without_secrets(super().format(record))


def run_gateway(settings: GatewaySettings) -> None:
    """Plays the settings' cameras until all sources have ended, or until SIGTERM or SIGINT.

    Raises:
        FootfallError: If something is refused or breaks; a sentence for the person at the terminal.
    """
    to_terminal = logging.StreamHandler()
    to_terminal.setFormatter(LogFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[to_terminal])
    logging.getLogger("aiokafka").setLevel(logging.WARNING)
    asyncio.run(_play_until_signalled(settings))


async def play(settings: GatewaySettings, stop: asyncio.Event) -> None:
    """Plays the settings' cameras until all sources have ended, or until `stop` is set.

    Raises:
        CameraError: If a camera of the settings does not hold.
        LayoutError: If a layout does not hold.
        SourceError: If a source cannot be read, or breaks on the way.
        BrokerError: If no broker answers in time.
        TopicError: If the topics are not there.
        AlreadyPlayedError: If the topic already holds a camera's frames.
        PublishError: If the broker refuses frames for good.
    """
    cameras = named_cameras(settings.cameras, site=settings.site)
    encoders = _encoders(cameras, settings)
    # In a thread, as a simulated store takes seconds to draw; in one, as its cameras share much.
    sources = await asyncio.to_thread(_sources, cameras, settings)
    try:
        partition_count = await _partition_count(settings, stop)
        newest = await newest_frames(settings, cameras, partition_count=partition_count)
        started_ms = now_ms()
        starts = _starting_points(sources, newest, settings, started_ms=started_ms)
        feeds = [
            _feed(
                sources[camera],
                Play(camera, start.run, newest[camera], encoders[camera], settings.rate_limit_hz),
                settings,
            )
            for camera, start in starts.items()
        ]
        await _carry(feeds, settings, stop, started_ms=started_ms)
    finally:
        for source in sources.values():
            source.close()


async def _play_until_signalled(settings: GatewaySettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await play(settings, stop)


def _sources(
    cameras: Sequence[GatewayCamera], settings: GatewaySettings
) -> dict[GatewayCamera, Source]:
    return {camera: open_source(camera, settings) for camera in cameras}


def _encoders(
    cameras: Sequence[GatewayCamera], settings: GatewaySettings
) -> dict[GatewayCamera, Encoder]:
    layouts = [load_layout(path) for path in settings.layouts]
    return {
        camera: Encoder(masks_of(camera, layouts), settings.width_px, settings.jpeg_quality)
        for camera in cameras
    }


async def _partition_count(settings: GatewaySettings, stop: asyncio.Event) -> int:
    loop = asyncio.get_running_loop()
    give_up_at_s = loop.time() + settings.connect_timeout_ms / 1000
    while True:
        try:
            return await partition_count_of(settings, [FRAMES])
        # Topics that were created this moment may not be known to every broker yet.
        except (BrokerError, TopicError) as error:
            if stop.is_set() or loop.time() >= give_up_at_s:
                raise
            _log.warning("%s; trying again", error)
            await asyncio.sleep(_RETRY_S)


def _starting_points(
    sources: Mapping[GatewayCamera, Source],
    newest: Mapping[GatewayCamera, FrameHeaders | None],
    settings: GatewaySettings,
    *,
    started_ms: int,
) -> dict[GatewayCamera, StartingPoint]:
    starts = {}
    for camera, source in sources.items():
        start = starting_point(
            newest[camera],
            first_at_ms=source.first_at_ms,
            resume=settings.resume,
            now_ms=started_ms,
        )
        if start.is_over:
            _log.info("%s: %s was already played to its end", camera, camera.uri)
        else:
            starts[camera] = start
    return starts


def _feed(source: Source, play_: Play, settings: GatewaySettings) -> CameraFeed:
    # A live source keeps its own time; holding its frames back would only make them older.
    speed = math.inf if source.is_live else settings.speed
    buffer = FrameBuffer(settings.buffer_frames, drops_oldest=source.is_live)
    return CameraFeed(play_.camera, Capture(source, play_), buffer, Pace(speed))


async def _carry(
    feeds: Sequence[CameraFeed], settings: GatewaySettings, stop: asyncio.Event, *, started_ms: int
) -> None:
    publisher = Publisher(settings)
    await publisher.start()
    reporting = asyncio.create_task(
        _report(feeds, publisher, settings.health_every_ms, since_ms=started_ms)
    )
    try:
        outcomes = await asyncio.gather(
            *(
                feed.run(publisher, stop, stop_timeout_ms=settings.stop_timeout_ms)
                for feed in feeds
            ),
            return_exceptions=True,
        )
    finally:
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)
        await publisher.stop(settings.stop_timeout_ms)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


async def _report(
    feeds: Sequence[CameraFeed], publisher: Publisher, every_ms: int, *, since_ms: int
) -> None:
    healths = [(feed, CameraHealth(feed.camera, feed.counters, since_ms)) for feed in feeds]
    is_over = False
    while not is_over:
        try:
            await asyncio.sleep(every_ms / 1000)
        except asyncio.CancelledError:
            is_over = True
        for feed, health in healths:
            publisher.report(health.record(now_ms=now_ms(), newest_at_ms=feed.newest_at_ms))
