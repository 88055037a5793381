"""Three waves of real deliveries of all sources through the house: inbox, warehouse, figures.

The deliveries and the right answers were made by another program (tests/fixtures/waves). The tests of this file run in
order and share one house; each wave is loaded once: with the tasks called one after the other, and, in `make test-all`,
by the scheduler with everything that belongs to it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import person_facts
import psycopg
import pytest
from house_without_scheduler import HouseWithoutScheduler
from waiting import wait_for

pytestmark = [pytest.mark.house, pytest.mark.timeout(900)]

WAVES = Path(__file__).resolve().parents[1] / "fixtures" / "waves"


def expected(wave: int) -> dict:
    return json.loads((WAVES / f"expected_wave{wave}.json").read_text(encoding="utf-8"))


def figures_of(documents: str, wave: int) -> list[dict]:
    """The expected figures whose id begins with one of the letters."""
    return [figure for figure in expected(wave)["figures"] if figure["id"][0] in documents]


def load_wave(house, wave: int) -> list[str]:
    """Load every step of a wave; what `load --wait` said of each step."""
    said = []
    for step in sorted((WAVES / f"wave{wave}").iterdir()):
        # A checksum lies there before its delivery; the sources come in an order of their own.
        for source in ("dream", "webreg", "biflis"):
            files = sorted(step.glob(f"{source}_*"), key=lambda file: (file.suffix != ".sha256", file.name))
            house.drop(*files, source=source)
        refused = any(
            d["wave"] == wave and f"step{d['step']}" == step.name and d["status"] == "refused"
            for d in expected(wave)["deliveries"]
        )
        said.append(house.run("load", "--wait", code=None if refused else 0))
        # Every minute the scheduler takes what lies there by itself; what it refused before, `load` did not.
        assert not refused or house.code == 2 or "nothing to take" in said[-1], said[-1]
    return said


@pytest.fixture(scope="module", params=["direct", pytest.param("scheduler", marks=pytest.mark.long)])
def house(request: pytest.FixtureRequest) -> Any:
    """The house, in two ways."""
    if request.param == "scheduler":
        return request.getfixturevalue("whole_house")
    request.getfixturevalue("with_one_judge")
    request.getfixturevalue("without_data_tests")
    return HouseWithoutScheduler(request.getfixturevalue("warehouse"))


#: For what only a house with a scheduler has.
scheduled = pytest.mark.parametrize("house", [pytest.param("scheduler", marks=pytest.mark.long)], indirect=True)


@pytest.fixture(scope="module")
def before_wave2(house) -> str:
    load_wave(house, 1)
    return datetime.now(UTC).isoformat()


@pytest.fixture(scope="module")
def after_wave2(house, before_wave2) -> str:
    load_wave(house, 2)
    return datetime.now(UTC).isoformat()


@pytest.fixture(scope="module")
def after_wave3(house, after_wave2) -> list[str]:
    return load_wave(house, 3)


def mismatches(rows: list[dict], want: list[dict]) -> list[str]:
    got = {(r["measure"], frozenset((k, str(v)) for k, v in r["dimensions"].items())): r["value"] for r in rows}
    wrong = []
    for figure in want:
        key = (figure["measure"], frozenset((k, str(v)) for k, v in figure["dimensions"].items()))
        value = got.get(key)
        if value is None or abs(Decimal(str(value)) - Decimal(repr(figure["raw"]))) > Decimal("0.000001"):
            wrong.append(
                f"{figure['id']} {figure['measure']} {figure['dimensions']}: {figure['raw']} expected, {value}"
            )
    return wrong


def wrong_about_persons(house, wave: int) -> list[str]:
    """Statuses, forløb, støtteperioder, hours, cost and refusion of single persons that are not as they should be."""
    return person_facts.differences(person_facts.held(house), person_facts.expected(wave))


def ledger(house) -> list[dict]:
    return house.json("status")["deliveries"]


def assert_ledger(house, wave: int) -> None:
    rows = ledger(house)
    for want in expected(wave)["deliveries"]:
        fit = [
            row
            for row in rows
            if (row["source"], row["file_name"], row["sha256"], row["status"])
            == (want["source"], want["file"], want["sha256"], want["status"])
        ]
        assert fit, f"{want['file']} should be {want['status']}"
        if "rows_read" in want:
            assert fit[0]["rows_read"] == want["rows_read"], want["file"]
            assert fit[0]["rows_quarantined"] == want["rows_quarantined"], want["file"]
            assert fit[0]["version"] == want["version"], want["file"]
    for row in rows:
        assert row["rows_read"] == row["rows_accepted"] + row["rows_quarantined"] + row["rows_withheld"]


def test_the_first_delivery_gives_the_expected_figures_and_ledger(house, before_wave2):
    assert mismatches(house.json("figures"), expected(1)["figures"]) == []
    assert wrong_about_persons(house, 1) == []
    assert_ledger(house, 1)


def test_later_late_corrected_and_repeated_deliveries_give_the_expected_figures_and_ledger(house, after_wave2):
    assert mismatches(house.json("figures"), expected(2)["figures"]) == []
    assert wrong_about_persons(house, 2) == []
    assert_ledger(house, 2)
    drift = {(d["file_name"], d["member"], d["column"]) for d in house.json("status")["drift"]}
    for delivery in expected(2)["deliveries"]:
        for member, column in delivery.get("drift", []):
            assert (delivery["file"], member, column) in drift


def test_figures_as_known_before_the_second_wave_are_those_of_the_first(house, before_wave2, after_wave2):
    rows = json.loads(house.run("figures", "--json", "--as-known-at", before_wave2))
    restated = next(x for x in expected(2)["as_known"] if x["before_wave"] == 2)["figures"]
    assert mismatches(rows, restated) == []


def test_a_table_of_the_past_is_read_beside_todays(house, before_wave2, after_wave2):
    made = house.json("as-known-at", before_wave2, "--schema", "foer_wave2", "--select", "fct_mentorforloeb")
    assert "fct_mentorforloeb" in made["tables"] and "figure" not in made["tables"]
    rows = "select count(*), max(start_dato) from {}.fct_mentorforloeb where kilde = 'webreg'"
    with house.connect("bi_reader") as reader:
        then, today = (reader.execute(rows.format(schema)).fetchone() for schema in ("foer_wave2", "bi"))
    assert 0 < then[0] < today[0] and then[1] < today[1]
    house.run("as-known-at", "--drop", "--schema", "foer_wave2")
    with house.connect("bi_reader") as reader:
        assert reader.execute("select to_regnamespace('foer_wave2') is null").fetchone() == (True,)


def test_bad_rows_are_set_aside_and_bad_files_refused_as_expected(house, after_wave3):
    assert mismatches(house.json("figures"), expected(3)["figures"]) == []
    assert wrong_about_persons(house, 3) == []
    assert_ledger(house, 3)
    got = {(q["file_name"], q["member"], q["line_number"]) for q in house.json("status")["quarantine"]}
    want = {(q["file"], q["member"], q["line_number"]) for q in expected(3)["quarantine"]}
    assert want <= got
    assert len(got) == sum(d["rows_quarantined"] for d in ledger(house))


@scheduled
def test_a_refusal_says_the_same_line_in_status_beside_the_file_and_in_airflow(house, after_wave3):
    refused = [d for d in ledger(house) if d["status"] == "refused"]
    assert len(refused) == sum(d["status"] == "refused" for d in expected(3)["deliveries"])
    logs = "\n".join(
        p.read_text(errors="replace") for p in house.home.rglob("attempt=*.log") if "task_id=tell" in str(p)
    )
    for delivery in refused:
        assert delivery["reason"] and "\n" not in delivery["reason"]
        beside = house.home / "refused" / delivery["source"] / f"{delivery['file_name']}.reason.txt"
        assert delivery["reason"] in beside.read_text(encoding="utf-8"), delivery["file_name"]
        assert json.dumps(delivery["reason"], ensure_ascii=False)[1:-1] in logs or delivery["reason"] in logs


def test_the_inbox_is_empty_and_files_of_sources_without_a_feed_wait_unharmed(house, after_wave3):
    stranger = house.home / "inbox" / "andet" / "andet_2016-03.csv"
    stranger.parent.mkdir()
    stranger.write_text("pnr;koen\n", encoding="utf-8")
    house.run("load", "--wait")
    assert stranger.read_text(encoding="utf-8") == "pnr;koen\n"
    assert any("andet" in line for line in house.json("status")["inbox"])
    assert [p.name for p in (house.home / "inbox" / "webreg").iterdir()] == []


def test_bi_reader_reads_bi_sees_keys_and_comments_and_nothing_else(house, after_wave3):
    with house.connect("bi_reader", autocommit=True) as reader:
        assert reader.execute("show default_transaction_read_only").fetchone()[0] == "on"
        # Anybody may switch that off for herself; what must hold is what the role may do.
        reader.execute("set default_transaction_read_only = off")
        tables = [r[0] for r in reader.execute("select tablename from pg_tables where schemaname = 'bi'").fetchall()]
        assert {"dim_borger", "fct_mentorforloeb", "figure", "figure_published", "figure_definition"} <= set(tables)
        # stock_… and the catalogue of compliance_serviceniveau_lov hold no persons.
        lists = {name for name in tables if name.startswith("compliance_")} - {"compliance_serviceniveau_lov"}
        assert len(lists) == 9
        for table in sorted(set(tables) - lists):
            reader.execute(f'select * from bi."{table}" limit 1')
        for table in lists:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f'select 1 from bi."{table}" limit 1')
        uncommented = reader.execute(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'bi' and c.relkind = 'r' and obj_description(c.oid) is null"
        ).fetchall()
        assert uncommented == []
        keys = reader.execute(
            "select count(*) from information_schema.table_constraints"
            " where table_schema = 'bi' and constraint_type = 'FOREIGN KEY'"
        ).fetchone()
        assert keys[0] >= 10
        for schema in ("vault", "landing", "raw", "work", "ops", "extracts"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"create table {schema}.x (i int)")
            others = reader.execute("select tablename from pg_tables where schemaname = %s", (schema,)).fetchall()
            for (table,) in others:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    reader.execute(f'select 1 from {schema}."{table}" limit 1')
        for statement in (
            "create table bi.x (i int)",
            "delete from bi.figure",
            "create schema x",
            "create temp table x (i int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement)


def delivered_cprs() -> set[str]:
    """Every CPR number, as ten digits, in the fixtures' citizens."""
    found = set()
    for path in WAVES.rglob("*.zip"):
        try:
            with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
                text = archive.read("borgere.csv").decode("utf-8-sig")
        except (zipfile.BadZipFile, KeyError, UnicodeDecodeError):
            continue
        found |= {
            re.sub(r"[ -]", "", number).zfill(10) for number in re.findall(r"(?m)(?<=;)\d{5,6}[ -]*\d{4}(?=;)", text)
        }
    # The word for "unknown person" is nobody's number; it stands in explanations, and in decimals.
    return found - {"0" * 10}


