"""One simulated hour through the real engine: a store, a seed and a rate in, truth and finals out.

The engine starts some minutes before the hour and goes on after it, as in a shop that is open
already: who queued before is known, who still queues then is not cut off.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np

from perf.measuring.boxes import SIZE_PX, detection
from perf.measuring.found import Found
from perf.measuring.known import KnownSite, Names
from perf.measuring.truth import Hour, Span, true_hour
from schemas.detections import LayoutMark
from serve.inference.models import load_model
from serve.inference.settings import DEMO_MODEL
from streams.engine import SiteEngine
from streams.simulation.arrivals import day_start_ms
from streams.simulation.day import Day, day_at
from streams.simulation.detections import TRUTHFUL, BoxCamera, FoundBoxes
from streams.simulation.layouts import layout_of
from streams.simulation.scenes import Scene as Images

DAY = 10_957
TRAFFIC = 1.5
"""Parties that come, relative to an ordinary day: enough to fill the queues."""
FROM_HOUR = 17.25
"""Where the hour begins, hours after midnight UTC: the evening rush."""
BEFORE_MS = 10 * 60_000
AFTER_MS = 60_000
_BLOCK = 120
_BATCH = 8
_TOLD_EVERY = 2_000


class Eyes(StrEnum):
    """What the engine gets to see: each has one source of error more than the one before."""

    KNOWN = "known"
    """True boxes of people known by name: what is wrong, the rules have done."""
    TRUE = "true"
    """True boxes: and the tracker."""
    ERRORS = "errors"
    """Boxes of the error model: and the detector."""
    PIXELS = "pixels"
    """What the demo detector finds on the drawn images, by the Detector's own code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A store, and when."""

    site: str
    seed: int
    traffic: float = TRAFFIC
    """Parties that come, relative to an ordinary day."""
    from_hour: float = FROM_HOUR
    """Hours after midnight UTC."""
    minutes: int = 60

    @property
    def span(self) -> Span:
        """What is compared."""
        start_ms = day_start_ms(DAY) + round((self.from_hour - 4) * 3_600_000)
        return start_ms, start_ms + self.minutes * 60_000

    @property
    def day(self) -> Day:
        """The day it is cut from."""
        return day_at(self.site, seed=self.seed, day=DAY, traffic=self.traffic)


def truth_of(scene: Scene) -> Hour:
    """What really happened."""
    zones = [zone for camera in layout_of(scene.site).cameras for zone in camera.zones]
    join_ms = {zone.id: zone.join_ms for zone in zones}
    enter_ms = {zone.id: zone.enter_ms for zone in zones}
    return true_hour(scene.day, scene.span, join_ms=join_ms, enter_ms=enter_ms)


def found_by_engine(scene: Scene, eyes: Eyes, *, fps: int) -> Found:
    """What the engine says happened."""
    engine = KnownSite(scene.site) if eyes is Eyes.KNOWN else SiteEngine(scene.site)
    layout = replace(layout_of(scene.site), window_s=1, rules=[])
    engine.adopt(LayoutMark(site=scene.site, version=1, effective_from_ms=0, layout=layout))
    found = Found(scene.span)
    for camera in layout.cameras:
        for number, (boxes, names) in enumerate(_frames(scene, camera.id, eyes, fps=fps)):
            if isinstance(engine, KnownSite):
                engine.tell(camera.id, names)
            found.take(engine.observe(detection(scene.site, camera.id, number, boxes)))
    return found


def _frames(
    scene: Scene, camera: str, eyes: Eyes, *, fps: int
) -> Iterator[tuple[FoundBoxes, Names]]:
    """The frames of one camera from before the hour until after it, with their boxes' owners."""
    start_ms, every_ms, count = _frame_times(scene, fps)
    if eyes is Eyes.PIXELS:
        times_ms = [start_ms + number * every_ms for number in range(count)]
        yield from ((found, {}) for found in _watched(scene, camera).at(times_ms))
        return
    errors = None if eyes is Eyes.ERRORS else TRUTHFUL
    source = BoxCamera(scene.site, camera, seed=scene.seed, errors=errors, traffic=scene.traffic)
    frames = source.frames(start_ms, every_ms=every_ms, count=count)
    if eyes is not Eyes.KNOWN:
        yield from ((found, {}) for found in frames)
        return
    for first in range(0, count, _BLOCK):
        at_ms = start_ms + np.arange(first, min(first + _BLOCK, count)) * every_ms
        seen = source.truth(at_ms)
        ends = np.searchsorted(seen.instant, np.arange(at_ms.size + 1))
        for index in range(at_ms.size):
            rows = slice(ends[index], ends[index + 1])
            owners = {
                (x1, y1, x2, y2): person
                for (x1, y1, x2, y2), person in zip(
                    seen.boxes[rows].tolist(), seen.person[rows].tolist(), strict=True
                )
            }
            yield next(frames), owners


def _frame_times(scene: Scene, fps: int) -> tuple[int, int, int]:
    """Instant of the first frame, time between two, and how many."""
    start_ms, end_ms = scene.span[0] - BEFORE_MS, scene.span[1] + AFTER_MS
    every_ms = 1000 // fps
    return start_ms, every_ms, (end_ms - start_ms) // every_ms


class Watched:
    """What the demo detector finds on a camera's drawn images; each is looked at once."""

    def __init__(self, scene: Scene, camera: str) -> None:
        self._name = f"{scene.site} {camera} seed {scene.seed}"
        self._model = load_model(DEMO_MODEL)
        self._images = Images(
            scene.site, camera, seed=scene.seed, size=SIZE_PX, traffic=scene.traffic
        )
        self._found: dict[int, FoundBoxes] = {}

    def at(self, times_ms: Sequence[int]) -> Iterator[FoundBoxes]:
        """Boxes frame by frame; tells how far it is."""
        for first in range(0, len(times_ms), _BATCH):
            asked = times_ms[first : first + _BATCH]
            self._look([at_ms for at_ms in asked if at_ms not in self._found])
            yield from (self._found[at_ms] for at_ms in asked)

    def _look(self, times_ms: Sequence[int]) -> None:
        if not times_ms:
            return
        frames = [self._model.prepare(self._images.image(at_ms)) for at_ms in times_ms]
        for at_ms, boxes in zip(times_ms, self._model.infer(frames), strict=True):
            xyxy, scores = boxes.xyxy.astype(np.float64), boxes.scores.astype(np.float64)
            self._found[at_ms] = FoundBoxes(at_ms, xyxy, scores)
            if len(self._found) % _TOLD_EVERY == 0:
                print(f"{self._name}: {len(self._found)} images", file=sys.stderr, flush=True)


_watched = lru_cache(maxsize=8)(Watched)
"""By scene and camera: the rates of one scene share what was found."""
