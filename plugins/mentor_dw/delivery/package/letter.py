"""The følgebrev: what a person at the receiver reads first. One template, as Markdown and, made of that, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt

from mentor_dw.delivery.package import danish
from mentor_dw.delivery.package.facts import PackageFacts
from mentor_dw.delivery.package.listing import PlainFile
from mentor_dw.delivery.package.schema import SCHEMA_FILE
from mentor_dw.delivery.specification.periods import in_danish

LETTER, LETTER_PAGE, DICTIONARY = "foelgebrev.md", "foelgebrev.html", "dataordbog.md"
#: What would begin a cell, a link, a tag or a heading where a text of a specification is only text.
_HARMLESS = str.maketrans({"|": "\\|", "*": "\\*", "[": "\\[", "]": "\\]", "<": "\\<", "`": "'"})


@dataclass(frozen=True)
class Described:
    """A file as the letter lists it: `about` says in words what it is."""

    file: PlainFile
    about: str

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def rows(self) -> int | None:
        return self.file.rows


def write_letter(folder: Path, facts: PackageFacts, files: Sequence[Described], revision: str | None) -> None:
    """Write `foelgebrev.md` and `foelgebrev.html`.

    `files` are those that the receiver reads, in their order; `revision` is the name of the file that tells what
    differs from the delivery that this one replaces.
    """
    promises = list(dict.fromkeys(table.promise for table in facts.suppression if table.promise))
    text = _markdown("foelgebrev.md.j2").render(
        facts=facts,
        spec=facts.spec,
        files=files,
        revision=revision,
        promises=promises,
        words=danish,
        period=in_danish(facts.period),
        schema_file=SCHEMA_FILE,
        dictionary_file=DICTIONARY,
    )
    (folder / LETTER).write_text(text, encoding="utf-8")
    page = _page().render(
        title=f"Følgebrev: {facts.spec.title}, {in_danish(facts.period)}",
        body=MarkdownIt("commonmark", {"html": False}).enable("table").render(text),
    )
    (folder / LETTER_PAGE).write_text(page, encoding="utf-8")


def _markdown(name: str) -> Any:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_text,
        # Markdown for people; its page escapes.
        autoescape=False,
    ).get_template(name)


def _page() -> Any:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True
    ).get_template("foelgebrev.html.j2")


def _text(value: Any) -> Any:
    """A value as the letter tells it. The texts of a YAML file may have line breaks that mean nothing."""
    if not isinstance(value, str) or value.isspace():
        return value
    return " ".join(value.split()).translate(_HARMLESS)
