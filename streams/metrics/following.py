"""What one more sight of a track means for zones, lines and heatmaps.

In: sights. Out: the ledger, crossings.

Time is booked in runs: as long as a track stays in the same zones and cell, a sight only moves the
run's end, and the sums are written when something changes or a window closes. Integers add up to
the same either way.
"""

from dataclasses import dataclass

from streams.geometry.floor import NO_CELL
from streams.metrics import presences, transitions, waits
from streams.metrics.cells import MIXED, image_cell
from streams.metrics.crossings import Crossings
from streams.metrics.followed import BUSY, UNSEEN, Followed
from streams.metrics.ledger import Ledger
from streams.metrics.line_walks import LineWalk, Step
from streams.metrics.plan import CameraPlan, ZonePlan
from streams.metrics.presences import NONE_MS, Person, Phase, Presence
from streams.metrics.recalls import Recalls
from streams.metrics.sights import CountedSight
from streams.metrics.timeline import Timeline
from streams.metrics.vanished import End
from streams.metrics.visit_recalls import VisitRecalls
from streams.metrics.ways import has_walked_out, is_walking, stood_at


class Following:
    """Books the sights of one camera's tracks.

    Keeps nothing: state is in `Followed` and the ledger.
    """

    def __init__(
        self,
        timeline: Timeline,
        ledger: Ledger,
        crossings: Crossings,
        recalls: Recalls,
        visit_recalls: VisitRecalls,
    ) -> None:
        self._recalls = recalls
        self._visit_recalls = visit_recalls
        self._timeline = timeline
        self._ledger = ledger
        self._crossings = crossings
        self.aspect = 1.0
        """Width over height of the frame at hand."""

    def see(self, track: Followed, plan: CameraPlan, sight: CountedSight) -> None:
        """Book one more sight, after all before."""
        at_ms, x, y, height = sight
        before = plan
        if track.version != plan.version:
            if track.version == UNSEEN:
                self._begin(track, plan, sight)
                return
            before = self._timeline.plan_of(track.version)
            self._change_layout(track, before, plan)
        until_ms = min(track.at_ms + before.hold_ms, at_ms)
        cell = image_cell(x, y)
        is_on_image = 0.0 <= x < 1.0 and 0.0 <= y < 1.0
        zones = plan.cell_zones[cell] if is_on_image else MIXED
        if zones == MIXED:
            zones = plan.zones_at(x, y)
        if zones != track.zones or not track.is_calm or until_ms < at_ms:
            self._book_zones(track, until_ms)
            track.zones_since_ms = at_ms
            person = Person(track.key, at_ms, until_ms, x, y, height)
            self._step_zones(track, plan, person, zones)
        floor_cell = plan.floor.cell_at(x, y) if plan.floor is not None else NO_CELL
        if cell != track.image_cell or floor_cell != track.floor_cell or until_ms < at_ms:
            self._book_cells(track, until_ms)
            track.cells_since_ms = at_ms
            track.image_cell, track.floor_cell = cell, floor_cell
        if not (
            track.right_of == plan.cell_right[cell]
            and track.left_of == plan.cell_left[cell]
            and is_on_image
            and track.at_ms >= self._crossings.bumped_at_ms
        ):
            step = Step(track.at_ms, at_ms, track.x, track.y, x, y)
            self._crossings.step(track, plan, step, height, aspect=self.aspect)
        track.at_ms, track.x, track.y = at_ms, x, y

    def book(self, track: Followed) -> None:
        """Write down the time up to the last sight: a window is about to close."""
        self._book_zones(track, track.at_ms)
        self._book_cells(track, track.at_ms)
        track.zones_since_ms = track.cells_since_ms = track.at_ms

    def decide(self, track: Followed, at_ms: int) -> None:
        """Settle what is certain once the camera's time is `at_ms`, whatever is seen then."""
        plan = self._timeline.plan_of(track.version)
        for name in list(track.presences):
            self._settle_absence(track, plan.zone_by_id[name], at_ms)

    def pending_since(self, track: Followed) -> list[int]:
        """From when on it is not certain yet where it stayed, or which queues it joined."""
        zones = self._timeline.plan_of(track.version).zone_by_id
        since = (
            presence.pending_since(zones[name].is_queue)
            for name, presence in track.presences.items()
        )
        return [at_ms for at_ms in since if at_ms is not None]

    def end(self, track: Followed, *, is_watched: bool) -> None:
        """Close everything at the track's last sight.

        Args:
            track: Has ended.
            is_watched: Whether there were frames since.
        """
        self.book(track)
        plan = self._timeline.plan_of(track.version)
        end = _End(track.at_ms, is_watched=is_watched)
        for name, presence in track.presences.items():
            self._end_presence(track, plan.zone_by_id[name], presence, end)
        track.presences.clear()
        self._crossings.end(track, plan, aspect=self.aspect)
        transitions.depart(track, self._ledger)

    def _begin(self, track: Followed, plan: CameraPlan, sight: CountedSight) -> None:
        at_ms, x, y, height = sight
        track.version, track.at_ms, track.x, track.y = plan.version, at_ms, x, y
        track.zones_since_ms = track.cells_since_ms = at_ms
        track.image_cell = image_cell(x, y)
        track.floor_cell = plan.floor.cell_at(x, y) if plan.floor is not None else NO_CELL
        track.walks = [LineWalk.born(one.place(x, y)[0]) for one in plan.segments(self.aspect)]
        person = Person(track.key, at_ms, at_ms, x, y, height)
        self._step_zones(track, plan, person, plan.zones_at(x, y))

    def _change_layout(self, track: Followed, before: CameraPlan, plan: CameraPlan) -> None:
        """Go on under another layout: what it no longer names ends where it came into force."""
        boundary_ms = self._timeline.end_of(before.version)
        until_ms = min(boundary_ms, track.at_ms + before.camera.hold_ms)
        self._book_zones(track, until_ms)
        track.zones_since_ms = until_ms
        for zone in before.zones:
            following = plan.zone_by_id.get(zone.id)
            if following is None or following.is_queue != zone.is_queue:
                presence = track.presences.pop(zone.id, None)
                if presence is not None:
                    self._end_presence(track, zone, presence, _End(until_ms, boundary_ms - 1))
        kept = {
            line.id: walk
            for line, walk in zip(before.lines, track.walks, strict=True)
            if line in plan.lines
        }
        track.walks = [
            kept.get(line.id) or LineWalk.born(segment.place(track.x, track.y)[0])
            for line, segment in zip(plan.lines, plan.segments(self.aspect), strict=True)
        ]
        track.version, track.is_calm = plan.version, False
        track.right_of = track.left_of = BUSY

    def _book_zones(self, track: Followed, until_ms: int) -> None:
        span = (track.zones_since_ms, until_ms)
        for name, presence in track.presences.items():
            if presence.phase == Phase.INSIDE:
                presence.inside_at_ms = track.at_ms
            if span[0] < until_ms:
                presences.spend(presence, name, self._ledger, span)

    def _book_cells(self, track: Followed, until_ms: int) -> None:
        span = (track.cells_since_ms, until_ms)
        self._ledger.spend(span, image_cell=track.image_cell, floor_cell=track.floor_cell)

    def _step_zones(self, track: Followed, plan: CameraPlan, person: Person, zones: int) -> None:
        is_calm = True
        for zone in plan.walked_zones:
            is_inside = bool(zones & zone.bit)
            if not is_inside and zone.id not in track.presences:
                continue
            self._settle_absence(track, zone, person.at_ms)
            presence = track.presences.get(zone.id)
            if presence is not None:
                self._step_presence(track, plan, zone, is_inside, person)
            elif is_inside:
                presence = track.presences[zone.id] = Presence(person.at_ms, person.at_ms)
            if is_inside and zone.queue is not None:
                self._reach_desk(track, zone.queue, person.at_ms)
            is_calm = is_calm and (presence is None or presence.is_calm(zone.is_queue))
        track.zones, track.is_calm = zones, is_calm

    def _step_presence(
        self, track: Followed, plan: CameraPlan, zone: ZonePlan, is_inside: bool, person: Person
    ) -> None:
        presence = track.presences[zone.id]
        if presence.is_waiting and is_inside:
            presence.desk_at_ms = NONE_MS
        elif presence.is_waiting and presence.phase == Phase.INSIDE:
            presence.place = stood_at(track, aspect=self.aspect)
        if is_inside:
            if zone.is_queue and presence.phase == Phase.EXCURSION:
                self._come_back(track, zone, presence, person.at_ms)
            has_begun = presences.step_inside(presence, zone, self._ledger, person)
        else:
            has_begun = presences.step_outside(
                presence,
                zone,
                self._ledger,
                person,
                is_at_edge=self._is_at_edge(presence, zone, person),
            )
        if has_begun and presence.visit_at_ms == presence.entered_at_ms:
            transitions.arrive(track, zone.id, self._ledger, presence.visit_at_ms)
            self._visit_recalls.recall(track, zone, aspect=self.aspect)
        if zone.is_queue and presence.phase != Phase.ENTERING:
            until_ms = person.at_ms if presence.phase == Phase.INSIDE else presence.left_at_ms
            if waits.is_long_enough(presence, zone, until_ms):
                self._join(track, zone, presence)
        if has_begun and zone.queue is not None:
            queue = plan.zone_by_id[zone.queue]
            presence.has_queued = self._enter_service(track, queue, presence.entered_at_ms)

    def _is_at_edge(self, presence: Presence, zone: ZonePlan, person: Person) -> bool:
        if not zone.band or presence.phase not in presences.IN_STAY:
            return False
        apart = zone.polygon.border_distance(person.x, person.y, aspect=self.aspect)
        return apart <= zone.band * person.height

    def _join(self, track: Followed, queue: ZonePlan, presence: Presence) -> None:
        joined_at_ms = self._recalls.come_back(track, queue, presence.entered_at_ms)
        if joined_at_ms is None:
            joined_at_ms = self._recalls.recall(track, queue, aspect=self.aspect)
        if joined_at_ms is None:
            waits.join(presence, queue.id, self._ledger, track.key)
        else:
            waits.go_on(presence, joined_at_ms)

    def _come_back(
        self, track: Followed, queue: ZonePlan, presence: Presence, back_at_ms: int
    ) -> None:
        """Who was taken to be served and is back in this stay, before it joins, waits on."""
        joined_at_ms = self._recalls.come_back(track, queue, back_at_ms)
        if joined_at_ms is not None:
            waits.go_on(presence, joined_at_ms)

    def _enter_service(self, track: Followed, queue: ZonePlan, at_ms: int) -> bool:
        """Whether somebody who waited, or came to the queue, is in service now."""
        presence = track.presences.get(queue.id)
        if presence is None or not presence.has_queued:
            joined_at_ms = self._recalls.recall(track, queue, aspect=self.aspect)
            if joined_at_ms is not None:
                waits.serve(queue.id, self._ledger, track.key, (joined_at_ms, at_ms))
                if presence is not None:
                    presence.has_queued = True
                return True
        if presence is None or not waits.is_in_time(presence, queue, at_ms):
            return False
        self._come_back(track, queue, presence, presence.entered_at_ms)
        if presence.is_waiting:
            self._recalls.settle(track.key, queue.id, presence)
            self._recalls.finish(track, queue, presence, at_ms, End.SERVED)
        elif not presence.has_queued:
            waits.serve_directly(presence, queue.id, self._ledger, at_ms)
        return True

    def _settle_absence(self, track: Followed, zone: ZonePlan, at_ms: int) -> None:
        presence = track.presences.get(zone.id)
        if presence is None or presence.phase != Phase.AWAY:
            return
        if presences.is_visit_over(presence, zone, at_ms):
            track.visits.append(presences.end_visit(presence, zone.id, self._ledger, track.key))
        if zone.is_queue:
            found = [track.presences.get(service) for service in zone.settings.service]
            services = [one for one in found if one is not None]
            if waits.is_abandoned(presence, zone, services, at_ms):
                self._leave(track, zone, presence)
        is_idle = not presence.has_visit and not presence.is_waiting
        if is_idle and at_ms - presence.left_at_ms > zone.away_ms:
            del track.presences[zone.id]

    def _reach_desk(self, track: Followed, queue: str, at_ms: int) -> None:
        presence = track.presences.get(queue)
        if presence is not None and presence.is_waiting and presence.desk_at_ms == NONE_MS:
            presence.desk_at_ms = at_ms

    def _leave(self, track: Followed, queue: ZonePlan, presence: Presence) -> None:
        self._recalls.settle(track.key, queue.id, presence)
        if waits.has_reached_desk(presence, queue):
            self._recalls.finish(track, queue, presence, presence.desk_at_ms, End.SERVED)
        else:
            plan = self._timeline.plan_of(track.version)
            self._recalls.leave(track, plan, queue, presence, aspect=self.aspect)

    def _end_presence(
        self, track: Followed, zone: ZonePlan, presence: Presence, end: "_End"
    ) -> None:
        is_away = presence.phase == Phase.AWAY
        if presence.phase == Phase.INSIDE:
            presence.left_at_ms = end.at_ms
            presence.place = stood_at(track, aspect=self.aspect)
        if presence.phase in presences.IN_STAY:
            presence.left_at_ms = min(presence.left_at_ms, end.at_ms)
            presences.end_stay(presence, zone.id, self._ledger, track.key)
        has_zone = end.last_counted_ms is None
        may_turn_up = has_zone and zone.settings.recall_ms > 0
        stands_there = not is_away and not is_walking(track, aspect=self.aspect)
        if presence.has_visit and may_turn_up and stands_there:
            self._visit_recalls.vanish(track, zone, presence, aspect=self.aspect)
            track.visits.append(presences.close_visit(presence, zone.id))
        elif presence.has_visit:
            ledger, key = self._ledger, track.key
            visit = presences.end_visit(presence, zone.id, ledger, key, last_ms=end.last_counted_ms)
            track.visits.append(visit)
        if presence.is_waiting:
            is_gone = is_away or waits.has_reached_desk(presence, zone)
            if has_zone and (is_gone or has_walked_out(track, aspect=self.aspect)):
                self._leave(track, zone, presence)
            elif may_turn_up:
                plan = self._timeline.plan_of(track.version)
                self._recalls.vanish(
                    track, plan, zone, presence, aspect=self.aspect, is_watched=end.is_watched
                )
            else:
                waits.lose(zone.id, self._ledger, track.key, presence.inside_at_ms)


@dataclass(frozen=True, slots=True)
class _End:
    """Where what a track is doing ends."""

    at_ms: int
    """The last sight, or where the layout that knew the zone stopped holding."""
    last_counted_ms: int | None = None
    """In the latter case, the last instant in which the zone is counted."""
    is_watched: bool = True
    """Whether there were frames since."""
