import pytest

from schemas.secrets import without_secrets

HIDDEN = [
    ("rtsp://user:pw@host/live", "rtsp://user:***@host/live"),
    ("rtsp:/user:pw@host/live", "rtsp:/user:***@host/live"),
    ("rtsp://:pw@host:554/live", "rtsp://:***@host:554/live"),
    ("rtsp://user:p@w@host", "rtsp://user:***@host"),
    ("rtsp://user:p/w?#@host", "rtsp://user:***@host"),
    ("rtsp://user:p w@host", "rtsp://user:***@host"),
    ("RTSP://user:@host", "RTSP://user:***@host"),
    ("a=rtsp://u:p@h, b=rtsp://v:q@i", "a=rtsp://u:***@h, b=rtsp://v:***@i"),
    ("http://h/a.cgi?user=x&pwd=s&n=1", "http://h/a.cgi?user=x&pwd=***&n=1"),
    ("http://h/a?Access_Token=s", "http://h/a?Access_Token=***"),
    ("http://h/a?apiKey=s;t/u:v#w", "http://h/a?apiKey=***"),
    ("http://h/a?loginuse=x&loginpas=s", "http://h/a?loginuse=x&loginpas=***"),
    ("rtsp://h/user=x_password=s_t_channel=1.sdp", "rtsp://h/user=x_password=***"),
    ("rtsp://h/user=x&password=s&channel=1", "rtsp://h/user=x&password=***&channel=1"),
    ("'http://h/a?token=s': expected", "'http://h/a?token=***': expected"),
]
SHOWN = [
    "/videos/shop.mp4",
    "passage=/videos/a=b.mp4",
    "sim:store-1/tills?seed=3&fps=5",
    "rtsp://host:554/live?channel=2",
    "rtsp://user@host/live",
]


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_passwords_of_an_address_are_not_shown(text, shown) -> None:
    assert without_secrets(text) == shown


@pytest.mark.parametrize("text", SHOWN)
def test_what_holds_no_secret_is_shown_as_it_is(text) -> None:
    assert without_secrets(text) == text
