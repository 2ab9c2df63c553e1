"""The topics: what each holds, how it is keyed, kept and partitioned.

Names here are without the prefix; `KafkaSettings.topic_name` adds it. Event time is in headers and
values only: every topic stamps records with the broker's own time.
"""

from dataclasses import dataclass

from schemas.alerts import AlertRecord
from schemas.crossings import CrossingRecord
from schemas.dead import DeadRecord
from schemas.detections import Detection, LayoutMark
from schemas.dwell import DwellRecord
from schemas.flows import FlowRecord
from schemas.health import HealthRecord
from schemas.heatmaps import HeatmapRecord
from schemas.journeys import JourneyRecord
from schemas.layout import SiteLayout
from schemas.live import LiveRecord
from schemas.occupancy import OccupancyRecord
from schemas.queues import QueueRecord
from schemas.sites import SiteRecord
from schemas.tracks import TrackRecord

DEFAULT_PREFIX = "footfall."

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

Result = (
    TrackRecord
    | CrossingRecord
    | OccupancyRecord
    | DwellRecord
    | QueueRecord
    | FlowRecord
    | HeatmapRecord
    | JourneyRecord
    | SiteRecord
    | AlertRecord
)
"""What the engine says once and for ever: deterministic keys, deterministic values."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic."""

    name: str
    """Name without the prefix."""
    message_type: type | None
    """Type of its JSON value; None where the value is an image, bytes, or of two kinds."""
    key_fields: tuple[str, ...]
    """Fields of the message whose values, joined by `/`, are its key."""
    is_compacted: bool
    """Whether the newest value of each key is kept."""
    retention_ms: int | None
    """Age at which records are deleted, ms; None keeps them for ever (compacted only)."""
    max_message_bytes: int = 1024 * 1024
    """Largest record, bytes."""


FRAMES = Topic("frames", None, ("site", "camera"), False, HOUR_MS, 5 * 1024 * 1024)
DETECTIONS = Topic("detections", None, ("site",), False, 7 * DAY_MS, 2 * 1024 * 1024)
TRACKS = Topic("tracks", TrackRecord, ("site", "camera", "track"), True, 30 * DAY_MS)
CROSSINGS = Topic(
    "crossings",
    CrossingRecord,
    ("site", "camera", "track", "line", "crossed_at_ms"),
    True,
    400 * DAY_MS,
)
_ZONE_WINDOW = ("site", "zone", "window_start_ms")
OCCUPANCY = Topic("occupancy", OccupancyRecord, _ZONE_WINDOW, True, 400 * DAY_MS)
DWELL = Topic("dwell", DwellRecord, _ZONE_WINDOW, True, 400 * DAY_MS)
QUEUES = Topic("queues", QueueRecord, _ZONE_WINDOW, True, 400 * DAY_MS)
FLOWS = Topic("flows", FlowRecord, ("site", "line", "window_start_ms"), True, 400 * DAY_MS)
HEATMAPS = Topic(
    "heatmaps", HeatmapRecord, ("site", "camera", "space", "window_start_ms"), True, 400 * DAY_MS
)
JOURNEYS = Topic(
    "journeys", JourneyRecord, ("site", "camera", "window_start_ms"), True, 400 * DAY_MS
)
SITES = Topic("sites", SiteRecord, ("site", "window_start_ms"), True, 400 * DAY_MS)
ALERTS = Topic(
    "alerts", AlertRecord, ("site", "rule", "entity", "opened_at_ms"), True, 400 * DAY_MS
)
LIVE = Topic("live", LiveRecord, ("site",), False, 10 * MINUTE_MS)
HEALTH = Topic("health", HealthRecord, ("site", "camera", "part"), True, None)
LAYOUTS = Topic("layouts", SiteLayout, ("site", "version"), True, None)
FLAGGED = Topic("flagged", None, ("site", "camera"), False, 7 * DAY_MS, 5 * 1024 * 1024)
"""For frames worth a person's look. The topic is there for who sorts them out; no part of Footfall
writes it."""
DEAD = Topic("dead", DeadRecord, (), False, 30 * DAY_MS)
SNAPSHOTS = Topic("snapshots", None, (), True, None, 8 * 1024 * 1024)
"""The engine's own: what it knew when it claimed its results. Not for readers."""

RESULT_TOPICS: tuple[Topic, ...] = (
    TRACKS,
    CROSSINGS,
    OCCUPANCY,
    DWELL,
    QUEUES,
    FLOWS,
    HEATMAPS,
    JOURNEYS,
    SITES,
    ALERTS,
)
"""Topics of `Result`: the engine writes them, analysts and the view writer read them."""

TOPICS: tuple[Topic, ...] = (
    FRAMES,
    DETECTIONS,
    *RESULT_TOPICS,
    LIVE,
    HEALTH,
    LAYOUTS,
    FLAGGED,
    DEAD,
    SNAPSHOTS,
)

_TOPIC_OF: dict[type, Topic] = {
    topic.message_type: topic for topic in TOPICS if topic.message_type is not None
} | {Detection: DETECTIONS, LayoutMark: DETECTIONS}


def topic_of(message: object) -> Topic:
    """The topic a message belongs to, by its type.

    Raises:
        KeyError: If no topic holds that type.
    """
    return _TOPIC_OF[type(message)]


def key_of(message: object) -> bytes:
    """The key of a message in its topic.

    Example:
        >>> from schemas.flows import FlowRecord
        >>> key_of(
        ...     FlowRecord(
        ...         site="s",
        ...         camera="c",
        ...         layout_version=1,
        ...         window_start_ms=60_000,
        ...         window_end_ms=120_000,
        ...         coverage=1.0,
        ...         line="door",
        ...         in_total=1,
        ...         out_total=0,
        ...     )
        ... )
        b's/door/60000'
    """
    fields = topic_of(message).key_fields
    return "/".join(str(getattr(message, name)) for name in fields).encode()


def topic_config(topic: Topic) -> dict[str, str]:
    """The broker's settings of a topic."""
    policies = ["compact"] if topic.is_compacted else []
    if topic.retention_ms is not None:
        policies.append("delete")
    config = {
        "cleanup.policy": ",".join(policies),
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(topic.max_message_bytes),
    }
    if topic.retention_ms is not None:
        config["retention.ms"] = str(topic.retention_ms)
    return config