@scheduled
def test_no_cpr_number_is_anywhere_but_in_the_vault(house, after_wave3):
    planted = delivered_cprs()
    assert len(planted) > 100
    assert house.leaks_of(planted) == []


def test_loading_the_same_again_changes_nothing(house, after_wave3):
    with house.connect("operator") as operator:
        before = operator.execute("select count(*) from ops.build").fetchone()
    deliveries = len(ledger(house))
    house.run("load", "--wait")
    assert len(ledger(house)) == deliveries
    with house.connect("operator") as operator:
        assert operator.execute("select count(*) from ops.build").fetchone() == before


def test_withdrawing_brings_the_former_figures_back_and_says_so_in_the_ledger(house, after_wave3, before_wave2):
    newest = next(d for d in ledger(house) if d["status"] == "accepted" and d["source"] == "webreg")
    house.run("withdraw", str(newest["delivery_id"]), "--reason", "test", "--dry-run")
    assert [d["status"] for d in ledger(house) if d["delivery_id"] == newest["delivery_id"]] == ["accepted"]
    house.run("withdraw", str(newest["delivery_id"]), "--reason", "sent by mistake")
    house.run("load", "--wait")
    wait_for(lambda: current_build_is_published(house), 120, 1)
    # The web registrations are those of the second wave again, the registers still those of the third.
    assert mismatches(house.json("figures"), figures_of("MN", 2) + figures_of("K", 3)) == []
    assert [d["status"] for d in ledger(house) if d["delivery_id"] == newest["delivery_id"]] == ["withdrawn"]


def current_build_is_published(house) -> bool:
    """Whether the newest published build is made of exactly the deliveries that count now."""
    with house.connect("operator") as operator:
        done = operator.execute(
            "select deliveries @> counting and counting @> deliveries from ("
            " select (select deliveries from ops.build where status = 'published' order by build_id desc limit 1),"
            " (select array_agg(delivery_id) from ops.delivery"
            "  where accepted_at is not null and withdrawn_at is null) as counting) as x"
        ).fetchone()
    return bool(done and done[0])
