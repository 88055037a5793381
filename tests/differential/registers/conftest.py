"""Which histories go through the house, and the way to the modules beside these tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

SEEDS = "MENTOR_DW_DIFFERENTIAL_SEEDS"
#: One that holds nearly everything that tells implementations apart (test_histories.py).
USUAL = [24]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`history`: the same one every time; "50" in the environment means the seeds 1 to 50, "7-9" those."""
    if "history" in metafunc.fixturenames:
        first, _, last = os.environ.get(SEEDS, "").rpartition("-")
        metafunc.parametrize("history", range(int(first or 1), int(last) + 1) if last else USUAL)
