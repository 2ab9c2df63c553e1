"""Everything that runs on Ray Serve, started in order, until the process is told to end.

The API comes last, so whoever sees it answer sees a Detector that has loaded its model.
"""

import logging
import math
import os
import signal
import time
from types import FrameType

from serve.api.deployment import api_app
from serve.api.settings import ApiSettings
from serve.cluster import (
    API_NAME,
    DETECTOR_NAME,
    is_gone,
    ray_programs,
    run_application,
    running_ray,
    running_serve,
)
from serve.errors import StartFailed
from serve.inference.detector import detector_app
from serve.inference.settings import DetectorSettings
from serve.settings import ServeSettings

logger = logging.getLogger(__name__)

_WATCH_S = 2.0


class _ToldToEnd(BaseException):
    """SIGTERM or SIGINT came; no error, so nothing may catch it on the way."""


def run_until_told(settings: ServeSettings, api: ApiSettings, detector: DetectorSettings) -> None:
    """Run the Detector and the API until SIGTERM or SIGINT.

    Raises:
        ModelError: If the model cannot serve.
        StartFailed: If Ray or an application does not come up, or Ray is gone.
    """
    try:
        _run(settings, api, detector)
    except _ToldToEnd:
        logger.info("ended")


def _run(settings: ServeSettings, api: ApiSettings, detector: DetectorSettings) -> None:
    cpu_count = max(os.cpu_count() or 1, math.ceil(detector.replicas * detector.replica_cpus))
    with running_ray(settings, cpu_count=cpu_count):
        # After Ray's start, which puts its own handlers in place.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _tell_to_end)
        with running_serve(settings, host=api.api_host, port=api.api_port):
            run_application(detector_app(detector), name=DETECTOR_NAME, route_prefix=None)
            run_application(api_app(api), name=API_NAME, route_prefix="/")
            logger.info("answering on http://%s:%d", api.api_host, api.api_port)
            _watch()


def _watch() -> None:
    programs = ray_programs()
    while not any(is_gone(program) for program in programs):
        time.sleep(_WATCH_S)
    raise StartFailed("Ray: one of its programs has ended, so nothing is served; start again")


def _tell_to_end(_number: int, _frame: FrameType | None) -> None:
    # Ending takes seconds and is not to be interrupted by the same wish again.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise _ToldToEnd
