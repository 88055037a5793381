"""The way to the modules beside these tests and to those of the registers, and which populations are tried."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "registers")]

SEEDS = "MENTOR_DW_DIFFERENTIAL_SEEDS"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`study`: the same one every time; "50" in the environment means the seeds 1 to 50, "7-9" those."""
    if "study" in metafunc.fixturenames:
        from study_history import USUAL

        first, _, last = os.environ.get(SEEDS, "").rpartition("-")
        metafunc.parametrize("study", range(int(first or 1), int(last) + 1) if last else [USUAL])
