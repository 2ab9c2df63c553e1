"""What the API answers, as types; their JSON and its documentation come from these.

Every number stands beside the coverage of the time it speaks of; what is not known is null, never
0.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field


class Answer:
    """The base of answers: the line under each field is its documentation."""

    __slots__ = ()
    __pydantic_config__: ClassVar = ConfigDict(use_attribute_docstrings=True)


# Not lines under the fields: those are lost where a class inherits them.
StartMs = Annotated[int, Field(description="First instant, ms since the epoch.")]
EndMs = Annotated[int, Field(description="First instant after it, ms since the epoch.")]
Open = Annotated[
    float | None,
    Field(
        description="Share of it in which the site is open by its newest layout, 0-1; null without "
        "opening hours."
    ),
]
Seen = Annotated[
    float,
    Field(
        description="Share of it in which the camera was seen, 0-1; with `open_only`, of its open "
        "time."
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point(Answer):
    """A stretch of event time, half-open; every number beside it is about this stretch."""

    start_ms: StartMs
    end_ms: EndMs
    open_fraction: Open
    coverage: Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class OccupancyPoint(Point):
    """People in a zone."""

    count_mean: float | None
    """Mean number of people while it was seen."""
    count_max: int | None
    """Largest number of people at one instant."""
    person_ms: int | None
    """Time spent in the zone by all people together, ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellPoint(Point):
    """Visits to a zone that ended."""

    visit_total: int | None
    """Visits that ended."""
    dwell_mean_ms: int | None
    """Mean dwell, ms."""
    dwell_p50_ms: int | None
    """Median dwell, ms; over several windows from their merged histograms."""
    dwell_p95_ms: int | None
    """95th percentile of dwell, ms; over several windows from their merged histograms."""
    open_visit_count: int | None
    """Visits that go on at the end of the newest window seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePoint(Point):
    """A queue."""

    length_mean: float | None
    """Mean number of people waiting, over the time it was seen."""
    length_max: int | None
    """Largest number of people waiting at one instant."""
    joined_total: int | None
    """People who joined."""
    served_total: int | None
    """People who entered service."""
    abandoned_total: int | None
    """People who left without service."""
    lost_total: int | None
    """People whose end in the queue could not be seen."""
    direct_total: int | None
    """People who entered service without waiting."""
    open_count: int | None
    """People who wait at the end of the newest window seen."""
    wait_mean_ms: int | None
    """Mean wait of those served, ms."""
    wait_p50_ms: int | None
    """Median wait of those served, ms; over several windows from their merged histograms."""
    wait_p95_ms: int | None
    """95th percentile of the wait, ms; over several windows from their merged histograms."""
    longest_open_wait_ms: int | None
    """Longest wait so far of those who wait at the end of the newest window seen, ms."""
    over_threshold_ms: int | None
    """Time in which the queue was longer than the layout's `long_above`, ms."""
    littles_law_wait_ms: int | None
    """Mean time in the queue by Little's law, ms: a check; null where it does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPoint(Point):
    """Crossings of a line."""

    in_total: int | None
    """Crossings to the right-hand side of A->B."""
    out_total: int | None
    """Crossings to the left-hand side of A->B."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FootfallPoint(Point):
    """A site as a whole."""

    entry_total: int | None
    """People who came in."""
    exit_total: int | None
    """People who went out."""
    person_ms: int | None
    """Time spent on the floor plan, ms; null without a homography."""
    complete: bool | None
    """Whether every window of the stretch is there and every camera has passed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyPoint(Point):
    """Steps of people from zone to zone of a camera, over all cameras of a site."""

    transitions: list[tuple[str | None, str | None, int]] | None
    """`[from zone, to zone, count]`, sorted, null first; null is before a person's first visit, and
    after the last."""


PointT = TypeVar("PointT", bound=Point)
"""What a series is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series(Answer, Generic[PointT]):
    """One zone, line or site over time."""

    id: str
    """Id of the zone or line; of the site where the series is about the site."""
    camera: str | None
    """Id of the camera that sees it; null for a site."""
    total: PointT
    """The whole span as one stretch."""
    points: list[PointT]
    """Every bucket of the span, oldest first, also those in which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesAnswer(Answer, Generic[PointT]):
    """Series of one site over one span."""

    site: str
    """Id of the site."""
    time_zone: str
    """IANA name of the site's time zone."""
    from_ms: int | None
    """First instant answered for, on the windows' grid; null where nothing exists yet."""
    to_ms: int | None
    """First instant after the span; null where nothing exists yet."""
    step_ms: int
    """Length of a bucket, ms."""
    series: list[Series[PointT]]
    """By id, in the layout's order; those the layout no longer has come last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneysAnswer(Answer):
    """Steps between the zones of one site over one span."""

    site: str
    """Id of the site."""
    time_zone: str
    """IANA name of the site's time zone."""
    from_ms: int | None
    """First instant answered for, on the windows' grid; null where nothing exists yet."""
    to_ms: int | None
    """First instant after the span; null where nothing exists yet."""
    step_ms: int
    """Length of a bucket, ms."""
    total: JourneyPoint | None
    """The whole span as one stretch; null where nothing exists yet."""
    points: list[JourneyPoint]
    """Every bucket of the span, oldest first, also those in which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heatmap(Answer):
    """Time spent per cell."""

    camera: str | None
    """Id of the camera; null for the floor plan, to which all cameras add."""
    space: Literal["image", "floor"]
    """What the cells lie on."""
    rows: int
    """Number of rows; row 0 is at the top (image) or at y = 0 m (floor)."""
    cols: int
    """Number of columns."""
    cell_m: float | None
    """Side of a floor cell, m."""
    coverage: float
    """Share of the span in which the camera was seen; over several cameras their mean."""
    person_ms: int
    """Sum of the cells, ms."""
    cells: list[tuple[int, int, int]]
    """`[row, col, person_ms]` of the cells that are not zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatmapAnswer(Answer):
    """Heatmaps of one site, each summed over the span; empty where nothing is known."""

    site: str
    """Id of the site."""
    from_ms: int | None
    """First instant answered for."""
    to_ms: int | None
    """First instant after the span."""
    heatmaps: list[Heatmap]
    """By camera; a camera whose grid changed within the span has several."""


