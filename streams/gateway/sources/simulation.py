"""A camera of the simulated store as a source: `sim:store-1/tills?seed=3&fps=5`.

Live on the wall clock, or, with `duration_s`, a finite play from `start_at` on like a file. Both
show the same store: a picture depends on its event time alone.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from urllib.parse import parse_qsl, urlsplit

from streams.adapters.clock import now_ms
from streams.gateway.errors import SourceError
from streams.gateway.sources.rising_clock import RisingClock
from streams.gateway.sources.source import CapturedFrame
from streams.simulation.errors import SimulationError
from streams.simulation.source import DEFAULT_FPS, SimulatedCamera

SCHEME = "sim:"
_FORM = "sim:site/camera?seed=1&fps=5&traffic=1&duration_s=60"
_PARAMETERS = ("seed", "fps", "traffic", "duration_s")


@dataclass(frozen=True, slots=True)
class SimulationUri:
    """What a `sim:` URI asks for."""

    site: str
    """Id of the simulated store."""
    camera: str
    """Id of the camera in it."""
    seed: int = 1
    """Another seed gives other people."""
    fps: float = DEFAULT_FPS
    """Frames per second."""
    traffic: float = 1.0
    """Parties that come, relative to an ordinary day."""
    duration_s: float | None = None
    """Length of a finite play, s; null: live, without end."""


def parsed_uri(uri: str) -> SimulationUri:
    """What a `sim:` URI asks for.

    Raises:
        SourceError: If it has another form, or a parameter that is unknown or no number.

    Example:
        >>> parsed_uri("sim:store-1/tills?fps=10&traffic=1.5").traffic
        1.5
    """
    parts = urlsplit(uri)
    site, _, camera = parts.path.partition("/")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(given.keys() - set(_PARAMETERS))
    if not site or not camera or unknown:
        raise SourceError(f"{uri}: expected {_FORM}, got {', '.join(unknown) or parts.path!r}")
    duration_s = _number(given, "duration_s", uri) if "duration_s" in given else None
    return SimulationUri(
        site,
        camera,
        seed=int(_number({"seed": "1"} | given, "seed", uri)),
        fps=_number({"fps": str(DEFAULT_FPS)} | given, "fps", uri),
        traffic=_number({"traffic": "1"} | given, "traffic", uri),
        duration_s=duration_s,
    )


class SimulatedSource:
    """One camera of one simulated store.

    Raises:
        SourceError: If the URI does not hold, or there is no such store or camera.
    """

    undecodable_total = 0

    def __init__(self, uri: str, *, start_at_ms: int) -> None:
        asked = parsed_uri(uri)
        try:
            self._camera = SimulatedCamera(
                asked.site,
                asked.camera,
                seed=asked.seed,
                fps=asked.fps,
                traffic=asked.traffic,
            )
        except SimulationError as error:
            raise SourceError(f"{uri}: {error}") from error
        # The first picture has its day made, which a live camera has no time for later.
        self._camera.scene.image(start_at_ms if asked.duration_s is not None else now_ms())
        self._start_at_ms = start_at_ms
        self._duration_s = asked.duration_s
        self.is_live = asked.duration_s is None
        self.first_at_ms = None if self.is_live else next(self._camera.times_ms(start_at_ms))
        self.interval_ms = max(1, round(1000 / asked.fps))

    def frames(self, after_ms: int | None) -> Iterator[CapturedFrame]:  # noqa: ARG002 - a time costs nothing until its picture is asked for
        """The frames, oldest first; live ones when their time has come."""
        for at_ms in self._times_ms():
            yield CapturedFrame(at_ms, partial(self._camera.scene.image, at_ms))

    def close(self) -> None:
        """Nothing is held but memory."""

    def _times_ms(self) -> Iterator[int]:
        if self._duration_s is None:
            return self._live_times_ms(RisingClock())
        end_ms = self._start_at_ms + self._duration_s * 1000
        return takewhile(lambda at_ms: at_ms < end_ms, self._camera.times_ms(self._start_at_ms))

    def _live_times_ms(self, clock: RisingClock) -> Iterator[int]:
        for at_ms in self._camera.times_ms(int(clock.now_ms())):
            ahead_ms = at_ms - clock.now_ms()
            if ahead_ms < -self.interval_ms:
                continue  # Nobody looked then: a camera that is not read has no picture of it.
            if ahead_ms > 0:
                time.sleep(ahead_ms / 1000)
            yield at_ms


def _number(given: Mapping[str, str], name: str, uri: str) -> float:
    try:
        number = float(given[name])
    except ValueError:
        number = float("nan")
    if not 0 <= number < float("inf"):
        raise SourceError(f"{uri}: {name}: expected a number from 0 on, got {given[name]!r}")
    return number
