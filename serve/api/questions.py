"""How the windows of each topic merge into one bucket.

Totals add; means weigh by held time, or by the people they are means of; what is open at the end is
the newest window's; percentiles of one window are its own, of several those of their merged
histograms.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Double, FromClause, Text, cast, func
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from schemas.units import MEAN_DECIMALS
from serve.api.answers import DwellPoint, FlowPoint, FootfallPoint, OccupancyPoint, QueuePoint
from serve.api.merging import LITTLES_LAW_MS, littles_law_wait_ms, merged, percentile_ms, share
from serve.api.series import Question, Sums

Columns = dict[str, ColumnElement[Any]]
"""Columns of one bucket, by name."""


def _occupancy_sums(windows: FromClause) -> Columns:
    return {
        "count_mean": _mean(windows.c.count_mean, windows.c.held_ms),
        "count_max": func.max(windows.c.count_max),
        **_totals(windows, "person_ms"),
    }


def _occupancy(sums: Sums, _length_ms: int) -> dict[str, Any]:
    return {
        "count_mean": _rounded(sums["count_mean"], MEAN_DECIMALS),
        **_picked("count_max", "person_ms")(sums, _length_ms),
    }


def _dwell_sums(windows: FromClause) -> Columns:
    return {
        "dwell_mean_ms": _mean(windows.c.dwell_mean_ms, windows.c.visit_total),
        "open_visit_count": _newest(windows, "open_visit_count"),
        **_totals(windows, "visit_total"),
        **_percentile_sums(windows, "dwell"),
    }


def _dwell(sums: Sums, _length_ms: int) -> dict[str, Any]:
    return {
        "visit_total": sums["visit_total"],
        "open_visit_count": sums["open_visit_count"],
        "dwell_mean_ms": _rounded(sums["dwell_mean_ms"]),
        **_percentiles(sums, "dwell"),
    }


_QUEUE_TOTALS = ("joined_total", "served_total", "abandoned_total", "lost_total", "direct_total")
_QUEUE_OPEN = ("open_count", "longest_open_wait_ms", "littles_law_wait_ms")


def _queue_sums(windows: FromClause) -> Columns:
    return {
        "length_sum_ms": func.sum(windows.c.length_mean * windows.c.held_ms),
        "length_max": func.max(windows.c.length_max),
        "wait_mean_ms": _mean(windows.c.wait_mean_ms, windows.c.served_total),
        **{name: _newest(windows, name) for name in _QUEUE_OPEN},
        **_totals(windows, *_QUEUE_TOTALS, "over_threshold_ms"),
        **_percentile_sums(windows, "wait"),
    }


def _queue(sums: Sums, length_ms: int) -> dict[str, Any]:
    held_ms = sums["held_sum_ms"]
    mean = sums["length_sum_ms"] / held_ms if held_ms else None
    same = ("length_max", *_QUEUE_TOTALS, "over_threshold_ms", "open_count", "longest_open_wait_ms")
    return {
        "length_mean": _rounded(mean, MEAN_DECIMALS),
        **{name: sums[name] for name in same},
        "wait_mean_ms": _rounded(sums["wait_mean_ms"]),
        "littles_law_wait_ms": _littles_law(sums, length_ms),
        **_percentiles(sums, "wait"),
    }


def _littles_law(sums: Sums, length_ms: int) -> int | None:
    # A window's own value looks back 15 minutes; a longer bucket is asked about itself.
    if length_ms < LITTLES_LAW_MS:
        value: int | None = sums["littles_law_wait_ms"]
        return value
    return littles_law_wait_ms(
        sums["length_sum_ms"],
        departed_total=sums["served_total"] + sums["abandoned_total"] + sums["lost_total"],
        lost_total=sums["lost_total"],
        coverage=share(sums["held_sum_ms"], length_ms),
    )


def _flow_sums(windows: FromClause) -> Columns:
    return _totals(windows, "in_total", "out_total")


def _footfall_sums(windows: FromClause) -> Columns:
    return {
        "is_complete": func.bool_and(windows.c.complete),
        **_totals(windows, "entry_total", "exit_total", "person_ms"),
    }


def _footfall(sums: Sums, length_ms: int) -> dict[str, Any]:
    return {
        **_picked("entry_total", "exit_total", "person_ms")(sums, length_ms),
        "complete": sums["is_complete"] and sums["known_ms"] >= length_ms,
    }


def _picked(*names: str) -> Callable[[Sums, int], Mapping[str, Any]]:
    return lambda sums, _length_ms: {name: sums[name] for name in names}


def _totals(windows: FromClause, *names: str) -> Columns:
    return {name: cast(func.sum(windows.c[name]), BigInteger) for name in names}


def _mean(values: ColumnElement[Any], weights: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(func.sum(values * weights), Double) / func.nullif(func.sum(weights), 0)


def _newest(windows: FromClause, name: str) -> ColumnElement[Any]:
    newest_first = aggregate_order_by(windows.c[name], windows.c.window_start_ms.desc())
    return func.array_agg(newest_first, type_=ARRAY(BigInteger))[1]


def _percentile_sums(windows: FromClause, prefix: str) -> Columns:
    histogram = cast(windows.c[f"{prefix}_histogram"], Text)
    return {
        f"{prefix}_p50_ms": func.max(windows.c[f"{prefix}_p50_ms"]),
        f"{prefix}_p95_ms": func.max(windows.c[f"{prefix}_p95_ms"]),
        "histograms": func.string_agg(histogram, ",").filter(histogram != "[]"),
    }


def _percentiles(sums: Sums, prefix: str) -> dict[str, int | None]:
    p50, p95 = f"{prefix}_p50_ms", f"{prefix}_p95_ms"
    if sums["window_count"] == 1:
        return {p50: sums[p50], p95: sums[p95]}
    histogram = merged([sums["histograms"] or "[]"])
    return {p50: percentile_ms(histogram, 0.5), p95: percentile_ms(histogram, 0.95)}


def _rounded(value: Any, decimals: int | None = None) -> Any:
    return None if value is None else round(value, decimals)


OCCUPANCY = Question("occupancy", "zone", OccupancyPoint, _occupancy_sums, _occupancy)
DWELL = Question("dwell", "zone", DwellPoint, _dwell_sums, _dwell)
QUEUES = Question("queues", "zone", QueuePoint, _queue_sums, _queue)
FLOWS = Question("flows", "line", FlowPoint, _flow_sums, _picked("in_total", "out_total"))
FOOTFALL = Question("sites", "site", FootfallPoint, _footfall_sums, _footfall)
