"""What a detector's boxes are worth against the truth: misses, scores, offsets, further boxes.

In: the true people and the boxes found on clips of frames. Out: one row per person and frame, one
per further box, and the figures that describe them. The same for a real detector and for the error
model, so that the two stand side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from streams.simulation.detections import FoundBoxes
from streams.simulation.sightings import Sightings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SAME = 0.35
"""Overlap from which a box can be about a person: a rough box shall not count as a miss."""
TOUCHING = 0.1
"""Overlap with somebody's found box from which a further box belongs to that person."""
HIDDEN = 0.15
"""Of whom less shows gets only a box that nobody else has a better claim to."""
SHOWN = 0.3
"""Of whom more shows is expected to be found."""
MOVES_M_S = 0.4
STANDS_M_S = 0.05


@dataclass(frozen=True)
class Clip:
    """Frames of one camera at one rate."""

    every_ms: int
    seen: Sightings
    found: Sequence[FoundBoxes]


@dataclass(frozen=True)
class Judged:
    """Columns of one length: people on frames; and further boxes."""

    clip: Ints
    frame: Ints
    person: Ints
    visible: Floats
    floor_xy: Floats
    true: Floats
    """`(N, 4)` xyxy px."""
    found: Floats
    """`(N, 4)` xyxy px; NaN where missed."""
    score: Floats
    """NaN where missed."""
    is_merged: NDArray[np.bool_]
    """Whether the box found is also about somebody who was missed."""
    further_clip: Ints
    further_frame: Ints
    further_of: Ints
    """Row of the person whose found box it touches; -1 where it touches none."""
    further: Floats
    """`(M, 4)` xyxy px."""
    further_score: Floats
    clips: Sequence[Clip]

    @property
    def is_found(self) -> NDArray[np.bool_]:
        """Which people were found."""
        return ~np.isnan(self.score)

    @property
    def frame_count(self) -> int:
        """Frames of all clips."""
        return sum(len(clip.found) for clip in self.clips)

    def offsets(self) -> Floats:
        """`(N, 4)` how far each edge is off, shares of the true box's sides."""
        return (self.found - self.true) / _sides(self.true)

    def further_offsets(self) -> Floats:
        """The same of the further boxes that belong to somebody, to that person's found box."""
        rows = self.further_of[self.further_of >= 0]
        return (self.further[self.further_of >= 0] - self.found[rows]) / _sides(self.found[rows])


