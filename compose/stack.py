"""The local stack: which processes one start runs, in which order they stop, what each is told."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compose.broker import Broker
from compose.feeds import Feeds
from compose.jars import cache_folder
from compose.ports import free_ports, is_port_free
from compose.postgres import Postgres
from compose.processes import MARK, dying_with_parent
from compose.settings import UpSettings
from compose.supervision import Program

_KAFKA_PORT = 9092
_GATEWAY_STAY_S = 6
"""Longer than what the process manager takes for a start that failed."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Everything that is decided before the first process starts."""

    settings: UpSettings
    """What was asked for."""
    feeds: Feeds
    """The cameras."""
    data: Path
    """Folder of everything that is kept, absolute."""
    runtime: Path
    """Short-lived folder with a short name, for sockets."""
    broker: Broker | None
    """The broker started here, if none was given."""
    database: Postgres | None
    """The PostgreSQL started here, if none was given."""
    gateway_values: Mapping[str, str]
    """Further settings of the gateway, by name."""

    @property
    def kafka(self) -> str:
        """Bootstrap servers."""
        return self.broker.bootstrap if self.broker else str(self.settings.kafka)

    @property
    def database_url(self) -> str:
        """SQLAlchemy's URL of the view store; known once its server is prepared."""
        if self.database:
            return self.database.url
        assert self.settings.database_url is not None  # noqa: S101 - one of the two is given
        return self.settings.database_url.get_secret_value()

    @property
    def address(self) -> str:
        """Where the page is."""
        host = self.settings.api_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.settings.api_port}/"

    def environment(self) -> dict[str, str]:
        """What every process is told, besides what was in the environment before."""
        return {
            **os.environ,
            MARK: str(self.data),
            "FOOTFALL_DATA": str(self.data),
            "FOOTFALL_KAFKA": self.kafka,
            "FOOTFALL_DATABASE_URL": self.database_url,
            "FOOTFALL_TOPIC_PREFIX": self.settings.topic_prefix,
            "FOOTFALL_API_HOST": self.settings.api_host,
            "FOOTFALL_API_PORT": str(self.settings.api_port),
            **({"FOOTFALL_MODEL": str(self.settings.model)} if self.settings.model else {}),
            "PYTHONUNBUFFERED": "1",  # what a process said last is in its log
        }

    def programs(self) -> list[Program]:
        """The processes; a higher priority stops earlier, so each finds its peers still there."""
        programs = [
            Program("gateway", self._gateway(), "cameras", 400, 5, is_finite=True),
            Program("serve", _footfall("serve"), "serving", 300, 12),
            Program("engine", _footfall("engine", "--instance-id", "engine-1"), "streams", 200, 8),
            Program("views", _footfall("views", "--instance-id", "views-1"), "streams", 200, 8),
        ]
        if self.broker:
            programs.append(Program("kafka", self.broker.command(), "storage", 100, 5))
        if self.database:
            command = self.database.command()
            programs.append(Program("postgres", command, "storage", 100, 5, stop=signal.SIGINT))
        return programs

    def _gateway(self) -> list[str]:
        options = [part for entry in self.feeds.cameras for part in ("--camera", entry)]
        if self.feeds.layout_file:
            options += ["--layout", str(self.feeds.layout_file)]
        for name, value in self.gateway_values.items():
            options += ["--" + name.replace("_", "-"), value]
        return _footfall("gateway", *options, "--resume", "--stay-s", str(_GATEWAY_STAY_S))


def decide(
    settings: UpSettings,
    feeds: Feeds,
    *,
    data: Path,
    runtime: Path,
    gateway_values: Mapping[str, str],
) -> Stack:
    """The stack of one start; ports that nobody asked for are chosen now."""
    kafka_port, controller_port, database_port = free_ports(3)
    if is_port_free(_KAFKA_PORT):
        kafka_port = _KAFKA_PORT  # where other tools look for it
    broker = Broker(data / "kafka", cache_folder(), kafka_port, controller_port)
    database = Postgres(data / "postgres", database_port)
    return Stack(
        settings,
        feeds,
        data,
        runtime,
        broker if settings.kafka is None else None,
        database if settings.database_url is None else None,
        gateway_values,
    )


def _footfall(*arguments: str) -> list[str]:
    return dying_with_parent([sys.executable, "-m", "compose.command", *arguments])
