import pytest

from schemas.errors import SettingsError
from streams.settings import EngineSettings, ViewSettings


def test_session_shorter_than_brokers_allow_is_refused():
    with pytest.raises(SettingsError, match="FOOTFALL_SESSION_TIMEOUT_MS"):
        EngineSettings.load(session_timeout_ms=5_999)
    assert EngineSettings.load(session_timeout_ms=6_000).session_timeout_ms == 6_000


@pytest.mark.case(20)
def test_password_of_the_view_store_is_never_shown():
    settings = ViewSettings.load(database_url="postgresql://user:secret@host/views")
    assert "secret" not in repr(settings)


def test_a_view_store_that_is_no_postgresql_is_refused_at_the_start():
    with pytest.raises(
        SettingsError, match=r"FOOTFALL_DATABASE_URL: .*expected postgresql://"
    ) as bad:
        ViewSettings.load(database_url="mysql://user:secret@host/views")
    assert "secret" not in str(bad.value)
