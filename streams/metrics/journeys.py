"""Confirmed tracks from their first sight to their record.

In: sights, ends. Out: track and crossing records.

Decides what of a track the metrics get: everything, or, while it may be staff, nothing yet. Cuts
tracks that grow too old: the record is written, the person goes on under the next part's id.
"""

from schemas.crossings import CrossingRecord
from schemas.tracks import TrackCrossing, TrackRecord, Visit
from schemas.units import COORDINATE_DECIMALS
from streams.metrics.crossings import Crossings
from streams.metrics.followed import Followed, Path, StaffTrial
from streams.metrics.following import Following
from streams.metrics.ledger import Ledger
from streams.metrics.line_walks import Crossing
from streams.metrics.plan import CameraPlan
from streams.metrics.recalls import Recalls
from streams.metrics.sights import CountedSight
from streams.metrics.staff import Verdict, judge, trial_of
from streams.metrics.timeline import Timeline
from streams.metrics.visit_recalls import VisitRecalls
from streams.tracking.sights import Sight


class Journeys:
    """The confirmed tracks of one camera.

    `tracks` is keyed by the tracker's id; a track leaves when it ends. Records wait in `records`
    until taken.
    """

    def __init__(
        self,
        owner: tuple[str, str],
        timeline: Timeline,
        ledger: Ledger,
        tracks: dict[str, Followed],
    ) -> None:
        self._site, self._camera = owner
        self._timeline = timeline
        self.tracks = tracks
        self._recalls = Recalls(ledger, tracks)
        self._visit_recalls = VisitRecalls(ledger, tracks)
        self.crossings = Crossings(timeline, ledger, tracks, self._record_crossing)
        self.following = Following(
            timeline, ledger, self.crossings, self._recalls, self._visit_recalls
        )
        self._records: list[TrackRecord | CrossingRecord] = []
        self.frame_before_ms = 0
        """The frame before the one at hand."""

    def take_records(self) -> list[TrackRecord | CrossingRecord]:
        """The records since the last call, in the order in which they became certain."""
        records, self._records = self._records, []
        return records

    def see(self, sight: Sight) -> None:
        """A confirmed track was seen."""
        x, y = sight.foot_xy
        at_ms = sight.at_ms
        counted = (at_ms, x, y, sight.height)
        plan = self._timeline.plan_at(at_ms)
        track = self.tracks.get(sight.track)
        if track is None:
            track = Followed(sight.track, sight.track, at_ms, *counted)
            self.tracks[sight.track] = track
            track.trial = trial_of(plan, counted)
        elif at_ms - track.started_at_ms > plan.camera.max_track_ms:
            self._cut(track)
        if track.seen_at_ms < self.frame_before_ms:
            track.hide(at_ms)
        track.path.add(at_ms, x, y)
        track.leave_trail(at_ms, x, y)
        if track.trial is not None:
            self._hear(track, track.trial, plan, counted)
        elif not track.is_staff:
            self.following.see(track, plan, counted)
        track.past_at_ms, track.past_x, track.past_y = track.seen_at_ms, track.seen_x, track.seen_y
        track.seen_at_ms, track.seen_x, track.seen_y, track.seen_height = counted

    def end(self, key: str, *, is_watched: bool = True) -> None:
        """A track has ended at its last sight; `is_watched`: there were frames since."""
        track = self.tracks.pop(key)
        if track.trial is not None:
            self._release(track, track.trial)
        if not track.is_staff:
            self.following.end(track, is_watched=is_watched)
        self._records.append(self._track_record(track))

    def end_all(self) -> None:
        """Every track has ended at its last sight: there are no frames for now."""
        for key in list(self.tracks):
            self.end(key, is_watched=False)

    def settle(self, at_ms: int) -> None:
        """Decide and write down what is certain at an instant: windows are about to close."""
        for track in self.tracks.values():
            if track.is_counted:
                self.following.decide(track, at_ms)
                self.following.book(track)

    def expire(self, at_ms: int) -> None:
        """Who vanished and has not turned up by an instant does so no more."""
        plan = self._timeline.plan_at(at_ms)
        self._recalls.expire(at_ms, plan)
        self._visit_recalls.expire(at_ms, plan)

    def expire_all(self) -> None:
        """The source has ended: nobody turns up any more."""
        self._recalls.expire_all()
        self._visit_recalls.expire_all()

    def decided_until_ms(self, now_ms: int, *, lead_ms: int) -> int:
        """The instant before which nobody who is followed or may turn up can change anything.

        Args:
            now_ms: The answer if there is nobody.
            lead_ms: The longest time before a track's last sight in which it may still change
                something.
        """
        vanished = self._recalls.pending_since() + self._visit_recalls.pending_since()
        until_ms = min([now_ms, *vanished])
        for track in self.tracks.values():
            if track.trial is not None:
                until_ms = min(until_ms, track.trial.born_at_ms)
            elif not track.is_staff:
                pending = self.following.pending_since(track)
                until_ms = min(until_ms, track.seen_at_ms - lead_ms, *pending)
        return until_ms

    def oldest_ms(self, now_ms: int) -> int:
        """The earliest instant any track's state still refers to; now, if there is no track."""
        return min(
            (
                track.trial.born_at_ms if track.trial is not None else track.seen_at_ms
                for track in self.tracks.values()
            ),
            default=now_ms,
        )

    def _hear(
        self, track: Followed, trial: StaffTrial, plan: CameraPlan, sight: CountedSight
    ) -> None:
        verdict = judge(trial, plan, sight)
        if verdict is Verdict.STAFF:
            track.is_staff, track.trial = True, None
        elif verdict is Verdict.GUEST:
            self._release(track, trial)

    def _release(self, track: Followed, trial: StaffTrial) -> None:
        track.trial = None
        for sight in trial.sights:
            self.following.see(track, self._timeline.plan_at(sight[0]), sight)

    def _cut(self, track: Followed) -> None:
        """Write the record of one part; the next begins at the same sight, so no time is lost."""
        self._records.append(self._track_record(track))
        track.continues = track.id
        track.part += 1
        track.is_new = False
        track.id = f"{track.key}-{track.part}"
        track.started_at_ms = track.seen_at_ms
        track.visits, track.crossings, track.path = [], [], Path()
        track.path.add(track.seen_at_ms, track.seen_x, track.seen_y)

    def _track_record(self, track: Followed) -> TrackRecord:
        return TrackRecord(
            site=self._site,
            camera=self._camera,
            layout_version=self._timeline.plan_at(track.seen_at_ms).version,
            track=track.id,
            started_at_ms=track.started_at_ms,
            ended_at_ms=track.seen_at_ms,
            continues=track.continues,
            path=track.path.ended(track.seen_at_ms, track.seen_x, track.seen_y),
            visits=[
                Visit(
                    zone=one.zone,
                    entered_at_ms=one.entered_at_ms,
                    exited_at_ms=one.exited_at_ms,
                    dwell_ms=one.dwell_ms,
                )
                for one in sorted(track.visits, key=lambda one: (one.entered_at_ms, one.zone))
            ],
            crossings=[
                TrackCrossing(line=one.line, crossed_at_ms=one.at_ms, direction=one.direction)
                for one in sorted(track.crossings, key=lambda one: (one.at_ms, one.line))
            ],
            staff=track.is_staff,
        )

    def _record_crossing(self, track: Followed, line: str, crossing: Crossing) -> None:
        self._records.append(
            CrossingRecord(
                site=self._site,
                camera=self._camera,
                layout_version=self._timeline.plan_at(crossing.at_ms).version,
                line=line,
                track=track.id,
                crossed_at_ms=crossing.at_ms,
                direction=crossing.direction,
                # Adding 0.0 turns a rounded -0.0 into 0.0.
                xy=(
                    round(crossing.x, COORDINATE_DECIMALS) + 0.0,
                    round(crossing.y, COORDINATE_DECIMALS) + 0.0,
                ),
            )
        )
