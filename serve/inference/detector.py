"""The Detector on Ray Serve: replicas that consume frames themselves; nobody calls them for one.

Consuming inside the replica saves a hop per frame and keeps a partition's frames in one process,
so in order. The price: Ray Serve sees no requests, so how well a replica does is for `check_health`
to say, and how many there are is fixed.
"""

import asyncio
import logging

import cv2
import ray
from ray import serve as ray_serve
from ray.serve import Application
from ray.serve.metrics import Counter

from serve.errors import DetectorDown
from serve.inference.consumer import FrameConsumer
from serve.inference.models import Model, load_model
from serve.inference.providers import has_gpu_provider
from serve.inference.settings import DetectorSettings, Device

_CPU_BATCH_SIZE = 2
_GPU_BATCH_SIZE = 16

# Ray Serve writes what this logger says to the replica's own file.
_log = logging.getLogger("ray.serve")


@ray_serve.deployment(
    health_check_period_s=5,
    health_check_timeout_s=15,
    graceful_shutdown_timeout_s=20,
)
class Detector:
    """One replica: a model and the loop that feeds it."""

    async def __init__(  # type: ignore[misc]  # Ray Serve awaits it
        self, settings: DetectorSettings
    ) -> None:
        """Load the model, connect, begin to consume.

        Raises:
            ModelError: If the model cannot serve.
            DetectorDown: If no broker answers.
        """
        # Each decoding thread decodes one image; threads inside OpenCV would only get in the way.
        cv2.setNumThreads(1)
        self._model = await asyncio.to_thread(load_model, settings.model, settings)
        frames = Counter(
            "footfall_detector_frames",
            description="Frames by what became of them.",
            tag_keys=("cause",),
        )
        self._consumer = FrameConsumer(
            self._model,
            settings,
            batch_size=settings.batch_size or _batch_size(self._model),
            meter=lambda cause, count: frames.inc(count, tags={"cause": cause}),
        )
        self._running = asyncio.create_task(self._consumer.run())
        starting = asyncio.create_task(self._consumer.started.wait())
        await asyncio.wait({self._running, starting}, return_when=asyncio.FIRST_COMPLETED)
        starting.cancel()
        if self._running.done():
            await self._running
        _log.info("%s on %s consumes", self._model.label, self._model.provider)

    async def describe(self) -> dict[str, str]:
        """Which model runs here, and on what."""
        return {"model": self._model.label, "provider": self._model.provider}

    async def check_health(self) -> None:
        """Ray Serve's question; a replica that fails is started again.

        Raises:
            DetectorDown: If the loop has ended, or frames wait and nothing is published.
        """
        if self._running.done():
            error = None if self._running.cancelled() else self._running.exception()
            raise DetectorDown(f"the loop has ended: {error}") from error
        self._consumer.check()

    async def __del__(self) -> None:
        """Publish what is in work, commit, leave the group: Ray Serve awaits this on shutdown."""
        if hasattr(self, "_running"):
            self._consumer.stop()
            await asyncio.wait({self._running})


def detector_app(settings: DetectorSettings) -> Application:
    """The Detector as an application for `ray.serve.run`, with a model that was tried out here.

    Raises:
        ModelError: If the model cannot serve.
    """
    settings = settings.model_copy(update={"model": settings.model.resolve()})
    load_model(settings.model, settings.model_copy(update={"device": Device.CPU}))
    app: Application = Detector.options(  # type: ignore[attr-defined]  # Ray's decorator is untyped
        num_replicas=settings.replicas,
        ray_actor_options={
            "num_cpus": settings.replica_cpus,
            "num_gpus": settings.replica_gpus if _uses_gpu(settings.device) else 0,
        },
    ).bind(settings)
    return app


def _uses_gpu(device: Device) -> bool:
    # Ray hides every GPU from an actor that asks for none.
    if device is not Device.AUTO:
        return device is Device.GPU
    if not ray.is_initialized() or not has_gpu_provider():
        return False
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return resources.get("GPU", 0) > 0


def _batch_size(model: Model) -> int:
    return _GPU_BATCH_SIZE if model.provider.startswith("CUDA") else _CPU_BATCH_SIZE
