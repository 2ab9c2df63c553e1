"""The laws of the tracker, on made-up boxes."""

import dataclasses
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from streams.tracking import Sight, Tracker, TrackerSettings, TrackUpdate
from tests.streams.tracking.crowd import Frame, crowd, empty, feed, follow, ids, sights, standing

LOST_MS = TrackerSettings().lost_ms


def grouped(updates: list[TrackUpdate]) -> set[frozenset[tuple[int, int, int]]]:
    """Who is whom without the names: per track, when and where it was seen, in thousandths."""
    tracks: dict[str, set[tuple[int, int, int]]] = {}
    for sight in sights(updates):
        place = (sight.at_ms, round(sight.foot_xy[0] * 1000), round(sight.foot_xy[1] * 1000))
        tracks.setdefault(sight.track, set()).add(place)
    return {frozenset(places) for places in tracks.values()}


def digest() -> str:
    tracker = Tracker(TrackerSettings())
    total = hashlib.sha256()
    for frame in crowd():
        total.update(repr(feed(tracker, frame)).encode() + tracker.state())
    return total.hexdigest()


def test_same_boxes_give_the_same_bits_compiled_or_not() -> None:
    plain = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import digest; print(digest())"],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert digest() == digest() == plain.stdout.strip()


def test_tracker_restored_after_every_frame_goes_on_as_if_nothing_happened() -> None:
    tracker = Tracker(TrackerSettings())
    for frame, expected in zip(crowd(), follow(crowd()), strict=True):
        tracker = Tracker.restore(TrackerSettings(), tracker.state())
        assert feed(tracker, frame) == expected


def test_state_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="state: expected fields"):
        Tracker.restore(TrackerSettings(), b'{"fields": ["x"]}\n')


def test_track_id_names_the_birth_and_is_never_reused() -> None:
    frames = [frame for at_ms in range(0, 60_000, 20_000) for frame in (
        standing(at_ms + 1), standing(at_ms + 501), empty(at_ms + 6_000))]  # fmt: skip
    updates = follow(frames)
    ended = [track for update in updates for track in update.ended]
    assert ended == ["1-0", "20001-0", "40001-0"]


def test_order_of_boxes_in_a_frame_changes_nothing_but_names() -> None:
    rng = np.random.default_rng(1)
    shuffled = []
    for frame in crowd():
        order = rng.permutation(len(frame.boxes))
        shuffled.append(Frame(frame.at_ms, frame.boxes[order], frame.scores[order]))
    assert grouped(follow(shuffled)) == grouped(follow(crowd()))


def test_order_of_two_boxes_equally_near_a_track_changes_nothing() -> None:
    first = Frame(0, np.array([[240.0, 128.0, 272.0, 256.0]]), np.array([0.9]), (512, 512))
    pair = first.boxes + np.array([[-8.0, 0.0, -8.0, 0.0], [8.0, 0.0, 8.0, 0.0]])
    places = []
    for boxes in (pair, pair[::-1]):
        second = Frame(200, boxes, np.array([0.9, 0.9]), (512, 512))
        seen = follow([first, second])[-1].sights
        places.append([sight.xyxy for sight in seen if sight.track == "0-0"])
    assert places[0] == places[1]


@pytest.mark.parametrize(
    ("shift", "score", "expected"),
    [
        (0.0, 0.84, {"0-1"}),
        (12.7, 0.84, {"0-1"}),
        (12.9, 0.84, {"0-0", "0-1"}),
        (0.0, 0.9, {"0-1"}),
        (5.6, 0.9, {"0-1"}),
        (5.7, 0.85, {"0-0", "0-1"}),
        (12.7, 0.9, {"0-0", "0-1"}),
    ],
)
def test_of_two_boxes_on_one_person_only_the_stronger_begins_a_track(
    shift: float, score: float, expected: set[str]
) -> None:
    # 32 wide: one shifted by 12.8 shares 0.6, by 5.65 the intersection is 0.7 of the union.
    box = np.array([240.0, 128.0, 272.0, 256.0])
    pair = np.stack([box + np.array([shift, 0.0, shift, 0.0]), box])
    frames = [Frame(at_ms, pair, np.array([score, 0.95]), (512, 512)) for at_ms in (0, 200, 400)]
    assert ids(follow(frames)) == expected


