"""Boxes with a detector's errors: like those measured, and the same wherever the frames start."""

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


def test_frames_are_the_same_at_any_rate() -> None:
    camera = BoxCamera("store-2", "tills", seed=4)
    slow = list(camera.frames(BUSY_MS, every_ms=400, count=40))
    quick = list(camera.frames(BUSY_MS, every_ms=100, count=160))[::4]
    for one, other in zip(slow, quick, strict=True):
        assert one.boxes.tobytes() == other.boxes.tobytes()


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
            ErrorModel(has_trembling=False, has_false_boxes=False), 0.8, 0.999, id="some are missed"
        ),
        pytest.param(ErrorModel(has_misses=False), 1.02, 6.0, id="some have a second box"),
    ],
)
def test_boxes_are_as_many_as_the_errors_make_them(
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
    misses = ErrorModel(has_trembling=False, has_false_boxes=False)
    camera = BoxCamera("store-2", "tills", seed=4, errors=misses)
    times = BUSY_MS + np.arange(600) * 100
    truth = camera.truth(times)
    there = np.bincount(truth.instant[truth.visible_fraction > 0], minlength=600)
    found = [len(frame.boxes) for frame in camera.frames(BUSY_MS, every_ms=100, count=600)]
    missed = there - np.array(found)
    assert missed.any()
    changes = np.abs(np.diff(missed)) > 0
    assert changes.mean() < 0.3, "who is missed stays missed for a while"


def test_a_box_trembles_with_who_walks_and_rests_with_who_stands() -> None:
    camera = BoxCamera(
        "store-1", "tills", seed=4, errors=ErrorModel(has_misses=False, has_false_boxes=False)
    )
    times = BUSY_MS + np.arange(600) * 200
    truth = camera.truth(times)
    shown = np.flatnonzero(truth.visible_fraction > 0)
    found = np.concatenate([f.boxes for f in camera.frames(BUSY_MS, every_ms=200, count=600)])
    off = found - truth.boxes[shown]
    row = {(truth.instant[i], truth.person[i]): n for n, i in enumerate(shown)}
    changes: dict[bool, list[float]] = {True: [], False: []}
    for (instant, person), here in row.items():
        there = row.get((instant + 1, person))
        if there is not None:
            xy = truth.floor_xy[shown[[here, there]]]
            pace_m_s = float(np.hypot(*(xy[1] - xy[0]))) / 0.2
            if not 0.05 <= pace_m_s <= 0.4:
                changes[pace_m_s > 0.4].append(float(np.abs(off[there] - off[here]).mean()))
    assert np.mean(changes[True]) > 3.0 * np.mean(changes[False]) > 0.0


def test_further_boxes_score_less_than_those_of_people() -> None:
    with_them = BoxCamera("store-1", "tills", seed=4)
    without = BoxCamera("store-1", "tills", seed=4, errors=ErrorModel(has_false_boxes=False))
    people, further = [], []
    for one, other in zip(
        with_them.frames(BUSY_MS, every_ms=200, count=300),
        without.frames(BUSY_MS, every_ms=200, count=300),
        strict=True,
    ):
        own = {box.tobytes() for box in other.boxes}
        people += other.scores.tolist()
        further += [
            score
            for box, score in zip(one.boxes, one.scores.tolist(), strict=True)
            if box.tobytes() not in own
        ]
    assert len(further) > 100
    assert np.median(further) < 0.3
    assert np.median(people) > 0.6


def test_two_cameras_of_a_store_err_in_their_own_ways() -> None:
    first, second = (
        next(BoxCamera("store-1", name, seed=4).frames(BUSY_MS, every_ms=1, count=1))
        for name in ("tills", "door")
    )
    assert set(first.scores.tolist()).isdisjoint(second.scores.tolist())


def test_boxes_lie_within_the_image_and_have_area() -> None:
    camera = BoxCamera("store-2", "door", seed=4, size=(320, 180))
    boxes = np.concatenate([f.boxes for f in camera.frames(BUSY_MS, every_ms=500, count=300)])
    assert len(boxes) > 100
    assert (boxes >= 0.0).all()
    assert (boxes <= [320, 180, 320, 180]).all()
    assert (boxes[:, 2:] > boxes[:, :2]).all()


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
