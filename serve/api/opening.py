"""When a site is open, and buckets that know it.

In: the layout's opening hours, the site's time zone. Out: spans of event time. Hours are on the
site's clocks, so a day on which they change has an hour of opening more or less where that hour
lies within. An end that is not after its start is on the next day.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import accumulate, pairwise

from schemas.layout_rules import WEEKDAYS, open_days
from serve.api.buckets import Span, local_instant_ms
from serve.api.merging import share

_CLOSED = "closed"


class Opening:
    """Spans of event time in which a site is open."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        """Spans are half-open, rise, and do not touch."""
        self.edges = [edge for span in spans for edge in span]
        """Where it opens and closes, in turn; rising."""
        self._passed_ms = [0, *accumulate(end - start for start, end in spans)]

    def open_ms(self, from_ms: int, to_ms: int) -> int:
        """How long it is open in a span.

        Example:
            >>> Opening([(10, 20), (30, 40)]).open_ms(15, 35)
            10
        """
        return self._open_until(to_ms) - self._open_until(from_ms)

    def on_grid(self, window_ms: int) -> "Opening":
        """The windows that begin while it is open.

        Example:
            >>> Opening([(50, 130), (170, 210)]).on_grid(100).edges
            [100, 300]
        """
        rounded = [-(-edge // window_ms) * window_ms for edge in self.edges]
        return Opening(_joined(zip(rounded[::2], rounded[1::2], strict=True)))

    def _open_until(self, at_ms: int) -> int:
        number = bisect_right(self.edges, at_ms)
        whole_ms = self._passed_ms[number // 2]
        return whole_ms + at_ms - self.edges[number - 1] if number % 2 else whole_ms


def opening_in(span: Span, *, hours: Mapping[str, str], zone: tzinfo) -> Opening | None:
    """When a site is open, at least in a span; None if it has no opening hours.

    Args:
        span: What is asked for.
        hours: As the layout has them. Of two that name one day, that which names fewer counts; a
            day that none names is closed.
        zone: The site's time zone.
    """
    if not hours:
        return None
    of_day = _hours_of_days(hours)
    # What opened on the day before may still be open.
    day = datetime.fromtimestamp(span.from_ms / 1000, zone).date() - timedelta(days=1)
    last = datetime.fromtimestamp(span.to_ms / 1000, zone).date()
    days = (day + timedelta(days=number) for number in range((last - day).days + 1))
    return Opening(_joined(_span_of(one, of_day[one.weekday()], zone) for one in days))


@dataclass(frozen=True, slots=True)
class Buckets:
    """What a question over time is answered for."""

    edges: Sequence[int]
    """Where buckets begin and the last one ends, ms since the epoch; rising."""
    opening: Opening | None
    """When the site is open; None if it has no opening hours."""
    counted: Opening | None
    """The only windows that count; None counts all."""

    @property
    def whole(self) -> tuple[int, int]:
        """From the first bucket's start to the last one's end."""
        return self.edges[0], self.edges[-1]

    def spans(self) -> Iterator[tuple[int, int]]:
        """Start and end of each bucket, oldest first."""
        return pairwise(self.edges)

    def length_ms(self, span: tuple[int, int]) -> int:
        """How much of a span counts."""
        return span[1] - span[0] if self.counted is None else self.counted.open_ms(*span)

    def open_fraction(self, span: tuple[int, int]) -> float | None:
        """Share of a span in which the site is open; None if it has no opening hours."""
        if self.opening is None:
            return None
        return share(self.opening.open_ms(*span), span[1] - span[0])


def _hours_of_days(hours: Mapping[str, str]) -> list[str]:
    """The hours of each day of the week, from Monday on."""
    found = [_CLOSED] * len(WEEKDAYS)
    named = {key: open_days(key) or [] for key in hours}
    for key in sorted(hours, key=lambda key: -len(named[key])):
        for day in named[key]:
            found[WEEKDAYS.index(day)] = hours[key]
    return found


def _span_of(day: date, hours: str, zone: tzinfo) -> tuple[int, int]:
    """A day's opening; empty if it is closed."""
    if hours == _CLOSED:
        return 0, 0
    opens, closes = map(time.fromisoformat, hours.split("-"))
    last = day if closes > opens else day + timedelta(days=1)
    return local_instant_ms(day, opens, zone), local_instant_ms(last, closes, zone)


def _joined(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that rise, without the empty ones, as one where they overlap or touch."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1] and start < end:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return joined