def overlaps(a: Floats, b: Floats) -> Floats:
    """Intersection over union of boxes, `(len(a), len(b))`."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.clip(high - low, 0.0, None).prod(axis=2)
    areas = [(box[:, 2:] - box[:, :2]).prod(axis=1) for box in (a, b)]
    return np.asarray(both / (areas[0][:, None] + areas[1][None] - both + 1e-9))


def judged(clips: Sequence[Clip]) -> Judged:
    """Who was found by which box, and what the other boxes are about."""
    people, further, start = [], [], 0
    for number, clip in enumerate(clips):
        edges = np.searchsorted(clip.seen.instant, np.arange(len(clip.found) + 1))
        for frame, boxes in enumerate(clip.found):
            rows = slice(edges[frame], edges[frame + 1])
            true, visible = clip.seen.boxes[rows], clip.seen.visible_fraction[rows]
            overlap = overlaps(true, boxes.boxes)
            got = _pairs(overlap, visible, boxes.scores)
            for j in got.tolist():
                box = boxes.boxes[j] if j >= 0 else np.full(4, np.nan)
                score = boxes.scores[j] if j >= 0 else np.nan
                rest = (got < 0) & (visible > SHOWN)
                merged = j >= 0 and bool((overlap[rest, j] >= SAME).any())
                people.append((number, frame, *box, score, merged))
            for j in np.setdiff1d(np.arange(len(boxes.boxes)), got).tolist():
                owner = _owner(boxes.boxes, got, j)
                of = start + owner if owner >= 0 else -1
                further.append((number, frame, of, *boxes.boxes[j], boxes.scores[j]))
            start += len(true)
    row = np.array(people, dtype=np.float64).reshape(-1, 8)
    more = np.array(further, dtype=np.float64).reshape(-1, 8)
    return Judged(
        clip=row[:, 0].astype(np.int64),
        frame=row[:, 1].astype(np.int64),
        person=np.concatenate([clip.seen.person for clip in clips]),
        visible=np.concatenate([clip.seen.visible_fraction for clip in clips]),
        floor_xy=np.concatenate([clip.seen.floor_xy for clip in clips]),
        true=np.concatenate([clip.seen.boxes for clip in clips]),
        found=row[:, 2:6],
        score=row[:, 6],
        is_merged=row[:, 7] > 0,
        further_clip=more[:, 0].astype(np.int64),
        further_frame=more[:, 1].astype(np.int64),
        further_of=more[:, 2].astype(np.int64),
        further=more[:, 3:7],
        further_score=more[:, 7],
        clips=clips,
    )


def _pairs(overlap: Floats, visible: Floats, scores: Floats) -> Ints:
    """For every person the index of the box that is about them, or -1."""
    got = np.full(len(visible), -1)
    if not overlap.size:
        return got
    gain = np.where(overlap >= SAME, overlap + 0.1 * scores[None], 0.0)
    gain[visible < HIDDEN] = 0.0
    rows, columns = linear_sum_assignment(-gain)
    kept = gain[rows, columns] > 0.0
    got[rows[kept]] = columns[kept]
    for i in np.flatnonzero(visible < HIDDEN):
        mine = (overlap[i] >= SAME) & (overlap[i] >= overlap.max(axis=0) - 1e-9)
        mine[got[got >= 0]] = False
        if mine.any():
            got[i] = int(np.argmax(np.where(mine, overlap[i], -1.0)))
    return got


def _owner(boxes: Floats, got: Ints, j: int) -> int:
    """The person whose found box a further box touches most, or -1."""
    owners = np.flatnonzero(got >= 0)
    if not owners.size:
        return -1
    touching = overlaps(boxes[got[owners]], boxes[j : j + 1])[:, 0]
    best = int(touching.argmax())
    return int(owners[best]) if touching[best] >= TOUCHING else -1


def _sides(boxes: Floats) -> Floats:
    return np.tile(boxes[:, 2:] - boxes[:, :2], 2)


def likeness(one: Judged, *, lag_ms: int, moves: bool) -> tuple[float, float]:
    """How alike errors are after a time: 1 the same, 0 no more than anybody's; edges and score.

    Only people of whom much shows count, who all that time walk, or stand.
    """
    here, there = moments(one, lag_ms=lag_ms, moves=moves)
    kept = one.is_found & (one.visible > 0.5)
    if not here.size:
        return float("nan"), float("nan")
    values = np.column_stack((one.offsets(), one.score))
    squares = np.mean((values[there] - values[here]) ** 2, axis=0) / 2.0
    alike = 1.0 - squares / values[kept].var(axis=0)
    return float(alike[:4].mean()), float(alike[4])


def moments(one: Judged, *, lag_ms: int, moves: bool) -> tuple[Ints, Ints]:
    """Pairs of rows of one person found then and a time later, walking or standing."""
    every_ms = np.array([clip.every_ms for clip in one.clips])[one.clip]
    rows = np.flatnonzero(one.is_found & (one.visible > 0.5) & (lag_ms % every_ms == 0))
    key = (one.clip[rows] * 100_000 + one.person[rows]) * 1_000_000 + one.frame[rows]
    order = np.argsort(key)
    rows, key = rows[order], key[order]
    wanted = key + lag_ms // every_ms[rows]
    at = np.minimum(np.searchsorted(key, wanted), key.size - 1)
    ok = key[at] == wanted
    here, there = rows[ok], rows[at[ok]]
    pace = np.hypot(*(one.floor_xy[there] - one.floor_xy[here]).T) / lag_ms * 1000.0
    ok = pace > MOVES_M_S if moves else pace < STANDS_M_S
    return here[ok], there[ok]


def miss_lengths_ms(one: Judged) -> Floats:
    """Lengths of the unbroken times in which somebody was missed, of whom enough shows."""
    missed = np.flatnonzero(~one.is_found & (one.visible > SHOWN))
    order = np.lexsort((one.frame[missed], one.person[missed], one.clip[missed]))
    rows = missed[order]
    same = (np.diff(one.clip[rows]) == 0) & (np.diff(one.person[rows]) == 0)
    goes_on = same & (np.diff(one.frame[rows]) == 1)
    starts = np.flatnonzero(np.r_[True, ~goes_on]) if rows.size else np.empty(0, np.int64)
    counts = np.diff(np.r_[starts, rows.size])
    every_ms = np.array([clip.every_ms for clip in one.clips])
    return np.asarray(counts * every_ms[one.clip[rows[starts]]], dtype=np.float64)


def lasting(one: Judged, *, touching: bool, lag_ms: int) -> float:
    """Share of further boxes that are there again (overlap over 0.6) after a time."""
    hits = []
    chosen = (one.further_of >= 0) == touching
    for number, clip in enumerate(one.clips):
        rows = np.flatnonzero(chosen & (one.further_clip == number))
        by_frame = {f: rows[one.further_frame[rows] == f] for f in range(len(clip.found))}
        lag = lag_ms // clip.every_ms
        for frame in range(0, len(clip.found) - lag, 5):
            now, then = one.further[by_frame[frame]], one.further[by_frame[frame + lag]]
            if len(now):
                again = overlaps(now, then).max(axis=1, initial=0.0) > 0.6
                hits += again.tolist()
    return float(np.mean(hits)) if hits else float("nan")


def figures(one: Judged) -> dict[str, float]:
    """Everything that is compared, by name."""
    found, visible = one.is_found, one.visible
    tall = one.true[:, 3] - one.true[:, 1]
    result: dict[str, float] = {"people per frame": found.size / one.frame_count}
    for low, high in ((0.02, 0.08), (0.08, 0.2), (0.2, 0.35), (0.35, 0.7), (0.7, 1.01)):
        part = (visible >= low) & (visible < high)
        result[f"found, visible {low:.2f}-{min(high, 1.0):.2f}"] = _mean(found[part])
    shown = visible > 0.6
    for low_px, high_px in ((0, 90), (90, 144), (144, 999)):
        part = shown & (tall >= low_px) & (tall < high_px)
        result[f"found, {low_px}-{high_px} px tall"] = _mean(found[part])
    runs = miss_lengths_ms(one)
    for share in (50, 90):
        result[f"missed without a break, p{share} ms"] = _rank(runs, share)
    for low, high in ((0.08, 0.35), (0.35, 0.7), (0.7, 1.01)):
        part = found & (visible >= low) & (visible < high)
        name = f"visible {low:.2f}-{min(high, 1.0):.2f}"
        for share in (10, 50, 90):
            result[f"score p{share}, {name}"] = _rank(one.score[part], share)
        offsets = one.offsets()[part]
        for edge, what in ((3, "foot"), (1, "head"), (0, "left"), (2, "right")):
            result[f"{what} off, spread, {name}"] = (
                _rank(offsets[:, edge], 84) - _rank(offsets[:, edge], 16)
            ) / 2
            result[f"{what} off, p98 of size, {name}"] = _rank(np.abs(offsets[:, edge]), 98)
        result[f"foot off, median, {name}"] = _rank(offsets[:, 3], 50)
    for moves, lag_ms in ((True, 100), (True, 400), (False, 400), (False, 1600)):
        edges, score = likeness(one, lag_ms=lag_ms, moves=moves)
        name = f"after {lag_ms} ms, {'walking' if moves else 'standing'}"
        result[f"edges alike {name}"], result[f"score alike {name}"] = edges, score
    per_person = max(int(found.sum()), 1)
    for least in (0.1, 0.2, 0.3, 0.5):
        count = int(((one.further_of >= 0) & (one.further_score >= least)).sum())
        result[f"further boxes per person found, score {least:.1f}"] = count / per_person
    elsewhere = one.further_of < 0
    result["boxes elsewhere per frame"] = elsewhere.sum() / one.frame_count
    result["score p90 of boxes elsewhere"] = _rank(one.further_score[elsewhere], 90)
    for lag_ms in (200, 2_000):
        result[f"further boxes there again, {lag_ms} ms"] = lasting(
            one, touching=True, lag_ms=lag_ms
        )
        result[f"boxes elsewhere there again, {lag_ms} ms"] = lasting(
            one, touching=False, lag_ms=lag_ms
        )
    result["boxes about two people per frame"] = one.is_merged.sum() / one.frame_count
    return {name: round(value, 4) for name, value in result.items()}


def _mean(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if values.size else float("nan")


def _rank(values: Floats, share: float) -> float:
    return float(np.percentile(values, share)) if values.size else float("nan")
