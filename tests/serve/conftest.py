"""A view store of a test's own, and the API over it, in this process or on a socket."""

import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from compose.ports import free_ports
from schemas.layout import Camera, Line, LineKind, SiteLayout, Zone, ZoneKind
from schemas.tables import metadata, row_of, table_of
from serve.api.app import create_app
from serve.api.settings import ApiSettings

NOWHERE = "127.0.0.1:1"
"""A broker that is not there, for questions that need none."""

Write = Callable[..., None]


@pytest.fixture(scope="session")
def view_store(postgres: str) -> Iterator[str]:
    """A database of these tests alone, with the view store's tables; its URL."""
    name = f"t{uuid.uuid4().hex[:12]}"
    with _engine(postgres) as engine, engine.connect() as server:
        server.execution_options(isolation_level="AUTOCOMMIT")
        server.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(postgres).set(database=name).render_as_string(hide_password=False)
    with _engine(url) as engine:
        metadata.create_all(engine)
    yield url
    with _engine(postgres) as engine, engine.connect() as server:
        server.execution_options(isolation_level="AUTOCOMMIT")
        server.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def database_url(view_store: str) -> str:
    """The view store, empty."""
    with _engine(view_store) as engine, engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(table.delete())
    return view_store


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def write(database_url: str) -> Iterator[Write]:
    """Puts messages into the view store, as the view writer does."""
    with _engine(database_url) as engine:

        def into_store(*messages: object) -> None:
            with engine.begin() as connection:
                for message in messages:
                    connection.execute(table_of(message).insert(), row_of(message))

        yield into_store


@pytest.fixture
def layout() -> SiteLayout:
    """A small store: a camera with a queue, its service and an entrance; another with nothing."""
    square = [(0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4)]
    zones = [
        Zone(id="till", kind=ZoneKind.QUEUE, polygon=square, service=["desk"]),
        Zone(id="desk", kind=ZoneKind.SERVICE, polygon=square),
        Zone(id="back", kind=ZoneKind.STAFF, polygon=square),
    ]
    line = Line(id="entrance", kind=LineKind.ENTRANCE, start=(0.2, 0.8), end=(0.8, 0.8))
    return SiteLayout(
        site="milano",
        version=3,
        time_zone="Europe/Rome",
        reset_at="04:00",
        cameras=[Camera(id="tills", zones=zones, lines=[line]), Camera(id="hall")],
    )


class Asking:
    """The API's answers as parsed JSON."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def __call__(self, path: str, *, status: int = 200, **parameters: Any) -> Any:
        asked = {name.rstrip("_"): value for name, value in parameters.items()}
        response = await self.client.get(path, params=asked)
        assert response.status_code == status, response.text
        return response.json()


@pytest.fixture(scope="session")
def app(view_store: str) -> FastAPI:
    """The API over the view store; made once, because describing itself takes it a moment."""
    return create_app(ApiSettings.load(database_url=view_store, kafka=NOWHERE))


@pytest_asyncio.fixture
async def ask(app: FastAPI, database_url: str) -> AsyncIterator[Asking]:  # noqa: ARG001 - emptied
    """Asks the API without a socket; `from_` stands for the parameter `from`."""
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client,
    ):
        yield Asking(client)


Serving = Callable[[FastAPI], str]


@pytest.fixture
def serving() -> Iterator[Serving]:
    """Serves applications on free ports until the test ends; gives their addresses."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(_served(app))


@contextmanager
def _served(app: FastAPI) -> Iterator[str]:
    (port,) = free_ports(1)
    config = uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    give_up_at = time.monotonic() + 90
    while not server.started:
        assert time.monotonic() < give_up_at, "the server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(90)
