"""Deliveries of somebody else, web registrations and BIFLIS: three waves of files in, ledger and raw out."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.ingest import take_waiting
from mentor_dw.ledger.listing import deliveries_as_json, drift, quarantine_as_json, warnings

pytestmark = pytest.mark.postgres

WAVES = Path(__file__).parents[2] / "fixtures" / "waves"
SOURCES = ["webreg", "biflis"]
#: Words of the one who made the deliveries for rules of ours; the field says the rest.
RULES = {
    "missing_reference": "reference",
    "minutes_under_5": "below_min",
    "minutes_over_24h": "above_max",
    ("cpr", "bad_code"): "bad_cpr",
    ("cpr", "key_empty"): "bad_cpr",
    ("maalgruppe", "bad_code"): "code_not_in_force",
}
EXPECTED = json.loads((WAVES / "expected_ledger.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def taken(home: Settings) -> Settings:
    """All waves taken, step by step, as they would arrive."""
    for step in sorted(WAVES.glob("wave*/step*")):
        for source in SOURCES:
            for file in step.glob(f"{source}_*"):
                shutil.copyfile(file, home.inbox / source / file.name)
            take_waiting(source, say=lambda line: None)
    return home


def test_ledger_says_what_became_of_each_delivery(taken: Settings) -> None:
    with connect("loader") as connection:
        found = deliveries_as_json(connection)
    got = Counter((row["file_name"], row["sha256"], row["status"], row["version"], row["reason_code"]) for row in found)
    want = Counter(tuple(row) for row in EXPECTED["deliveries"])
    assert got == want


def test_rows_read_and_set_aside_are_those_expected(taken: Settings) -> None:
    with connect("loader") as connection:
        found = [row for row in deliveries_as_json(connection) if row["version"] is not None]
    got = {row["sha256"]: [row["rows_read"], row["rows_quarantined"]] for row in found}
    assert got == EXPECTED["rows"]


def test_each_bad_row_is_named_by_line_field_and_rule(taken: Settings) -> None:
    with connect("loader") as connection:
        found = quarantine_as_json(connection)
    got = {(r["file_name"], r["member"], r["line_number"], r["field"], r["rule"]) for r in found}
    want = {(*row[:4], RULES.get((row[3], row[4])) or RULES.get(row[4], row[4])) for row in EXPECTED["quarantine"]}
    assert got == want


def test_warnings_are_counted(taken: Settings) -> None:
    with connect("loader") as connection:
        found = warnings(connection)
    for place, counts in EXPECTED["warnings"].items():
        got = {row["warning"]: row["rows"] for row in found if f"{row['file_name']} {row['member']}" == place}
        assert got == counts, place


def test_unknown_member_and_column_are_drift(taken: Settings) -> None:
    with connect("loader") as connection:
        found = drift(connection)
    assert {(row["file_name"], row["member"], row["column"]) for row in found} == {
        ("webreg_2010-11-30.zip", "borgere.csv", "bemaerkning"),
        ("webreg_2010-11-30.zip", "log.csv", None),
        ("biflis_2016-06.zip", "tilbud.csv", "sagsnr"),
        ("biflis_2016-06.zip", "borger.csv", "civilstand"),
        ("biflis_2016-06.zip", "laes_mig.txt", None),
    }
