"""Data Docs: one page per judged delivery, drawn by Great Expectations from results that hold no values."""

from __future__ import annotations

import html
import re
from typing import Any

from mentor_dw.config import Settings
from mentor_dw.feeds import Feed
from mentor_dw.validation.gx_suite import GxOutcome, import_gx

_PAGE = re.compile(r"^(?P<delivery_id>[0-9]+)_(?P<file_name>.+)\.html$")
#: What a browser would fetch from elsewhere: a page about a delivery tells nobody that it is read.
_OUTSIDE = re.compile(
    r"<link\b[^>]*\bhref=[\"']https?://[^>]*>"
    r"|<script\b[^>]*\bsrc=[\"']https?://[^>]*>\s*</script>"
    r"|<(?:img|iframe)\b[^>]*\bsrc=[\"']https?://[^>]*>",
    re.IGNORECASE,
)
_OUTSIDE_PICTURE = re.compile(r"url\(\s*[\"']?https?://[^)]*\)", re.IGNORECASE)


def write_page(settings: Settings, feed: Feed, row: dict[str, Any], outcome: GxOutcome) -> str:
    """Write the page of the delivery `row` and the list of pages; returns the page's path below the home."""
    folder = settings.data_docs / feed.source
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    page = folder / f"{row['delivery_id']}_{row['file_name']}.html"
    draft = page.with_name(f".{page.name}.part")
    draft.write_text(_render(row, outcome), encoding="utf-8")
    draft.replace(page)
    pages = sorted(
        (match for path in folder.glob("*.html") if (match := _PAGE.match(path.name))),
        key=lambda match: -int(match["delivery_id"]),
    )
    links = "\n".join(
        f'<li><a href="{html.escape(match[0])}">{html.escape(match["file_name"])}</a>, '
        f"delivery {match['delivery_id']}</li>"
        for match in pages
    )
    (folder / "index.html").write_text(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(feed.title)}</title></head>'
        f"<body><h1>{html.escape(feed.title)}</h1>\n<ul>\n{links}\n</ul></body></html>\n",
        encoding="utf-8",
    )
    return str(page.relative_to(settings.home))


def _render(row: dict[str, Any], outcome: GxOutcome) -> str:
    """All members of the delivery on one page: each member's sections under its table's name."""
    import_gx()
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    renderer = ValidationResultsPageRenderer()
    documents = [renderer.render(result) for result in outcome.results.values()]
    whole = documents[0]
    whole.sections = []
    for member, document in zip(outcome.results, documents, strict=True):
        for section in document.sections:
            section.section_name = f"{member}: {section.section_name}"
            whole.sections.append(section)
    whole.page_title = f"{row['file_name']} (delivery {row['delivery_id']})"
    return _OUTSIDE_PICTURE.sub("none", _OUTSIDE.sub("", DefaultJinjaPageView().render(whole)))
