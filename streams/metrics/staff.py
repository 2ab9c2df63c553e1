"""Whether a track born in a staff zone is staff.

In: its sights. Out: a verdict, once it is certain.

Until then the metrics get nothing of it: its sights are withheld, and handed over late if it is not
staff.
"""

from enum import Enum, auto

from streams.metrics.followed import StaffTrial
from streams.metrics.plan import CameraPlan
from streams.metrics.sights import CountedSight


class Verdict(Enum):
    """What is known about a track on trial."""

    OPEN = auto()
    """Nothing yet."""
    STAFF = auto()
    """It stayed: it is in no metric."""
    GUEST = auto()
    """It left in time: it counts, from birth on."""


def trial_of(plan: CameraPlan, sight: CountedSight) -> StaffTrial | None:
    """The trial of a track with this first sight; None if it was not born in a staff zone."""
    at_ms, x, y, _ = sight
    zone = plan.staff_zone_at(x, y) if plan.staff_zones else None
    return None if zone is None else StaffTrial(zone, at_ms)


def judge(trial: StaffTrial, plan: CameraPlan, sight: CountedSight) -> Verdict:
    """Hear one more sight, and keep it."""
    at_ms, x, y, _ = sight
    trial.sights.append(sight)
    found = plan.staff_zones.get(trial.zone)
    if found is None:
        return Verdict.GUEST
    zone, polygon = found
    if polygon.contains(x, y):
        trial.outside_at_ms = None
        has_stayed = at_ms - trial.born_at_ms >= zone.staff_ms
        return Verdict.STAFF if has_stayed else Verdict.OPEN
    if trial.outside_at_ms is None:
        trial.outside_at_ms = at_ms
    has_left = at_ms - trial.outside_at_ms >= zone.exit_ms
    return Verdict.GUEST if has_left else Verdict.OPEN
