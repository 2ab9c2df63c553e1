from zoneinfo import ZoneInfo

import pytest

from serve.api.errors import BadParameter
from serve.api.instants import parse_instant, parse_length

ROME = ZoneInfo("Europe/Rome")


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [
        pytest.param("946684800000", 946_684_800_000, id="milliseconds"),
        pytest.param("2000-01-01T00:00:00Z", 946_684_800_000, id="UTC"),
        pytest.param("2000-01-01T01:00:00+01:00", 946_684_800_000, id="an offset"),
        pytest.param("2000-01-01T01:00:00 01:00", 946_684_800_000, id="a plus read as a space"),
        pytest.param("2000-01-01T01:00:00", 946_684_800_000, id="no offset means the site's time"),
        pytest.param("2000-01-01", 946_681_200_000, id="a day means the site's midnight"),
        pytest.param("2000-01-01T00:00:00.250Z", 946_684_800_250, id="parts of a second"),
    ],
)
def test_instant_is_read_as_people_write_it(text: str, expected_ms: int) -> None:
    assert parse_instant(text, field="from", zone=ROME) == expected_ms


@pytest.mark.parametrize("text", ["", "yesterday", "2000-13-01", "99999999999999999999", "nan"])
def test_text_that_is_no_instant_is_named(text: str) -> None:
    with pytest.raises(BadParameter) as caught:
        parse_instant(text, field="to", zone=ROME)
    assert caught.value.field == "to"
    assert caught.value.got == repr(text)


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [("60000", 60_000), ("30s", 30_000), ("15m", 900_000), ("2h", 7_200_000), ("1d", 86_400_000)],
)
def test_length_takes_a_unit(text: str, expected_ms: int) -> None:
    assert parse_length(text, field="step") == expected_ms


@pytest.mark.parametrize("text", ["0", "-1", "1w", "1.5h", "", "m", "1" * 40])
def test_text_that_is_no_length_is_named(text: str) -> None:
    with pytest.raises(BadParameter, match="step"):
        parse_length(text, field="step")
