"""A person asks what is held about her, and for it to be restricted: from delivered files to the answer she gets."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import pytest

from mentor_dw.cli import run
from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed
from mentor_dw.identity.keys import load_keys
from mentor_dw.ingest import take
from mentor_dw.landing.vault import forget_unreferenced
from mentor_dw.ledger.counting import counting, gone_before
from mentor_dw.privacy.keeping import folders_without_rule
from mentor_dw.warehouse.basis import RESTRICTIONS, basis_at, changed
from mentor_dw.warehouse.dbt_run import DATA_TESTS, PROJECT, UNIT_TESTS, DbtProject
from mentor_dw.warehouse.selection import select

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("without_data_tests", "with_one_judge")]

HER, HERS_TOO, NOBODY = "6103801234", "6203801230", "7103801234"
DECISION = ("--cpr-stdin", "--decision", "Sag 2026-31", "--by", "Tester")


def read(query: str, role: str = "owner") -> list[tuple]:
    with connect(role) as connection:
        return [tuple(row.values()) for row in connection.execute(query).fetchall()]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """told(arguments, typed="...") runs the command; everything it said, in which no number may stand."""

    def ask(*arguments: str, typed: str = "", code: int = 0) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        capsys.readouterr()
        assert run(arguments) == code, capsys.readouterr()
        said = capsys.readouterr()
        for number in (HER, HERS_TOO, NOBODY):
            assert number not in said.out + said.err
        return said.out if code == 0 and "--json" in arguments else said.out + said.err

    return ask


@pytest.fixture(scope="module")
def delivered(home: Settings, clean: dict, make_zip: Callable[..., Path]) -> Settings:
    """Two deliveries of a citizen, one with a line of hers that is set aside, and a refused one; a built table."""
    feed = load_feed("webreg")
    aside = {"borgere.csv": [*clean["borgere.csv"], *(f"{n};6{n % 3 + 1}04752{n};M;33;" for n in range(201, 270))]}
    aside["borgere.csv"].append(f"300;{HER[:6]}-{HER[6:]};X;28;UDD1")
    for day, members, status in (
        ("2008-09-30", clean, "accepted"),
        ("2008-10-31", clean | aside, "accepted"),
        ("2008-11-30", {"borgere.csv": clean["borgere.csv"]}, "refused"),
    ):
        path = make_zip(home.inbox / "webreg" / f"webreg_{day}.zip", members)
        assert take(path, feed, lambda _: None).status == status
    with connect("transformer") as connection:
        connection.execute("create table bi.dim_borger (person_key bigint, koen_code text)")
        connection.execute(
            "insert into bi.dim_borger select distinct person_key, case borger_id when '100' then 'K' else 'M' end"
            " from raw.webreg__borgere where borger_id in ('100', '101')"
        )
    with connect("owner") as connection:
        connection.execute(
            "insert into ops.extract"
            " (name, period, version, receiver, status, stem, read_at, built_at, built_by, as_known_at,"
            " released_at, specification)"
            " select name, '2008', 1, receiver, 'confirmed', name, now(), now(), 'x', now(), now(),"
            """ '{"level": "counts", "retention_days": 1825}'"""
            " from (values ('udtraek', 'Ministeriet'), ('andet', 'Andre')) as e (name, receiver)"
        )
        connection.execute(
            "insert into ops.extract_person select extract_id, person_key from ops.extract, raw.webreg__borgere"
            " where delivery_id = 1 and (name, borger_id) in (('udtraek', '100'), ('andet', '101'))"
        )
        # Her row shown, her key named, everybody read where she is and where she is not, somebody else's row shown.
        connection.execute(
            "insert into ops.access_log"
            " (session_id, at, role_name, purpose, relation, statement, person_keys, named_keys, application)"
            " select role_name, now(), role_name, 'statistik', relation, 'select', case shown when '' then null else"
            " array(select person_key from raw.webreg__borgere where borger_id = shown) end,"
            " array(select person_key from raw.webreg__borgere where borger_id = named), 'psql'"
            " from (values ('a', 'bi.dim_borger', '', ''), ('b', 'bi.fct_udfald', '', ''),"
            " ('c', 'bi.dim_borger', '101', ''), ('d', 'bi.fct_udfald', '100', ''), ('e', 'bi.fct_udfald', '', '100'))"
            " as read (role_name, relation, shown, named)"
        )
    return home


def test_she_is_told_all_that_is_held_of_her_and_nothing_of_others(delivered: Settings, told: Any) -> None:
    said = json.loads(told("subject-report", *DECISION, "--json", typed=HER))
    page, data = Path(said["page"]), Path(said["data"])
    assert said["found"] and page.is_relative_to(delivered.subject_reports)
    assert [oct(path.stat().st_mode)[-3:] for path in (page.parent, page, data)] == ["700", "600", "600"]
    facts = json.loads(data.read_text(encoding="utf-8"))

    (webreg,) = [source for source in facts["sources"] if source["rows"]]
    assert webreg["source"] == "webreg" and "art. 9" in webreg["legal_basis"]
    # Rows without a number are hers by their course; both deliveries have them.
    assert {name: len(rows) for name, rows in webreg["rows"].items()} == {
        "borgere.csv": 2,
        "stoetteforloeb.csv": 2,
        "parallelle_indsatser.csv": 2,
        "tidsforbrug.csv": 2,
        "opgaver.csv": 2,
        "begivenheder.csv": 2,
        "tilknytninger.csv": 2,
    }
    assert {row["borger_id"] for row in webreg["rows"]["borgere.csv"]} == {"100"}
    assert facts["warehouse"] == {"dim_borger": [{"koen_code": "K"}]}
    assert [(row["file_name"], row["status"]) for row in facts["deliveries"]] == [
        ("webreg_2008-09-30.zip", "superseded"),
        ("webreg_2008-10-31.zip", "accepted"),
    ]
    assert [row["receiver"] for row in facts["receivers"]] == ["Ministeriet"]
    # Somebody read her own rows, and somebody all of a table that she is in.
    assert {(row["role_name"], row["by_name"]) for row in facts["reads"]} == {
        ("a", False),
        ("d", True),
        ("e", True),
    }
    lines = {(one["file_name"], one["line_number"], one["accepted"]): one["rules"] for one in facts["kept_lines"]}
    assert set(lines) == {
        ("webreg_2008-09-30.zip", 2, True),
        ("webreg_2008-10-31.zip", 2, True),
        ("webreg_2008-10-31.zip", 73, True),
        ("webreg_2008-11-30.zip", 2, False),
    }
    assert lines["webreg_2008-10-31.zip", 73, True] and not lines["webreg_2008-10-31.zip", 2, True]

    html = page.read_text(encoding="utf-8")
    for words in ("K (Kvinde)", "Støtteforløb", "Ministeriet", "Databeskyttelsesforordningen", "30. september 2008"):
        assert words in html
    keys = {str(key) for (key,) in read("select person_key from vault.person")}
    for text in (html, data.read_text(encoding="utf-8")):
        assert HER not in text and not any(key in text for key in keys)
    assert read("select decision, by_whom, found from ops.subject_report") == [("Sag 2026-31", "Tester", True)]


def test_of_somebody_nobody_knows_the_answer_says_so_and_nobody_is_made(delivered: Settings, told: Any) -> None:
    before = read("select count(*) from vault.person")
    assert "Nobody is known" in told("subject-report", *DECISION, typed=NOBODY)
    assert read("select count(*) from vault.person") == before
    assert "looks like a CPR" in told("subject-report", "--cpr-stdin", "--decision", f"om {HER}", code=1)
    assert "--cpr-stdin" in told("subject-report", "--decision", "Sag 1", typed=HER, code=1)


def test_an_answer_that_would_leave_a_relation_out_is_not_given(delivered: Settings, told: Any) -> None:
    for table, said in (("ops.new_list", "nothing says how"), ("raw.webreg__new", "belongs to no feed")):
        with connect("owner") as owner:
            owner.execute(f"create table {table} (person_key bigint)")
        assert said in told("subject-report", *DECISION, typed=HER, code=1)
        with connect("owner") as owner:
            owner.execute(f"drop table {table}")


@pytest.fixture(scope="module")
def project(delivered: Settings) -> DbtProject:
    """The project, parsed."""
    return DbtProject(delivered.home / "dbt" / "test")


@pytest.fixture(scope="module")
def gate(project: DbtProject) -> Callable[[], dict[str, tuple]]:
    """What the gate of extracts says of each citizen of the latest delivery, by her id in it."""
    project.build(
        as_known_at=datetime.now(UTC),
        say=lambda _: None,
        select=["+int_personer__udtraek"],
        leave_out=[UNIT_TESTS, DATA_TESTS],
    )

    def asked() -> dict[str, tuple]:
        return {
            row[0]: row[1:]
            for row in read(
                "select borger_id, maa_udleveres, kommune_er_grov from raw.webreg__borgere as r"
                " inner join work.int_personer__udtraek as u on r.person_key = u.person_key where delivery_id = 2"
            )
        }

    return asked


def test_a_restriction_holds_at_once_until_it_is_lifted(gate: Callable, told: Any) -> None:
    free, out, coarse = (True, False), (False, False), (True, True)
    assert gate()["100"] == gate()["101"] == free
    for kind, state in (
        ("objection", out),
        ("restriction", out),
        ("rectification", out),
        ("protected_address", coarse),
    ):
        command = ("restrict", *DECISION, "--kind", kind)
        assert "Nothing was changed." in told(*command, "--dry-run", typed=HER)
        assert gate()["100"] == free
        assert json.loads(told(*command, "--json", typed=HER))["outcome"] == "restricted"
        assert "already" in told(*command, typed=HER)
        assert (gate()["100"], gate()["101"]) == (state, free)
        assert {row["kind"]: row["persons"] for row in json.loads(told("restrictions", "--json"))}[kind] == 1
        assert "would be lifted" in told(*command, "--lift", "--dry-run", typed=HER)
        assert "is lifted" in told(*command, "--lift", typed=HER)
        assert "in force for this person" in told(*command, "--lift", typed=HER, code=1)
        assert gate()["100"] == free
    assert read("select count(*) as all_of_them, count(lifted_at) from ops.person_restriction") == [(4, 4)]
    assert "needs a decision" in told("restrict", "--cpr-stdin", "--kind", "objection", typed=HER, code=1)


def test_an_extract_reads_nobody_who_is_restricted_and_no_area_of_who_is_protected(gate: Callable, told: Any) -> None:
    with connect("transformer") as connection:
        connection.execute(
            "create table work.borgere as select person_key, borger_id, '101' as kommune_code, 100 +"
            " row_number() over () as forloeb_key from raw.webreg__borgere where delivery_id = 2"
            " and borger_id in ('100', '101')"
        )
        connection.execute("create table work.fct_mentorforloeb as select person_key, forloeb_key from work.borgere")
        connection.execute("create table work.bridge as select forloeb_key, borger_id, kommune_code from work.borgere")

    def extract() -> list[tuple]:
        """By a model with persons and by one that has only their courses: the same rows."""
        by_both = [
            read(
                jinja2.Environment()
                .from_string(
                    (PROJECT / "macros" / "udleverbare.sql").read_text(encoding="utf-8")
                    + "select r.borger_id, {{ omraade('kommune_code', 'r') }} as kommune, r.person_key is not null as k"
                    + " from {{ udleverbare(model, forloeb=by_forloeb) }} as r order by 1"
                )
                .render(ref="work.{}".format, model=model, by_forloeb=by_forloeb),
                "transformer",
            )
            for model, by_forloeb in (("borgere", False), ("bridge", True))
        ]
        assert by_both[0] == by_both[1]
        return by_both[0]

    assert extract() == [("100", "101", True), ("101", "101", True)]
    for kind, rows in (("objection", []), ("protected_address", [("100", "uoplyst", True)])):
        told("restrict", *DECISION, "--kind", kind, typed=HER)
        assert extract() == [*rows, ("101", "101", True)]
        told("restrict", *DECISION, "--kind", kind, "--lift", typed=HER)


def test_a_decision_has_the_gate_and_what_reads_it_built_again_and_nothing_else(project: DbtProject, told: Any) -> None:
    def basis() -> dict[str, str]:
        with connect("operator") as connection:
            return basis_at(connection).made_of

    before = basis()
    told("restrict", *DECISION, "--kind", "objection", typed=HER)
    assert changed(before, basis()) == {RESTRICTIONS}
    everything = {node.name for node in project.manifest.nodes.values()}
    wanted = {
        name for name in select(project.manifest, {RESTRICTIONS}, everything).names or () if "deliver" not in name
    }
    assert {"stg_ops__person_restrictions", "int_personer__udtraek"} <= wanted
    assert not wanted & {"dim_borger", "int_borgere__versioner", "stg_ops__person_links"}
    told("restrict", *DECISION, "--kind", "objection", "--lift", typed=HER)
    assert basis() == before


def test_who_comes_later_is_restricted_from_her_first_delivery(delivered: Settings, told: Any) -> None:
    command = ("restrict", *DECISION, "--kind", "objection")
    assert json.loads(told(*command, "--json", "--dry-run", typed=NOBODY))["new_to_vault"]
    before = read("select count(*) from vault.person")
    assert json.loads(told(*command, "--json", typed=NOBODY))["new_to_vault"]
    # Whoever has no row is forgotten, but not who decided about herself.
    with connect("loader") as connection:
        assert forget_unreferenced(connection, "restriction") == 0
    assert read("select count(*) from vault.person") == [(before[0][0] + 1,)]
    told(*command, "--lift", typed=NOBODY)
    with connect("loader") as connection:
        assert forget_unreferenced(connection, "restriction") == 1


def test_an_erased_person_does_not_come_back_by_a_restriction(delivered: Settings, told: Any) -> None:
    key_id, value = load_keys(delivered.secrets).lookup(HERS_TOO)
    with connect("owner") as owner:
        owner.execute("insert into vault.tombstone (key_id, cpr_hmac, decision) values (%s, %s, 'x')", (key_id, value))
    assert "erased" in told("restrict", *DECISION, "--kind", "objection", typed=HERS_TOO, code=1)


def test_what_is_past_its_days_goes_and_what_counts_stays(gate: Callable, delivered: Settings, told: Any) -> None:
    then = datetime.now(UTC)
    with connect("owner") as owner:
        owner.execute(
            "update ops.delivery set superseded_at = superseded_at - interval '3651 days',"
            " decided_at = decided_at - interval '3651 days', accepted_at = accepted_at - interval '3651 days'"
        )
        # Whoever is left in a delivery of the past only.
        owner.execute("delete from raw.webreg__borgere where delivery_id = 2 and borger_id = '101'")
        owner.execute("delete from ops.extract_person")
    old = [
        delivered.logs / "airflow" / "a" / "1.log",
        delivered.logs / "api.log",
        delivered.subject_reports / "x" / "s",
    ]
    young = delivered.logs / "airflow" / "young.log"
    for path in (*old, young):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    for path in old:
        os.utime(path, (0, 0))

    first = json.loads(told("retention", "--json"))
    counts = {one["place"]: one["items"] for one in first["places"]}
    rows = read("select count(*) from raw.webreg__borgere where delivery_id = 1")[0][0]
    assert rows and counts["raw webreg"] > rows and counts["vault"] == 0
    assert (counts["ops.quarantined_row"], counts["/logs"], counts["/subject_reports"]) == (1, 2, 1)
    assert json.loads(told("retention", "--json")) == first and all(path.stat().st_size for path in old)
    assert "Nothing was changed." in told("retention")

    done = json.loads(told("retention", "--json", "--carry-out"))
    gone = {one["place"]: one["items"] for one in done["places"]}

    assert gone == counts | {"vault": 1}
    assert read("select delivery_id, count(*) > 60 from raw.webreg__borgere group by 1") == [(2, True)]
    assert read(
        "select rows_accepted > 0 as kept, raw_gone_at is not null as gone from ops.delivery"
        " order by delivery_id limit 2"
    ) == [
        (True, True),
        (True, False),
    ]
    assert not old[0].parent.exists() and not old[2].exists() and young.exists() and old[1].stat().st_size == 0
    again = {one["place"]: one["items"] for one in json.loads(told("retention", "--json", "--carry-out"))["places"]}
    assert not any(again.values())

    # Neither today's state nor one of the past is built of what is gone, and whoever asks for one is told.
    with connect("operator") as connection:
        assert [one.delivery_id for one in counting(connection, at=then)] == [2]
        assert gone_before(connection, then) == ["webreg_2008-09-30.zip"]
    assert folders_without_rule(delivered) == []
    (delivered.home / "new_folder").mkdir()
    assert folders_without_rule(delivered) == ["new_folder"]
    (delivered.home / "new_folder").rmdir()
