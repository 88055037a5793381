"""The docs say what is there: links lead somewhere, commands exist, the dictionary is that of the feed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
import typer.core

from mentor_dw.cli import app
from mentor_dw.config import PROJECT_ROOT, Settings
from mentor_dw.errors import REFUSAL_CODES
from mentor_dw.feeds import load_feed, sources
from mentor_dw.feeds.dictionary import markdown
from mentor_dw.privacy.keeping import KEEPING

PAGES = sorted(
    [
        # The first page of the site lies beside the others once it is built, and Sphinx follows its links then.
        *(page for page in (PROJECT_ROOT / "docs").rglob("*.md") if page.parent.name != "site"),
        *(PROJECT_ROOT / name for name in ("README.md", "dags/README.md")),
        PROJECT_ROOT / "expectations" / "README.md",
    ]
)
COMMANDS = typer.main.get_command(app).commands
TARGETS = set(re.findall(r"^([a-z-]+):", (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
#: Pages about the house name files of the clone; what follows such a beginning must be there.
FOLDERS = ("dags/", "plugins/", "dbt_project/", "expectations/", "docs/", "tests/")


def named(path: Path) -> str:
    return str(path.relative_to(PROJECT_ROOT))


def headings(page: Path) -> set[str]:
    """The anchors of a page, as code hosts make them."""
    lines = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def in_code(page: Path) -> list[str]:
    """What stands in code: inline, and each line of a block."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.S)
    return [*re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S)), *"\n".join(blocks).splitlines()]


def commands_of(page: Path) -> list[list[str]]:
    """Every `mentor-dw …` that the page names, as words."""
    found = []
    for code in in_code(page):
        for match in re.finditer(r"(?:^|[ (/])mentor-dw ([^;)]+)", code.split("  #")[0]):
            found.append(shlex.split(match[1].replace("…", "x").replace("[", "").replace("]", "")))
    return found


def test_there_are_pages_with_links_and_commands() -> None:
    assert len(PAGES) >= 12
    assert sum(len(commands_of(page)) for page in PAGES) >= 20


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        there = page.parent / file if file else page
        assert there.exists(), f"{target} in {named(page)}"
        if anchor:
            assert anchor in headings(there), f"{target} in {named(page)}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_exist_with_their_options(page: Path) -> None:
    for name, *words in commands_of(page):
        assert name in COMMANDS, f"mentor-dw {name} in {named(page)}"
        command = COMMANDS[name]
        if isinstance(command, typer.core.TyperGroup) and words and not words[0].startswith("--"):
            assert words[0] in command.commands, f"mentor-dw {name} {words[0]} in {named(page)}"
            command = command.commands[words[0]]
        options = {o for parameter in command.params for o in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
        for word in words:
            if word.startswith("--"):
                assert word in options, f"mentor-dw {name} {word} in {named(page)}"
    for code in in_code(page):
        match = re.match(r"make ([a-z-]+)", code)
        if match:
            assert match[1] in TARGETS, f"make {match[1]} in {named(page)}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_that_are_named_are_there(page: Path) -> None:
    for code in in_code(page):
        path = code.strip()
        if path.startswith(FOLDERS) and " " not in path:
            pattern = re.sub(r"<[^>]+>", "*", path).rstrip("/")
            assert list(PROJECT_ROOT.glob(pattern)), f"{path} in {named(page)}"


@pytest.mark.parametrize("source", sources())
def test_the_dictionary_is_current(source: str) -> None:
    page = PROJECT_ROOT / "docs" / "sources" / "dictionary" / f"{source}.md"
    assert page.read_text(encoding="utf-8") == markdown(load_feed(source)), "run `make docs`"
    assert (PROJECT_ROOT / "docs" / "sources" / f"{source}.md").is_file()


def test_every_refusal_has_its_line_in_the_runbook() -> None:
    text = (PROJECT_ROOT / "docs" / "runbooks" / "refused_delivery.md").read_text(encoding="utf-8")
    assert [code for code in sorted(REFUSAL_CODES - {"week_gap"}) if f"`{code}`" not in text] == []


def test_every_command_is_named_in_the_docs() -> None:
    told = {words[0] for page in PAGES for words in commands_of(page)}
    assert set(COMMANDS) - told <= {"up", "down", "demo", "data-dictionary"}, "these are reached by make"


def test_no_page_names_a_folder_of_somebody_s_machine() -> None:
    for page in PAGES:
        assert not re.search(
            r"(?<![\w.<>~])/(?:work|home(?!/mentor-dw/)|tmp|root)/", page.read_text(encoding="utf-8")
        ), named(page)


def test_how_long_things_are_kept_is_as_the_settings_say() -> None:
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in (PROJECT_ROOT / "docs" / "retention.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    told = {place.strip("` "): (row[1].strip("`"), row[2]) for row in rows for place in row[0].split(", ")}
    assert told == {
        rule.place: ("", "")
        if rule.setting is None
        else (f"MENTOR_DW_{rule.setting.upper()}", str(Settings.model_fields[rule.setting].default))
        for rule in KEEPING
    }
