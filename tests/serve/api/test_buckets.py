from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from serve.api.buckets import DAY_MS, MAX_POINTS, Span, bucket_edges, last_reset_ms
from serve.api.errors import BadParameter

ROME = ZoneInfo("Europe/Rome")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
UTC = ZoneInfo("UTC")
HOUR_MS = 3_600_000


def at(text: str, zone: ZoneInfo) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def test_buckets_are_counted_from_the_sites_midnight() -> None:
    span = Span(at("2026-11-20T05:45", KATHMANDU), at("2026-11-20T18:00", KATHMANDU))
    edges = bucket_edges(span, step_ms=6 * HOUR_MS, zone=KATHMANDU)
    inner = [at(f"2026-11-20T{hour}:00", KATHMANDU) for hour in ("06", "12")]
    assert edges == [span.from_ms, *inner, span.to_ms]


@pytest.mark.parametrize(
    ("first_day", "hours"),
    [
        pytest.param("2026-03-28", [24, 23, 24], id="the clocks go forward"),
        pytest.param("2026-10-24", [24, 25, 24], id="the clocks go back"),
    ],
)
def test_bucket_of_a_day_is_the_stores_day_when_its_clocks_change(
    first_day: str, hours: list[int]
) -> None:
    start_ms = at(first_day, ROME)
    span = Span(start_ms, start_ms + sum(hours) * HOUR_MS)
    edges = bucket_edges(span, step_ms=DAY_MS, zone=ROME)
    assert [(end - start) // HOUR_MS for start, end in pairwise(edges)] == hours


def test_buckets_fill_the_span_without_a_gap_on_the_grid_of_a_quarter_hour() -> None:
    span = Span(at("2026-10-24T22:15", ROME), at("2026-10-25T05:45", ROME))
    edges = bucket_edges(span, step_ms=HOUR_MS, zone=ROME)
    assert edges[0] == span.from_ms
    assert edges[-1] == span.to_ms
    assert all(start < end for start, end in pairwise(edges))
    assert all(edge % 900_000 == 0 for edge in edges)


def test_as_many_buckets_as_allowed_pass_and_one_more_is_refused() -> None:
    widest = Span(0, MAX_POINTS * 60_000)
    assert len(bucket_edges(widest, step_ms=60_000, zone=UTC)) == MAX_POINTS + 1
    with pytest.raises(BadParameter, match="step: expected at least"):
        bucket_edges(Span(0, widest.to_ms + 1), step_ms=60_000, zone=UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-11-20T04:00", "2026-11-20T04:00", id="exactly at the reset"),
        pytest.param("2026-11-20T03:59:59.999", "2026-11-19T04:00", id="just before it"),
        pytest.param("2026-11-20T00:30", "2026-11-19T04:00", id="after midnight, before it"),
        pytest.param("2026-03-29T04:30", "2026-03-29T04:00", id="on the day of 23 hours"),
    ],
)
def test_day_begins_at_the_reset_in_the_sites_time(now: str, expected: str) -> None:
    assert last_reset_ms(at(now, ROME), reset_at="04:00", zone=ROME) == at(expected, ROME)


def test_span_grows_to_whole_windows_only_where_it_must() -> None:
    assert Span(60_000, 120_000).on_grid(60_000) == Span(60_000, 120_000)
    assert Span(59_999, 120_001).on_grid(60_000) == Span(0, 180_000)
