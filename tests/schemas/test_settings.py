import pytest

from schemas.errors import SettingsError
from schemas.settings import KafkaSettings
from schemas.topics import FRAMES


class RateSettings(KafkaSettings):
    """Settings of a process, for these tests."""

    rate_hz: float = 5.0
    """A number."""


def test_a_setting_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("FOOTFALL_RATE_HZ", "2.5")
    assert RateSettings.load().rate_hz == 2.5


def test_a_given_value_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("FOOTFALL_RATE_HZ", "2.5")
    assert RateSettings.load(rate_hz=7).rate_hz == 7


def test_a_bad_value_is_refused_with_its_key_and_value(monkeypatch):
    monkeypatch.setenv("FOOTFALL_RATE_HZ", "fast")
    with pytest.raises(SettingsError, match=r"FOOTFALL_RATE_HZ: .*got 'fast'"):
        RateSettings.load()


def test_an_unknown_setting_is_refused_with_its_key():
    with pytest.raises(SettingsError, match="FOOTFALL_COLOUR"):
        RateSettings.load(colour="red")


def test_a_topic_carries_the_prefix(monkeypatch):
    monkeypatch.setenv("FOOTFALL_TOPIC_PREFIX", "test.")
    assert RateSettings.load().topic_name(FRAMES) == "test.frames"
