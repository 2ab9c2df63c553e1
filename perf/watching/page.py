"""What the page shows in a real Chromium, and when: taken inside the page, by the page's clock.

In: the page's address, sites. Out: one `Shown` per camera and live update. The page's numbers of a
camera stand beside a `<time>` with the event time of the newest frame behind them; the page writes
it in the same step as the numbers, so an observer of the DOM that is told of it sees them too.
"""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Page, ViewportSize, async_playwright

# As root Chromium runs without its sandbox only; the rest keeps it from asking other hosts.
_FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync"
)
_VIEW: ViewportSize = {"width": 1360, "height": 900}

_OBSERVE = """
window.shown = [];
new MutationObserver((changes) => {
  const now = Date.now();
  for (const time of new Set(changes.map((change) => change.target))) {
    const card = time.closest("[data-now]");
    if (card) window.shown.push([card.dataset.now, Date.parse(time.dateTime), now, card.querySelectorAll(".dot").length]);
  }
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["datetime"] });
"""  # noqa: E501 - another language


class Shown(NamedTuple):
    """The numbers of one camera, as they came into the DOM."""

    site: str
    camera: str
    captured_at_ms: int
    """Event time of the newest frame behind them."""
    shown_at_ms: int
    """When the DOM had them."""
    people_count: int
    """People in view, by the dots that were drawn."""

    @property
    def age_ms(self) -> int:
        """How old the newest frame behind them was then."""
        return self.shown_at_ms - self.captured_at_ms


class Watcher:
    """One open page per site."""

    def __init__(self, pages: dict[str, Page]) -> None:
        self._pages = pages

    async def new(self) -> list[Shown]:
        """What was shown since it was last asked."""
        return [
            Shown(site, *row)
            for site, page in self._pages.items()
            for row in await page.evaluate("window.shown.splice(0)")
        ]

    async def photograph(self, folder: Path) -> None:
        """Writes a picture of each page into a folder."""
        for site, page in self._pages.items():
            await page.screenshot(path=folder / f"{site}.png", full_page=True)


def find_chromium() -> str | None:
    """Where this system's Chromium is; None without one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@asynccontextmanager
async def watching(chromium: str, address: str, sites: Sequence[str]) -> AsyncIterator[Watcher]:
    """Every site's page in a tab of its own, until the block ends."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_FLAGS.split())
        try:
            pages = {}
            for site in sites:
                pages[site] = await browser.new_page(viewport=_VIEW)
                await pages[site].add_init_script(_OBSERVE)
                await pages[site].goto(f"{address}#/sites/{site}")
            yield Watcher(pages)
        finally:
            await browser.close()
