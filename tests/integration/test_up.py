"""`footfall up` from nothing to healthy, through a kill, and back to nothing."""

import ipaddress
import signal

import psutil
import pytest

from compose.api_client import ask
from compose.ports import free_ports
from compose.processes import marked

START_TIMEOUT_S = 280
STOP_TIMEOUT_S = 45

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


def _addresses(processes):
    """Where processes listen."""
    for process in processes:
        try:
            connections = process.net_connections("inet")
        except psutil.NoSuchProcess:
            continue
        for one in connections:
            if one.status == psutil.CONN_LISTEN:
                yield process.name(), one.laddr.ip


def _is_loopback(address):
    plain = ipaddress.ip_address(address)
    return (getattr(plain, "ipv4_mapped", None) or plain).is_loopback


def _kill(words, processes):
    (one,) = [process for process in processes if words in " ".join(process.cmdline())]
    one.kill()


def test_the_stack_starts_survives_a_kill_and_leaves_nothing(footfall_up, tmp_path):
    (port,) = free_ports(1)
    data = tmp_path / "data"

    up = footfall_up("--port", str(port))
    address = up.said("Footfall is at", timeout_s=START_TIMEOUT_S).split()[3]
    assert address == f"http://127.0.0.1:{port}/"
    sites = ask(address, "v1/sites")["sites"]
    assert len(sites) == 2
    assert all(site["cameras"]["live"] == 2 for site in sites)
    open_to_others = {(name, ip) for name, ip in _addresses(marked(data)) if not _is_loopback(ip)}
    assert open_to_others == set()

    _kill("compose.command engine", marked(data))
    up.said("engine ended and runs again", timeout_s=60)

    second = footfall_up("--port", str(free_ports(1)[0]))
    assert second.ended(timeout_s=60) == 1
    assert f"Another `footfall up` (process {up.process.pid}) runs on {data}" in second.output

    orphans = marked(data)
    up.ended(signal.SIGKILL, timeout_s=10)
    again = footfall_up("--port", str(port))
    again.said("Footfall is at", timeout_s=START_TIMEOUT_S)
    assert [one for one in orphans if one.is_running()] == []
    assert "topics are there, 0 of them new" in again.output, "it goes on from the data folder"

    assert again.ended(signal.SIGINT, timeout_s=STOP_TIMEOUT_S) == 0
    assert again.lines[-1] == "Stopped; nothing is left running."
    assert marked(data) == []


def test_a_stop_during_the_start_leaves_nothing(footfall_up, tmp_path):
    up = footfall_up("--port", str(free_ports(1)[0]))
    up.said("Kafka answers", timeout_s=START_TIMEOUT_S)
    assert marked(tmp_path / "data")
    assert up.ended(signal.SIGTERM, timeout_s=STOP_TIMEOUT_S) == 0
    assert marked(tmp_path / "data") == []
