"""Drawn frames: the same for the same seed, and the truth about them is what the pixels say."""

import itertools

import cv2
import numpy as np
import pytest

from streams.simulation.detections import TRUTHFUL, BoxCamera
from streams.simulation.drawing import drawn_figures, silhouette
from streams.simulation.errors import SimulationError
from streams.simulation.painting import BODY_M
from streams.simulation.scenes import Picture, Scene
from streams.simulation.source import SimulatedCamera

BUSY_MS = 946_684_800_000 + int(17.6 * 3_600_000)
SIZE = (640, 360)
_PIXEL = 1.05
"""A pixel, for its rounding, and a little for the polygons' own."""


@pytest.fixture(scope="module", params=[1.0, 1.5], ids=["an ordinary day", "a rush"])
def scene(request: pytest.FixtureRequest) -> Scene:
    return Scene("store-1", "tills", seed=4, traffic=request.param)


@pytest.fixture(scope="module")
def pictures(scene: Scene) -> list[Picture]:
    return [scene.picture(BUSY_MS + number * 9_000) for number in range(10)]


def test_same_seed_gives_the_same_pixels_wherever_the_camera_starts(
    scene: Scene, pictures: list[Picture]
) -> None:
    other = Scene("store-1", "tills", seed=4, traffic=scene.traffic)
    assert other.image(pictures[7].at_ms).tobytes() == pictures[7].image.tobytes()
    assert scene.picture(pictures[3].at_ms).labels.tobytes() == pictures[3].labels.tobytes()


def test_another_seed_gives_other_people(pictures: list[Picture]) -> None:
    other = Scene("store-1", "tills", seed=5).picture(pictures[0].at_ms)
    assert other.image.tobytes() != pictures[0].image.tobytes()


def test_boxes_enclose_the_drawn_pixels(pictures: list[Picture]) -> None:
    seen_count = 0
    for picture in pictures:
        for index, seen in enumerate(picture.people):
            rows, columns = np.nonzero(picture.labels == index + 1)
            if not rows.size:
                continue
            x1, y1, x2, y2 = seen.xyxy
            edges = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            beyond = (x1 - edges[0], y1 - edges[1], edges[2] - x2, edges[3] - y2)
            assert max(beyond) <= _PIXEL
            seen_count += 1
    assert seen_count > 60


def test_boxes_are_no_larger_than_what_is_drawn(scene: Scene, pictures: list[Picture]) -> None:
    for picture in pictures[:4]:
        for box, mask in _alone(scene, picture.at_ms):
            rows, columns = np.nonzero(mask)
            drawn = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            assert np.abs(np.array(drawn) - box).max() <= _PIXEL


def test_visible_fraction_is_what_the_pixels_say(pictures: list[Picture], scene: Scene) -> None:
    picture = next(one for one in pictures if len(one.people) >= 6)
    _, figures = _seen(scene, picture.at_ms)
    expected = _expected_shares(scene, picture.at_ms)
    assert len(expected) == len(picture.people)
    got = [seen.visible_fraction for seen in picture.people]
    assert got == pytest.approx(expected, abs=1e-4)
    assert min(got) < 0.6 < max(got), "a scene where nobody hides anybody proves nothing"
    assert figures.in_view.all() or len(got) == figures.in_view.sum()


def test_boxes_alone_are_those_of_the_drawn_frames(pictures: list[Picture], scene: Scene) -> None:
    camera = BoxCamera("store-1", "tills", seed=4, errors=TRUTHFUL, traffic=scene.traffic)
    differences = []
    for picture in pictures:
        truth = camera.truth(np.array([picture.at_ms]))
        day = camera.day(picture.at_ms)
        drawn = {seen.person: seen for seen in picture.people}
        assert {day.people[person].id for person in truth.person} == set(drawn)
        for row, person in enumerate(truth.person):
            seen = drawn[day.people[person].id]
            assert truth.boxes[row] == pytest.approx(seen.xyxy, abs=0.006)
            differences.append(truth.visible_fraction[row] - seen.visible_fraction)
    assert np.abs(differences).mean() < 0.1, "estimated at points of the body, not in pixels"