class CameraState(StrEnum):
    """How a camera does, judged by the clock."""

    LIVE = "live"
    """Frames are arriving."""
    SILENT = "silent"
    """Frames have arrived, but none lately."""
    UNKNOWN = "unknown"
    """No frame has arrived yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraHealth(Answer):
    """How a camera and its part of the chain do."""

    camera: str
    """Id of the camera."""
    state: CameraState
    """`live`, `silent` or `unknown`."""
    newest_at_ms: int | None
    """Event time of its newest frame, ms since the epoch."""
    rate_hz: float | None
    """Frames per second that reach the engine."""
    counters: dict[str, dict[str, int]]
    """Frames by what became of them, per part of the chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Today(Answer):
    """A site since its daily reset."""

    since_ms: int
    """The reset, ms since the epoch: the layout's `reset_at` in the site's time zone."""
    to_ms: int
    """Until when, ms since the epoch."""
    coverage: float
    """Share of the time since the reset in which the cameras were seen."""
    entry_total: int | None
    """Footfall: people who came in."""
    exit_total: int | None
    """People who went out."""
    occupancy_count: int | None
    """People inside: in minus out since the reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOverview(Answer):
    """A site in the list of sites."""

    site: str
    """Id of the site."""
    time_zone: str
    """IANA name of its time zone."""
    layout_version: int | None
    """Newest version of its layout; null without one."""
    newest_at_ms: int | None
    """Newest event time known of it, ms since the epoch."""
    cameras: dict[str, int]
    """Number of cameras by state: `live`, `silent`, `unknown`."""
    today: Today | None
    """Since the daily reset before the newest event time; null where nothing exists yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitesAnswer(Answer):
    """All sites, by id."""

    sites: list[SiteOverview]
    """One per site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAnswer(Answer):
    """One site."""

    site: str
    """Id of the site."""
    time_zone: str
    """IANA name of its time zone."""
    newest_at_ms: int | None
    """Newest event time known of it, ms since the epoch."""
    layout: dict[str, Any] | None
    """Newest version of its layout; null without one."""
    cameras: list[CameraHealth]
    """The layout's cameras in its order, then others that sent frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryAnswer(Answer):
    """One site since its daily reset."""

    site: str
    """Id of the site."""
    time_zone: str
    """IANA name of its time zone."""
    is_open: bool | None
    """Whether the site is open at the end of `today`, by its newest layout; null without opening
    hours."""
    today: Today | None
    """Null where nothing exists yet."""
    drift_count: int | None
    """In minus out of the day before the reset: how far off that count was at the reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsAnswer(Answer):
    """Records of one kind, newest first, as they are on their topic."""

    site: str
    """Id of the site."""
    from_ms: int | None
    """First instant answered for."""
    to_ms: int | None
    """First instant after the span."""
    coverage: float
    """Share of the span in which the site's cameras were seen."""
    records: list[dict[str, Any]]
    """At most `limit`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Answer):
    """Why a question was not answered."""

    field: str
    """What it is about."""
    expected: str
    """What would be right."""
    got: str
    """What came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorAnswer(Answer):
    """The body of every answer whose status is 400 or above."""

    error: Problem
    """The first problem found."""
