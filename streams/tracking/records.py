"""The records that the compiled core reads and writes; lengths are in frame heights."""

import numpy as np
from numpy.typing import NDArray

from streams.tracking.settings import TrackerSettings

TRACK = np.dtype(
    [
        ("birth_ms", np.int64),
        ("birth_index", np.int64),
        ("seen_ms", np.int64),
        ("sure_ms", np.int64),
        ("is_confirmed", np.int64),
        ("evidence", np.float64),
        ("x", np.float64, (5,)),
        ("y", np.float64, (5,)),
        ("width", np.float64, (2,)),
        ("height", np.float64, (2,)),
    ]
)
"""One track as it was at its last sight.

`x`, `y`: box centre, velocity per second, their variances and covariance (`motion.predict`).
`width`, `height`: size and its variance. `sure_ms`: the last sight by a strong box.
`evidence`: sum of the scores of its sights.
"""

EXPECTED = np.dtype(
    [
        ("x", np.float64, (5,)),
        ("y", np.float64, (5,)),
        ("width", np.float64, (2,)),
        ("height", np.float64, (2,)),
        ("spread_x", np.float64),
        ("spread_y", np.float64),
        ("spread_width", np.float64),
        ("spread_height", np.float64),
        ("doubt", np.float64),
    ]
)
"""What a track should be now. `spread_*`: variances of what a box would show; of sizes, as shares.

`doubt`: what any box pays for this track, for not knowing where it is.
"""

RULES = np.dtype(
    [
        (name, np.int64 if kind is int else np.float64)
        for name, kind in TrackerSettings.__annotations__.items()
    ]
)
"""`TrackerSettings` for the compiled core."""


def rules(settings: TrackerSettings) -> NDArray[np.void]:
    """The settings as one `RULES` record, in an array of length 1."""
    return np.array([tuple(getattr(settings, name) for name in RULES.names or ())], RULES)
