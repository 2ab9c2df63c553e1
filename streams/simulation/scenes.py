"""One simulated camera: the pixels of an instant, and who is on them.

In: an instant. Out: a BGR image and the truth of it. A frame is a function of (site, camera,
seed, instant), whatever was drawn before it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.simulation.arrivals import checked_traffic, day_of
from streams.simulation.backdrop import backdrop_of
from streams.simulation.cameras import lens_of
from streams.simulation.crowd import crowd_at
from streams.simulation.day import Day, day_at, prepare
from streams.simulation.errors import SimulationError
from streams.simulation.figures import figures_of
from streams.simulation.light import Light, LightRange, Sensor, light_at
from streams.simulation.painting import Painting
from streams.simulation.plan import Store, View
from streams.simulation.shading import Shading
from streams.simulation.stores import store_of
from streams.simulation.timelines import Activity

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody on an image."""

    person: str
    """Id of the person."""
    xyxy: tuple[float, float, float, float]
    """Box of the whole body within the image, px."""
    visible_fraction: float
    """Share of the body's pixels that the image shows; the rest is hidden or beyond its edges."""
    floor_xy: tuple[float, float]
    """Where the person stands, m."""
    activity: str
    """What the person is doing."""
    is_staff: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame with its truth."""

    at_ms: int
    image: Image
    """`(height, width, 3)` BGR."""
    people: list[Seen]
    """Everybody of whom any pixel could be on it, hidden ones too."""
    labels: Image
    """`(height, width)`: 1 + index in `people` of whom a pixel shows, 0 for nobody."""


def view_of(store: Store, camera: str) -> View:
    """A store's camera by its id.

    Raises:
        SimulationError: If there is none of that id; names those there are.
    """
    for view in store.views:
        if view.id == camera:
            return view
    known = ", ".join(view.id for view in store.views)
    raise SimulationError(f"sim camera: expected one of {known}, got {camera!r}")


class Scene:
    """One camera of one simulated store."""

    def __init__(  # noqa: PLR0913 - all that a picture depends on but its instant
        self,
        site: str,
        camera: str,
        *,
        seed: int = 1,
        size: tuple[int, int] = (640, 360),
        view: View | None = None,
        light: LightRange | None = None,
        traffic: float = 1.0,
    ) -> None:
        """Draws the empty store, which takes a second or so.

        Args:
            site: Id of the simulated site.
            camera: Id of one of its cameras.
            seed: Another seed gives other people and another light.
            size: Width and height of the image, px.
            view: Looks from here instead of the camera's own place.
            light: How far the light may stray.
            traffic: Parties that come, relative to an ordinary day.

        Raises:
            SimulationError: If there is no such site or camera, or the traffic is none.
        """
        self.store = store_of(site)
        self.view = view or view_of(self.store, camera)
        self.lens = lens_of(self.view, width=size[0], height=size[1])
        self.seed = seed
        self.traffic = checked_traffic(traffic)
        self._light = light
        self._backdrop = backdrop_of(self.store, self.view, width=size[0], height=size[1])
        self._shading = Shading(self.store)
        self._lit_by: Light | None = None
        self._lit = self._backdrop.lamps
        self._sensor = Sensor(width=size[0], height=size[1], seed=seed)

    def day(self, at_ms: int) -> Day:
        """The simulated day of an instant."""
        return day_at(self.store.id, seed=self.seed, day=day_of(at_ms), traffic=self.traffic)

    def image(self, at_ms: int) -> Image:
        """The frame of an instant, `(height, width, 3)` BGR."""
        painting, _ = self._painted(at_ms)
        return self._sensor.expose(painting.image, at_ms=at_ms)

    def picture(self, at_ms: int) -> Picture:
        """The frame of an instant with its truth; visible fractions are counted in pixels."""
        painting, day = self._painted(at_ms)
        labels, visible = painting.labels()
        crowd = painting.crowd
        people = [
            Seen(
                person=day.people[crowd.person[row]].id,
                xyxy=box_of(painting.figures.boxes[row]),
                visible_fraction=visible[row],
                floor_xy=(float(crowd.stances.x_m[row]), float(crowd.stances.y_m[row])),
                activity=Activity(crowd.stances.activity[row]).name.lower(),
                is_staff=day.people[crowd.person[row]].is_staff,
            )
            for row in painting.rows
        ]
        image = self._sensor.expose(painting.image, at_ms=at_ms)
        return Picture(at_ms, image, people, labels)

    def _painted(self, at_ms: int) -> tuple[Painting, Day]:
        day = self.day(at_ms)
        prepare(self.store.id, at_ms, seed=self.seed, traffic=self.traffic)
        light = light_at(at_ms, seed=self.seed, spread=self._light)
        if light != self._lit_by:
            self._lit_by = light
            self._lit = light.on(self._backdrop.lamps, self._backdrop.daylight)
        crowd = crowd_at(day, np.array([at_ms]), lens=self.lens)
        stances = crowd.stances
        figures = figures_of(stances, day.bodies.taken(crowd.person), self.lens)
        lamps, daylight = self._shading.at(
            stances.x_m.astype(np.float32), stances.y_m.astype(np.float32)
        )
        painting = Painting(self._lit, self._backdrop, crowd, figures)
        painting.shadows(self.lens)
        looks = [day.people[person].look for person in crowd.person]
        painting.people(looks, light.gains(lamps, daylight))
        return painting, day


def box_of(row: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """A row of boxes as plain numbers, to a hundredth of a pixel."""
    x1, y1, x2, y2 = (round(float(edge), 2) for edge in row)
    return x1, y1, x2, y2