def test_two_equal_boxes_are_one_person_from_frame_to_frame() -> None:
    box = [240.0, 128.0, 272.0, 256.0]
    frames = [
        Frame(at_ms, np.array([box, box]), np.array([0.9, 0.9]), (512, 512)) for at_ms in (0, 200)
    ]
    assert ids(follow(frames)) == {"0-0"}


def resized(frame: Frame, *, x: float, y: float) -> Frame:
    shape = round(frame.shape[0] * x), round(frame.shape[1] * y)
    return Frame(frame.at_ms, frame.boxes * [x, y, x, y], frame.scores, shape)


@pytest.mark.parametrize("scale", [0.5, 0.75, 3.0])
def test_frame_size_that_changes_on_the_way_changes_no_track(scale: float) -> None:
    frames = crowd()
    changed = frames[:20] + [resized(frame, x=scale, y=scale) for frame in frames[20:]]
    assert grouped(follow(changed)) == grouped(follow(frames))


@pytest.mark.parametrize(("x", "y"), [(0.5, 1.0), (1.0, 0.5)], ids=["narrower", "flatter"])
def test_frame_that_is_squeezed_on_the_way_loses_nobody(x: float, y: float) -> None:
    walk = [standing(at_ms, x=100.0 + at_ms * 0.08) for at_ms in range(0, 8_000, 200)]
    assert ids(follow([*walk[:20], *(resized(frame, x=x, y=y) for frame in walk[20:])])) == {"0-0"}


def test_person_unseen_for_just_under_lost_ms_is_found_again() -> None:
    before = [standing(at_ms) for at_ms in range(0, 3_000, 200)]
    hidden = [empty(at_ms) for at_ms in range(3_000, 7_700, 200)]
    updates = follow([*before, *hidden, standing(2_800 + LOST_MS)])
    assert ids(updates) == {"0-0"}
    assert updates[-1].sights[0].at_ms == 2_800 + LOST_MS
    assert all(not update.ended for update in updates)


def test_walker_behind_a_pillar_is_found_again_on_the_other_side() -> None:
    walk = [standing(at_ms, x=100.0 + at_ms * 0.08) for at_ms in range(0, 8_000, 200)]
    updates = follow([empty(f.at_ms) if 3_000 < f.at_ms < 5_000 else f for f in walk])
    assert ids(updates) == {"0-0"}


@pytest.mark.parametrize(
    ("unseen_ms", "ended"), [(LOST_MS, []), (LOST_MS + 1, ["0-0"])], ids=["at", "just past"]
)
def test_track_ends_when_unseen_for_longer_than_lost_ms(unseen_ms: int, ended: list[str]) -> None:
    updates = follow([standing(0), standing(500), empty(500 + unseen_ms)])
    assert updates[-1].ended == ended


def test_track_confirmed_brings_its_sights_from_birth_on() -> None:
    first, second, third = follow(
        [standing(100, score=0.7), standing(300, score=0.7), standing(500)]
    )
    assert first == TrackUpdate([], [])
    assert [sight.at_ms for sight in second.sights] == [100, 300]
    assert third.sights == [
        Sight("100-0", 500, (600.0, 300.0, 640.0, 420.0), (620 / 1280, 420 / 720), 120 / 720)
    ]


def test_track_never_confirmed_leaves_no_trace() -> None:
    updates = follow([standing(0, score=0.7), *(empty(at_ms) for at_ms in range(500, 9_000, 500))])
    assert all(update == TrackUpdate([], []) for update in updates)


@pytest.mark.parametrize("score", [0.2, 0.59])
def test_weak_boxes_rescue_a_track_but_never_begin_one(score: float) -> None:
    weak = [standing(at_ms, score=score) for at_ms in range(1_000, 4_000, 200)]
    assert ids(follow(weak)) == set()
    updates = follow([standing(0), standing(500), *weak])
    assert ids(updates) == {"0-0"}
    assert len(sights(updates)) == 2 + len(weak)


