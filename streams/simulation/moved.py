"""Other places for a store's cameras: views that nobody chose, for training and for tests."""

import numpy as np

from streams.simulation.plan import Store, View


def moved_view(store: Store, rng: np.random.Generator, *, name: str) -> View:
    """A view of the store from a random place under its ceiling, onto its floor."""
    while True:
        x, y = rng.uniform(0.5, store.width_m - 0.5), rng.uniform(0.8, store.depth_m - 0.4)
        target = rng.uniform(1.5, store.width_m - 1.5), rng.uniform(1.2, store.depth_m + 0.3)
        away_m = float(np.hypot(target[0] - x, target[1] - y))
        if 3.0 < away_m < 8.0:
            position = (float(x), float(y), float(rng.uniform(2.5, 3.2)))
            focal = float(rng.uniform(0.55, 0.85))
            return View(
                name, position, (float(target[0]), float(target[1]), rng.uniform(0.1, 1.0)), focal
            )
