"""Superset in a real browser: the system's Chromium, driven by Playwright."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="uv sync --frozen --group browser")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="uv sync --frozen --group browser")

CHROMIUM = Path("/usr/bin/chromium")


@dataclass
class Dashboard:
    """What a browser met on one dashboard."""

    slug: str
    #: columns and rows that each chart and filter was given, in the order in which they came
    answers: list[dict[str, Any]] = field(default_factory=list)
    #: everything that a page without fault does not have
    trouble: list[str] = field(default_factory=list)
    #: charts that drew something, and messages in place of one
    drawn: int = 0
    messages: list[str] = field(default_factory=list)
    #: rules of axe-core with the number of places, of serious findings
    unfit: dict[str, int] = field(default_factory=dict)

    def values(self, column: str) -> set[Any]:
        """Every value that a column had in any answer."""
        return {row[column] for one in self.answers for row in one["data"] if column in row}


class Visitor:
    """Somebody who is logged in. `url` is Superset's address."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url

    def log_in(self, name: str, password: str) -> bool:
        """Whether the log-in succeeded."""
        self.page.goto(f"{self.url}/login/")
        self.page.wait_for_load_state("networkidle")
        self.page.fill("#username, [name=username]", name)
        self.page.fill("#password, [name=password]", password)
        # A new page comes whether the log-in succeeds or not.
        with self.page.expect_event("load"):
            self.page.keyboard.press("Enter")
        self.page.wait_for_load_state("networkidle")
        return self.asks("GET", "/api/v1/me/")[0] == 200

    def asks(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Status and content of an answer of Superset's own interface to whoever is logged in."""
        token = self.page.locator("#csrf_token")
        headers = {"X-CSRFToken": token.get_attribute("value") if token.count() else "", "Referer": self.url}
        answer = self.page.request.fetch(
            f"{self.url}{path}", method=method, data=body, headers=headers, max_redirects=0
        )
        return answer.status, answer.json() if "json" in answer.headers.get("content-type", "") else answer.text()

    def opens(self, slug: str, *, tab: str | None = None, picture: Path | None = None) -> Dashboard:
        """Open a dashboard (and one of its tabs), and look at it until nothing more is loaded."""
        seen, page = Dashboard(slug), self.page
        listeners = {
            "console": lambda one: one.type == "error" and seen.trouble.append(f"console: {one.text}"),
            "pageerror": lambda one: seen.trouble.append(f"error: {one}"),
            "requestfailed": lambda one: seen.trouble.append(f"failed: {one.url} {one.failure}"),
            "request": lambda one: self._is_away(one.url) and seen.trouble.append(f"away: {one.url}"),
            "response": lambda one: one.status >= 400 and seen.trouble.append(f"{one.status}: {one.url}"),
            "requestfinished": lambda one: "/api/v1/chart/data" in one.url and finished.append(one),
        }
        finished: list[Any] = []
        for event, listener in listeners.items():
            page.on(event, listener)
        page.goto(f"{self.url}/superset/dashboard/{slug}/")
        self._wait()
        if tab:
            page.get_by_role("tab", name=tab).click()
            self._wait()
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
        for request in finished:
            content = request.response().json()
            seen.answers += content.get("result", []) if isinstance(content.get("result"), list) else []
        drawing = page.locator("canvas, table")
        seen.drawn = page.locator("[data-test-chart-id]:visible").filter(has=drawing).count()
        seen.messages = page.locator("[role=alert]:visible").all_inner_texts()
        seen.messages += page.get_by_text("No results were returned").all_inner_texts()
        if picture:
            picture.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=picture, full_page=True)
        found = axe.Axe().run(page).response["violations"]
        seen.unfit = {one["id"]: len(one["nodes"]) for one in found if one["impact"] in ("serious", "critical")}
        return seen

    def _is_away(self, url: str) -> bool:
        return not url.startswith((self.url, "data:", "blob:"))

    def _wait(self) -> None:
        self.page.wait_for_load_state("networkidle")
        # Charts are drawn after their data came.
        self.page.wait_for_timeout(2000)
        self.page.wait_for_load_state("networkidle")


@contextmanager
def visiting(url: str) -> Iterator[Visitor]:
    """A browser with nothing kept from before."""
    # A container of a test machine has no user namespaces for Chromium's own fence.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 1500}, locale="da-DK")
            page.set_default_timeout(60_000)
            yield Visitor(page, url)
        finally:
            browser.close()
