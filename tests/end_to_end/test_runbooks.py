"""Every alert has its page, and what the pages say to type can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from runbook import RUNBOOKS, blocks, inline_commands, words

from mentor_dw.alerting.kinds import KINDS
from mentor_dw.cli import app
from mentor_dw.config import PROJECT_ROOT

GROUP = typer.main.get_command(app)
PAGES = sorted([*RUNBOOKS.glob("*.md"), PROJECT_ROOT / "docs" / "alerts.md"])
if "backup" not in GROUP.commands:
    PAGES = [page for page in PAGES if page.stem not in ("failed_backup", "old_backup")]
SECTIONS = ("## First look", "## What to do", "## It is well again when")


def command_of(words: list[str]) -> tuple[object | None, list[str]]:
    """The command that the words name, of a group too, and the rest of the words."""
    command = GROUP.commands.get(words[0])
    inner = getattr(command, "commands", {}).get(words[1]) if len(words) > 1 else None
    return inner or command, words[1:]


def faults(line: str) -> list[str]:
    """What in a line cannot be typed."""
    found = []
    for said in words(line):
        command, rest = command_of(said)
        if command is None:
            found.append(f"there is no command {said[0]}")
            continue
        options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        found += [f"{said[0]} has no {word}" for word in rest if word.startswith("--") and word not in options]
    return found


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_page_with_the_same_parts(kind: str) -> None:
    page = RUNBOOKS / f"{kind}.md"
    text = page.read_text(encoding="utf-8")
    assert "**It means**: " in text and "**Who is affected**: " in text
    assert [text.index(section) for section in SECTIONS] == sorted(text.index(section) for section in SECTIONS)
    assert blocks(page)[-1] == "mentor-dw alerts --look", "how one sees that it is well again"
    for line in blocks(page):
        shlex.split(line)
        assert "…" not in line, "a block is copied as it is"
    assert KINDS[kind].by_person == ("mentor-dw alert-done" in text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_says_to_type_can_be_typed(page: Path) -> None:
    lines = [*blocks(page), *inline_commands(page)]
    assert {line: wrong for line in lines if (wrong := faults(line))} == {}


def test_what_cannot_be_typed_is_noticed() -> None:
    assert faults("mentor-dw nonsense --x; mentor-dw accept 1 --nonsense") == [
        "there is no command nonsense",
        "accept has no --nonsense",
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).is_file(), link


def test_the_list_of_alerts_names_every_kind_with_its_page() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\(runbooks/(\w+)\.md\)", (PROJECT_ROOT / "docs/alerts.md").read_text(), re.M)
    assert [kind for kind, _ in rows] == list(KINDS)
    assert all(kind == page for kind, page in rows)