def test_second_box_on_a_followed_person_begins_no_track() -> None:
    def doubled(at_ms: int) -> Frame:
        box = [600.0, 300.0, 640.0, 420.0]
        return Frame(at_ms, np.array([box, [602.0, 310.0, 644.0, 424.0]]), np.array([0.9, 0.8]))

    updates = follow([standing(0), *(doubled(at_ms) for at_ms in range(200, 2_000, 200))])
    assert ids(updates) == {"0-0"}


def beside(at_ms: int, *others: tuple[float, float]) -> Frame:
    """Somebody in plain sight at x = 600, and further boxes of that size: left edge and score."""
    boxes = [[x, 300.0, x + 40.0, 420.0] for x, _ in ((600.0, 0.9), *others)]
    return Frame(at_ms, np.array(boxes), np.array([0.9, *(score for _, score in others)]))


def test_weak_copy_of_somebody_keeps_no_track_alive_whose_person_is_gone() -> None:
    """Who walked up to somebody is hidden; the detector goes on giving the other a second box."""
    step_ms = 200
    walk = [beside(at_ms, (700.0 - at_ms * 0.04, 0.9)) for at_ms in range(0, 2_000, step_ms)]
    stay = [beside(at_ms, (614.0, 0.2)) for at_ms in range(2_000, 12_000, step_ms)]
    updates = follow([*walk, *stay])
    last_ms = max(sight.at_ms for sight in sights(updates) if sight.track == "0-1")
    assert last_ms <= walk[-1].at_ms + TrackerSettings().rescue_ms
    assert [track for update in updates for track in update.ended] == ["0-1"]


def test_strong_copy_of_somebody_is_not_who_was_last_seen_elsewhere() -> None:
    walk = [beside(at_ms, (700.0, 0.9)) for at_ms in range(0, 2_000, 200)]
    stay = [beside(at_ms, (612.0, 0.5)) for at_ms in range(2_600, 8_000, 200)]
    free = dataclasses.replace(TrackerSettings(), copy_cost=0.0)
    assert "0-1" in {sight.track for sight in follow([*walk, *stay], free)[-1].sights}
    assert [sight.track for sight in follow([*walk, *stay])[-1].sights] == ["0-0"]


@pytest.mark.parametrize("step_ms", [33, 100])
def test_who_turns_round_on_the_spot_is_nobody_new(step_ms: int) -> None:
    """Seen from the side, then from the front: twice as wide from one frame to the next."""
    narrow = [standing(at_ms) for at_ms in range(0, 3_000, step_ms)]
    wide = [
        Frame(at_ms, np.array([[578.0, 300.0, 662.0, 420.0]]), np.array([0.9]))
        for at_ms in range(3_000, 6_000, step_ms)
    ]
    strict = dataclasses.replace(TrackerSettings(), surprise_gate=TrackerSettings().gate)
    assert len(ids(follow([*narrow, *wide], strict))) == 2
    assert ids(follow([*narrow, *wide])) == {"0-0"}


@pytest.mark.parametrize("step_ms", [33, 100, 200, 500, 1_000])
def test_people_who_pass_each_other_keep_their_tracks(step_ms: int) -> None:
    frames = []
    for at_ms in range(0, 10_001, step_ms):
        left, right = 300.0 + at_ms * 0.06, 900.0 - at_ms * 0.06
        boxes = np.array([[left, 300.0, left + 40.0, 420.0], [right, 330.0, right + 46.0, 466.0]])
        frames.append(Frame(at_ms, boxes, np.array([0.9, 0.9])))
    last = {sight.track: sight.xyxy[0] for sight in follow(frames)[-1].sights}
    assert last["0-0"] > 890.0
    assert last["0-1"] < 310.0


