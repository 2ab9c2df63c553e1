"""The error model's tables from a real detector's errors, as the module that holds them.

In: what a detector's boxes are worth. Out: the text of `streams/simulation/fitted_errors.py`.
"""

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from perf.error_figures import Judged, likeness, moments
from streams.simulation.error_model import (
    LEVELS,
    PLACE_COUNT,
    SLOTS,
    TALL,
    VISIBLE,
    ErrorTables,
    Pace,
    cell_of,
    drifting,
    keys_of,
    steps_of,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ENOUGH = 60
"""Fewer people than this fill no cell: it takes those of all heights, then of all who show more."""
LIBRARY = 160
"""Further boxes that stand for all."""
_MOST_OFF = 1.5
LAGS = ((True, 100), (False, 400), (False, 1_600))
"""Whether people walk, and after how many ms: where errors are asked to stay as alike as seen."""
_STEPS_MM = (60, 80, 100, 130, 160, 200, 260, 340, 450, 600, 800)
_STILL_MS = (2_000, 3_000, 5_000, 8_000, 12_000, 20_000, 40_000, 100_000)
_PLACE_MS = 6_000

HEAD = '''"""What a detector was measured to do; thousandths, read by `error_model.ErrorTables`.

Written by `python -m perf.detector_errors --write` for {label}.
"""
'''


def fitted_texts(one: Judged, *, image_height: int) -> dict[str, str]:
    """The tables' texts, by the names that `ErrorTables` takes."""
    found, edges = _cells(one, image_height)
    texts = {
        "found": _text(found),
        "edges": _text(edges),
        "satellites": _text(_satellites(one)),
        "satellite_boxes": _text(_library(one)),
        "places": _text([_with_missing(*_places(one))]),
    }
    tables = ErrorTables(**texts, paces=_text([[1, 1]] * 3))
    return texts | {"paces": _text(_paces(one, tables, image_height))}


def _text(rows: list[list[int]]) -> str:
    return "\n".join(" ".join(map(str, row)) for row in rows)


def module_of(texts: dict[str, str], *, label: str) -> str:
    """The module that holds the texts."""
    parts = [f'{name.upper()} = """\n{text}\n"""\n' for name, text in texts.items()]
    return HEAD.format(label=label) + "\n" + "\n".join(parts)


def _cells(one: Judged, image_height: int) -> tuple[list[list[int]], list[list[int]]]:
    tall = (one.true[:, 3] - one.true[:, 1]) / image_height
    cell = cell_of(one.visible, tall)
    offsets = np.clip(one.offsets(), -_MOST_OFF, _MOST_OFF)
    heights = len(TALL) + 1
    shows = one.visible > 0.0
    found, edges = [], []
    for number in range((len(VISIBLE) + 1) * heights):
        bin_ = number // heights
        part = shows & (cell == number)
        if part.sum() < ENOUGH:
            part = shows & (cell // heights == bin_)
        found.append(_with_missing(1.0 - one.is_found[part].mean(), one.score[part]))
        known = part & one.is_found
        while known.sum() < ENOUGH and bin_ <= len(VISIBLE):
            bin_ += 1
            known = one.is_found & (cell // heights == bin_)
        edges += [_thousandths(np.quantile(offsets[known, edge], LEVELS)) for edge in range(4)]
    return found, edges


def _satellites(one: Judged) -> list[list[int]]:
    """Of every person found the further boxes by falling score, slot by slot."""
    own = one.further_of >= 0
    of, score = one.further_of[own], one.further_score[own]
    order = np.lexsort((-score, of))
    of, score = of[order], score[order]
    starts = np.flatnonzero(np.r_[True, np.diff(of) != 0])
    rank = np.arange(of.size) - np.repeat(starts, np.diff(np.r_[starts, of.size]))
    total = max(int(one.is_found.sum()), 1)
    return [
        _with_missing(1.0 - (rank == slot).sum() / total, score[rank == slot])
        for slot in range(SLOTS)
    ]


def _library(one: Judged) -> list[list[int]]:
    offsets = one.further_offsets()
    rows = np.random.default_rng(1).permutation(len(offsets))[:LIBRARY]
    return [_thousandths(np.clip(offset, -_MOST_OFF, _MOST_OFF)) for offset in offsets[rows]]


def _places(one: Judged) -> tuple[float, Floats]:
    score = one.further_score[one.further_of < 0]
    return 1.0 - min(score.size / one.frame_count / PLACE_COUNT, 1.0), score


def _paces(one: Judged, tables: ErrorTables, image_height: int) -> list[list[int]]:
    """How far chance goes with the way and with time, so that errors stay alike as long as seen."""
    pairs = [moments(one, lag_ms=lag_ms, moves=moves) for moves, lag_ms in LAGS]
    seen = np.array([likeness(one, lag_ms=lag_ms, moves=moves) for moves, lag_ms in LAGS])
    at_ms = np.concatenate(
        [clip.found[0].at_ms + clip.seen.instant * clip.every_ms for clip in one.clips]
    )
    cell = cell_of(one.visible, (one.true[:, 3] - one.true[:, 1]) / image_height)
    key = keys_of(1, one.clip * 100_000 + one.person)
    best: list[tuple[float, int, int]] = [(np.inf, 0, 0)] * 2
    for step_mm, still_ms in product(_STEPS_MM, _STILL_MS):
        steps = steps_of(Pace(step_mm / 1000.0, still_ms), key, at_ms, one.floor_xy)
        luck = drifting(1, 1, steps)
        edges = tables.edges[cell[:, None], np.arange(4), luck]
        scores = tables.scores[cell[:, None], luck]
        for which, values in enumerate((edges, scores)):
            off = float(np.square(_alike(values, pairs) - seen[:, which]).sum())
            best[which] = min(best[which], (off, step_mm, still_ms))
    return [*([step, still] for _, step, still in best), [0, _PLACE_MS]]


def _alike(values: Floats, pairs: Sequence[tuple[Ints, Ints]]) -> Floats:
    """How alike four columns of values are over pairs of rows, their mean."""
    spread = values[np.unique(np.concatenate([here for here, _ in pairs]))].var(axis=0)
    squares = [np.mean((values[there] - values[here]) ** 2, axis=0) for here, there in pairs]
    return np.array([np.mean(1.0 - square / 2.0 / spread) for square in squares])


def _with_missing(missing: float, scores: Floats) -> list[int]:
    scores = scores[~np.isnan(scores)]
    levels = np.quantile(scores, LEVELS) if scores.size else np.zeros(len(LEVELS))
    return _thousandths([missing, *levels])


def _thousandths(values: Iterable[float]) -> list[int]:
    return [round(float(value) * 1000) for value in values]
