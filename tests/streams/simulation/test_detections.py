"""Boxes with a detector's errors: of the size asked for, and the same wherever the frames start."""

import numpy as np
import pytest

from streams.simulation.detections import TRUTHFUL, BoxCamera, ErrorModel
from streams.simulation.layouts import layout_of

BUSY_MS = 946_684_800_000 + int(17.6 * 3_600_000)


def test_frames_are_the_same_wherever_they_start() -> None:
    camera = BoxCamera("store-1", "tills", seed=4)
    early = list(camera.frames(BUSY_MS, every_ms=200, count=300))
    late = list(camera.frames(BUSY_MS + 150 * 200, every_ms=200, count=150))
    assert [frame.at_ms for frame in late] == [frame.at_ms for frame in early[150:]]
    for one, other in zip(late, early[150:], strict=True):
        assert one.boxes.tobytes() == other.boxes.tobytes()
        assert one.scores.tobytes() == other.scores.tobytes()


def test_frames_go_on_over_the_end_of_a_simulated_day() -> None:
    camera = BoxCamera("store-2", "tills", seed=4)
    four_ms = 946_684_800_000 + 4 * 3_600_000
    frames = list(camera.frames(four_ms - 1_000, every_ms=250, count=8))
    assert [frame.at_ms for frame in frames] == [four_ms - 1_000 + 250 * i for i in range(8)]


@pytest.mark.parametrize(
    ("errors", "least", "most"),
    [
        pytest.param(TRUTHFUL, 1.0, 1.0, id="no errors: everybody of whom anything shows"),
        pytest.param(
            ErrorModel(0.3, 0.0, 0.0, 900, 0.0, 0.0, 0.0), 0.6, 0.99, id="the hidden are missed"
        ),
        pytest.param(
            ErrorModel(0.3, 0.3, 0.0, 900, 0.0, 0.0, 0.0), 0.4, 0.72, id="frames are missed"
        ),
    ],
)
def test_people_found_are_as_many_as_the_errors_leave(
    errors: ErrorModel, least: float, most: float
) -> None:
    camera = BoxCamera("store-1", "tills", seed=4, errors=errors)
    times = BUSY_MS + np.arange(400) * 200
    truth = camera.truth(times)
    tall = truth.boxes[:, 3] - truth.boxes[:, 1] > 6.0
    there = int((tall & (truth.visible_fraction > 0)).sum())
    found = sum(len(frame.boxes) for frame in camera.frames(BUSY_MS, every_ms=200, count=400))
    assert least <= found / there <= most


def test_misses_come_in_bursts() -> None:
    bursts = ErrorModel(0.0, 0.0, 0.1, 1_000, 0.0, 0.0, 0.0)
    camera = BoxCamera("store-2", "tills", seed=4, errors=bursts)
    counts = [len(frame.boxes) for frame in camera.frames(BUSY_MS, every_ms=100, count=600)]
    changes = np.abs(np.diff(counts)) > 0
    assert changes.any()
    assert changes.mean() < 0.3, "who is missed stays missed for a while"


def test_what_is_about_nobody_scores_low() -> None:
    false = ErrorModel(0.3, 1.1, 0.0, 900, 0.0, 0.5, 1.0)
    camera = BoxCamera("store-1", "door", seed=4, errors=false)
    frames = list(camera.frames(BUSY_MS, every_ms=200, count=300))
    scores = np.concatenate([frame.scores for frame in frames])
    assert scores.size > 100
    assert scores.max() < 0.55


@pytest.mark.parametrize("site", ["store-1", "store-2"])
def test_layouts_hold_and_see_every_zone_whole_enough(site: str) -> None:
    layout = layout_of(site)
    assert [camera.id for camera in layout.cameras] == ["tills", "door"]
    tills, door = layout.cameras
    kinds = [zone.kind for zone in tills.zones]
    assert kinds.count("queue") == kinds.count("service") == kinds.count("staff") == 2
    assert [line.kind for line in door.lines] == ["entrance"]
    for camera in layout.cameras:
        assert camera.homography is not None
        assert len(camera.homography) >= 4
        for zone in camera.zones:
            assert len(zone.polygon) >= 3
