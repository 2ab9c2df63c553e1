"""No password of a camera's address reaches a person or a log, whatever goes wrong with it."""

import logging
import sys

import pytest

from schemas.errors import SettingsError
from streams.gateway.app import LogFormatter
from streams.gateway.cameras import GatewayCamera, named_cameras
from streams.gateway.errors import CameraError, SourceError
from streams.gateway.settings import GatewaySettings
from streams.gateway.sources.opening import open_source

URI = "rtsp://user:hush@10.0.0.7/live?token=hush2"
URIS = [
    URI,
    "rtsp://user:hush@10.0.0.7/live",
    "rtsp://user:hu/sh=hush@10.0.0.7/live",
    "http://10.0.0.7/live?user=x&password=hush",
    "sim:store-1/tills?token=hush",
    "sim:nowhere/tills?password=hush",
]


@pytest.mark.parametrize("uri", URIS)
def test_source_that_cannot_be_opened_is_named_without_its_password(uri) -> None:
    camera = GatewayCamera("store-1", "tills", uri)
    with pytest.raises(SourceError) as refused:
        open_source(camera, GatewaySettings.load())
    assert "***" in str(refused.value)
    assert "hush" not in str(refused.value)
    assert "hu/sh" not in str(refused.value)


@pytest.mark.parametrize("uri", URIS)
@pytest.mark.parametrize("prefix", ["", "Till 1=", "Milano/tills="])
def test_entry_that_is_refused_is_shown_without_its_password(uri, prefix) -> None:
    with pytest.raises(CameraError) as refused:
        named_cameras([prefix + uri], site="store-1")
    assert "hu" not in str(refused.value)


def test_setting_that_is_refused_is_shown_without_its_password(monkeypatch) -> None:
    monkeypatch.setenv("FOOTFALL_CAMERAS", f'"tills={URI}"')
    with pytest.raises(SettingsError) as refused:
        GatewaySettings.load()
    assert "hush" not in str(refused.value)


def test_camera_never_shows_its_address_by_itself() -> None:
    assert "hush" not in f"{GatewayCamera('store-1', 'tills', URI)!r}"


def test_log_line_and_its_traceback_show_no_password() -> None:
    try:
        raise OSError(f"no answer: {URI}")
    except OSError:
        broken = sys.exc_info()
    said = "%s was already played to its end"
    record = logging.LogRecord("gateway", logging.INFO, "app.py", 1, said, (URI,), broken)
    line = LogFormatter().format(record)
    assert "rtsp://user:***@10.0.0.7/live?token=*** was already played to its end" in line
    assert "no answer: rtsp://user:***@10.0.0.7/live?token=***" in line
    assert "hush" not in line
