"""A simulated camera as a source of frames: event times and images, from any instant on.

In: a site, a camera, a seed, a rate, a start. Out: `(captured_at_ms, image)`, for ever. Frames
lie on the grid of the rate, counted from the epoch, so a source that starts again at any instant
gives the very frames it would have given.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from streams.simulation.errors import SimulationError
from streams.simulation.scenes import Scene

Image = NDArray[np.uint8]

DEFAULT_FPS = 5.0
_MOST_FPS = 60.0


class SimulatedCamera:
    """One camera of a simulated store, to be read from any instant on."""

    def __init__(
        self,
        site: str,
        camera: str,
        *,
        seed: int = 1,
        fps: float = DEFAULT_FPS,
        size: tuple[int, int] = (640, 360),
        traffic: float = 1.0,
    ) -> None:
        """Draws the empty store, which takes a second or so.

        Args:
            site: Id of the simulated site, such as `store-1`.
            camera: Id of one of its cameras: `tills`, `door`.
            seed: Another seed gives other people.
            fps: Frames per second.
            size: Width and height of the image, px.
            traffic: Parties that come, relative to an ordinary day.

        Raises:
            SimulationError: If there is no such site or camera, the traffic is none, or the
                rate makes no frames.
        """
        if not 0.0 < fps <= _MOST_FPS:
            raise SimulationError(f"sim fps: expected more than 0, at most {_MOST_FPS}, got {fps}")
        self.fps = fps
        self.scene = Scene(site, camera, seed=seed, size=size, traffic=traffic)

    def times_ms(self, start_ms: int) -> Iterator[int]:
        """Event times of the frames from an instant on, rising, without end."""
        frame = -int(-start_ms * self.fps // 1000)
        while True:
            yield int(-(-frame * 1000 // self.fps))
            frame += 1

    def frames(self, start_ms: int) -> Iterator[tuple[int, Image]]:
        """`(captured_at_ms, image)` from an instant on, without end; images are BGR."""
        for at_ms in self.times_ms(start_ms):
            yield at_ms, self.scene.image(at_ms)
