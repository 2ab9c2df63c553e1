from typing import Any

import pytest

from serve.api.answers import CameraState
from serve.api.camera_health import SILENT_AFTER_MS, cameras_of

NOW_MS = 1_800_000_000_000


def record(part: str = "engine", **fields: Any) -> Any:
    return {
        "camera": "door",
        "part": part,
        "at_ms": NOW_MS,
        "counters": {"ok": 7},
        "newest_at_ms": 946_684_800_000,
        "rate_hz": 7.0,
    } | fields


@pytest.mark.parametrize(
    ("records", "state"),
    [
        pytest.param([], CameraState.UNKNOWN, id="nothing has spoken"),
        pytest.param([record(newest_at_ms=None)], CameraState.UNKNOWN, id="no frame has come"),
        pytest.param([record()], CameraState.LIVE, id="frames come"),
        pytest.param([record(rate_hz=None)], CameraState.LIVE, id="the first frame has come"),
        pytest.param([record(rate_hz=0.0)], CameraState.SILENT, id="no frame since the last word"),
        pytest.param(
            [record(at_ms=NOW_MS - SILENT_AFTER_MS)], CameraState.LIVE, id="exactly at the limit"
        ),
        pytest.param(
            [record(at_ms=NOW_MS - SILENT_AFTER_MS - 1)], CameraState.SILENT, id="just past it"
        ),
        pytest.param(
            [record("gateway"), record("engine", rate_hz=0.0)],
            CameraState.SILENT,
            id="what is sent but never arrives is silence",
        ),
        pytest.param(
            [record("gateway"), record("engine", newest_at_ms=None)],
            CameraState.LIVE,
            id="a part that saw nothing yet does not decide",
        ),
    ],
)
def test_camera_is_judged_by_the_part_nearest_to_the_numbers(
    records: list[Any], state: CameraState
) -> None:
    (camera,) = cameras_of(records, layout_cameras=["door"], at_ms=NOW_MS)
    assert camera.state is state


def test_event_time_of_2000_does_not_make_a_camera_silent() -> None:
    (camera,) = cameras_of([record()], layout_cameras=[], at_ms=NOW_MS)
    assert camera.newest_at_ms == 946_684_800_000
    assert camera.state is CameraState.LIVE


def test_cameras_of_the_layout_come_first_and_in_its_order() -> None:
    records = [record(camera="attic"), record(camera="door")]
    cameras = cameras_of(records, layout_cameras=["tills", "door"], at_ms=NOW_MS)
    assert [one.camera for one in cameras] == ["tills", "door", "attic"]
