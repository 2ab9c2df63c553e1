"""What the demo's measurement makes of what it saw."""

import pytest

from perf.demo import BAR_MS, CAMERAS, Watched, latencies, setting, summary
from perf.watching.log import STAGES, Log
from perf.watching.page import Shown

TILLS, DOOR = CAMERAS[:2]
BEGIN_MS = 1_000_000


def frame(camera, at_ms):
    return *camera, BEGIN_MS + at_ms


def shown(camera, at_ms, *, after_ms, people=1):
    return Shown(*frame(camera, at_ms), BEGIN_MS + at_ms + after_ms, people)


def watched(log, *numbers, seconds=60):
    return Watched(BEGIN_MS, BEGIN_MS + seconds * 1_000, numbers, log)


def test_percentiles_are_nearest_rank():
    assert summary(range(1, 101)) == {"samples": 100, "p50_ms": 50, "p95_ms": 95, "max_ms": 100}
    assert summary([7]) == {"samples": 1, "p50_ms": 7, "p95_ms": 7, "max_ms": 7}


def test_nothing_seen_has_no_percentiles():
    assert summary([]) == {"samples": 0, "p50_ms": None, "p95_ms": None, "max_ms": None}


def test_what_never_came_is_longer_than_all_that_did():
    assert summary([5] * 95, never=5) == {"samples": 100, "p50_ms": 5, "p95_ms": 5, "max_ms": None}
    assert summary([5] * 94, never=6)["p95_ms"] is None


def test_frame_waits_for_the_first_number_that_knows_of_it_or_of_a_later_one():
    log = Log(frames={frame(TILLS, at_ms): 0 for at_ms in (0, 200, 400)})
    numbers = [shown(TILLS, 200, after_ms=50), shown(TILLS, 400, after_ms=70)]
    waits, never = watched(log, *numbers).waits_ms(TILLS)
    assert (waits, never) == ([250, 50, 70], 0)


def test_frame_that_no_number_knows_of_is_counted():
    log = Log(frames={frame(TILLS, at_ms): 0 for at_ms in (0, 200)})
    waits, never = watched(log, shown(TILLS, 0, after_ms=50)).waits_ms(TILLS)
    assert (waits, never) == ([50], 1)


def test_number_of_another_camera_is_no_news_of_this_one():
    log = Log(frames={frame(TILLS, 0): 0})
    waits, never = watched(log, shown(DOOR, 200, after_ms=50)).waits_ms(TILLS)
    assert (waits, never) == ([], 1)


def test_number_that_falls_back_in_time_is_no_news():
    log = Log(frames={frame(TILLS, 200): 0})
    numbers = [shown(TILLS, 400, after_ms=10), shown(TILLS, 0, after_ms=900)]
    assert watched(log, *numbers).waits_ms(TILLS) == ([210], 0)


def test_frames_too_late_to_be_due_are_not_asked_for():
    due_ms = 60_000 - 2 * BAR_MS
    log = Log(frames={frame(TILLS, at_ms): 0 for at_ms in (-1, due_ms - 1, due_ms)})
    assert watched(log).captured()[TILLS] == [BEGIN_MS + due_ms - 1]


def test_number_that_no_live_record_tells_is_found():
    log = Log()
    log.live[frame(TILLS, 0)].append((BEGIN_MS + 30, 2))
    right, wrong = (shown(TILLS, 0, after_ms=50, people=people) for people in (2, 3))
    rows = latencies(watched(log, right, wrong))
    assert [row["numbers_not_in_log"] for row in rows] == [1, 0, 0, 0, 1]


def test_stages_add_up_to_the_age_when_shown():
    log = Log(frames={frame(TILLS, 0): BEGIN_MS + 20}, detections={frame(TILLS, 0): BEGIN_MS + 70})
    # Told twice: what was shown is the later of those that were there already.
    log.live[frame(TILLS, 0)] += [(BEGIN_MS + at_ms, 1) for at_ms in (150, 400, 900)]
    number = shown(TILLS, 0, after_ms=415)
    stages = log.stages_ms(number)
    assert stages == [20, 50, 330, 15]
    assert len(stages) == len(STAGES)
    assert sum(stages) == number.age_ms


def test_number_from_before_the_log_has_no_stages():
    assert Log().stages_ms(shown(TILLS, 0, after_ms=50)) is None


@pytest.mark.parametrize("text", ["FOOTFALL_FPS", "PATH=/bin", "=3"])
def test_only_settings_of_footfall_are_taken(text):
    with pytest.raises(Exception, match="expected FOOTFALL_NAME=VALUE"):
        setting(text)
