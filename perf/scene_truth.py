"""What happened on dense true paths: crossings, stays, waits, services, as rows of truth.

In: annotated feet of known people and a camera's layout. Out: the same events that the simulated
store writes. It follows the definitions of the metrics word by word, on paths without gaps or
doubt, and shares no code with the engine, so each can show the other wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from schemas.layout import Camera, Line, Polygon, Zone, ZoneKind
from streams.simulation.events import (
    CrossingTruth,
    EventTruth,
    ServiceTruth,
    VisitTruth,
    WaitTruth,
)

Floats = NDArray[np.float64]
Stay = tuple[int, int]
"""First sight inside and the end of the last one, ms."""

_STAYS_BEYOND_MS = 2_000
"""Who ends that long after meeting a line has crossed it, however near it they still are."""


@dataclass(frozen=True, slots=True)
class Path:
    """One person's way through one view, never unseen for longer than a track lasts."""

    person: str
    at_ms: list[int]
    """Rising."""
    feet: Floats
    """`(N, 2)` foot points, 0-1 of the image."""
    height: Floats
    """`(N,)` heights of the boxes, shares of the image's."""


def whole_paths(path: Path, *, lost_ms: int) -> list[Path]:
    """A person's way, cut where nobody could have followed them: unseen for too long."""
    cuts = [i for i in range(1, len(path.at_ms)) if path.at_ms[i] - path.at_ms[i - 1] > lost_ms]
    edges = [0, *cuts, len(path.at_ms)]
    return [
        Path(f"{path.person}-{number}", path.at_ms[a:b], path.feet[a:b], path.height[a:b])
        for number, (a, b) in enumerate(pairwise(edges))
    ]


def truth_of(paths: Sequence[Path], camera: Camera, *, aspect: float) -> list[EventTruth]:
    """Everything that happened, in order of time.

    Args:
        paths: Everybody's, from `whole_paths`.
        camera: Its lines and zones.
        aspect: Width of the image over its height.
    """
    events: list[EventTruth] = []
    for path in paths:
        for line in camera.lines:
            events += crossings(path, line, aspect=aspect)
        for zone in camera.zones:
            events += [
                VisitTruth(person=path.person, zone=zone.id, entered_at_ms=a, exited_at_ms=b)
                for a, b in stays(path, zone)
            ]
        for zone in camera.zones:
            if zone.kind is ZoneKind.QUEUE:
                events += _queueing(path, zone, camera)
    return sorted(events, key=_time)


def crossings(path: Path, line: Line, *, aspect: float) -> Iterator[CrossingTruth]:
    """When the path met a directed segment and went on to its other side."""
    scale = np.array([aspect, 1.0])
    start, end = np.array(line.start) * scale, np.array(line.end) * scale
    along = (end - start) / np.hypot(*(end - start))
    offset = path.feet * scale - start
    beyond = along[0] * offset[:, 1] - along[1] * offset[:, 0]
    share = offset @ along / np.hypot(*(end - start))
    heights = beyond / path.height
    side, met_ms = int(np.sign(heights[0])), None
    for i in range(1, len(path.at_ms)):
        now_ms = path.at_ms[i]
        if (beyond[i] > 0) != (beyond[i - 1] > 0):
            part = beyond[i - 1] / (beyond[i - 1] - beyond[i])
            if 0.0 <= share[i - 1] + part * (share[i] - share[i - 1]) <= 1.0:
                met_ms = round(path.at_ms[i - 1] + part * (now_ms - path.at_ms[i - 1]))
        is_last = i == len(path.at_ms) - 1
        here = int(np.sign(heights[i]))
        is_clear = abs(heights[i]) > line.band
        has_ended = is_last and met_ms is not None and now_ms - met_ms >= _STAYS_BEYOND_MS
        if here == -side and met_ms is not None and (is_clear or has_ended):
            at_ms = met_ms if now_ms - met_ms <= line.line_ms else now_ms
            yield CrossingTruth(
                person=path.person,
                line=line.id,
                at_ms=at_ms,
                direction="in" if here > 0 else "out",
            )
        if is_clear:
            side, met_ms = here, None


def stays(path: Path, zone: Zone) -> list[Stay]:
    """The times in a zone: short looks out of it are inside, short looks in are none."""
    is_inside = [_holds(zone.polygon, x, y) for x, y in path.feet.tolist()]
    found: list[Stay] = []
    for i, inside in enumerate(is_inside):
        if not inside:
            continue
        ends_ms = path.at_ms[min(i + 1, len(path.at_ms) - 1)]
        if found and path.at_ms[i] - found[-1][1] < zone.exit_ms:
            found[-1] = (found[-1][0], ends_ms)
        else:
            found.append((path.at_ms[i], ends_ms))
    return [(a, b) for a, b in found if b - a >= zone.enter_ms]


def _queueing(path: Path, queue: Zone, camera: Camera) -> Iterator[EventTruth]:
    """Waits and services of one person at one queue."""
    desks = [zone for zone in camera.zones if zone.id in queue.service]
    served = sorted((*stay, desk.id) for desk in desks for stay in stays(path, desk))
    for start, end, desk_id in served:
        yield ServiceTruth(person=path.person, desk=desk_id, started_at_ms=start, ended_at_ms=end)
    patience_ms = max(queue.handover_ms, queue.revisit_ms)
    waiting: Stay | None = None
    for start, end in stays(path, queue):
        if waiting is not None and start - waiting[1] > patience_ms:
            yield _wait(path, queue, waiting, "abandoned")
            waiting = None
        if waiting is not None:
            waiting = (waiting[0], end)
        elif end - start >= queue.join_ms:
            waiting = (start, end)
        entry_ms = next((s for s, _, _ in served if start <= s <= end + queue.handover_ms), None)
        if waiting is not None and entry_ms is not None:
            yield _wait(path, queue, (waiting[0], entry_ms), "served")
            waiting = None
    if waiting is not None:
        has_left = path.at_ms[-1] - waiting[1] >= queue.exit_ms
        yield _wait(path, queue, waiting, "abandoned" if has_left else "open")


def _wait(path: Path, queue: Zone, span: Stay, outcome: str) -> WaitTruth:
    return WaitTruth(
        person=path.person,
        queue=queue.id,
        joined_at_ms=span[0],
        ended_at_ms=span[1],
        outcome=outcome,  # type: ignore[arg-type]  # one of its three words
    )


def _holds(polygon: Polygon, x: float, y: float) -> bool:
    """Whether a polygon holds a point: a ray to the right leaves it an odd number of times."""
    is_in = False
    for (ax, ay), (bx, by) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            is_in = not is_in
    return is_in


def _time(event: EventTruth) -> tuple[int, str, str]:
    times = [getattr(event, name) for name in event.__slots__ if name.endswith("_ms")]
    return min(times), event.kind, event.person
