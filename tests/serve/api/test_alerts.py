"""Alerts and the present of all sites, asked over HTTP."""

from typing import Any

from schemas.alerts import AlertRecord
from schemas.layout import SiteLayout

AT_MS = 946_684_800_000  # 2000-01-01T00:00:00Z
PATIENCE_S = 60


def alert(opened_at_ms: int, *, closed_at_ms: int | None = None, **fields: Any) -> AlertRecord:
    said: dict[str, Any] = {
        "site": "milano", "layout_version": 3, "rule": "long-till", "entity": "till",
        "state": "opened" if closed_at_ms is None else "closed", "opened_at_ms": opened_at_ms,
        "closed_at_ms": closed_at_ms, "value": 5.0, "threshold": 3.0,
    }  # fmt: skip
    return AlertRecord(**(said | fields))


async def test_alerts_are_newest_first_and_say_which_are_open(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(layout, alert(AT_MS, closed_at_ms=AT_MS + 10), alert(AT_MS + 20, rule="crowd"))
    write(alert(AT_MS + 15, closed_at_ms=AT_MS + 16), alert(AT_MS + 99, site="torino"))
    answer = await ask("/v1/sites/milano/alerts")
    opened = [one["opened_at_ms"] - AT_MS for one in answer["alerts"]]
    assert opened == [20, 15, 0]
    (only,) = (await ask("/v1/sites/milano/alerts", state="opened"))["alerts"]
    assert (only["rule"], only["closed_at_ms"]) == ("crowd", None)
    closed = await ask("/v1/sites/milano/alerts", state="closed", limit=1)
    assert [one["opened_at_ms"] - AT_MS for one in closed["alerts"]] == [15]


async def test_alert_at_the_end_of_the_span_is_not_in_it(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(layout, *[alert(AT_MS + at_ms) for at_ms in (0, 1_000, 2_000)])
    answer = await ask("/v1/sites/milano/alerts", from_=AT_MS + 1_000, to=AT_MS + 2_000)
    assert [one["opened_at_ms"] - AT_MS for one in answer["alerts"]] == [1_000]
    instant = "2000-01-01T01:00:02"  # in Rome
    answer = await ask("/v1/sites/milano/alerts", from_=instant)
    assert [one["opened_at_ms"] - AT_MS for one in answer["alerts"]] == [2_000]


async def test_alerts_of_a_site_that_nobody_knows_are_refused(ask: Any) -> None:
    answer = await ask("/v1/sites/atlantis/alerts", status=404)
    assert answer["error"]["got"] == "atlantis"


async def test_open_alerts_are_counted_by_site_and_closed_ones_are_not(
    ask: Any, write: Any
) -> None:
    write(alert(AT_MS), alert(AT_MS + 1), alert(AT_MS, closed_at_ms=AT_MS, site="torino"))
    assert await ask("/v1/now") == {"sites": [], "open_alerts": {"milano": 2}}
