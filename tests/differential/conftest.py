"""Seeds to run, and an installed home whose deliveries are taken, built and withdrawn again."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mentor_dw.config import Settings
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.feeds.model import Limits
from mentor_dw.identity.keys import ensure_keys

# The modules beside the tests are theirs alone; test folders are no packages.
sys.path.insert(0, str(Path(__file__).parent))

SEEDS = "MENTOR_DW_DIFFERENTIAL_SEEDS"
FEW = 2


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`seed`: a few, the same every time; "50" in the environment means the seeds 1 to 50, "7-9" those."""
    if "seed" in metafunc.fixturenames:
        first, _, last = os.environ.get(SEEDS, str(FEW)).rpartition("-")
        metafunc.parametrize("seed", range(int(first or 1), int(last) + 1))


@pytest.fixture(scope="module", autouse=True)
def _compared_with_the_rules(without_data_tests: None) -> None:
    """What is built here is compared row by row."""


@pytest.fixture(scope="module", autouse=True)
def _judged_at_the_door(request: pytest.FixtureRequest) -> None:
    """Both judges where the door is compared with its contract; one where what was built is compared with the rules."""
    if "door" not in request.node.name:
        request.getfixturevalue("with_one_judge")


@pytest.fixture(scope="module")
def home(warehouse: Settings) -> Settings:
    """An installed home with keys, where files need not settle."""
    ensure_keys(warehouse.secrets)
    warehouse.settle_seconds = 0
    return warehouse


@pytest.fixture(scope="session")
def patient_feed() -> Feed:
    """The feed with limits that refuse nothing for its rows: small populations have large shares."""
    return load_feed("webreg").model_copy(
        update={"limits": Limits(refuse_above_bad_pct=100, refuse_below_share_of_previous=0)}
    )


@pytest.fixture
def silent() -> Callable[[object], None]:
    """Progress that nobody reads."""
    return lambda line: None