def test_people_are_drawn_over_the_empty_store_and_nothing_else_moves(scene: Scene) -> None:
    first, second = scene.picture(BUSY_MS), scene.picture(BUSY_MS + 200)
    still = (first.labels == 0) & (second.labels == 0)
    still &= (
        cv2.dilate(((first.labels > 0) | (second.labels > 0)).astype(np.uint8), None, iterations=60)
        == 0
    )
    difference = np.abs(first.image.astype(int) - second.image.astype(int))[still]
    assert difference.mean() < 6.0, "sensor noise"


def test_a_camera_that_starts_later_gives_the_very_frames_it_would_have_given() -> None:
    camera = SimulatedCamera("store-2", "door", seed=4, fps=7)
    early = list(itertools.islice(camera.times_ms(BUSY_MS - 1_000), 20))
    late = list(itertools.islice(camera.times_ms(BUSY_MS), 10))
    assert late == [at_ms for at_ms in early if at_ms >= BUSY_MS][:10]
    assert all(b > a for a, b in itertools.pairwise(early))
    at_ms, image = next(camera.frames(BUSY_MS))
    assert at_ms == late[0]
    assert image.shape == (SIZE[1], SIZE[0], 3)


def test_an_unknown_camera_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(SimulationError, match=r"tills, door, got 'roof'"):
        Scene("store-1", "roof")
    with pytest.raises(SimulationError, match=r"fps: expected more than 0"):
        SimulatedCamera("store-1", "door", fps=0)


def _seen(scene: Scene, at_ms: int):
    painting, _ = scene._painted(at_ms)
    return painting, painting.figures


def _alone(scene: Scene, at_ms: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Everybody wholly within the image: the box, and the silhouette drawn alone."""
    _, figures = _seen(scene, at_ms)
    found = []
    for row in np.flatnonzero(figures.in_view):
        if not np.array_equal(figures.whole[row], figures.boxes[row]):
            continue
        mask = np.zeros((SIZE[1], SIZE[0]), dtype=np.uint8)
        columns = (figures.x_px, figures.y_px, figures.r_px, figures.joint_ahead_m)
        (body,) = drawn_figures(*(column[[row]] for column in columns))
        silhouette(mask, body, origin=(0, 0))
        found.append((figures.boxes[row], mask))
    return found


def _expected_shares(scene: Scene, at_ms: int) -> list[float]:
    """Shares counted another way: every silhouette on a wide canvas, nearer ones over it."""
    painting, figures = _seen(scene, at_ms)
    margin = 700
    shape = (SIZE[1] + 2 * margin, SIZE[0] + 2 * margin)
    inside = np.zeros(shape, dtype=bool)
    window = (slice(margin, margin + SIZE[1]), slice(margin, margin + SIZE[0]))
    masks = {}
    for row in painting.rows:
        mask = np.zeros(shape, dtype=np.uint8)
        columns = (figures.x_px, figures.y_px, figures.r_px, figures.joint_ahead_m)
        (body,) = drawn_figures(*(column[[row]] for column in columns))
        silhouette(mask, body, origin=(-margin, -margin))
        masks[row] = mask > 0
    inside[window] = True
    ahead = np.full(shape, np.inf)
    ahead[window] = scene._backdrop.ahead_m
    shares = []
    for index, row in enumerate(painting.rows):
        hidden = ahead <= figures.ahead_m[row] - BODY_M
        shown = masks[row] & inside & ~hidden
        for nearer in painting.rows[index + 1 :]:
            shown &= ~(masks[nearer] & (ahead > figures.ahead_m[nearer] - BODY_M))
        shares.append(round(shown.sum() / masks[row].sum(), 4))
    return shares
