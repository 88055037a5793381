"""A real browser for tests: the system's Chromium, driven by Playwright; what went wrong on a page, and who cannot
read it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="uv sync --frozen --group browser")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="uv sync --frozen --group browser")

CHROMIUM = Path("/usr/bin/chromium")


def ensure_chromium() -> None:
    """Install Chromium where it is not, on Debian."""
    if not CHROMIUM.is_file():
        subprocess.run("apt-get update -q && apt-get install -yq chromium", shell=True, check=True)


@contextmanager
def new_page(**how: Any) -> Iterator[Any]:
    """A page of a browser with nothing kept from before. `how` goes to Playwright, such as `locale`."""
    # A container of a test machine has no user namespaces for Chromium's own fence.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        try:
            page = browser.new_page(**{"viewport": {"width": 1400, "height": 1500}, "locale": "da-DK"} | how)
            page.set_default_timeout(60_000)
            yield page
        finally:
            browser.close()


@contextmanager
def watching(page: Any, url: str) -> Iterator[list[str]]:
    """Everything that a page without fault does not have, inside the block: errors in the console, requests that fail,
    answers of 400 and more, requests to another place than `url`."""
    trouble: list[str] = []
    listeners = {
        "console": lambda one: one.type == "error" and trouble.append(f"console: {one.text}"),
        "pageerror": lambda one: trouble.append(f"error: {one}"),
        "requestfailed": lambda one: trouble.append(f"failed: {one.url} {one.failure}"),
        "request": lambda one: one.url.startswith((url, "data:", "blob:")) or trouble.append(f"away: {one.url}"),
        "response": lambda one: one.status >= 400 and trouble.append(f"{one.status}: {one.url}"),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    try:
        yield trouble
    finally:
        for event, listener in listeners.items():
            page.remove_listener(event, listener)


def unfit(page: Any) -> dict[str, int]:
    """What axe-core finds serious or critical on the page: rule, number of places."""
    found = axe.Axe().run(page).response["violations"]
    return {one["id"]: len(one["nodes"]) for one in found if one["impact"] in ("serious", "critical")}
