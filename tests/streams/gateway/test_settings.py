import math

import pytest

from schemas.errors import SettingsError
from streams.gateway.settings import GatewaySettings


def test_a_play_starts_in_2000_unless_told() -> None:
    assert GatewaySettings.load().start_at_ms == 946_684_800_000
    assert GatewaySettings.load(start_at="2026-01-02T03:04:05.678+01:00").start_at_ms == (
        1_767_319_445_678
    )


@pytest.mark.parametrize(("text", "speed"), [("real", 1.0), ("max", math.inf), ("2.5", 2.5)])
def test_speed_is_real_max_or_a_factor(text, speed) -> None:
    assert GatewaySettings.load(speed=text).speed == speed


def test_cameras_come_from_the_environment(monkeypatch) -> None:
    monkeypatch.setenv("FOOTFALL_CAMERAS", '["tills=a.mp4"]')
    assert GatewaySettings.load().cameras == ("tills=a.mp4",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("start_at", "yesterday"),
        ("start_at", "2000-01-01T00:00:00"),
        ("start_at", "1969-12-31T00:00:00Z"),
        ("speed", "fast"),
        ("speed", "0"),
        ("fps", "0"),
        ("site", "Milano 1"),
        ("jpeg_quality", "101"),
        ("rate_limit_hz", "-1"),
    ],
)
def test_a_bad_value_is_refused_with_its_name_and_itself(name, value) -> None:
    with pytest.raises(SettingsError) as refused:
        GatewaySettings.load(**{name: value})
    assert f"FOOTFALL_{name.upper()}" in str(refused.value)
    assert value in str(refused.value)
