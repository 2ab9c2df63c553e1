"""What the API answers about the present, as types: sites now, and alerts.

Apart from `answers`: these numbers are of an instant, so no coverage stands beside them.
"""

from dataclasses import dataclass
from typing import Any

from serve.api.answers import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNow(Answer):
    """A site's present, summed over its cameras."""

    site: str
    """Id of the site."""
    at_ms: int
    """Event time of the newest frame of any camera, ms since the epoch."""
    people_count: int
    """People in view; who is in two cameras' views counts twice."""
    waiting_count: int
    """People who wait in its queues."""
    longest_open_wait_ms: int | None
    """Longest wait so far of those, ms; null where nobody waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NowAnswer(Answer):
    """The present of all sites."""

    sites: list[SiteNow]
    """Those heard of lately, by id."""
    open_alerts: dict[str, int]
    """Number of open alerts by site; a site without any is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsAnswer(Answer):
    """Alerts of one site, newest first, as they are on their topic."""

    site: str
    """Id of the site."""
    alerts: list[dict[str, Any]]
    """At most `limit`."""
