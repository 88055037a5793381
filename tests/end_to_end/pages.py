"""What the pages of the portal say, asked as somebody who is logged in; for tests that have a published warehouse."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

from mentor_dw.config import ALL_AREAS

PAGES = ("deliveries", "figures", "figures/measures", "outcomes", "budgets", "extracts")


class Read(HTMLParser):
    """The text of a page, and its tables by the id of the heading that names them, each row as a list of texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tables = "", {}
        self._table: list[list[str]] | None = None
        self._cell: list[str] | None = None
        self._named = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if given.get("role") == "region":
            self._named = given.get("aria-labelledby") or ""
        if tag == "table":
            self._table = self.tables.setdefault(self._named, [])
        elif tag == "tr" and self._table is not None:
            self._table.append([])
        elif tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None and self._table:
            self._table[-1].append(" ".join("".join(self._cell).split()))
            self._cell = None
        elif tag == "table":
            self._table = None

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._cell is not None:
            self._cell.append(data)


@contextmanager
def browsing(sees: str | None = ALL_AREAS, role: str = "viewer") -> Iterator[Any]:
    """A client of the portal, logged in: `get(path)` and so on. Who sees what is decided as in the house."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("AIRFLOW_HOME", folder)
        from fastapi.testclient import TestClient

        from mentor_dw.portal.app import logged_in, portal
        from mentor_dw.portal.viewer import Viewer, viewer

        app = portal()
        app.dependency_overrides[logged_in] = lambda: None
        app.dependency_overrides[viewer] = lambda: Viewer("anne.jensen", role, sees)
        with TestClient(app, headers={"accept": "text/html"}) as client:
            yield client


def read(client: Any, path: str) -> Read:
    """A page in English."""
    answer = client.get(path, params={"lang": "en"} if "?" not in path else None)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return Read(answer.text)


def as_number(text: str) -> float:
    """A number as the English pages write it."""
    return float(text.replace(",", ""))
