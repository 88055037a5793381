"""The example specifications, and rows for them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mentor_dw.delivery.specification.model import Specification
from mentor_dw.delivery.specification.read import read_specification

EXAMPLES = Path(__file__).parents[3] / "fixtures" / "extracts"


@pytest.fixture(scope="session")
def counts() -> Specification:
    return read_specification("star_eksempel", EXAMPLES, EXAMPLES / "models")


@pytest.fixture(scope="session")
def persons() -> Specification:
    return read_specification("forskning_eksempel", EXAMPLES, EXAMPLES / "models")


@pytest.fixture(scope="session")
def row():
    """row(person, kommune="101", ...): a row of the model of the counted example."""

    def made(person: int | None, **changed: Any) -> dict[str, Any]:
        return {
            "periode": "2016-03",
            "person_key": person,
            "mentor_key": None,
            "art": "mentor",
            "kommune_code": "101",
            "region_code": "84",
            "maalgruppe_code": "3",
            "status_code": "startet",
            "timer": Decimal("1.50"),
        } | changed

    return made
