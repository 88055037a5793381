"""Data Docs: one page per judged delivery, from results that hold no values, and a list of the pages.

A page begins with the rules that found something, in words; below it is everything as Great Expectations draws it,
without what would be fetched from elsewhere or would not work without it.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

from mentor_dw.config import Settings
from mentor_dw.feeds import Feed
from mentor_dw.reporting.words import rule_words
from mentor_dw.validation.gx_suite import GxOutcome, import_gx
from mentor_dw.validation.rule import Rule
from mentor_dw.validation.rules import rules_for

_PAGE = re.compile(r"^(?P<delivery_id>[0-9]+)_(?P<file_name>.+)\.html$")
_SUMMARY = re.compile(r"<!-- summary (?P<json>\{[^}]*\}) -->")
#: What a browser would fetch from elsewhere (a page about a delivery tells nobody that it is read), what leads to pages
#: that we do not write, and scripts and filters that lack the library they are made with.
_LEFT_OUT = re.compile(
    r"<link\b[^>]*\bhref=[\"']https?://[^>]*>"
    r"|<script\b.*?</script>"
    r"|<(?:img|iframe)\b[^>]*\bsrc=[\"']https?://[^>]*>"
    r"|<nav class=\"navbar .*?</nav>\s*</div>\s*</nav>"
    r"|<footer>.*?</footer>",
    re.IGNORECASE | re.DOTALL,
)
_OUTSIDE_PICTURE = re.compile(r"url\(\s*[\"']?https?://[^)]*\)", re.IGNORECASE)

_STYLE = """
<style>
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
th, td { border: 1px solid #ccc; padding: .25rem .6rem; text-align: left; vertical-align: top; }
td.number { text-align: right; }
summary { cursor: pointer; margin: 1rem 0; }
h4, h5 { margin: 1rem 0 .25rem; }
.badge { background: #eee; border-radius: .25rem; padding: 0 .3rem; overflow-wrap: anywhere; }
.text-success::before { content: "\\2713"; color: #17692b; }
.text-danger::before { content: "\\2717"; color: #a61b1b; }
.text-warning::before { content: "!"; color: #8a5a00; }
.col-lg-2, .d-none { display: none; }
details a { pointer-events: none; color: inherit; text-decoration: none; }
</style>
"""


def write_page(settings: Settings, feed: Feed, row: dict[str, Any], outcome: GxOutcome) -> str:
    """Write the page of the delivery `row` and the list of pages; returns the page's path below the home."""
    folder = settings.data_docs / feed.source
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    page = folder / f"{row['delivery_id']}_{row['file_name']}.html"
    draft = page.with_name(f".{page.name}.part")
    draft.write_text(_render(feed, row, outcome), encoding="utf-8")
    draft.replace(page)
    (folder / "index.html").write_text(_index(feed, folder), encoding="utf-8")
    return str(page.relative_to(settings.home))


def _index(feed: Feed, folder: Path) -> str:
    """The list of pages, newest delivery first, with how many rules found rows."""
    pages = sorted(
        (match for path in folder.glob("*.html") if (match := _PAGE.match(path.name))),
        key=lambda match: -int(match["delivery_id"]),
    )
    lines = []
    for match in pages:
        summary = _SUMMARY.search((folder / match[0]).read_text(encoding="utf-8"))
        facts = json.loads(summary["json"]) if summary else {}
        cells = "".join(f'<td class="number">{facts.get(name, "")}</td>' for name in ("rules", "broken", "warned"))
        link = f'<a href="{html.escape(match[0])}">{html.escape(match["file_name"])}</a>'
        lines.append(f'<tr><td class="number">{match["delivery_id"]}</td><td>{link}</td>{cells}</tr>')
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(feed.title)}</title>{_STYLE}'
        f"</head><body><h1>{html.escape(feed.title)}: what was judged</h1>"
        "<p>One page per delivery that could be read, newest first. Counts only, no values. What became of a delivery: "
        "<code>mentor-dw status</code>; its rows: <code>mentor-dw quarantine NUMBER</code>.</p>\n"
        "<table><tr><th>delivery</th><th>file</th><th>rules judged</th><th>rules broken</th><th>warnings</th></tr>\n"
        + "\n".join(lines)
        + "\n</table></body></html>\n"
    )


def _render(feed: Feed, row: dict[str, Any], outcome: GxOutcome) -> str:
    """What was found on top, then all members of the delivery as Great Expectations draws them."""
    name = html.escape(f"{row['file_name']} (delivery {row['delivery_id']})")
    drawn = _OUTSIDE_PICTURE.sub("none", _LEFT_OUT.sub("", _drawn_by_gx(row, outcome)))
    head = (
        f'<p><a href="index.html">All deliveries</a></p><h1>{name}</h1>\n{_found(feed, outcome)}'
        "<details><summary>Every rule, as Great Expectations judged it</summary>"
    )
    drawn = drawn.replace("</head>", f"{_STYLE}</head>", 1).replace("</body>", "</details></body>", 1)
    return re.sub(r"<body[^>]*>", lambda match: match[0] + head, drawn, count=1)


def _found(feed: Feed, outcome: GxOutcome) -> str:
    """The rules that some row breaks, in words, with the number of rows."""
    rules = rules_for(feed)
    found = [rule for rule in rules if outcome.counts.get(rule.rule_id)]
    broken = [rule for rule in found if rule.severity == "critical"]
    facts = {"rules": len(rules), "broken": len(broken), "warned": len(found) - len(broken)}
    if not found:
        table = f"<p>{len(rules)} rules were judged; every row keeps all of them.</p>"
    else:
        table = (
            f"<p>{len(rules)} rules were judged; these found rows. A row may break several rules and is then counted "
            "at each; of rows that share a key, Great Expectations counts all and the first one stays.</p>\n"
            "<table><tr><th>member</th><th>field</th><th>what is wrong</th><th>rows</th><th>then</th></tr>\n"
            + "\n".join(_line(rule, outcome.counts[rule.rule_id]) for rule in found)
            + "\n</table>\n"
        )
    return f"<!-- summary {json.dumps(facts)} -->\n{table}"


def _line(rule: Rule, rows: int) -> str:
    then = "rows set aside" if rule.severity == "critical" else "rows kept, counted"
    cells = (rule.member, rule.field or "", rule_words(rule.rule).english)
    shown = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    return f'<tr>{shown}<td class="number">{rows}</td><td>{then}</td></tr>'


def _drawn_by_gx(row: dict[str, Any], outcome: GxOutcome) -> str:
    """Each member's sections under its own name, on one page."""
    import_gx()
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    renderer = ValidationResultsPageRenderer()
    documents = [renderer.render(result) for result in outcome.results.values()]
    whole = documents[0]
    whole.sections = []
    for member, document in zip(outcome.results, documents, strict=True):
        for section in document.sections:
            section.section_name = f"{member}: {section.section_name}" if member else section.section_name
            whole.sections.append(section)
    whole.page_title = f"{row['file_name']} (delivery {row['delivery_id']})"
    return DefaultJinjaPageView().render(whole)
