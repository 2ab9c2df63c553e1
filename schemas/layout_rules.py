"""What a layout must hold beyond its types: ids that exist, shapes that enclose, times that fit.

In: a layout. Out: every problem found, each with its field's path, so that one reading mends all.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from datetime import time
from itertools import combinations
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.layout import Camera, Floor, Line, Point, Polygon, Rule, SiteLayout, Zone, ZoneKind

QUARTER_HOUR_S = 900
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ZONE_METRICS = {
    ZoneKind.QUEUE: ("length", "wait", "occupancy"),
    ZoneKind.SERVICE: ("occupancy",),
    ZoneKind.BROWSE: ("occupancy",),
    ZoneKind.STAFF: (),
    ZoneKind.IGNORE: (),
}
LINE_METRICS = ("in", "out")
CAMERA_METRICS = ("coverage", "silent_s")
_WHEN = re.compile(r"(?P<metric>[a-z_]+) (?P<comparison>>=|<=|>|<) (?P<threshold>-?\d+(\.\d+)?)")
_HOURS = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")
MAX_RECALL_MS = 600_000
"""Windows wait for who may turn up."""
MAX_FLOOR_CELLS = 1_000_000
"""Most cells of a floor plan: the engine looks at all of them for each camera."""
_MIN_AREA = 1e-6
"""Smallest area of a polygon, as a share of the image."""


def problems(layout: SiteLayout) -> list[str]:
    """Every problem of a layout, as `path: expected ..., got ...`; empty if it holds."""
    return [
        *_site_problems(layout),
        *_opening_problems(layout),
        *_floor_problems(layout),
        *_id_problems(layout),
        *(
            problem
            for index, camera in enumerate(layout.cameras)
            for problem in _camera_problems(camera, layout, f"cameras[{index}]")
        ),
        *(
            problem
            for index, rule in enumerate(layout.rules)
            for problem in _rule_problems(rule, layout, f"rules[{index}]")
        ),
    ]


def longest_decision_delay_ms(camera: Camera) -> int:
    """The longest time after an event at which it may still become certain, ms.

    Someone out of a zone is seen until just before the absence counts, is then lost from view, and
    the track ends `lost_ms` after that; a crossing waits at most `line_ms`, or for a track's end.
    For what takes longer a window stays open by itself: whether somebody is staff (`staff_ms`), is
    in a zone (`enter_ms`), joins a queue (`join_ms`), turns up in a zone again (`recall_ms`) or is
    back from the service (`return_ms`), and whose track a gap ends (`gap_ms`).
    """
    absences = [
        max(zone.exit_ms, zone.revisit_ms, zone.handover_ms if zone.kind == ZoneKind.QUEUE else 0)
        for zone in camera.zones
    ]
    crossings = [line.line_ms for line in camera.lines]
    return max([0, *absences, *crossings]) + camera.lost_ms


def when_parts(when: str) -> tuple[str, str, float] | None:
    """Metric, comparison and threshold of a rule's `when`; None if it does not read so.

    Example:
        >>> when_parts("length > 4"), when_parts("length is long")
        (('length', '>', 4.0), None)
    """
    found = _WHEN.fullmatch(when)
    if found is None:
        return None
    return found["metric"], found["comparison"], float(found["threshold"])


def open_days(text: str) -> list[str] | None:
    """The days that a key of `opening_hours` names; None if it names none.

    Example:
        >>> open_days("fri-sun"), open_days("mon"), open_days("sunday")
        (['fri', 'sat', 'sun'], ['mon'], None)
    """
    first, _, last = text.partition("-")
    last = last or first
    if first not in WEEKDAYS or last not in WEEKDAYS:
        return None
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last)
    return list(WEEKDAYS[start : end + 1]) if start <= end else None


def is_simple(polygon: Polygon) -> bool:
    """Whether no edge of a polygon meets another but at their shared vertex.

    Example:
        >>> is_simple([(0, 0), (1, 0), (1, 1), (0, 1)]), is_simple([(0, 0), (1, 1), (1, 0), (0, 1)])
        (True, False)
    """
    edges = list(zip(polygon, [*polygon[1:], polygon[0]], strict=True))
    count = len(edges)
    for i, j in combinations(range(count), 2):
        is_neighbour = j == i + 1 or (i == 0 and j == count - 1)
        if not is_neighbour and _segments_meet(*edges[i], *edges[j]):
            return False
    return all(start != end for start, end in edges)


def _site_problems(layout: SiteLayout) -> Iterator[str]:
    if layout.version < 1:
        yield f"version: expected 1 or more, got {layout.version}"
    if layout.window_s < 1 or QUARTER_HOUR_S % layout.window_s:
        yield f"window_s: expected a divisor of {QUARTER_HOUR_S}, got {layout.window_s}"
    elif layout.effective_from_ms % layout.window_ms:
        yield (
            f"effective_from_ms: expected a multiple of the window, {layout.window_ms} ms, "
            f"got {layout.effective_from_ms}"
        )
    if layout.effective_from_ms < 0:
        yield f"effective_from_ms: expected 0 or more, got {layout.effective_from_ms}"
    try:
        ZoneInfo(layout.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"time_zone: expected an IANA name such as Europe/Rome, got {layout.time_zone!r}"
    if not _is_time(layout.reset_at):
        yield f"reset_at: expected HH:MM, got {layout.reset_at!r}"
    if not layout.cameras:
        yield "cameras: expected one or more, got none"


def _opening_problems(layout: SiteLayout) -> Iterator[str]:
    for day, hours in layout.opening_hours.items():
        if open_days(day) is None:
            yield f"opening_hours.{day}: expected a day or days such as mon-sat, got {day!r}"
        span = _HOURS.fullmatch(hours)
        if hours != "closed" and (span is None or not all(map(_is_time, span.groups()))):
            yield f"opening_hours.{day}: expected HH:MM-HH:MM or closed, got {hours!r}"


def _floor_problems(layout: SiteLayout) -> Iterator[str]:
    if layout.floor is None:
        return
    wrong = list(_positive(layout.floor, ("width_m", "height_m", "cell_m"), "floor"))
    yield from wrong
    if not wrong and _cell_count(layout.floor) > MAX_FLOOR_CELLS:
        yield (
            f"floor.cell_m: expected at most {MAX_FLOOR_CELLS} cells, got a plan of "
            f"{layout.floor.width_m} x {layout.floor.height_m} m in cells of {layout.floor.cell_m}"
        )


def _id_problems(layout: SiteLayout) -> Iterator[str]:
    cameras = [(f"cameras[{i}].id", camera.id) for i, camera in enumerate(layout.cameras)]
    parts = [
        (f"cameras[{i}].{kind}[{j}].id", one)
        for i, camera in enumerate(layout.cameras)
        for kind, ids in (
            ("zones", [zone.id for zone in camera.zones]),
            ("lines", [line.id for line in camera.lines]),
        )
        for j, one in enumerate(ids)
    ]
    rules = [(f"rules[{i}].id", rule.id) for i, rule in enumerate(layout.rules)]
    for named, what in (
        (cameras, "cameras"),
        (parts, "zones and lines of the site"),
        (rules, "rules"),
    ):
        counts = Counter(one for _, one in named)
        seen: set[str] = set()
        for path, one in named:
            if counts[one] > 1 and one in seen:
                yield f"{path}: expected an id unique among the {what}, got {one!r} again"
            seen.add(one)


def _camera_problems(camera: Camera, layout: SiteLayout, path: str) -> Iterator[str]:
    for index, mask in enumerate(camera.masks):
        yield from _polygon_problems(mask, f"{path}.masks[{index}]")
    for index, zone in enumerate(camera.zones):
        yield from _zone_problems(zone, camera, f"{path}.zones[{index}]")
    for index, line in enumerate(camera.lines):
        yield from _line_problems(line, f"{path}.lines[{index}]")
    yield from _service_problems(camera, path)
    yield from _homography_problems(camera, layout, path)
    yield from _positive(
        camera, ("hold_ms", "lost_ms", "gap_ms", "settle_ms", "max_track_ms"), path
    )
    delay_ms = longest_decision_delay_ms(camera)
    if camera.settle_ms < delay_ms:
        yield (
            f"{path}.settle_ms: expected at least {delay_ms}, the longest time until an event of "
            f"this camera is certain, got {camera.settle_ms}"
        )


def _zone_problems(zone: Zone, camera: Camera, path: str) -> Iterator[str]:
    yield from _polygon_problems(zone.polygon, f"{path}.polygon")
    yield from _positive(
        zone,
        ("enter_ms", "exit_ms", "revisit_ms", "join_ms", "handover_ms", "staff_ms"),
        path,
    )
    for name in ("recall_ms", "return_ms"):
        if not 0 <= getattr(zone, name) <= MAX_RECALL_MS:
            yield f"{path}.{name}: expected 0 to {MAX_RECALL_MS}, got {getattr(zone, name)}"
    yield from _not_negative(zone, ("band",), path)
    if zone.long_above is not None and zone.long_above < 0:
        yield f"{path}.long_above: expected 0 or more, got {zone.long_above}"
    if zone.service and zone.kind != ZoneKind.QUEUE:
        yield f"{path}.service: expected only on a queue, got it on kind {zone.kind}"
    kinds = {other.id: other.kind for other in camera.zones}
    for index, service in enumerate(zone.service):
        if kinds.get(service) != ZoneKind.SERVICE:
            yield (
                f"{path}.service[{index}]: expected a service zone of this camera, got {service!r}"
            )


def _service_problems(camera: Camera, path: str) -> Iterator[str]:
    counts = Counter(service for zone in camera.zones for service in zone.service)
    for service, count in counts.items():
        if count > 1:
            yield f"{path}.zones: expected {service!r} to serve one queue, got {count}"


def _line_problems(line: Line, path: str) -> Iterator[str]:
    for name, point in (("from", line.start), ("to", line.end)):
        yield from _point_problems(point, f"{path}.{name}")
    if line.start == line.end:
        yield f"{path}.to: expected another point than from, got {list(line.end)}"
    yield from _not_negative(line, ("band", "unseen_ms"), path)
    yield from _positive(line, ("line_ms",), path)


def _homography_problems(camera: Camera, layout: SiteLayout, path: str) -> Iterator[str]:
    pairs = camera.homography
    if pairs is None:
        return
    if layout.floor is None:
        yield f"{path}.homography: expected a floor plan in `floor`, got none"
    if len(pairs) < 4:
        yield f"{path}.homography: expected 4 or more points, got {len(pairs)}"
        return
    for index, pair in enumerate(pairs):
        yield from _point_problems((pair[0], pair[1]), f"{path}.homography[{index}]")
        if not all(map(math.isfinite, pair[2:])):
            yield (
                f"{path}.homography[{index}]: expected finite x_m and y_m on the floor, "
                f"got {list(pair[2:])}"
            )
    for name, points in (
        ("image", [(pair[0], pair[1]) for pair in pairs]),
        ("floor", [(pair[2], pair[3]) for pair in pairs]),
    ):
        if not _has_four_in_general_position(points):
            yield (
                f"{path}.homography: expected 4 points of which no 3 lie on one line on the "
                f"{name}, got {[list(point) for point in points]}"
            )


def _rule_problems(rule: Rule, layout: SiteLayout, path: str) -> Iterator[str]:
    metrics = _metrics_of(rule.on, layout)
    if metrics is None:
        yield f"{path}.on: expected the id of a zone, line or camera, got {rule.on!r}"
    parts = when_parts(rule.when)
    if parts is None:
        yield f"{path}.when: expected such as 'length > 4', got {rule.when!r}"
    elif not math.isfinite(parts[2]):
        yield f"{path}.when: expected a finite number, got {parts[2]}"
    elif metrics is not None and parts[0] not in metrics:
        known = ", ".join(metrics) or "nothing, it is not counted"
        yield f"{path}.when: expected one of {known} on {rule.on}, got {parts[0]!r}"
    yield from _not_negative(rule, ("for_s", "cool_down_s"), path)


def _metrics_of(entity: str, layout: SiteLayout) -> tuple[str, ...] | None:
    for camera in layout.cameras:
        for zone in camera.zones:
            if zone.id == entity:
                return _ZONE_METRICS[zone.kind]
        if any(line.id == entity for line in camera.lines):
            return LINE_METRICS
    return CAMERA_METRICS if layout.camera(entity) is not None else None


def _polygon_problems(polygon: Polygon, path: str) -> Iterator[str]:
    if len(polygon) < 3:
        yield f"{path}: expected 3 or more vertices, got {len(polygon)}"
        return
    outside = [
        problem
        for index, point in enumerate(polygon)
        for problem in _point_problems(point, f"{path}[{index}]")
    ]
    yield from outside
    if outside:
        return
    if not is_simple(polygon):
        yield f"{path}: expected edges that do not cross, got {[list(one) for one in polygon]}"
    elif abs(_area(polygon)) < _MIN_AREA:
        yield f"{path}: expected an area, got vertices on one line"


def _point_problems(point: Point, path: str) -> Iterator[str]:
    if not all(0.0 <= part <= 1.0 for part in point):
        yield f"{path}: expected x and y in 0-1 of the image, got {list(point)}"


def _positive(owner: object, names: tuple[str, ...], path: str) -> Iterator[str]:
    for name in names:
        if not 0 < getattr(owner, name) < math.inf:
            yield f"{path}.{name}: expected more than 0, got {getattr(owner, name)}"


def _not_negative(owner: object, names: tuple[str, ...], path: str) -> Iterator[str]:
    for name in names:
        if not 0 <= getattr(owner, name) < math.inf:
            yield f"{path}.{name}: expected 0 or more, got {getattr(owner, name)}"


def _cell_count(floor: Floor) -> int:
    # Cut before it is rounded: a quotient of two finite numbers may be infinite.
    rows, cols = (
        math.ceil(min(size_m / floor.cell_m, MAX_FLOOR_CELLS + 1))
        for size_m in (floor.height_m, floor.width_m)
    )
    return rows * cols


def _is_time(text: str) -> bool:
    try:
        return len(text) == len("HH:MM") and time.fromisoformat(text) is not None
    except ValueError:
        return False


def _area(polygon: Polygon) -> float:
    following = [*polygon[1:], polygon[0]]
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(polygon, following, strict=True)) / 2


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _segments_meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    turns = (_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b))
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    touching = ((turns[0], a, b, c), (turns[1], a, b, d), (turns[2], c, d, a), (turns[3], c, d, b))
    return any(turn == 0 and _is_between(start, end, point) for turn, start, end, point in touching)


def _is_between(start: Point, end: Point, point: Point) -> bool:
    return all(
        min(start[axis], end[axis]) <= point[axis] <= max(start[axis], end[axis]) for axis in (0, 1)
    )


def _has_four_in_general_position(points: list[Point]) -> bool:
    return any(
        all(abs(_turn(*three)) > _MIN_AREA for three in combinations(four, 3))
        for four in combinations(points, 4)
    )
