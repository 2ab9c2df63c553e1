"""The entry of the process of Ray Serve: settings, then Ray's environment, then everything else.

In: `FOOTFALL_*`. Out: nothing; it blocks. Ray is imported late: it reads its environment when
it is imported.
"""

import os
import secrets
import socket

from serve.api.settings import ApiSettings
from serve.errors import StartFailed
from serve.inference.settings import DetectorSettings
from serve.settings import ServeSettings


def run_serve() -> None:
    """Run Ray Serve with the Detector and the API until SIGTERM or SIGINT.

    Raises:
        SettingsError: If a setting does not fit.
        ModelError: If the model cannot serve.
        StartFailed: If the port is taken, Ray or an application does not come up, or Ray is gone.
    """
    settings = ServeSettings.load()
    api = ApiSettings.load()
    detector = DetectorSettings.load()
    _refuse_taken_port(api)
    _prepare_environment(settings)
    from serve.running import run_until_told  # noqa: PLC0415 - see above

    run_until_told(settings, api, detector)


def _prepare_environment(settings: ServeSettings) -> None:
    # Ray reads these when it is imported: report nothing to anybody; and, of a Ray started here,
    # know each other by a secret and take 127.0.0.1 for the machine's address, as Ray does where
    # it has no clusters.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if settings.ray_address is None:
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        # On a busy machine a proxy takes longer than the usual 5 s to come up; three such waits,
        # and Serve kills it and does not start.
        os.environ["RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S"] = "60"


def _refuse_taken_port(api: ApiSettings) -> None:
    family = socket.AF_INET6 if ":" in api.api_host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((api.api_host, api.api_port))
        except OSError as error:
            raise StartFailed(
                f"FOOTFALL_API_PORT: expected a free port on {api.api_host}, got {api.api_port} "
                f"({error.strerror}); stop what uses it, or choose another"
            ) from error
