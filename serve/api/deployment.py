"""The API as a Ray Serve application: the same ASGI application, in each replica."""

from typing import Any

from fastapi import FastAPI
from ray import serve as ray_serve
from ray.serve import Application

from serve.api.app import create_app
from serve.api.settings import ApiSettings

_MAX_ONGOING = 500
"""A page that watches is one request that never ends, so there must be room for many."""


@ray_serve.ingress()
class Api:
    """One replica of the API."""

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings

    def __serve_build_asgi_app__(self) -> FastAPI:
        """The application; built here, because open connections cannot travel."""
        return create_app(self._settings)


def api_app(settings: ApiSettings) -> Application:
    """The application to run on Ray Serve."""
    deployment: Any = ray_serve.deployment(
        Api,
        name="Api",
        num_replicas=settings.api_replicas,
        max_ongoing_requests=_MAX_ONGOING,
        ray_actor_options={"num_cpus": 0},
        # Pages that watch would hold a replica back for ever.
        graceful_shutdown_wait_loop_s=0.2,
        graceful_shutdown_timeout_s=2,
    )
    application: Application = deployment.bind(settings)
    return application
