"""One camera's detections to its finals.

In: its messages, in the log's order, and layout marks. Out: records.

A pure function of those: no clock, and nothing of other cameras. A message is a replay by its
offset or out of order by its time, and then changes nothing; otherwise it moves the camera's time:
first what became certain is decided, then windows close, then what it brings is absorbed.
"""

from collections import Counter
from collections.abc import Callable

import msgspec

from schemas.alerts import AlertRecord
from schemas.detections import Detection, DetectionStatus
from schemas.live import LiveCamera, LiveTrack, LiveZone
from schemas.topics import Result
from schemas.units import COORDINATE_DECIMALS
from streams.metrics.alert_book import AlertBook
from streams.metrics.alerts import AlertState
from streams.metrics.boxes import Boxes, followable
from streams.metrics.bumps import ALIKE_SHARE, MIN_TRACKS, Mover, alike_share, is_steady, mover
from streams.metrics.followed import Followed
from streams.metrics.journeys import Journeys
from streams.metrics.ledger import Ledger, LedgerState
from streams.metrics.plan import NO_LAYOUT, CameraPlan, ZonePlan
from streams.metrics.records import ClosedWindow
from streams.metrics.timeline import Entry, Timeline
from streams.tracking import Tracker, TrackerSettings, TrackUpdate

BEFORE_ALL = -1
"""Before the first message: no run, no offset, no time."""


class CameraState(msgspec.Struct, array_like=True):
    """What a snapshot keeps of a camera."""

    run: int = BEFORE_ALL
    """Run of the last absorbed message."""
    frame_offset: int = BEFORE_ALL
    """Its offset among the frames."""
    at_ms: int = BEFORE_ALL
    """The camera's time: event time of its last absorbed message."""
    ok_at_ms: int = BEFORE_ALL
    """Event time of the last `ok` frame since the last end."""
    held_until_ms: int = BEFORE_ALL
    """How far the hold of that frame is booked."""
    ended_until_ms: int = 0
    """What `ended` has closed."""
    bumped_at_ms: int = BEFORE_ALL
    """The last frame in which the camera itself moved."""
    aspect: float = 1.0
    """Width over height of the last `ok` frame."""
    heard_at_ms: int = BEFORE_ALL
    """The site's time when this camera last spoke; for the present only."""
    timeline: list[Entry] = msgspec.field(default_factory=lambda: [(0, NO_LAYOUT)])
    """Which version of the layout holds from when; older ones leave with their last window."""
    ledger: LedgerState = msgspec.field(default_factory=LedgerState)
    """Its open windows."""
    tracks: dict[str, Followed] = {}
    """Its confirmed tracks, by the tracker's id; each leaves when it ends."""
    alerts: dict[str, AlertState] = {}
    """Its rules' alerts; each leaves with its rule."""
    tracker: bytes = b""
    """The tracker's own state; empty before the first frame."""
    watched_from_ms: int = BEFORE_ALL
    """The first `ok` frame since one no longer held, or an end."""


