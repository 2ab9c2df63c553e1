"""Crossings of a camera's lines by its tracks: steps in, counts and crossings out.

Keeps no state of tracks: each has its walks, and the ledger has the counts.
"""

from collections.abc import Callable, Mapping

from schemas.layout import Line
from streams.metrics.followed import BUSY, Followed
from streams.metrics.ledger import Ledger
from streams.metrics.line_walks import (
    NEVER_MS,
    Crossing,
    LineWalk,
    PastCrossing,
    Step,
    direction_from,
)
from streams.metrics.plan import CameraPlan
from streams.metrics.sights import distance, distance_in_reach
from streams.metrics.timeline import Timeline

CrossingSink = Callable[[Followed, str, Crossing], None]
"""Takes each crossing as it becomes certain: the track, the line, the crossing."""

COMING_MS = 500
"""Who has been seen for so long shows which way they came."""
CAME_HEIGHTS = 0.2
"""Who has moved less by then stands, box heights: feet tremble by less."""


class Crossings:
    """The lines of one camera."""

    def __init__(
        self,
        timeline: Timeline,
        ledger: Ledger,
        tracks: Mapping[str, Followed],
        on_crossing: CrossingSink,
    ) -> None:
        self._timeline = timeline
        self._ledger = ledger
        self._tracks = tracks
        self._on_crossing = on_crossing
        self.bumped_at_ms = NEVER_MS
        """The last frame in which the camera itself moved: no path leads over it."""
        self.watched_from_ms = 0
        """The first frame since one no longer held: nothing is known of before."""

    def step(
        self, track: Followed, plan: CameraPlan, step: Step, height: float, *, aspect: float
    ) -> None:
        """Take a track one step on.

        Args:
            track: Its walks are those of the plan's lines.
            plan: In force at the step's end.
            step: From its last sight to this one.
            height: Of its box, as a share of the frame's.
            aspect: Width over height of the frame.
        """
        is_bumped = step.from_ms < self.bumped_at_ms <= step.to_ms
        is_coming = step.to_ms - track.started_at_ms < COMING_MS
        if not is_bumped and not is_coming and step.from_ms - track.started_at_ms < COMING_MS:
            self._take_from_before(track, plan, step, height, aspect)
        right_of = left_of = 0
        for index, segment in enumerate(plan.segments(aspect)):
            walk, line = track.walks[index], plan.lines[index]
            if is_bumped:
                walk = track.walks[index] = LineWalk.born(segment.place(step.to_x, step.to_y)[0])
                offset = float(walk.side)
            else:
                offset = walk.step(step, segment)
                if abs(offset) > line.band * height and walk.beyond(offset):
                    self._count(track, line, walk, step.to_ms)
            if is_coming or walk.met_at_ms != NEVER_MS or walk.side * offset <= 0.0:
                right_of = left_of = BUSY
            elif right_of != BUSY:
                right_of |= (walk.side > 0) << index
                left_of |= (walk.side < 0) << index
        track.right_of, track.left_of = right_of, left_of

    def end(self, track: Followed, plan: CameraPlan, *, aspect: float) -> None:
        """A track has ended at its last sight; the plan is the one it was last seen under."""
        for line, walk, segment in zip(plan.lines, track.walks, plan.segments(aspect), strict=True):
            offset, _ = segment.place(track.x, track.y)
            if walk.ended(offset, track.at_ms):
                self._count(track, line, walk, track.at_ms)

    def _take_from_before(
        self, track: Followed, plan: CameraPlan, step: Step, height: float, aspect: float
    ) -> None:
        """Begin a track's walks where it came from, if it met lines just before its first sight."""
        start, here = track.path.start, (step.to_ms, step.to_x, step.to_y)
        if track.part > 1 or distance(start, here, aspect) <= CAME_HEIGHTS * height:
            return
        began_ms, x, y = start
        passed_ms = step.to_ms - began_ms
        right, down = step.to_x - x, step.to_y - y
        for index, segment in enumerate(plan.segments(aspect)):
            line = plan.lines[index]
            back = line.unseen_ms / passed_ms
            from_ms = began_ms - line.unseen_ms
            before = Step(from_ms, began_ms, x - back * right, y - back * down, x, y)
            walk = LineWalk.born(segment.place(before.from_x, before.from_y)[0])
            has_passed = walk.side * walk.step(before, segment) < 0.0
            if has_passed and self._is_news(track, line, walk, aspect):
                track.walks[index] = walk

    def _is_news(self, track: Followed, line: Line, walk: LineWalk, aspect: float) -> bool:
        """Whether a meeting before a track's first sight can be nobody's who has crossed already.

        There is one, frames held ever since, none of them jumped, and nobody who crossed there is
        missing.
        """
        known_from_ms = max(self.watched_from_ms, self.bumped_at_ms)
        if walk.met_at_ms < known_from_ms or not self._timeline.has_line(line, walk.met_at_ms):
            return False
        if any(one.line == line.id for one in track.crossings):
            return False
        direction = direction_from(walk.side)
        start = track.path.start
        return not any(
            other.seen_at_ms < start[0]
            and any(one.line == line.id and one.direction == direction for one in other.crossings)
            and distance_in_reach(start, other.last_sight, aspect) is not None
            for other in self._tracks.values()
        )

    def _count(self, track: Followed, line: Line, walk: LineWalk, at_ms: int) -> None:
        """Count the crossing that a sight at `at_ms` made certain, in a window that is open."""
        is_drawn = self._timeline.has_line(line, walk.met_at_ms)
        open_from_ms = self._ledger.state.closed_until_ms if is_drawn else at_ms
        crossing = walk.cross(at_ms, line_ms=line.line_ms, open_from_ms=open_from_ms)
        tally = self._ledger.window_at(crossing.at_ms).line(line.id)
        if crossing.direction == "in":
            tally.in_total += 1
        else:
            tally.out_total += 1
        track.crossings.append(PastCrossing(line.id, crossing.at_ms, crossing.direction))
        self._on_crossing(track, line.id, crossing)
