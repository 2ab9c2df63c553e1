"""Who is where on a camera's images, without drawing them: boxes and how much of each shows.

In: instants. Out: one row per person and instant. Boxes are exactly those of the drawn frames. The
visible fraction is estimated at a dozen points of each body, against furniture (looked up in the
distances of the empty store) and against nearer people (their head, trunk and legs as boxes).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.simulation.cameras import Lens
from streams.simulation.crowd import Crowd, crowd_at
from streams.simulation.day import Day
from streams.simulation.figures import Figures, figures_of
from streams.simulation.painting import BODY_M
from streams.simulation.poses import Joint

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_POINTS = np.array(
    [
        *(Joint.HEAD, Joint.SHOULDER_L, Joint.SHOULDER_R, Joint.ELBOW_L, Joint.ELBOW_R),
        *(Joint.HIP_L, Joint.HIP_R, Joint.KNEE_L, Joint.KNEE_R, Joint.ANKLE_L, Joint.ANKLE_R),
        *(Joint.HAND_L, Joint.HAND_R),
    ]
)
_WEIGHTS = np.array([9.0, 9, 9, 6, 6, 13, 13, 9, 9, 5, 5, 3, 3])
_WEIGHTS /= _WEIGHTS.sum()
_PIECES = (
    np.array([Joint.CROWN, Joint.HEAD, Joint.CHIN]),
    np.array([Joint.SHOULDER_L, Joint.SHOULDER_R, Joint.HIP_L, Joint.HIP_R]),
    np.array([Joint.HIP_L, Joint.HIP_R, Joint.KNEE_L, Joint.KNEE_R, Joint.ANKLE_L, Joint.ANKLE_R]),
)
_WAIST = 0.95
"""A piece hides as if it were this broad: limbs do not fill their box."""


@dataclass(frozen=True, slots=True)
class Sightings:
    """People on images, columns of one length, ordered by instant, then by person."""

    instant: IntArray
    """Index of the instant."""
    person: IntArray
    """Index of the person within the day."""
    boxes: FloatArray
    """`(N, 4)` xyxy of the whole body within the image, px."""
    visible_fraction: FloatArray
    """Estimated share of the body that the image shows."""
    floor_xy: FloatArray
    """`(N, 2)` where the person stands, m."""


def sightings_at(day: Day, lens: Lens, ahead_m: NDArray[np.float32], at_ms: IntArray) -> Sightings:
    """Everybody on the images of rising instants of one day.

    Args:
        day: The day.
        lens: The camera.
        ahead_m: The empty store's distances in that camera, as `rays.Hits` gives them.
        at_ms: Instants, ms since the epoch.
    """
    crowd = crowd_at(day, at_ms, lens=lens)
    figures = figures_of(crowd.stances, day.bodies.taken(crowd.person), lens)
    rows = np.flatnonzero(figures.in_view)
    visible = _visible(crowd, figures, lens, ahead_m, rows)
    floor_xy = np.stack((crowd.stances.x_m[rows], crowd.stances.y_m[rows]), axis=1)
    return Sightings(
        crowd.instant[rows], crowd.person[rows], figures.boxes[rows], visible, floor_xy
    )


def _visible(
    crowd: Crowd,
    figures: Figures,
    lens: Lens,
    ahead_m: NDArray[np.float32],
    rows: IntArray,
) -> FloatArray:
    x_px, y_px, r_px = (part.T[:, rows] for part in (figures.x_px, figures.y_px, figures.r_px))
    x, y, ahead = x_px[_POINTS], y_px[_POINTS], figures.ahead_m[rows]
    column = np.clip(x, 0, lens.width - 1).astype(np.int64)
    row = np.clip(y, 0, lens.height - 1).astype(np.int64)
    shows = (x >= 0) & (x < lens.width) & (y >= 0) & (y < lens.height)
    shows &= ahead_m.ravel()[row * lens.width + column] >= ahead - BODY_M
    behind, before = _overlapping(crowd.instant[rows], figures.boxes[rows], ahead)
    if behind.size:
        covered = np.zeros((_POINTS.size, behind.size), dtype=np.bool_)
        x, y = x[:, behind], y[:, behind]
        for piece in _PIECES:
            low_x, low_y, high_x, high_y = _piece_boxes(x_px[piece], y_px[piece], r_px[piece])
            covered |= (
                (x > low_x[before])
                & (x < high_x[before])
                & (y > low_y[before])
                & (y < high_y[before])
            )
        starts = np.flatnonzero(np.r_[True, behind[1:] != behind[:-1]])
        shows[:, behind[starts]] &= ~np.logical_or.reduceat(covered, starts, axis=1)
    return np.asarray(np.ascontiguousarray(shows.T) @ _WEIGHTS)


def _overlapping(
    instant: IntArray, boxes: FloatArray, ahead: FloatArray
) -> tuple[IntArray, IntArray]:
    """Pairs of rows of one instant whose boxes overlap: the farther and the nearer one."""
    counts = np.bincount(instant) if instant.size else np.empty(0, np.int64)
    ends = np.cumsum(counts)
    others = counts[instant]
    farther = np.repeat(np.arange(instant.size), others)
    first = np.repeat((ends - counts)[instant] - (np.cumsum(others) - others), others)
    nearer = np.arange(farther.size) + first
    kept = ahead[nearer] < ahead[farther]
    for low, high in ((0, 2), (1, 3)):
        farther, nearer = farther[kept], nearer[kept]
        least, most = boxes[:, low].copy(), boxes[:, high].copy()
        kept = (least[farther] < most[nearer]) & (least[nearer] < most[farther])
    return farther[kept], nearer[kept]


def _piece_boxes(
    x_px: FloatArray, y_px: FloatArray, r_px: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The box of one piece of each body, narrowed; from its circles, `(circles, N)`."""
    low_x, high_x = (x_px - r_px).min(axis=0), (x_px + r_px).max(axis=0)
    middle, half = (low_x + high_x) / 2, (high_x - low_x) / 2 * _WAIST
    return middle - half, (y_px - r_px).min(axis=0), middle + half, (y_px + r_px).max(axis=0)
