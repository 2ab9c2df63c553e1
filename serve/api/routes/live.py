"""The present: of all sites at one asking, of one site as server-sent events."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from serve.api.live import LiveFeed
from serve.api.parameters import Json, SiteId, Store, answered
from serve.api.present import NowAnswer
from serve.api.routes.alerts import open_alerts
from serve.api.store import reading

router = APIRouter(tags=["live"])

KEEP_ALIVE_S = 10.0
"""Silence after which a comment says that the connection stands."""


@router.get("/now", response_model=NowAnswer)
def get_now(request: Request, store: Store) -> Json:
    """Every site's present in a few numbers, and how many of its alerts are open."""
    feed: LiveFeed = request.app.state.feed
    with reading(store) as connection:
        return answered(NowAnswer(sites=feed.present(), open_alerts=open_alerts(connection)))


@router.get(
    "/sites/{site}/live",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def watch_live(site: SiteId, request: Request) -> StreamingResponse:
    """The site's present, about twice a second: events `live` whose data are `live` records."""
    feed: LiveFeed = request.app.state.feed
    return StreamingResponse(
        _events(feed, site),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _events(feed: LiveFeed, site: str) -> AsyncIterator[bytes]:
    # Something at once, so that a watcher knows it is connected before anything happens.
    yield b": connected\n\n"
    async for payload in feed.watch(site, patience_s=KEEP_ALIVE_S):
        yield b": still here\n\n" if payload is None else b"event: live\ndata: %b\n\n" % payload
