"""Our tracker with one default moved, behind the benchmark's interface.

`perf.track_variants:gate_up` is the tracker with `gate` a fifth larger, `gate_down` a fifth
smaller; so for every setting.
"""

from collections.abc import Callable
from dataclasses import fields, replace

from perf.track_adapter import Tracker
from streams.tracking import TrackerSettings

SHARE = 0.2
NAMES = [one.name for one in fields(TrackerSettings)]
WAYS = {"down": 1.0 - SHARE, "up": 1.0 + SHARE}


def varied(name: str, factor: float) -> TrackerSettings:
    """The defaults with one of them multiplied; times stay whole milliseconds."""
    value = getattr(TrackerSettings(), name)
    moved = round(value * factor) if isinstance(value, int) else value * factor
    return replace(TrackerSettings(), **{name: moved})


def __getattr__(target: str) -> Callable[..., Tracker]:
    name, _, way = target.rpartition("_")
    if name not in NAMES or way not in WAYS:
        raise AttributeError(target)

    def make(frame_size: tuple[int, int] = (1920, 1080)) -> Tracker:
        return Tracker(frame_size, varied(name, WAYS[way]))

    return make
