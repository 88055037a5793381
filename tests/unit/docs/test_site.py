"""The site of `make docs` leads to every page of the documentation."""

from __future__ import annotations

import re

from mentor_dw.config import PROJECT_ROOT

DOCS = PROJECT_ROOT / "docs"
#: Pages that are made when the site is.
MADE = {"tables", "figures_catalogue"}


def test_every_page_stands_in_the_contents_once() -> None:
    index = (DOCS / "site" / "index.md").read_text(encoding="utf-8")
    listed = [line for part in re.findall(r"```{toctree}\n(.*?)```", index, re.S) for line in part.splitlines()]
    listed = [line for line in listed if line and not line.startswith(":")]
    assert "runbooks/*" in listed
    pages = {str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.rglob("*.md") if page.parent.name != "site"}
    assert sorted(one for one in listed if one != "runbooks/*") == sorted(
        MADE | {page for page in pages if not page.startswith("runbooks/")}
    )
