"""The whole process of Ray Serve, as it is started in production: a real Ray, a real broker."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest

from compose.ports import free_ports
from tests.serve.inference.graphs import constant_graph

START_TIMEOUT_S = 120
END_TIMEOUT_S = 60
AFTER_KILL_S = 30
LINGERING = {"ray::RuntimeEnvAgent", "ray::DashboardAgent"}
"""Ray's agents try for a minute to tell their dead head that it is dead; they serve nobody."""
RUN = "from serve.app import run_serve; run_serve()"

Start = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def port() -> int:
    (free,) = free_ports(1)
    return free


@pytest.fixture
def environment(
    kafka: str, topic_prefix: str, database_url: str, tmp_path: Path, port: int
) -> Mapping[str, str]:
    person = np.array([[8, 8, 16, 24, 0.9, 0]], np.float32)
    model = constant_graph(tmp_path / "model.onnx", {"output0": person})
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "FOOTFALL_KAFKA": kafka,
        "FOOTFALL_TOPIC_PREFIX": topic_prefix,
        "FOOTFALL_DATABASE_URL": database_url,
        "FOOTFALL_API_PORT": str(port),
        "FOOTFALL_MODEL": str(model),
        "FOOTFALL_DATA": str(tmp_path / "data"),
    }


@pytest.fixture
def start(environment: Mapping[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts the process; what is left of it when the test ends is killed."""
    with ExitStack() as stack:

        def started() -> subprocess.Popen[str]:
            log = stack.enter_context((tmp_path / "serve.log").open("a"))
            process = subprocess.Popen(
                [sys.executable, "-c", RUN], env=environment, stdout=log, stderr=log, text=True
            )
            stack.callback(_kill, process)
            return process

        yield started


def _kill(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait(END_TIMEOUT_S)


def await_ready(process: subprocess.Popen[str], port: int, log: Path) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up_at:
        assert process.poll() is None, log.read_text()[-4000:]
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.25)
    pytest.fail(f"not ready after {START_TIMEOUT_S} s: {log.read_text()[-4000:]}")


def addresses_of(processes: list[psutil.Process]) -> set[str]:
    return {
        connection.laddr.ip
        for process in processes
        if process.name() in {"raylet", "gcs_server"} or "Proxy" in process.name()
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


@pytest.mark.stack
def test_process_serves_again_after_a_kill_and_ends_cleanly_while_watched(
    start: Start, port: int, tmp_path: Path
) -> None:
    log = tmp_path / "serve.log"
    killed = start()
    await_ready(killed, port, log)
    children = psutil.Process(killed.pid).children(recursive=True)
    assert {"raylet", "gcs_server"} <= {child.name() for child in children}
    assert addresses_of(children) <= {"127.0.0.1", "::ffff:127.0.0.1"}
    killed.kill()
    killed.wait(END_TIMEOUT_S)
    _, left = psutil.wait_procs(children, timeout=AFTER_KILL_S)
    assert {one.name() for one in left} <= LINGERING

    process = start()
    await_ready(process, port, log)
    children = psutil.Process(process.pid).children(recursive=True)
    url = f"http://127.0.0.1:{port}/v1/sites"
    assert httpx.get(url).json() == {"sites": []}
    with httpx.stream("GET", f"{url}/milano/live", timeout=END_TIMEOUT_S) as response:
        assert next(response.iter_lines()) == ": connected"
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_TIMEOUT_S) == 0, log.read_text()[-4000:]
    _, left = psutil.wait_procs(children, timeout=END_TIMEOUT_S)
    assert left == []


def test_port_that_is_taken_is_named_before_anything_starts(
    environment: Mapping[str, str], port: int
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "-c", RUN],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode != 0
    assert f"FOOTFALL_API_PORT: expected a free port on 127.0.0.1, got {port}" in done.stderr
