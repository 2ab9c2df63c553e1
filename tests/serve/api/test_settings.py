import pytest

from schemas.errors import SettingsError
from serve.api.settings import ApiSettings

URL = "postgresql+psycopg://user:secret-word@127.0.0.1/postgres"
TOKEN = "0123456789abcdef"  # noqa: S105 - of nothing


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "shop.example"])  # noqa: S104
def test_address_that_others_reach_is_refused_without_a_token(host: str) -> None:
    with pytest.raises(SettingsError, match="FOOTFALL_API_TOKEN") as caught:
        ApiSettings.load(database_url=URL, api_host=host)
    assert host in str(caught.value)
    assert ApiSettings.load(database_url=URL, api_host=host, api_token=TOKEN).api_host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_no_token(host: str) -> None:
    assert ApiSettings.load(database_url=URL, api_host=host).api_token is None


@pytest.mark.case(20)
@pytest.mark.parametrize(
    ("name", "value"),
    [("api_token", "too-short"), ("database_url", "mysql://user:secret-word@127.0.0.1/x")],
)
def test_secret_that_does_not_fit_is_not_shown(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        ApiSettings.load(**{"database_url": URL, name: value})
    message = str(caught.value)
    assert f"FOOTFALL_{name.upper()}" in message
    assert "secret-word" not in message
    assert "too-short" not in message


@pytest.mark.case(20)
def test_settings_never_print_their_secrets() -> None:
    shown = repr(ApiSettings.load(database_url=URL, api_token=TOKEN))
    assert TOKEN not in shown
    assert "secret-word" not in shown
