"""The application's edges: token, errors, probes, and that nothing outside is needed."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from serve import dashboard
from serve.api.app import create_app
from serve.api.settings import ApiSettings

TOKEN = "a-token-of-this-test"  # noqa: S105 - of nothing
NOWHERE = "127.0.0.1:1"


@asynccontextmanager
async def asking(settings: ApiSettings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        pytest.param(None, 401, id="none"),
        pytest.param(f"Bearer {TOKEN}x", 401, id="one letter more"),
        pytest.param(f"Bearer {TOKEN[:-1]}", 401, id="one letter less"),
        pytest.param(f"Basic {TOKEN}", 401, id="another scheme"),
        pytest.param("Bearer é", 401, id="letters that no token has"),
        pytest.param(f"Bearer {TOKEN}", 200, id="the token"),
        pytest.param(f"bearer {TOKEN}", 200, id="the scheme in small letters"),
    ],
)
async def test_only_who_knows_the_token_is_answered(
    database_url: str, authorization: str | None, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = ApiSettings.load(database_url=database_url, kafka=NOWHERE, api_token=TOKEN)
    headers = {} if authorization is None else {"authorization": authorization.encode()}
    async with asking(settings) as client:
        response = await client.get("/v1/sites", headers=headers)
        assert response.status_code == status
        if status == 401:
            assert response.headers["www-authenticate"] == "Bearer"
            assert response.json()["error"]["field"] == "authorization"
            assert TOKEN not in response.text
    assert TOKEN not in caplog.text


async def test_every_question_asks_for_the_token_and_the_page_does_not(database_url: str) -> None:
    settings = ApiSettings.load(database_url=database_url, kafka=NOWHERE, api_token=TOKEN)
    async with asking(settings) as client:
        description = (await client.get("/openapi.json")).json()
        for path in description["paths"]:
            answer = await client.get(path.replace("{site}", "milano"))
            assert answer.status_code == 401, path
        for path in ("/", "/docs", "/healthz", "/assets/main.js"):
            assert (await client.get(path)).status_code == 200, path


@pytest.mark.case(20)
async def test_store_that_is_away_is_named_and_its_password_is_not() -> None:
    settings = ApiSettings.load(
        database_url="postgresql://me:secret-word@127.0.0.1:1/x", kafka=NOWHERE
    )
    async with asking(settings) as client:
        answer = await client.get("/v1/sites")
        assert answer.status_code == 503
        assert answer.json()["error"]["field"] == "store"
        assert "secret-word" not in answer.text
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["ready"] is False
    assert ready.json()["parts"]["live"] == "the broker does not answer"


async def test_store_without_tables_says_who_makes_them(postgres: str) -> None:
    async with asking(ApiSettings.load(database_url=postgres, kafka=NOWHERE)) as client:
        answer = await client.get("/v1/sites")
    assert answer.status_code == 503
    assert "view writer" in answer.json()["error"]["expected"]


@pytest.mark.parametrize("path", ["/v1/nothing", "/v2/sites", "/assets/../settings.py"])
async def test_path_that_is_not_there_is_named(ask: Any, path: str) -> None:
    answer = await ask(path, status=404)
    assert answer["error"]["field"] == "path"


async def test_site_id_that_cannot_be_one_is_named(ask: Any) -> None:
    answer = await ask("/v1/sites/No Such", status=400)
    assert answer["error"]["field"] == "site"


def test_page_and_documentation_name_no_other_host() -> None:
    (folder,) = dashboard.__path__
    files = [one for one in Path(folder).iterdir() if one.suffix in {".html", ".css", ".js"}]
    assert len(files) >= 10
    allowed = {"http://www.w3.org/2000/svg"}  # the name of SVG, never asked for
    for file in files:
        named = set(
            re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"'`<]*", file.read_text())
        )
        assert named <= allowed, file.name


async def test_documentation_says_what_every_field_means(ask: Any) -> None:
    description = await ask("/openapi.json")
    for name, schema in description["components"]["schemas"].items():
        for field, one in schema.get("properties", {}).items():
            assert "description" in one, f"{name}.{field}"
