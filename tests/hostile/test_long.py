"""Hostile files that are large, or large when unpacked; and the others again, judged by Great Expectations too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from answers import at_the_door, problems
from corpus import CASES, small

from mentor_dw.config import Settings

pytestmark = [pytest.mark.postgres, pytest.mark.long, pytest.mark.timeout(3600)]


def test_all_other_files_get_their_answer_too(warehouse: Settings, tmp_path: Path) -> None:
    told = at_the_door(warehouse, tmp_path, [name for name in CASES if name not in small(every=False)])
    found = {name: problems(CASES[name], one) for name, one in told.items() if name}
    assert {name: what for name, what in found.items() if what} == {}


def test_great_expectations_counts_what_our_own_rules_count(warehouse: Settings, tmp_path: Path) -> None:
    names = [name for name in small(every=True) if {"number", "day", "text"} & {*name.split("-")}]
    told = at_the_door(warehouse, tmp_path, names, "--with-gx")
    found = {name: problems(CASES[name], one) for name, one in told.items() if name}
    assert {name: what for name, what in found.items() if what} == {}
