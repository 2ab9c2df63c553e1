"""Spans of event time and the buckets that windows merge into.

In: what was asked, the site's time zone. Out: edges, ms since the epoch, rising. Buckets are
counted from the site's midnight, so that a bucket of a day is the store's day even when its clocks
change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from serve.api.errors import BadParameter

DAY_MS = 86_400_000
MAX_POINTS = 3_000
"""Most buckets of one answer."""


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open stretch of event time."""

    from_ms: int
    """First instant, ms since the epoch."""
    to_ms: int
    """First instant after it, ms since the epoch."""

    @property
    def length_ms(self) -> int:
        """How long it is, ms."""
        return self.to_ms - self.from_ms

    def on_grid(self, window_ms: int) -> "Span":
        """The smallest span of whole windows around it.

        Example:
            >>> Span(61_000, 120_000).on_grid(60_000)
            Span(from_ms=60000, to_ms=120000)
        """
        return Span(
            self.from_ms // window_ms * window_ms,
            -(-self.to_ms // window_ms) * window_ms,
        )


def bucket_edges(span: Span, *, step_ms: int, zone: tzinfo) -> list[int]:
    """Where buckets begin and the last one ends: the span's ends, and between them every step.

    Steps are counted from each midnight of the zone; the last bucket of a day may be shorter.

    Raises:
        BadParameter: If there would be more than `MAX_POINTS` buckets.

    Example:
        >>> bucket_edges(Span(0, 150_000), step_ms=60_000, zone=UTC)
        [0, 60000, 120000, 150000]
    """
    if span.length_ms > step_ms * MAX_POINTS:
        smallest_ms = -(-span.length_ms // MAX_POINTS)
        raise BadParameter(
            "step", expected=f"at least {smallest_ms} ms for this range", got=f"{step_ms} ms"
        )
    inner = (
        edge
        for start_ms, end_ms in _local_days(span, zone)
        # A day is a day, also when its clocks change and it has 25 hours.
        for edge in ([start_ms] if step_ms == DAY_MS else range(start_ms, end_ms, step_ms))
        if span.from_ms < edge < span.to_ms
    )
    return [span.from_ms, *inner, span.to_ms]


def last_reset_ms(at_ms: int, *, reset_at: str, zone: tzinfo) -> int:
    """The newest daily reset that is not after an instant.

    Args:
        at_ms: The instant, ms since the epoch.
        reset_at: Time of day in the zone, `HH:MM`.
        zone: The site's time zone.

    Example:
        >>> last_reset_ms(4 * 3_600_000, reset_at="04:00", zone=UTC)
        14400000
        >>> last_reset_ms(4 * 3_600_000 - 1, reset_at="04:00", zone=UTC)
        -72000000
    """
    at = time.fromisoformat(reset_at)
    today = datetime.fromtimestamp(at_ms / 1000, zone).date()
    newest = local_instant_ms(today, at, zone)
    return newest if newest <= at_ms else local_instant_ms(today - timedelta(days=1), at, zone)


def _local_days(span: Span, zone: tzinfo) -> Iterator[tuple[int, int]]:
    day = datetime.fromtimestamp(span.from_ms / 1000, zone).date()
    start_ms = local_instant_ms(day, time(), zone)
    while start_ms < span.to_ms:
        day += timedelta(days=1)
        end_ms = local_instant_ms(day, time(), zone)
        yield start_ms, end_ms
        start_ms = end_ms


def local_instant_ms(day: date, at: time, zone: tzinfo) -> int:
    """The instant at which a site's clocks show a time of a day, ms since the epoch.

    Of a time that they show twice it is the first; one that they skip is an hour later.

    Example:
        >>> local_instant_ms(date(1970, 1, 1), time(1), UTC)
        3600000
    """
    return round(datetime.combine(day, at, tzinfo=zone).astimezone(UTC).timestamp() * 1000)
