"""What must hold before anything starts; every problem is found before the first is told.

In: what was asked for. Out: the cameras to run, or one sentence per problem.
"""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from compose.broker import broker_answers
from compose.errors import PreflightError
from compose.feeds import Feeds, feeds_of
from compose.ports import is_port_free
from compose.postgres import postgres_answers
from compose.settings import UpSettings
from schemas.errors import FootfallError, SettingsError
from schemas.secrets import without_secrets
from serve.api.settings import ApiSettings
from serve.inference.settings import DEMO_MODEL, DetectorSettings
from streams.gateway.settings import GatewaySettings
from streams.settings import EngineSettings, ViewSettings

_PEER_TIMEOUT_S = 5.0
_DISK_BYTES = 1024**3
_ANY_DATABASE = "postgresql+psycopg://127.0.0.1/footfall"


def check(settings: UpSettings, gateway_values: Mapping[str, str]) -> Feeds:
    """The cameras to run, if everything holds that can be checked before a start.

    Raises:
        PreflightError: If not; lists every problem.
    """
    problems = [
        *tool_problems(),
        *_settings(settings, gateway_values),
        *disk_problems(settings.data),
        *_port(settings),
        *_broker(settings),
        *_database(settings),
        *_source(settings),
        *model_problems(settings.model),
    ]
    try:
        feeds = feeds_of(settings)
    except FootfallError as error:
        raise PreflightError([*problems, *str(error).splitlines()]) from error
    if problems:
        raise PreflightError(problems)
    return feeds


def claim_folder(folder: Path) -> Path:
    """The data folder, absolute, there and writable.

    Raises:
        PreflightError: If it cannot be made or written.
    """
    folder = folder.absolute()
    probe = folder / ".writable"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise PreflightError(
            [
                f"The data folder {folder} cannot be written: {error.strerror}. Give another with "
                "--data, or make it writable."
            ]
        ) from error
    return folder


def tool_problems() -> Iterator[str]:
    """Programs of the system that are missing."""
    if shutil.which("setpriv") is None:
        yield "The program setpriv is missing: install the package util-linux."


def _settings(settings: UpSettings, gateway_values: Mapping[str, str]) -> Iterator[str]:
    loads: list[Callable[[], object]] = [
        lambda: ApiSettings.load(
            api_host=settings.api_host, api_port=settings.api_port, database_url=_ANY_DATABASE
        ),
        DetectorSettings.load,
        EngineSettings.load,
        lambda: ViewSettings.load(database_url=_ANY_DATABASE),
        lambda: GatewaySettings.load(**gateway_values),
    ]
    for load in loads:
        try:
            load()
        except SettingsError as error:
            yield from str(error).splitlines()


def disk_problems(data: Path) -> Iterator[str]:
    """Whether there is too little room for the data folder."""
    free_bytes = shutil.disk_usage(data).free
    if free_bytes < _DISK_BYTES:
        yield (
            f"The disk of {data} has {free_bytes >> 20} MiB left, 1024 are needed: free some, or "
            "give a folder on another disk with --data."
        )


def _port(settings: UpSettings) -> Iterator[str]:
    if not is_port_free(settings.api_port, host=settings.api_host):
        yield (
            f"Port {settings.api_port} of {settings.api_host} is in use: stop what listens there, "
            "or give another with --port."
        )


def _broker(settings: UpSettings) -> Iterator[str]:
    if settings.kafka is None:
        return
    if not asyncio.run(broker_answers(settings.kafka, timeout_s=_PEER_TIMEOUT_S)):
        yield (
            f"No Kafka broker answers at {settings.kafka} (FOOTFALL_KAFKA): start it, correct the "
            "address, or unset it to have a broker started here."
        )


def _database(settings: UpSettings) -> Iterator[str]:
    if settings.database_url is None:
        return
    url = settings.database_url.get_secret_value()
    if refusal := postgres_answers(url, timeout_s=_PEER_TIMEOUT_S):
        yield (
            "The PostgreSQL of FOOTFALL_DATABASE_URL does not let us in: "
            f"{refusal.splitlines()[0]}. "
            "Start it, correct the URL, or unset it to have one started here."
        )


def _source(settings: UpSettings) -> Iterator[str]:
    source = settings.source
    if source is None or source.startswith("sim:") or Path(source).exists():
        return
    yield (
        f"There is no {without_secrets(source)}: "
        "give --source a video file, a folder of images or sim:..."
    )


def model_problems(model: Path | None) -> Iterator[str]:
    """Why a model cannot be used; None is the demo model."""
    # In a process of its own, whose memory goes when it ends.
    file = model or DEMO_MODEL
    done = subprocess.run(
        [sys.executable, "-m", "compose.command", "models", "check", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sentences = [
            line.removeprefix("footfall: ")
            for line in done.stderr.splitlines()
            if line.startswith("footfall: ")
        ]
        yield from sentences or [f"The model {file} cannot be loaded: {done.stderr.strip()}"]
