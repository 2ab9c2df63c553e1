"""Ray and Ray Serve for this process: started here or joined, and ended as they were found.

A Ray started here listens on loopback only and is bound to this process: when it is killed, the
kernel ends Ray too (two idle agents of Ray's follow within a minute), and the next start begins
anew.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import ray
from ray import serve as ray_serve
from ray.serve import Application
from ray.serve.config import HTTPOptions, ProxyLocation
from ray.serve.schema import LoggingConfig

from serve.errors import StartFailed
from serve.loopback import keep_replicas_on_loopback
from serve.settings import ServeSettings

DETECTOR_NAME = "detector"
API_NAME = "api"

_NAMESPACE = "serve"
_LONGEST_RAY_FOLDER = 40
"""Ray puts sockets below its folder, and a socket's path has at most 107 bytes."""
_RAY_PROGRAMS = {"raylet", "gcs_server"}
_LOGGING = LoggingConfig(enable_access_log=False)


@contextmanager
def running_ray(settings: ServeSettings, *, cpu_count: int) -> Iterator[None]:
    """A Ray, until the block ends.

    Args:
        settings: Whether to join one, or where to start one.
        cpu_count: Cores that a Ray started here shares out.

    Raises:
        StartFailed: If there is none to join, or none can be started.
    """
    try:
        if settings.ray_address is not None:
            ray.init(address=settings.ray_address, namespace=_NAMESPACE)
        else:
            ray.init(
                address="local",
                namespace=_NAMESPACE,
                num_cpus=cpu_count,
                object_store_memory=settings.ray_object_store_bytes,
                include_dashboard=False,
                _temp_dir=str(ray_folder(settings.data)),
                runtime_env={"worker_process_setup_hook": keep_replicas_on_loopback},
            )
    except (OSError, RuntimeError, ValueError) as error:
        raise StartFailed(f"Ray: expected a cluster to run on, got: {error}") from error
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def running_serve(settings: ServeSettings, *, host: str, port: int) -> Iterator[None]:
    """Ray Serve listening on an address, until the block ends.

    On a Ray that was joined, Serve stays when the block ends; our applications go.
    """
    is_ours = settings.ray_address is None
    ray_serve.start(
        proxy_location=ProxyLocation.HeadOnly if is_ours else ProxyLocation.EveryNode,
        http_options=HTTPOptions(host=host, port=port),
        logging_config=_LOGGING,
    )
    try:
        yield
    finally:
        if is_ours:
            ray_serve.shutdown()  # type: ignore[no-untyped-call]
        else:
            for name in (API_NAME, DETECTOR_NAME):
                ray_serve.delete(name)


def run_application(application: Application, *, name: str, route_prefix: str | None) -> None:
    """The application is healthy on Ray Serve.

    Args:
        application: What to run.
        name: Its name on Ray Serve.
        route_prefix: Where it answers HTTP; None: nowhere.

    Raises:
        StartFailed: If it does not become healthy.
    """
    try:
        ray_serve.run(application, name=name, route_prefix=route_prefix, logging_config=_LOGGING)
    except RuntimeError as error:
        raise StartFailed(f"{name}: did not start on Ray Serve: {error}") from error


def ray_programs() -> Sequence[psutil.Process]:
    """The programs of a Ray that this process started, without which nothing is served."""
    children = psutil.Process().children(recursive=True)
    return [one for one in children if one.name() in _RAY_PROGRAMS]


def is_gone(program: psutil.Process) -> bool:
    """Whether a process has ended, collected or not."""
    return not program.is_running() or program.status() == psutil.STATUS_ZOMBIE


def ray_folder(data: Path) -> Path:
    """Where a Ray started here keeps its sockets and logs: in the data folder, if that is short.

    Args:
        data: The data folder.
    """
    folder = data.resolve() / "ray"
    if len(os.fsencode(folder)) <= _LONGEST_RAY_FOLDER:
        return folder
    short = hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]
    return Path(tempfile.gettempdir()) / f"footfall-ray-{os.getuid()}-{short}"
