"""The dashboard, the documentation, the probes: no token, because they hold no numbers."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from sqlalchemy import Engine, text

from serve import dashboard
from serve.api.errors import StoreUnreachable
from serve.api.live import LiveFeed
from serve.api.parameters import Json
from serve.api.store import reading

router = APIRouter(include_in_schema=False)

_OWN_FILES_ONLY = {"content-security-policy": "default-src 'self'; frame-ancestors 'none'"}
"""A browser asks nothing of another host, whatever came into the page."""

FOLDER = Path(dashboard.__path__[0])
"""Where the page's files are."""


@router.get("/")
async def get_page() -> FileResponse:
    """The dashboard."""
    return FileResponse(FOLDER / "index.html", headers=_OWN_FILES_ONLY)


@router.get("/docs")
async def get_docs() -> FileResponse:
    """The API's documentation: our own page over `/openapi.json`, so it needs no other host."""
    return FileResponse(FOLDER / "docs.html", headers=_OWN_FILES_ONLY)


@router.get("/healthz")
async def is_alive() -> Json:
    """Whether this process answers."""
    return Json({"alive": True})


@router.get("/readyz")
def is_ready(request: Request) -> Json:
    """Whether questions can be answered: the view store and the broker are there."""
    feed: LiveFeed = request.app.state.feed
    parts = {"store": _store_state(request.app.state.store), "live": "ok"}
    if not feed.is_connected:
        parts["live"] = "the broker does not answer"
    is_all_there = set(parts.values()) == {"ok"}
    return Json({"ready": is_all_there, "parts": parts}, status_code=200 if is_all_there else 503)


def _store_state(store: Engine) -> str:
    try:
        with reading(store) as connection:
            connection.execute(text("SELECT 1 FROM sites LIMIT 1"))
    except StoreUnreachable as error:
        return error.got
    return "ok"
