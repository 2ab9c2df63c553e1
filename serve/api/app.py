"""The API as one ASGI application: routes, errors as JSON, the page.

In: settings. Out: an application that Ray Serve, a test or any ASGI server can run.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from serve.api.answers import ErrorAnswer, Problem
from serve.api.auth import require_token
from serve.api.errors import ApiError
from serve.api.live import LiveFeed
from serve.api.parameters import Json
from serve.api.routes import alerts, live, pages, records, series, sites
from serve.api.settings import ApiSettings
from serve.api.store import open_store

DESCRIPTION = """
Numbers of every site, in event time. Instants are ISO 8601 (in the site's time zone unless they
have an offset) or milliseconds since the epoch; spans are half-open. Every number stands beside its
coverage, the share of the time in which the camera was seen; what is not known is `null`, never 0.
"""


def create_app(settings: ApiSettings) -> FastAPI:
    """The application; it connects when it starts and asks nothing of the network before."""
    app = FastAPI(
        title="Footfall",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        responses={"4XX": {"model": ErrorAnswer}, 503: {"model": ErrorAnswer}},
    )
    app.state.settings = settings
    app.add_middleware(GZipMiddleware, minimum_size=4_096, compresslevel=1)
    for routes in (sites, series, records, alerts, live):
        app.include_router(routes.router, prefix="/v1", dependencies=[Depends(require_token)])
    app.include_router(pages.router)
    app.mount("/assets", StaticFiles(directory=pages.FOLDER), name="assets")
    app.add_exception_handler(ApiError, _say_api_error)
    app.add_exception_handler(RequestValidationError, _say_bad_request)
    app.add_exception_handler(HTTPException, _say_http_error)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.store = open_store(app.state.settings)
    app.state.feed = LiveFeed(app.state.settings)
    app.state.feed.start()
    yield
    await app.state.feed.stop()
    app.state.store.dispose()


async def _say_api_error(_request: Request, error: Exception) -> Json:
    if not isinstance(error, ApiError):
        raise error
    headers = {"www-authenticate": "Bearer"} if error.status == 401 else None
    return _problem(error.status, error.field, error.expected, error.got, headers)


async def _say_bad_request(_request: Request, error: Exception) -> Json:
    if not isinstance(error, RequestValidationError):
        raise error
    first: dict[str, Any] = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:])
    return _problem(400, field, first["msg"], repr(first["input"]))


async def _say_http_error(request: Request, error: Exception) -> Json:
    if not isinstance(error, HTTPException):
        raise error
    got = f"{request.method} {request.url.path}"
    return _problem(error.status_code, "path", "a path and method listed at /docs", got)


def _problem(
    status: int, field: str, expected: str, got: str, headers: dict[str, str] | None = None
) -> Json:
    problem = Problem(field=field, expected=expected, got=got)
    return Json(ErrorAnswer(error=problem), status_code=status, headers=headers)