class CameraEngine:
    """One camera: state, and what moves it."""

    def __init__(
        self,
        owner: tuple[str, str],
        state: CameraState,
        make_plan: Callable[[int], CameraPlan],
    ) -> None:
        self._owner = owner
        self.state = state
        self.counters: Counter[str] = Counter()
        self.timeline = Timeline(state.timeline, make_plan)
        self.ledger = Ledger(self.timeline, state.ledger)
        self.journeys = Journeys(owner, self.timeline, self.ledger, state.tracks)
        self.journeys.crossings.bumped_at_ms = state.bumped_at_ms
        self.journeys.crossings.watched_from_ms = state.watched_from_ms
        self.journeys.following.aspect = state.aspect
        self._alerts = AlertBook(owner, state.alerts)
        self._plan = self.timeline.plan_at(max(state.at_ms, 0))
        self._tracker = self._new_tracker(state.tracker)

    def saved(self) -> CameraState:
        """The state, complete."""
        self.state.timeline = self.timeline.entries
        self.state.tracker = self._tracker.state()
        return self.state

    def adopt(self, version: int, *, from_ms: int) -> None:
        """A version of the layout was published: it holds from the first window boundary it may."""
        after_ms = None if self.state.at_ms == BEFORE_ALL else self.state.at_ms
        self.timeline.adopt(version, from_ms=from_ms, after_ms=after_ms)
        self._use_plan()

    def observe(self, detection: Detection) -> tuple[list[Result], list[ClosedWindow]]:
        """What one message makes certain: records, and the windows it closed, oldest first."""
        at_ms = detection.captured_at_ms
        cause = self._skip_cause(detection)
        if cause is not None or at_ms is None:
            self.counters[cause or detection.status.value] += 1
            return [], []
        self.counters[detection.status.value] += 1
        results: list[Result] = []
        self._decide(at_ms, is_end=detection.status is DetectionStatus.ENDED)
        results += self.journeys.take_records()
        if detection.status is DetectionStatus.ENDED:
            closed = self._end(at_ms)
        else:
            closed = self._close(at_ms)
        for window in closed:
            results += window.records(self.ledger)
            results += self._alerts.on_window(window.plan, window.tally)
        if closed:
            self.ledger.forget(self.journeys.oldest_ms(at_ms))
        if detection.status is DetectionStatus.ENDED:
            results += self._alerts.end(at_ms)
        self._move_to(detection, at_ms)
        if detection.status is DetectionStatus.OK:
            results += self._absorb(detection, at_ms)
        return results, closed

    @property
    def version(self) -> int:
        """Version of the layout in force."""
        return self._plan.version

    @property
    def is_in_layout(self) -> bool:
        """Whether a layout that holds, or will, names the camera."""
        return any(plan.is_in_layout for plan in self.timeline.plans)

    @property
    def has_ended(self) -> bool:
        """Whether its source is finished, and no frame was seen since."""
        return self.state.ended_until_ms > 0 and self.state.ok_at_ms == BEFORE_ALL

    def live(self, site_at_ms: int) -> LiveCamera:
        """The camera's present; one that is silent has nobody in view.

        Args:
            site_at_ms: Event time of the newest frame of any camera.
        """
        is_silent = site_at_ms - self.state.heard_at_ms > self._plan.camera.gap_ms
        tracks = [] if is_silent else self._tracks_in_view()
        zones = [] if self.state.at_ms == BEFORE_ALL else self._plan.zones
        return LiveCamera(
            camera=self._owner[1],
            at_ms=max(self.state.at_ms, 0),
            tracks=tracks,
            zones=[self._live_zone(zone, is_silent=is_silent) for zone in zones],
        )

    def _live_zone(self, zone: ZonePlan, *, is_silent: bool) -> LiveZone:
        history = self.state.ledger.zones.get(zone.id)
        if is_silent or history is None:
            return LiveZone(zone=zone.id, count=0, longest_open_wait_ms=None)
        waiting = history.followed_waits.values()
        longest_ms = self.state.at_ms - min(waiting) if waiting else None
        count = len(waiting if zone.is_queue else history.stays.open)
        return LiveZone(zone=zone.id, count=count, longest_open_wait_ms=longest_ms)

    def _tracks_in_view(self) -> list[LiveTrack]:
        """Tracks seen within the hold of the newest frame, by id."""
        since_ms = self.state.ok_at_ms - self._plan.camera.hold_ms
        return sorted(
            (
                LiveTrack(
                    track=one.id,
                    x=round(one.seen_x, COORDINATE_DECIMALS),
                    y=round(one.seen_y, COORDINATE_DECIMALS),
                )
                for one in self.state.tracks.values()
                if one.seen_at_ms >= since_ms
            ),
            key=lambda one: one.track,
        )

    def _skip_cause(self, detection: Detection) -> str | None:
        """Why a message changes nothing, or None; one that lost its time changes nothing either."""
        run = self.state.run if detection.run is None else detection.run
        is_of_older_run = run < self.state.run
        is_absorbed = run == self.state.run and detection.frame_offset <= self.state.frame_offset
        if is_of_older_run or is_absorbed:
            return "replayed"
        at_ms = detection.captured_at_ms
        if at_ms is not None and at_ms <= self.state.at_ms:
            return "out_of_order"
        if at_ms is not None and at_ms < self.state.ended_until_ms:
            return "after_end"
        return None

    def _decide(self, at_ms: int, *, is_end: bool) -> None:
        """Settle what the camera's new time makes certain, whatever the message brings."""
        state = self.state
        if state.ok_at_ms == BEFORE_ALL:
            return
        camera = self.timeline.plan_at(state.ok_at_ms).camera
        until_ms = min(at_ms, state.ok_at_ms + camera.hold_ms)
        if until_ms > state.held_until_ms:
            self.ledger.hold(state.held_until_ms, until_ms)
            state.held_until_ms = until_ms
        if is_end or at_ms - state.ok_at_ms > camera.gap_ms:
            self._tracker.end_all()
            self.journeys.end_all()
        if is_end or at_ms - state.ok_at_ms > camera.hold_ms:
            state.watched_from_ms = BEFORE_ALL
        if is_end:
            self.journeys.expire_all()
        else:
            self.journeys.expire(at_ms)

    def _close(self, at_ms: int) -> list[ClosedWindow]:
        """Close the windows that have settled; nobody who may change one is undecided."""
        _, end_ms, plan = self.timeline.window_at(self.ledger.state.closed_until_ms)
        settle_ms = max(plan.camera.settle_ms, self._plan.camera.settle_ms)
        limit_ms = at_ms - settle_ms
        if limit_ms < end_ms:
            return []
        # What its absences may still change lies before a track's last sight by less than this.
        lead_ms = settle_ms - self._plan.camera.lost_ms
        limit_ms = min(limit_ms, self.journeys.decided_until_ms(limit_ms, lead_ms=lead_ms))
        if limit_ms < end_ms:
            return []
        self.journeys.settle(at_ms)
        return self._closed(limit_ms)

    def _end(self, at_ms: int) -> list[ClosedWindow]:
        """The source is finished: close every window that began before its end."""
        _, end_ms, _ = self.timeline.window_at(max(at_ms - 1, 0))
        self.state.ended_until_ms = end_ms
        self.state.ok_at_ms = BEFORE_ALL
        return self._closed(end_ms)

    def _closed(self, limit_ms: int) -> list[ClosedWindow]:
        site, camera = self._owner
        return [
            ClosedWindow(site, camera, self.timeline.plan_of(tally.version), tally)
            for tally in self.ledger.close(limit_ms)
        ]

    def _move_to(self, detection: Detection, at_ms: int) -> None:
        if detection.run is not None:
            self.state.run = detection.run
        self.state.frame_offset, self.state.at_ms = detection.frame_offset, at_ms
        self._use_plan()

    def _use_plan(self) -> None:
        """Go on under the layout that holds at the camera's time."""
        plan = self.timeline.plan_at(max(self.state.at_ms, 0))
        if plan is not self._plan:
            self._plan = plan
            self._tracker = self._new_tracker(self._tracker.state())

    def _absorb(self, detection: Detection, at_ms: int) -> list[Result]:
        """Follow the people of an `ok` frame."""
        if not detection.width or not detection.height:
            self.counters["bad_frame"] += 1
            return []
        frame_shape = detection.width, detection.height
        if self.state.watched_from_ms == BEFORE_ALL:
            self.state.watched_from_ms = self.journeys.crossings.watched_from_ms = at_ms
        boxes = followable(detection, self._plan, frame_shape)
        self.counters["bad_box"] += boxes.bad_count
        self.counters["ignored_box"] += boxes.ignored_count
        update = self._tracker.update(at_ms, boxes.xyxy, boxes.scores, frame_shape=frame_shape)
        self.state.aspect = self.journeys.following.aspect = frame_shape[0] / frame_shape[1]
        results: list[Result] = []
        results += self._judge_bump(update, boxes, at_ms)
        self.journeys.frame_before_ms = self.state.ok_at_ms
        for sight in update.sights:
            self.journeys.see(sight)
        for key in update.ended:
            self.journeys.end(key)
        self.state.ok_at_ms = self.state.held_until_ms = at_ms
        results += self.journeys.take_records()
        results += self._alerts.on_frame(self._plan, self.ledger, at_ms)
        return results

    def _judge_bump(self, update: TrackUpdate, boxes: Boxes, at_ms: int) -> list[AlertRecord]:
        """Whether this frame shows that the camera itself moved: no path leads over it then."""
        before_ms, aspect = self.state.ok_at_ms, self.journeys.following.aspect
        before = [one for one in self.state.tracks.values() if one.seen_at_ms == before_ms]
        if len(before) < MIN_TRACKS or self._are_mostly_steady(update, len(before), at_ms):
            return []
        movers = [self._mover(one, at_ms) for one in before]
        share = alike_share(movers, boxes.feet(aspect), passed_ms=at_ms - before_ms)
        if share is None:
            return []
        self.counters["bumped"] += 1
        self.state.bumped_at_ms = self.journeys.crossings.bumped_at_ms = at_ms
        return self._alerts.on_bump(at_ms, self._plan.version, share)

    def _are_mostly_steady(self, update: TrackUpdate, track_count: int, at_ms: int) -> bool:
        """Whether too many tracks were followed without a jump for the view to have moved."""
        tracks, before_ms = self.state.tracks, self.state.ok_at_ms
        aspect = self.journeys.following.aspect
        missing = (1.0 - ALIKE_SHARE) * track_count
        for sight in update.sights:
            track = tracks.get(sight.track)
            if track is not None and track.seen_at_ms == before_ms:
                x, y = sight.foot_xy
                missing -= is_steady(self._mover(track, at_ms), x * aspect, y)
                if missing <= 0.0:
                    return True
        return False

    def _mover(self, track: Followed, at_ms: int) -> Mover:
        aspect = self.journeys.following.aspect
        return mover(track, at_ms, aspect=aspect, bumped_at_ms=self.state.bumped_at_ms)

    def _new_tracker(self, saved: bytes) -> Tracker:
        settings = TrackerSettings(lost_ms=self._plan.camera.lost_ms)
        return Tracker.restore(settings, saved) if saved else Tracker(settings)
