"""What cannot work is refused before anything starts: what, why, what to do; no traceback."""

import socket
import subprocess
import sys

import pytest

from compose.ports import free_ports
from compose.processes import marked

BAD_LAYOUT = """
site: shop
version: 1
time_zone: Mars/Olympus
window_s: 60
cameras:
  - id: door
    zones:
      - {id: till, kind: queue, polygon: [[0, 0], [1, 1], [1, 0], [0, 1]]}
    lines:
      - {id: entrance, kind: entrance, from: [0.5, 0.5], to: [0.5, 0.5]}
"""

pytestmark = pytest.mark.broker


@pytest.fixture
def refused(footfall_up, tmp_path):
    """Runs `footfall up` to its refusal and returns its sentences."""

    def run(*options: str) -> list[str]:
        (port,) = free_ports(1)
        if "--port" not in options:
            options += ("--port", str(port))
        up = footfall_up(*options)
        assert up.ended(timeout_s=60) == 1
        assert "Traceback" not in up.output
        assert all(line.startswith("footfall: ") for line in up.lines), up.output
        assert not (tmp_path / "data" / "kafka").exists(), "something was started before"
        assert marked(tmp_path / "data") == []
        return [line.removeprefix("footfall: ") for line in up.lines]

    return run


def test_a_layout_with_three_mistakes_is_refused_with_all_three_and_their_places(refused, tmp_path):
    layout = tmp_path / "layout.yaml"
    layout.write_text(BAD_LAYOUT)
    sentences = refused("--source", "sim:store-1/tills", "--layout", str(layout))
    for place in ("time_zone", "zones[0].polygon", "lines[0]"):
        assert [one for one in sentences if place in one and str(layout) in one], sentences


def test_a_model_that_is_not_onnx_is_refused_by_name(refused, tmp_path):
    model = tmp_path / "model.onnx"
    model.write_text("these are no weights")
    (sentence,) = refused("--model", str(model))
    assert str(model) in sentence
    assert "ONNX" in sentence


def test_a_port_in_use_is_refused_with_the_option_that_changes_it(refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (sentence,) = refused("--port", str(port))
    assert sentence.startswith(f"Port {port} of 127.0.0.1 is in use")
    assert "--port" in sentence


def test_a_data_folder_that_cannot_be_written_is_refused(refused, tmp_path):
    (tmp_path / "data").write_text("a file in the way")
    (sentence,) = refused()
    assert sentence.startswith(f"The data folder {tmp_path / 'data'} cannot be written")
    assert "--data" in sentence


def test_no_broker_where_one_was_named_is_refused(refused, monkeypatch):
    (port,) = free_ports(1)
    monkeypatch.setenv("FOOTFALL_KAFKA", f"127.0.0.1:{port}")
    (sentence,) = refused()
    assert sentence.startswith(f"No Kafka broker answers at 127.0.0.1:{port} (FOOTFALL_KAFKA)")
    assert "start it" in sentence


@pytest.mark.case(20)
def test_no_database_where_one_was_named_is_refused_without_its_password(refused, monkeypatch):
    (port,) = free_ports(1)
    url = f"postgresql+psycopg://me:very-secret@127.0.0.1:{port}/views"
    monkeypatch.setenv("FOOTFALL_DATABASE_URL", url)
    (sentence,) = refused()
    assert "FOOTFALL_DATABASE_URL" in sentence
    assert "very-secret" not in sentence


def test_an_open_address_without_a_token_is_refused(refused):
    (sentence,) = refused("--host", "0.0.0.0")  # noqa: S104 - to be refused
    assert "FOOTFALL_API_TOKEN" in sentence


@pytest.mark.case(19)
def test_every_problem_is_told_at_once(refused, tmp_path, monkeypatch):
    monkeypatch.setenv("FOOTFALL_KAFKA", f"127.0.0.1:{free_ports(1)[0]}")
    model = str(tmp_path / "nowhere.onnx")
    video = str(tmp_path / "nowhere.avi")
    sentences = refused("--model", model, "--source", video)
    for name in ("FOOTFALL_KAFKA", model, video):
        assert [one for one in sentences if name in one], sentences


def test_an_engine_without_its_topics_says_so(kafka):
    command = [sys.executable, "-m", "compose.command", "engine", "--kafka", kafka]
    done = subprocess.run(
        [*command, "--topic-prefix", "nobody."], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "nobody.detections" in done.stderr
