"""A person asks what is held about her, and for it to be restricted: from delivered files to the answer she gets."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mentor_dw.cli import run
from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed
from mentor_dw.ingest import take

pytestmark = pytest.mark.postgres

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
    aside = {"borgere.csv": [*clean["borgere.csv"], *(f"{n};6{n % 3 + 1}04751{n};M;33;" for n in range(201, 270))]}
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
            "insert into ops.extract (name, period, version, receiver, status) values"
            " ('udtraek', '2008', 1, 'Ministeriet', 'delivered'), ('andet', '2008', 1, 'Andre', 'delivered')"
        )
        connection.execute(
            "insert into ops.extract_person select extract_id, person_key from ops.extract, raw.webreg__borgere"
            " where delivery_id = 1 and (name, borger_id) in (('udtraek', '100'), ('andet', '101'))"
        )
        connection.execute(
            "create table if not exists ops.access_log (access_id bigint, at timestamptz, role_name text, purpose text,"
            " relation text, statement text, person_keys bigint[], application text)"
        )
        connection.execute(
            "insert into ops.access_log (at, role_name, purpose, relation, statement, person_keys, application)"
            " select now(), role_name, 'statistik', relation, 'select', case when borger_id <> '' then"
            " (select array_agg(r.person_key) from raw.webreg__borgere as r where r.borger_id = l.borger_id) end, 'psql'"
            " from (values ('a', 'bi.dim_borger', ''), ('b', 'bi.fct_udfald', ''), ('c', 'bi.dim_borger', '101'),"
            " ('d', 'bi.fct_udfald', '100')) as l (role_name, relation, borger_id)"
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
    assert {(row["role_name"], row["by_name"]) for row in facts["reads"]} == {("a", False), ("d", True)}
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
