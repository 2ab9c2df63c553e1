"""Detections of one camera to tracks: people followed from frame to frame. No clock, no I/O."""

from streams.tracking.settings import TrackerSettings
from streams.tracking.sights import Sight, TrackUpdate
from streams.tracking.tracker import Tracker, warm_up

__all__ = ["Sight", "TrackUpdate", "Tracker", "TrackerSettings", "warm_up"]