@pytest.mark.parametrize("step_ms", [100, 200, 500, 1_000])
def test_queue_that_moves_up_one_by_one_keeps_its_order(step_ms: int) -> None:
    """Every 10 s each person steps up by 0.6 heights, 0.7 s after the one in front."""
    frames = []
    for at_ms in range(0, 30_001, step_ms):
        places = np.arange(6)
        steps = (at_ms - 2_000.0 - 700.0 * places) / 10_000.0
        moved = np.floor(steps) + np.minimum(steps % 1.0 * 10_000.0 / 900.0, 1.0)
        x = 800.0 - places * 70.0 + np.maximum(moved, 0.0) * 70.0
        boxes = np.stack([x, np.full(6, 300.0), x + 40.0, np.full(6, 420.0)], axis=1)
        frames.append(Frame(at_ms, boxes, np.full(6, 0.9)))
    for update in follow(frames):
        in_line = sorted(update.sights, key=lambda sight: -sight.xyxy[0])
        assert [sight.track for sight in in_line] == [f"0-{place}" for place in places]


def test_steps_from_33_ms_to_a_second_keep_a_walker_one_track() -> None:
    steps_ms = np.random.default_rng(3).choice([33, 40, 200, 650, 1_000], 60)
    walk = [standing(int(at_ms), x=50.0 + at_ms * 0.04) for at_ms in np.cumsum(steps_ms)]
    assert len(ids(follow(walk))) == 1


@pytest.mark.case(25)
def test_500_people_are_all_followed() -> None:
    places = np.stack(np.meshgrid(np.arange(25) * 50.0, np.arange(20) * 35.0), axis=-1).reshape(
        -1, 2
    )
    boxes = np.concatenate([places, places + np.array([12.0, 30.0])], axis=1)
    frames = [Frame(at_ms, boxes + at_ms * 0.005, np.full(500, 0.9)) for at_ms in (0, 200, 400)]
    updates = follow(frames)
    assert [len(update.sights) for update in updates] == [500, 500, 500]
    assert len(ids(updates)) == 500


def test_frame_without_boxes_is_a_frame() -> None:
    assert follow([empty(0), empty(100)]) == [TrackUpdate([], []), TrackUpdate([], [])]


def test_end_all_ends_the_confirmed_and_forgets_everyone() -> None:
    tracker = Tracker(TrackerSettings())
    feed(tracker, standing(0))
    newcomer = Frame(
        200, np.array([[600.0, 300, 640, 420], [100, 300, 140, 420]]), np.array([0.9, 0.7])
    )
    feed(tracker, newcomer)
    assert tracker.end_all() == ["0-0"]
    assert tracker.end_all() == []
    assert [sight.track for sight in feed(tracker, standing(400)).sights] == ["400-0"]


def test_state_does_not_grow_with_the_people_who_left() -> None:
    tracker = Tracker(TrackerSettings())
    sizes = []
    for at_ms in range(0, 2_000_000, 1_000):
        feed(tracker, standing(at_ms, x=100.0 + at_ms // 10_000 % 5 * 200.0))
        sizes.append(len(tracker.state()))
    assert max(sizes[len(sizes) // 2 :]) <= max(sizes[: len(sizes) // 2]) + 20


@pytest.mark.parametrize("at_ms", [500, 499], ids=["equal", "backwards"])
def test_time_that_does_not_rise_is_refused(at_ms: int) -> None:
    tracker = Tracker(TrackerSettings())
    feed(tracker, standing(500))
    with pytest.raises(ValueError, match="at_ms: expected above 500"):
        feed(tracker, standing(at_ms))


def test_lost_ms_of_the_settings_decides_when_a_track_ends() -> None:
    patient = dataclasses.replace(TrackerSettings(), lost_ms=60_000)
    hidden = [empty(at_ms) for at_ms in range(1_000, 50_000, 1_000)]
    assert ids(follow([standing(0), *hidden, standing(50_000)], patient)) == {"0-0"}
    assert ids(follow([standing(0), *hidden, standing(50_000)])) == {"0-0", "50000-0"}


@pytest.mark.parametrize("name", ["lost_ms", "turn_ms", "outlier"])
def test_setting_that_would_divide_by_nothing_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: expected above 0, got 0"):
        dataclasses.replace(TrackerSettings(), **{name: 0})
