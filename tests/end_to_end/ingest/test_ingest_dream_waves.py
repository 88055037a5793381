"""DREAM's deliveries of somebody else: three waves of files in, ledger and raw out."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.ingest import take_waiting
from mentor_dw.ledger.listing import deliveries_as_json, drift, quarantine_as_json

pytestmark = pytest.mark.postgres

WAVES = Path(__file__).parents[2] / "fixtures" / "waves"
_EVERYTHING = json.loads((WAVES / "expected_wave3.json").read_text(encoding="utf-8"))
EXPECTED = [one for one in _EVERYTHING["deliveries"] if one["source"] == "dream"]
QUARANTINE = [one for one in _EVERYTHING["quarantine"] if one["file"].startswith("dream")]


def quiet(line: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture(scope="module")
def taken(home: Settings) -> Settings:
    """The web registrations that the persons are known from, then all waves of DREAM, step by step."""
    shutil.copy(WAVES / "wave3/step1/webreg_2011-02-28.zip", home.inbox / "webreg")
    take_waiting("webreg", say=quiet)
    for step in sorted(WAVES.glob("wave*/step*")):
        for file in step.glob("dream_*"):
            shutil.copyfile(file, home.inbox / "dream" / file.name)
        take_waiting("dream", say=quiet)
    return home


def rows(statement: str) -> list[dict]:
    with connect("loader") as connection:
        return connection.execute(statement).fetchall()


def test_ledger_says_what_became_of_each_delivery(taken: Settings) -> None:
    with connect("loader") as connection:
        found = [row for row in deliveries_as_json(connection) if row["source"] == "dream"]
    got = Counter((row["file_name"], row["sha256"], row["status"], row["version"], row["reason_code"]) for row in found)
    want = Counter(
        (one["file"], one["sha256"], one["status"], one.get("version"), one.get("reason")) for one in EXPECTED
    )
    # A duplicate is told by its status; the expectation gives it no reason.
    got = Counter({(*key[:4], None if key[2] == "duplicate" else key[4]): number for key, number in got.items()})
    assert got == want


def test_every_row_read_is_kept_set_aside_or_withheld(taken: Settings) -> None:
    with connect("loader") as connection:
        found = [row for row in deliveries_as_json(connection) if row["source"] == "dream" and row["version"]]
        persons = {
            row["delivery_id"]: row["rows"]
            for row in connection.execute(
                "select delivery_id, count(*) as rows from raw.dream__person group by delivery_id"
            )
        }
    got = {row["sha256"]: [row["rows_read"], row["rows_quarantined"]] for row in found}
    assert got == {
        one["sha256"]: [one["rows_read"], one["rows_quarantined"]]
        for one in EXPECTED
        if one["status"] in ("accepted", "superseded")
    }
    for row in found:
        assert 0 < row["rows_accepted"] == persons[row["delivery_id"]] < row["rows_read"] - row["rows_quarantined"]
        assert row["rows_withheld"] == row["rows_read"] - row["rows_accepted"] - row["rows_quarantined"]
        assert row["members"][""]["rows_withheld"] == row["rows_withheld"]


def test_each_bad_row_is_named_by_line_field_and_rule(taken: Settings) -> None:
    with connect("loader") as connection:
        found = [row for row in quarantine_as_json(connection) if row["source"] == "dream"]
    got = {(row["file_name"], row["line_number"], row["field"], row["rule"]) for row in found}
    assert got == {(one["file"], one["line_number"], one["field"], one["kind"]) for one in QUARANTINE}


def test_unknown_columns_are_drift(taken: Settings) -> None:
    with connect("loader") as connection:
        found = {(row["file_name"], row["member"], row["column"]) for row in drift(connection)}
    want = {(one["file"], *named) for one in EXPECTED for named in one.get("drift", [])}
    assert {row for row in found if row[0].startswith("dream")} == want


def test_only_persons_of_the_mentor_sources_have_rows_and_everybody_else_is_nowhere(taken: Settings) -> None:
    known = {row["person_key"] for row in rows("select person_key from raw.webreg__borgere")}
    for table in ("person", "forsoergelse", "beskaeftigelse"):
        assert {row["person_key"] for row in rows(f"select distinct person_key from raw.dream__{table}")} <= known
    assert {row["person_key"] for row in rows("select person_key from vault.person")} == known
    looked_for = rows("select delivery_id, person_key, fundet from raw.dream__opslag")
    assert {row["person_key"] for row in looked_for} == known
    assert {(row["delivery_id"], row["person_key"]) for row in looked_for if row["fundet"]} == {
        (row["delivery_id"], row["person_key"]) for row in rows("select delivery_id, person_key from raw.dream__person")
    }


def test_nothing_is_left_in_landing(taken: Settings) -> None:
    assert (
        rows("select relname from pg_class where relnamespace = 'landing'::regnamespace and relname ~ 'dream__'") == []
    )
    for table in ("wide_part", "wide_finding", "wide_profile"):
        assert rows(f"select 1 from landing.{table}") == []


def test_both_judges_counted_every_rule_of_every_delivery_that_could_be_read(taken: Settings) -> None:
    counted = {
        row["delivery_id"]: row["rules"]
        for row in rows("select delivery_id, count(*) as rules from ops.validation group by 1")
    }
    with connect("loader") as connection:
        found = [row for row in deliveries_as_json(connection) if row["source"] == "dream" and row["version"]]
    for row in found:
        assert counted[row["delivery_id"]] >= 25
        assert (taken.data_docs / "dream" / f"{row['delivery_id']}_{row['file_name']}.html").is_file()
