"""Every alert has its page, made of the same parts, and what stands in its blocks can be copied and run."""

from __future__ import annotations

import re
import shlex

import pytest
from runbook import RUNBOOKS, blocks

from mentor_dw.alerting.kinds import KINDS
from mentor_dw.config import PROJECT_ROOT

SECTIONS = ("## First look", "## What to do", "## It is well again when")


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


def test_the_list_of_alerts_names_every_kind_with_its_page() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\(runbooks/(\w+)\.md\)", (PROJECT_ROOT / "docs/alerts.md").read_text(), re.M)
    assert [kind for kind, _ in rows] == list(KINDS)
    assert all(kind == page for kind, page in rows)
