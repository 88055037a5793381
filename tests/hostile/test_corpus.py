"""Every hostile file is refused, or its rows are those of its clean form but for those that are set aside."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from answers import at_the_door, problems
from corpus import CASES, small

from mentor_dw.config import Settings

pytestmark = pytest.mark.postgres

SHORT = small(every=False)


@pytest.fixture(scope="module")
def told(warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return at_the_door(warehouse, tmp_path_factory.mktemp("cwd"), SHORT)


@pytest.mark.parametrize("name", SHORT)
def test_a_hostile_file_gets_its_answer(name: str, told: dict[str, dict[str, Any]]) -> None:
    assert problems(CASES[name], told[name]) == []


def test_clean_deliveries_are_accepted_before_and_after(told: dict[str, dict[str, Any]]) -> None:
    assert told[""]["status"] == "done"


def test_the_corpus_is_large_enough() -> None:
    assert len(CASES) >= 600 and len(SHORT) >= 200
