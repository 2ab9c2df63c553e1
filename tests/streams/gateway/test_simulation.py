import time
from itertools import islice

import numpy as np
import pytest

from streams.gateway.errors import SourceError
from streams.gateway.sources.simulation import SimulatedSource

START_MS = 946_684_800_000


@pytest.fixture(scope="module")
def finite() -> SimulatedSource:
    return SimulatedSource("sim:store-1/tills?fps=5&duration_s=2", start_at_ms=START_MS)


@pytest.fixture(scope="module")
def live() -> SimulatedSource:
    return SimulatedSource("sim:store-2/door?fps=20", start_at_ms=START_MS)


def test_a_finite_play_covers_its_duration_from_the_start_on(finite) -> None:
    frames = list(finite.frames(None))
    assert [frame.captured_at_ms - START_MS for frame in frames] == list(range(0, 2000, 200))
    assert (finite.is_live, finite.first_at_ms, finite.interval_ms) == (False, START_MS, 200)


def test_a_picture_is_that_of_its_frame_whenever_it_is_asked_for(finite) -> None:
    first, second = islice(finite.frames(None), 2)
    later, earlier = second.image(), first.image()
    assert earlier.dtype == np.uint8
    assert not np.array_equal(earlier, later)
    assert np.array_equal(next(finite.frames(None)).image(), earlier)


def test_a_live_play_gives_each_frame_when_its_time_has_come(live) -> None:
    assert live.is_live
    assert live.first_at_ms is None
    for frame in islice(live.frames(None), 6):
        assert frame.captured_at_ms <= time.time_ns() / 1e6 + 1


def test_a_live_camera_that_was_not_read_has_no_pictures_of_then(live) -> None:
    frames = live.frames(None)
    first = next(frames)
    time.sleep(0.4)
    assert next(frames).captured_at_ms >= first.captured_at_ms + 300


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        pytest.param("sim:", "expected sim:site/camera", id="nothing"),
        pytest.param("sim:store-1", "expected sim:site/camera", id="no camera"),
        pytest.param("sim:store-9/tills", "store-9", id="unknown store"),
        pytest.param("sim:store-1/roof", "roof", id="unknown camera"),
        pytest.param("sim:store-1/tills?speed=2", "got 'speed'", id="unknown parameter"),
        pytest.param("sim:store-1/tills?fps=fast", "fps: expected a number.*'fast'", id="no rate"),
        pytest.param("sim:store-1/tills?fps=0", "fps", id="a rate of nothing"),
        pytest.param(
            "sim:store-1/tills?traffic=lots", "traffic: expected a number.*'lots'", id="no traffic"
        ),
        pytest.param(
            "sim:store-1/tills?traffic=0", "traffic: expected more than 0", id="nobody comes"
        ),
        pytest.param("sim:store-1/tills?traffic=99", "traffic: .*got 99", id="too many come"),
        pytest.param("sim:store-1/tills?seed=-1", "seed: expected a number", id="bad seed"),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_a_sentence(uri, said) -> None:
    with pytest.raises(SourceError, match=said) as refused:
        SimulatedSource(uri, start_at_ms=START_MS)
    assert uri in str(refused.value)
