"""People on paths, as detections with perfect boxes, and what the engine makes of them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from schemas import codec
from schemas.detections import Detection, DetectionStatus, LayoutMark
from schemas.layout import Camera, Line, LineKind, SiteLayout, Zone, ZoneKind
from schemas.topics import Result, key_of, topic_of
from streams.engine import SiteEngine

SITE = "store"
SIDE_PX = 1000
TALL = 0.2
"""Height of a person, as a share of the frame's."""
SCORE = 0.8
"""Too little for a box seen once to be somebody."""

R = TypeVar("R")
Message = Detection | LayoutMark


@dataclass(frozen=True)
class Person:
    """Walks straight along `path`, points `(ms, x, y)` of the feet; unseen while `hidden`."""

    path: Sequence[tuple[int, float, float]]
    hidden: Sequence[tuple[int, int]] = ()

    def feet(self, at_ms: int) -> tuple[float, float] | None:
        if not self.path[0][0] <= at_ms <= self.path[-1][0]:
            return None
        if any(start <= at_ms < end for start, end in self.hidden):
            return None
        for (from_ms, x, y), (to_ms, next_x, next_y) in zip(self.path, self.path[1:], strict=False):
            if at_ms <= to_ms:
                part = (at_ms - from_ms) / (to_ms - from_ms)
                return x + part * (next_x - x), y + part * (next_y - y)
        raise AssertionError("a path has two points or more")


def standing(x: float, y: float, *, from_ms: int, to_ms: int) -> Person:
    return Person([(from_ms, x, y), (to_ms, x, y)])


@dataclass
class View:
    """One camera's source: numbers its messages."""

    camera: str = "cam"
    run: int | None = 1
    offset: int = 0
    side_px: int = SIDE_PX

    def frame(
        self,
        at_ms: int | None,
        feet: Iterable[tuple[float, float]] = (),
        *,
        status: DetectionStatus = DetectionStatus.OK,
    ) -> Detection:
        return self.boxes(at_ms, [box(x, y, self.side_px) for x, y in feet], status=status)

    def boxes(
        self,
        at_ms: int | None,
        boxes: Sequence[tuple[float, float, float, float]],
        *,
        status: DetectionStatus = DetectionStatus.OK,
        classes: list[str] | None = None,
    ) -> Detection:
        is_ok = status is DetectionStatus.OK
        self.offset += 1
        return Detection(
            site=SITE,
            camera=self.camera,
            captured_at_ms=at_ms,
            seq=self.offset,
            run=self.run,
            width=self.side_px,
            height=self.side_px,
            frame_partition=0,
            frame_offset=self.offset,
            status=status,
            boxes=list(boxes) if is_ok else None,
            scores=[SCORE] * len(boxes) if is_ok else None,
            classes=(classes or ["person"] * len(boxes)) if is_ok else None,
        )

    def end(self, at_ms: int) -> Detection:
        return self.frame(at_ms, status=DetectionStatus.ENDED)

    def film(self, people: Sequence[Person], times_ms: Iterable[int]) -> list[Detection]:
        found = []
        for at_ms in times_ms:
            feet = [one.feet(at_ms) for one in people]
            found.append(self.frame(at_ms, [one for one in feet if one is not None]))
        return found


def box(x: float, y: float, side_px: int = SIDE_PX) -> tuple[float, float, float, float]:
    """The box of a person whose feet are at x, y."""
    half = TALL / 6
    corners = (x - half, y - TALL, x + half, y)
    left, top, right, bottom = (side_px * one for one in corners)
    return left, top, right, bottom


def square(
    name: str, left: float, right: float, kind: ZoneKind = ZoneKind.BROWSE, **more: object
) -> Zone:
    """A zone between two verticals, over most of the height."""
    polygon = [(left, 0.3), (right, 0.3), (right, 0.9), (left, 0.9)]
    return Zone(id=name, kind=kind, polygon=polygon, **more)  # type: ignore[arg-type] # any knob


def till(**more: object) -> list[Zone]:
    """A queue from x 0.2 to 0.5 and its service from 0.5 to 0.7."""
    return [
        square("till", 0.2, 0.5, ZoneKind.QUEUE, service=["desk"], **more),
        square("desk", 0.5, 0.7, ZoneKind.SERVICE),
    ]


def door(name: str = "door", *, x: float = 0.5, **more: object) -> Line:
    """A vertical line from bottom to top: walking to the right is `in`."""
    line = {"start": (x, 0.95), "end": (x, 0.25), "kind": LineKind.ENTRANCE, **more}
    return Line(id=name, **line)  # type: ignore[arg-type] # any knob


def layout(*cameras: Camera, version: int = 1, **more: object) -> SiteLayout:
    return SiteLayout(site=SITE, version=version, cameras=list(cameras), **more)  # type: ignore[arg-type]


def mark(what: SiteLayout, *, from_ms: int = 0) -> LayoutMark:
    return LayoutMark(site=SITE, version=what.version, effective_from_ms=from_ms, layout=what)


@dataclass
class Finals:
    """Everything the engine said, in order."""

    records: list[Result] = field(default_factory=list)

    def of(self, kind: type[R], **fields: object) -> list[R]:
        """The last record per key of a kind, where the fields have these values, by key."""
        last = {key_of(one): one for one in self.records if isinstance(one, kind)}
        chosen = [last[key] for key in sorted(last)]
        return [
            one
            for one in chosen
            if all(getattr(one, name) == value for name, value in fields.items())
        ]

    def total(self, kind: type, name: str, **fields: object) -> int:
        """The sum of a field over the windows."""
        return sum(getattr(one, name) for one in self.of(kind, **fields))

    def by_key(self) -> dict[tuple[str, bytes], bytes]:
        """The last value of each key of each topic."""
        return {(topic_of(one).name, key_of(one)): codec.encode(one) for one in self.records}

    def __str__(self) -> str:
        return "\n".join(json.dumps(json.loads(codec.encode(one))) for one in self.records)


def feed(engine: SiteEngine, messages: Iterable[Message]) -> Finals:
    finals = Finals()
    for message in messages:
        is_mark = isinstance(message, LayoutMark)
        finals.records += engine.adopt(message) if is_mark else engine.observe(message)
    return finals


def play(messages: Iterable[Message]) -> Finals:
    return feed(SiteEngine(SITE), messages)


def film(
    what: SiteLayout, people: Sequence[Person], *, until_ms: int, every_ms: int = 100
) -> Finals:
    """One camera sees people from 0 until its source ends."""
    view = View()
    frames = view.film(people, range(0, until_ms, every_ms))
    return play([mark(what), *frames, view.end(until_ms)])


def present_count(engine: SiteEngine) -> int:
    """How many the present shows in the first zone of the first camera."""
    live = engine.live()
    assert live is not None
    return live.cameras[0].zones[0].count
