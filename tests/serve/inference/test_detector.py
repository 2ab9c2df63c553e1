import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import ray
from ray import serve as ray_serve
from ray.serve.handle import DeploymentHandle

from schemas.detections import DetectionStatus
from serve.errors import ModelFileError
from serve.inference.detector import detector_app
from serve.inference.settings import DetectorSettings
from tests.serve.inference.bus import Bus, headers
from tests.serve.inference.graphs import constant_graph

PERSON = np.array([[8, 8, 16, 24, 0.9, 0]], np.float32)


@pytest.fixture(scope="module")
def ray_serve_started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    # Unix socket paths are limited to 107 bytes, so the folder's own path must be short.
    folder = Path("/tmp") / tmp_path_factory.mktemp("ray").parent.name  # noqa: S108
    ray.init(num_cpus=2, include_dashboard=False, _temp_dir=str(folder), log_to_driver=False)
    ray_serve.start(proxy_location="Disabled")
    yield
    ray_serve.shutdown()
    ray.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def settings(bus: Bus, tmp_path: Path) -> DetectorSettings:
    """Two replicas of a model that sees one person in every image."""
    model = constant_graph(tmp_path / "one-box.onnx", {"output0": PERSON})
    return bus.settings.model_copy(update={"model": model, "replicas": 2, "replica_cpus": 0.5})


@pytest.fixture
async def handle(
    settings: DetectorSettings,
    ray_serve_started: None,  # noqa: ARG001 - Ray must run before
) -> AsyncIterator[DeploymentHandle]:
    app = detector_app(settings)
    yield await asyncio.to_thread(ray_serve.run, app, name="detector", route_prefix=None)
    await asyncio.to_thread(ray_serve.delete, "detector")


@pytest.mark.stack
async def test_replicas_on_ray_serve_turn_frames_into_detections_and_commit_on_shutdown(
    bus: Bus, handle: DeploymentHandle
) -> None:
    described = await handle.describe.remote()
    for seq in range(20):
        await bus.send(headers(seq), partition=seq % 2)
    detections = await bus.detections(20)
    await asyncio.to_thread(ray_serve.delete, "detector")
    assert described["provider"] == "CPUExecutionProvider"
    assert {one.status for one in detections} == {DetectionStatus.OK}
    # 32x24 is doubled to 64x48 and centred: 8 px of padding above.
    assert detections[0].boxes == [(4.0, 0.0, 8.0, 8.0)]
    assert detections[0].model == described["model"]
    assert await bus.committed() == {0: 10, 1: 10}


@pytest.mark.stack
@pytest.mark.usefixtures("handle")
async def test_replica_killed_at_work_loses_no_frame_and_no_order(bus: Bus) -> None:
    for seq in range(40):
        await bus.send(headers(seq), partition=seq % 2)
    await bus.detections(4)
    replicas = [
        process
        for process in psutil.Process().children(recursive=True)
        if any("ServeReplica:detector" in part for part in process.cmdline())
    ]
    replicas[0].kill()
    for seq in range(40, 80):
        await bus.send(headers(seq), partition=seq % 2)
    first_seen: set[tuple[int, int]] = set()
    count = 80
    while len(first_seen) < 80:
        detections = await bus.detections(count)
        first_seen = {(one.frame_partition, one.frame_offset) for one in detections}
        count = len(detections) + 1
    for partition in (0, 1):
        offsets = [one.frame_offset for one in detections if one.frame_partition == partition]
        assert list(dict.fromkeys(offsets)) == list(range(40))


@pytest.mark.case(19)
def test_model_that_cannot_serve_stops_the_start_before_any_replica(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"absent\.onnx: expected a readable file"):
        detector_app(DetectorSettings(model=tmp_path / "absent.onnx"))
