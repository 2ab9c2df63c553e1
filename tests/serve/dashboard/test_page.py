"""The page in a real Chromium, on a real API with a real store and a real `live` topic."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from playwright.async_api import Browser, Page, async_playwright, expect

from schemas.alerts import AlertRecord
from schemas.codec import encode
from schemas.heatmaps import HeatmapRecord
from schemas.layout import Camera, Floor, Rule, SiteLayout
from schemas.live import LiveCamera, LiveRecord, LiveTrack, LiveZone
from schemas.sites import SiteRecord
from serve.api.app import create_app
from serve.api.settings import ApiSettings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.broker,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"),
        reason="Chromium is not installed (apt-get install chromium)",
    ),
]

AT_MS = 946_684_800_000  # 2000-01-01T00:00:00Z
TOKEN = "a-token-of-this-test"  # noqa: S105 - of nothing
expect.set_options(timeout=60_000)  # a bound for a busy machine, of 5 s otherwise
QUIET = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update"


@pytest_asyncio.fixture
async def producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    client = AIOKafkaProducer(bootstrap_servers=kafka)
    await client.start()
    yield client
    await client.stop()


@pytest_asyncio.fixture
async def address(kafka: str, topic_prefix: str, database_url: str, serving: Any) -> str:
    settings = ApiSettings.load(
        database_url=database_url, kafka=kafka, topic_prefix=topic_prefix, api_token=TOKEN
    )
    app = create_app(settings)
    url: str = await asyncio.to_thread(serving, app)
    while not app.state.feed.is_connected:
        await asyncio.sleep(0.05)
    return url


@pytest_asyncio.fixture
async def page(address: str) -> AsyncIterator[Page]:  # noqa: ARG001 - closed before the server
    """A page that fails the test if a script fails or a request leaves the machine."""
    assert CHROMIUM is not None, "Chromium is not installed"
    async with async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET.split(), "--disable-sync"]
        )
        page = await browser.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            # A browser calls it an error that the page is asked for the token.
            lambda line: (
                problems.append(line.text)
                if line.type == "error" and "401" not in line.text and "404" not in line.text
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(("http://127.0.0.1", "data:"))
                else problems.append(request.url)
            ),
        )
        yield page
        await browser.close()
    assert problems == []


def present(waiting: int, at_ms: int) -> LiveRecord:
    zone = LiveZone(zone="till", count=waiting, longest_open_wait_ms=61_000)
    tracks = [LiveTrack(track=f"{AT_MS}-{n}", x=0.2 * n, y=0.5) for n in range(waiting + 1)]
    camera = LiveCamera(camera="tills", at_ms=at_ms, tracks=tracks, zones=[zone])
    return LiveRecord(site="milano", layout_version=3, at_ms=at_ms, cameras=[camera])


def crowded(*, opened_at_ms: int, closed_at_ms: int | None = None) -> AlertRecord:
    return AlertRecord(
        site="milano", layout_version=3, rule="crowd", entity="till",
        state="opened" if closed_at_ms is None else "closed", opened_at_ms=opened_at_ms,
        closed_at_ms=closed_at_ms, value=5.0, threshold=3.0,
    )  # fmt: skip


async def enter(page: Page, address: str) -> None:
    await page.goto(address)
    await page.get_by_label("Token").fill(TOKEN)
    await page.get_by_role("button", name="Show the numbers").click()


async def test_number_changes_when_a_live_record_comes(
    page: Page, address: str, producer: AIOKafkaProducer, topic_prefix: str, write: Any,
    layout: SiteLayout,
) -> None:  # fmt: skip
    window = SiteRecord(
        site="milano", layout_version=3, window_start_ms=AT_MS, window_end_ms=AT_MS + 60_000,
        coverage=0.5, entry_total=41, exit_total=2, person_ms=None, cameras_seen=2,
        cameras_total=2, complete=True,
    )  # fmt: skip
    write(layout, window)
    await enter(page, address)
    await page.locator("[data-site=milano]").click()
    await expect(page.locator("[data-figure=in]")).to_have_text("41")
    await expect(page.locator("#clock")).to_have_text(re.compile("1 Jan 2000, 01:01:00"))
    waiting = page.locator("[data-figure=waiting]")
    await expect(waiting).to_have_text("\N{EN DASH}")
    for count in (3, 2):
        record = present(count, AT_MS + count)
        # Sent until it is seen: the page may still be connecting when the first one comes.
        async with asyncio.timeout(90):
            while await waiting.text_content() != str(count):
                await producer.send_and_wait(f"{topic_prefix}live", encode(record))
                await page.wait_for_timeout(100)
        await expect(page.locator("[data-now=tills] .dot")).to_have_count(count + 1)
    await expect(page.locator("[data-figure=longest]")).to_have_text("1:01 min")
    till = page.locator("[data-now=tills] [data-zone=till]")
    await expect(till).to_contain_text("waiting, longest 1:01 min")
    time = page.locator("[data-now=tills] time")
    await expect(time).to_have_attribute("datetime", "2000-01-01T00:00:00.002Z")
    await expect(time).to_have_text("01:00:00")  # in Rome
    await expect(page.locator("#live")).to_have_text("live")
    await expect(page.locator("[data-now=hall]")).to_contain_text("nothing yet")


async def test_page_says_plainly_that_nothing_is_there_yet(
    page: Page, address: str, write: Any, layout: SiteLayout
) -> None:
    await enter(page, address)
    await expect(page.get_by_text("No site yet")).to_be_visible()
    write(layout)
    await page.locator("[data-site=milano]").click(timeout=90_000)
    await expect(page.get_by_text("No window has closed yet")).to_be_visible()
    await expect(page.locator("#live")).to_have_text("waiting for live numbers")
    await expect(page.locator("[data-health=tills]")).to_contain_text("no frame yet")


async def test_list_of_sites_shows_the_present_and_open_alerts(
    page: Page, address: str, producer: AIOKafkaProducer, topic_prefix: str, write: Any,
    layout: SiteLayout,
) -> None:  # fmt: skip
    write(layout, crowded(opened_at_ms=AT_MS))
    await enter(page, address)
    card = page.locator("[data-site=milano]")
    await expect(card.locator("[data-alerts]")).to_have_text("1 alert")
    await expect(card.locator("[data-figure=waiting]")).to_have_text("\N{EN DASH}")
    await producer.send_and_wait(f"{topic_prefix}live", encode(present(3, AT_MS)))
    await expect(card.locator("[data-figure=waiting]")).to_have_text("3")
    await expect(card.locator("[data-figure=longest]")).to_have_text("1:01 min")
    await expect(card.locator("[data-figure=in-view]")).to_have_text("4")


async def test_alerts_are_told_in_words_the_open_ones_first(
    page: Page, address: str, write: Any, layout: SiteLayout
) -> None:
    ruled = replace(layout, rules=[Rule(id="crowd", on="till", when="length > 3")])
    write(ruled, crowded(opened_at_ms=AT_MS - 60_000, closed_at_ms=AT_MS - 1_000))
    await enter(page, address)
    await page.locator("[data-site=milano]").click()
    alerts = page.locator(".alerts")
    await expect(alerts).to_contain_text("No alert is open. The last: till: more than 3 waiting")
    await expect(alerts).to_contain_text("00:59:00 to 00:59:59")
    write(crowded(opened_at_ms=AT_MS))
    await expect(alerts).to_have_text("alerttill: more than 3 waitingsince 01:00:00")
    await expect(alerts).not_to_contain_text("00:59:00")


async def test_floor_shows_heat_and_zones_where_they_are_in_the_store(
    page: Page, address: str, write: Any, layout: SiteLayout
) -> None:
    # The image's left is the plan's top, its lower edge the plan's left: 20 x 10 m.
    corners = [(0.0, 0.0, 20.0, 0.0), (1.0, 0.0, 20.0, 10.0), (1.0, 1.0, 0.0, 10.0)]
    corners.append((0.0, 1.0, 0.0, 0.0))
    tills, hall = layout.cameras
    floor = Floor(width_m=20.0, height_m=10.0, cell_m=1.0)
    seen = Camera(id="tills", homography=corners, zones=tills.zones, lines=tills.lines)
    write(
        replace(layout, floor=floor, cameras=[seen, hall]),
        SiteRecord(
            site="milano", layout_version=3, window_start_ms=AT_MS, window_end_ms=AT_MS + 60_000,
            coverage=0.5, entry_total=0, exit_total=0, person_ms=None, cameras_seen=2,
            cameras_total=2, complete=True,
        ),
        HeatmapRecord(
            site="milano", camera="tills", layout_version=3, window_start_ms=AT_MS,
            window_end_ms=AT_MS + 60_000, coverage=1.0, space="floor", rows=10, cols=20,
            cell_m=1.0, cells=[(2, 17, 9_000)],
        ),
    )  # fmt: skip
    await enter(page, address)
    await page.locator("[data-site=milano]").click()
    plan = page.locator("[data-heat=floor] svg")
    await expect(plan.locator("rect.heat")).to_have_attribute("x", "85")
    points = await plan.locator("polygon.zone.queue").get_attribute("points")
    drawn = [tuple(round(float(one)) for one in pair.split(",")) for pair in str(points).split()]
    assert drawn == [(90, 5), (90, 20), (60, 20), (60, 5)]


async def test_who_stands_in_two_views_is_on_the_floor_once(
    page: Page, address: str, producer: AIOKafkaProducer, topic_prefix: str, write: Any,
    layout: SiteLayout,
) -> None:  # fmt: skip
    near = [(0.0, 0.0, 0.0, 0.0), (1.0, 0.0, 10.0, 0.0), (1.0, 1.0, 10.0, 10.0)]
    near.append((0.0, 1.0, 0.0, 10.0))
    far = [(x, y, 2 * floor_x, floor_y) for x, y, floor_x, floor_y in near]  # sees cells smaller
    views = [Camera(id="hall", homography=far), Camera(id="tills", homography=near)]
    write(replace(layout, cameras=views, floor=Floor(width_m=20.0, height_m=10.0, cell_m=1.0)))

    def camera(name: str, *feet: tuple[float, float]) -> LiveCamera:
        tracks = [LiveTrack(track=f"{AT_MS}-{n}", x=x, y=y) for n, (x, y) in enumerate(feet)]
        return LiveCamera(camera=name, at_ms=AT_MS, tracks=tracks, zones=[])

    # One at 8 m, in both views; one at 16 m, in the far view alone.
    cameras = [camera("hall", (0.41, 0.5), (0.81, 0.5)), camera("tills", (0.82, 0.5))]
    record = LiveRecord(site="milano", layout_version=3, at_ms=AT_MS, cameras=cameras)
    await producer.send_and_wait(f"{topic_prefix}live", encode(record))
    await enter(page, address)
    await page.locator("[data-site=milano]").click()
    dots = page.locator("[data-now-floor] .dot")
    await expect(dots).to_have_count(2)
    styles = [await dots.nth(number).get_attribute("style") for number in range(2)]
    assert [str(style).partition("px")[0] for style in styles] == [
        "transform: translate(81",
        "transform: translate(41",
    ]


async def test_documentation_works_without_another_host(page: Page, address: str) -> None:
    await page.goto(f"{address}/docs")
    call = page.locator("[data-path='/v1/sites/{site}/queues']")
    await call.locator("summary").click()
    await expect(call).to_contain_text("length_mean")
    await call.get_by_label("site").fill("atlantis")
    await page.get_by_text("Token", exact=True).click()
    await page.get_by_placeholder("token, if this Footfall").fill(TOKEN)
    await page.get_by_placeholder("token, if this Footfall").blur()
    await call.get_by_role("button", name="Ask").click()
    await expect(call.locator("pre")).to_contain_text("a site with a layout or frames")
