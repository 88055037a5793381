"""The templates of the papers speak only of what is there: commands, tables, roles, settings, folders, pages."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
import typer

from mentor_dw.cli import app
from mentor_dw.config import PROJECT_ROOT, ROLES, SCOPED, Settings
from mentor_dw.identity.ring import FILES
from mentor_dw.privacy.inventory import Erased
from mentor_dw.privacy.papers import PAPERS, words
from mentor_dw.privacy.papers.described import days_kept, variable
from mentor_dw.privacy.papers.render import TEMPLATES

PAGES = sorted(TEMPLATES.glob("*.md.j2"))
COMMANDS = typer.main.get_command(app).commands
SCHEMA_FILES = PROJECT_ROOT / "plugins" / "mentor_dw" / "schema"
LEDGERS = set(
    re.findall(
        r"^create (?:table|view) (\w+\.\w+)",
        "\n".join(file.read_text(encoding="utf-8") for file in SCHEMA_FILES.glob("*.sql")),
        re.M,
    )
)
PUBLISHED = {f"bi.{path.stem}" for path in (PROJECT_ROOT / "dbt_project" / "models").rglob("*.sql")}
FOLDERS = {f"{name}/" for name, value in vars(Settings).items() if isinstance(value, property)}
DAGS = {path.stem for path in (PROJECT_ROOT / "dags").glob("*.py")}


def named(page: Path) -> str:
    return page.name


def said(page: Path) -> str:
    """The template's own words: what jinja puts in is no part of them, and its own quotes and names are neither."""
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", page.read_text(encoding="utf-8"))


def spans(page: Path) -> list[str]:
    """What stands in code, line by line."""
    text = said(page)
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.S)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))
    return [*inline, *"\n".join(blocks).splitlines()]


def commands(page: Path) -> list[list[str]]:
    return [
        shlex.split(match[1].replace("…", "x"))
        for span in spans(page)
        for match in re.finditer(r"mentor-dw ([^;)]+)", span)
    ]


def test_the_templates_are_the_papers() -> None:
    assert {page.name.removesuffix(".md.j2") for page in PAGES if not page.name.startswith("_")} == {
        paper.name for paper in PAPERS
    }
    assert sum(len(commands(page)) for page in PAGES) > 20


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_exist_with_their_options(page: Path) -> None:
    for name, *rest in commands(page):
        assert name in COMMANDS, f"mentor-dw {name}"
        command = COMMANDS[name]
        if rest and rest[0] in getattr(command, "commands", {}):
            command = command.commands[rest[0]]
        options = {option for parameter in command.params for option in parameter.opts}
        for word in rest:
            assert not word.startswith("--") or word in options, f"mentor-dw {name} {word}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_tables_and_settings_exist(page: Path) -> None:
    text = said(page)
    schemas = "|".join(words.SCHEMAS)
    for table in re.findall(rf"\b(?:{schemas})\.[a-z_]+\b", text):
        assert table in LEDGERS | PUBLISHED, table
    assert set(re.findall(r"\bMENTOR_DW_\w+", text)) <= {variable(name) for name in Settings.model_fields}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_nothing_else_stands_in_code(page: Path) -> None:
    """A role, schema, key, folder, page or DAG of the house, or a whole table or command, which the others look at."""
    known = {*ROLES, SCOPED, *words.SCHEMAS, *words.KEYS, *FOLDERS, *DAGS, *LEDGERS, *PUBLISHED}
    known |= {f"{paper.name}.md" for paper in PAPERS}
    in_line = re.sub(r"```.*?```", "", said(page), flags=re.S)
    for span in re.findall(r"`([^`\n]+)`", in_line):
        if "mentor-dw " not in span and not (span.startswith("docs/") and (PROJECT_ROOT / span).is_file()):
            assert span in known, span


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_number_of_days_and_no_source_is_typed(page: Path) -> None:
    """Facts that the system has: they come from feeds and settings, so they cannot be wrong in a paper."""
    text = said(page)
    assert not re.findall(r"\b\d+ dage\b", text)
    assert not re.findall(r"\b(?:webreg|biflis|dream)\b", text, re.I)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_blank_is_whole(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    whole = re.findall(r"\[(?:udfyldes|DPO): [^\]\n]+\]", text)
    assert len(whole) == len(re.findall(r"\[(?i:udfyldes|dpo)", text))


def test_every_name_of_the_system_has_its_danish_words() -> None:
    kept = {one["setting"] for one in days_kept(Settings()) if one["setting"]}
    assert kept == {variable(name) for name in Settings.model_fields if name.endswith("_days")}
    assert set(words.KEYS) == set(FILES)
    assert set(ROLES) <= set(words.ROLES) <= {*ROLES, SCOPED}
    base = (SCHEMA_FILES / "001_base.sql").read_text(encoding="utf-8")
    assert set(words.SCHEMAS) == set(re.findall(r"^create schema (\w+);", base, re.M))
    assert set(words.ERASED) == set(get_args(Erased))
