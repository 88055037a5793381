"""Hostile files that are large, or large when unpacked; and the others again, judged by Great Expectations too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from answers import at_the_door, problems
from corpus import CASES

from mentor_dw.config import Settings

pytestmark = [pytest.mark.postgres, pytest.mark.long, pytest.mark.timeout(3600)]


def test_large_files_get_their_answer_too(warehouse: Settings, tmp_path: Path) -> None:
    told = at_the_door(warehouse, tmp_path, [case.name for case in CASES.values() if case.long])
    found = {name: problems(CASES[name], one) for name, one in told.items() if name}
    assert {name: what for name, what in found.items() if what} == {}


def test_great_expectations_counts_what_our_own_rules_count(warehouse: Settings, tmp_path: Path) -> None:
    names = [
        case.name for case in CASES.values() if not case.long and ("-number-" in case.name or "-day-" in case.name)
    ]
    names += [case.name for case in CASES.values() if not case.long and "-text-" in case.name]
    told = at_the_door(warehouse, tmp_path, names, "--with-gx")
    found = {name: problems(CASES[name], one) for name, one in told.items() if name}
    assert {name: what for name, what in found.items() if what} == {}
