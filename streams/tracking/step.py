"""One frame through the compiled core: tracks and boxes in, whose each box is out.

Tracks rest at their last sight and are expected afresh for each frame, so a frame that misses a
track changes nothing of it, and any frame rate gives the same motion. Boxes are taken in an order
of their own, so the order in which they came changes nothing.
"""

import numpy as np
from numpy.typing import NDArray

from streams.tracking.assignment import assign
from streams.tracking.compiled import compiled
from streams.tracking.motion import correct, correct_size, expect, square, stature

NOBODY = -1


@compiled
def measured(
    xyxy: NDArray[np.float64], scores: NDArray[np.float64], frame_height: int
) -> NDArray[np.float64]:
    """`(N, 5)` centre x, centre y, width, height in frame heights, and score.

    Args:
        xyxy: `(N, 4)` px, y down.
        scores: `(N,)` in [0, 1].
        frame_height: Of the frame, px.
    """
    boxes = np.empty((len(xyxy), 5))
    boxes[:, :2] = (xyxy[:, :2] + xyxy[:, 2:]) / (2.0 * frame_height)
    boxes[:, 2:4] = (xyxy[:, 2:] - xyxy[:, :2]) / frame_height
    boxes[:, 4] = scores
    return boxes


@compiled
def step(
    tracks: NDArray[np.void],
    count: int,
    at_ms: int,
    aspect: float,
    boxes: NDArray[np.float64],
    rules: NDArray[np.void],
) -> tuple[int, NDArray[np.int64]]:
    """Match, correct and begin tracks; the caller forgets those unseen for too long.

    Args:
        tracks: `TRACK` records, with room for `len(boxes)` more after `count`; changed in place.
        count: How many of them are alive.
        at_ms: Event time of the frame, above that of the last.
        aspect: Width of the frame over its height.
        boxes: As `measured` gives them.
        rules: One `RULES` record.

    Returns:
        The new count, and `(N,)` the index of each box's track, or `NOBODY`.
    """
    rule = rules[0]
    order = _own_order(boxes)
    ranked = order[np.argsort(-boxes[order, 4], kind="mergesort")]
    boxes = _priced(boxes, ranked, rule)
    expected = expect(tracks[:count], at_ms, aspect, rules)
    owners = np.full(len(boxes), NOBODY)
    is_free = np.ones(count, np.bool_)
    strong = order[boxes[order, 4] >= rule["strong_score"]]
    weak = order[boxes[order, 4] < rule["strong_score"]]
    _match(boxes, strong, expected, is_free, owners, rule["gate"])
    is_copy = boxes[weak, 5] > 0.0
    is_free &= at_ms - tracks["seen_ms"][:count] <= rule["rescue_ms"]
    _match(boxes, weak[~is_copy], expected, is_free, owners, rule["rescue_gate"])
    # A weak copy that stays would else keep a track alive whose person is gone.
    is_free &= at_ms - tracks["sure_ms"][:count] <= rule["rescue_ms"]
    _match(boxes, weak[is_copy], expected, is_free, owners, rule["rescue_gate"])
    # Whose box surprises is more likely the track that just went missing there than somebody new.
    strange = strong[owners[strong] == NOBODY]
    _match(boxes, strange, expected, is_free, owners, rule["surprise_gate"])
    for box in order:
        if owners[box] != NOBODY:
            _see(tracks[owners[box]], expected[owners[box]], at_ms, boxes[box], rule)
    for box in ranked:
        if owners[box] == NOBODY and boxes[box, 4] >= rule["birth_score"] and boxes[box, 5] == 0.0:
            _begin(tracks[count], at_ms, box, boxes[box], rule)
            owners[box] = count
            count += 1
    return count, owners


@compiled
def _priced(
    boxes: NDArray[np.float64], ranked: NDArray[np.int64], rule: np.void
) -> NDArray[np.float64]:
    """The boxes with one more number each, what a track pays for it: copies are dear.

    Args:
        boxes: As `measured` gives them.
        ranked: Their indices, strongest first.
        rule: One of `RULES`.
    """
    priced = np.zeros((len(boxes), 6))
    priced[:, :5] = boxes
    for place, box in enumerate(ranked):
        for other in ranked[:place]:
            if _is_copy(boxes[box], boxes[other], rule):
                priced[box, 5] = rule["copy_cost"]
                break
    return priced


@compiled
def _own_order(boxes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Indices of the boxes, sorted by their values."""
    order = np.arange(len(boxes))
    for box in range(1, len(boxes)):
        place = box
        while place > 0 and _comes_before(boxes[box], boxes[order[place - 1]]):
            order[place] = order[place - 1]
            place -= 1
        order[place] = box
    return order


@compiled
def _comes_before(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    for value in range(len(one)):
        if one[value] != other[value]:
            return bool(one[value] < other[value])
    return False


@compiled
def _match(
    boxes: NDArray[np.float64],
    chosen: NDArray[np.int64],
    expected: NDArray[np.void],
    is_free: NDArray[np.bool_],
    owners: NDArray[np.int64],
    gate: float,
) -> None:
    """Give chosen boxes to free tracks at the smallest total cost; those taken are free no more."""
    free = np.flatnonzero(is_free)
    costs = np.empty((len(chosen), len(free)))
    for row in range(len(chosen)):
        for column in range(len(free)):
            costs[row, column] = _cost(expected[free[column]], boxes[chosen[row]])
    partners = assign(costs, gate)
    for row in range(len(chosen)):
        if partners[row] >= 0:
            owners[chosen[row]] = free[partners[row]]
            is_free[free[partners[row]]] = False


@compiled
def _cost(ahead: np.void, box: NDArray[np.float64]) -> float:
    """How unlikely it is that a track looks like a box: minus its log-likelihood, doubled."""
    wider = 2.0 * (box[2] - ahead["width"][0]) / (box[2] + ahead["width"][0])
    taller = 2.0 * (box[3] - ahead["height"][0]) / (box[3] + ahead["height"][0])
    return float(
        square(box[0] - ahead["x"][0]) / ahead["spread_x"]
        + square(box[1] - ahead["y"][0]) / ahead["spread_y"]
        + square(wider) / ahead["spread_width"]
        + square(taller) / ahead["spread_height"]
        + ahead["doubt"]
        + box[5]
    )


@compiled
def _see(
    track: np.void, ahead: np.void, at_ms: int, box: NDArray[np.float64], rule: np.void
) -> None:
    """Bring a track to this frame by its box."""
    height = track["height"][0]
    track["x"][:] = ahead["x"]
    track["y"][:] = ahead["y"]
    correct(track["x"], box[0], square(rule["error_x"] * height), rule["outlier"])
    correct(track["y"], box[1], square(rule["error_y"] * height), rule["outlier"])
    track["width"][:] = ahead["width"]
    track["height"][:] = ahead["height"]
    correct_size(track["width"], box[2], square(rule["error_width"] * track["width"][0]))
    correct_size(track["height"], box[3], square(rule["error_height"] * height))
    track["seen_ms"] = at_ms
    if box[4] >= rule["strong_score"]:
        track["sure_ms"] = at_ms
    track["evidence"] += box[4]
    if track["evidence"] >= rule["confirm_score"]:
        track["is_confirmed"] = 1


@compiled
def _is_copy(box: NDArray[np.float64], stronger: NDArray[np.float64], rule: np.void) -> bool:
    """Whether a box may be a second one of the person of a stronger one."""
    width = (box[2] + stronger[2]) / 2.0 - abs(box[0] - stronger[0])
    height = (box[3] + stronger[3]) / 2.0 - abs(box[1] - stronger[1])
    width = max(min(width, box[2], stronger[2]), 0.0)
    shared = width * max(min(height, box[3], stronger[3]), 0.0)
    area, other_area = box[2] * box[3], stronger[2] * stronger[3]
    if shared >= rule["copy_overlap"] * (area + other_area - shared):
        return True
    is_weak = box[4] < rule["copy_score"]
    return bool(is_weak and shared >= rule["copy_share"] * min(area, other_area))


@compiled
def _begin(track: np.void, at_ms: int, index: int, box: NDArray[np.float64], rule: np.void) -> None:
    scale = stature(box[2], box[3])
    track["birth_ms"] = at_ms
    track["birth_index"] = index
    track["seen_ms"] = track["sure_ms"] = at_ms
    track["evidence"] = box[4]
    track["is_confirmed"] = 1 if box[4] >= rule["confirm_score"] else 0
    _place(track["x"], box[0], rule["error_x"] * box[3], rule["speed_x"] * scale)
    _place(track["y"], box[1], rule["error_y"] * box[3], rule["speed_y"] * scale)
    track["width"][0] = box[2]
    track["width"][1] = square(rule["error_width"] * box[2])
    track["height"][0] = box[3]
    track["height"][1] = square(rule["error_height"] * box[3])


@compiled
def _place(axis: NDArray[np.float64], at: float, error: float, speed: float) -> None:
    axis[0] = at
    axis[1] = 0.0
    axis[2] = square(error)
    axis[3] = square(speed)
    axis[4] = 0.0
