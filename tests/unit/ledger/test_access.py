"""Every read about persons leaves an entry: who, when, why, what; nothing personal stands in it, and nothing twice."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mentor_dw.cli import run
from mentor_dw.config import Settings
from mentor_dw.database import address, connect
from mentor_dw.ledger.access import collect, forget_old_reads, reads
from mentor_dw.ledger.notes import note_of
from mentor_dw.ledger.server_log import log_files
from mentor_dw.local.postgres import server_log
from mentor_dw.local.scopes import add_scoped, remove_scoped
from mentor_dw.masking import holds_cpr
from mentor_dw.warehouse.plan import CASEWORK, OPEN, PERSON, WHOLE, PublishedModel
from mentor_dw.warehouse.rights import secure

pytestmark = pytest.mark.postgres

CPR = "610575-0001"
ANNA, BO, CLARA = 4611686018427387904, -2305843009213693952, 1152921504606846976
TABLES = {
    "dim_kommune": ("kode text, navn text", "('101', 'A'), ('461', 'B')", OPEN, None),
    "dim_jobcenter": (
        "jobcenter_key bigint, kilde_jobcenter_id text, navn text, kommune_code text",
        "(11, '1', 'A', '101')",
        OPEN,
        None,
    ),
    "dim_borger": (
        "borger_key bigint, person_key bigint, navn text, kommune_code text",
        f"(1, {ANNA}, 'x', '101'), (2, {BO}, 'y', '461'), (3, {CLARA}, 'z', '461')",
        PERSON,
        "kommune_code",
    ),
    "fct_antal": ("kommune_code text, antal bigint", "('101', 1)", WHOLE, None),
    "compliance_overdue": (
        "overdue_key bigint, person_key bigint, dage integer",
        f"(1, {ANNA}, 5), (2, {BO}, 9), (3, {CLARA}, 30)",
        CASEWORK,
        None,
    ),
}


@pytest.fixture(scope="module", autouse=True)
def published(warehouse: Settings) -> Iterator[None]:
    """A few tables of `bi`, three persons in the vault, and a login of one kommune."""
    models = []
    with connect("transformer") as connection:
        for name, (columns, rows, adgang, omraade) in TABLES.items():
            connection.execute(f"create table bi.{name} ({columns})")
            connection.execute(f"insert into bi.{name} values {rows}")
            described = {column.split()[0]: "x" for column in columns.split(", ")}
            models.append(PublishedModel(name, "x", described, (), adgang=adgang, omraade=omraade))
        secure(connection, "bi", models)
    with connect("loader") as connection:
        for person in (ANNA, BO, CLARA):
            connection.execute("insert into vault.person (person_key, first_source) values (%s, 'biflis')", [person])
    add_scoped(warehouse, "ser_hundrede_en", ["101"], [], "Opfølgning i kommunen", "prøven")
    yield
    remove_scoped(warehouse, "ser_hundrede_en", "prøven")


def session_of(role: str, **options: Any) -> psycopg.Connection:
    return psycopg.connect(address(role).url(), autocommit=True, **options)


def entries(settings: Settings) -> list[dict[str, Any]]:
    """The entries that come when what is new is collected."""
    with connect("operator") as connection:
        before = {row["access_id"] for row in reads(connection)}
        count = collect(server_log(settings))
        found = [row for row in reads(connection) if row["access_id"] not in before]
    assert len(found) == count
    return found


@pytest.fixture
def new(warehouse: Settings) -> Settings:
    """The installation, nothing left to collect."""
    collect(server_log(warehouse))
    return warehouse


def test_a_read_is_entered_with_who_when_why_and_what(new: Settings) -> None:
    with session_of("bi_reader", application_name="a tool") as session:
        session.execute("select count(*) from bi.dim_borger where kommune_code = '461'")
        session.execute("set mentor_dw.purpose = 'Svar til ledelsen'")
        session.execute("select b.borger_key from bi.dim_borger as a inner join bi.dim_borger as b using (borger_key)")
        session.execute("select * from bi.fct_antal")  # nobody's rows
    first, second = entries(new)
    assert (first["role_name"], first["purpose"], first["relation"]) == ("bi_reader", "statistik", "bi.dim_borger")
    assert first["statement"] == "select count(*) from bi.dim_borger where kommune_code = '461'"
    assert (first["person_keys"], first["named_keys"], first["application"]) == (None, None, "a tool")
    assert second["purpose"] == "Svar til ledelsen"
    assert entries(new) == []


def test_a_read_leaves_its_trace_when_nothing_may_be_written_and_when_it_is_taken_back(new: Settings) -> None:
    with session_of("bi_reader") as session:
        session.execute("begin read only")
        session.execute("select 1 from bi.dim_borger")
        session.execute("rollback")
        with pytest.raises(psycopg.errors.DivisionByZero):
            session.execute("select 2 / (kommune_code::integer - 101) from bi.dim_borger")
    assert [row["statement"][:8] for row in entries(new)] == ["select 1", "select 2"]


def test_a_scoped_login_reads_for_the_purpose_it_was_given(new: Settings) -> None:
    with session_of("ser_hundrede_en") as session:
        assert session.execute("select borger_key from bi.dim_borger").fetchall() == [(1,)]
    (entry,) = entries(new)
    assert (entry["role_name"], entry["purpose"]) == ("ser_hundrede_en", "Opfølgning i kommunen")


def test_casework_says_why_and_the_persons_it_read_are_entered(new: Settings) -> None:
    with session_of("casework") as session:
        with pytest.raises(psycopg.errors.UndefinedObject, match="for a purpose") as caught:
            session.execute("select * from bi.compliance_overdue")
        assert "set mentor_dw.purpose" in caught.value.diag.message_hint
        session.execute(f"set mentor_dw.purpose = 'Rykker for {CPR}'")
        session.execute("select dage from bi.compliance_overdue where person_key = %s", [BO])
        session.execute("select count(*) from bi.compliance_overdue")
        session.execute("select dage from bi.compliance_overdue where overdue_key = 77")
        assert session.execute("select dage from bi.compliance_overdue where dage > 8").fetchall() == [(9,), (30,)]
    one, everybody, nobody, some = entries(new)
    assert (one["person_keys"], one["purpose"]) == ([BO], "Rykker for ******-****")
    assert everybody["person_keys"] == sorted([ANNA, BO, CLARA])
    assert nobody["person_keys"] == []
    assert {BO, CLARA} <= set(some["person_keys"])


def test_rows_of_a_cursor_are_entered_as_they_are_fetched(new: Settings) -> None:
    with session_of("casework", options="-c mentor_dw.purpose=Rykker") as session, session.transaction():
        session.execute("declare liste cursor for select dage from bi.compliance_overdue order by overdue_key")
        session.execute("fetch 2 from liste")
    (entry,) = entries(new)
    assert entry["statement"].startswith("fetch 2 from liste: declare liste cursor for select dage")
    assert set(entry["person_keys"]) >= {ANNA, BO}


def test_a_login_of_ones_own_that_may_read_casework_is_named(new: Settings, postgres_server: Any) -> None:
    with psycopg.connect(postgres_server.owner_url, autocommit=True) as owner:
        owner.execute("create role sagsbehandler_a login password 'prøve' in role casework")
    try:
        place = address("casework").url().split("@")[1]
        with psycopg.connect(f"postgresql://sagsbehandler_a:pr%C3%B8ve@{place}", autocommit=True) as session:
            with pytest.raises(psycopg.errors.UndefinedObject):
                session.execute("select * from bi.compliance_overdue")
            session.execute("set role casework")
            session.execute("set mentor_dw.purpose = 'Rykker'")
            session.execute("select * from bi.compliance_overdue where person_key = %s", [ANNA])
    finally:
        with psycopg.connect(postgres_server.owner_url, autocommit=True) as owner:
            owner.execute("drop role sagsbehandler_a")
    (entry,) = entries(new)
    assert (entry["role_name"], entry["person_keys"]) == ("sagsbehandler_a", [ANNA])


def test_a_number_in_a_statement_is_neither_in_the_log_nor_in_the_ledger(new: Settings) -> None:
    log = server_log(new)
    assert log is not None
    begins = log.stat().st_size
    with session_of("bi_reader", application_name=f"tool {CPR}") as session:
        session.execute(f"select 1 from bi.dim_borger where navn in ('{CPR}', '6105750001', '61 05 75 0001')")
        session.execute("select 1 from bi.dim_borger where navn = '610575' || '' || '0001'")
        session.execute("select 1 from bi.dim_borger where navn = %s", [CPR])
        session.execute(f"select 1 from bi.dim_borger where navn <> '{'æ' * 3989} 6105750001'")
        session.execute("select 1 from bi.dim_borger where person_key <> 6105750001123456789")
    found = entries(new)
    written = log.read_bytes()[begins:].decode() + str(found)
    assert len(found) == 5
    assert not any(text in written for text in ("0001", "610575"))
    assert len(found[3]["statement"]) == 2000


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        *((f"where x = '{text}'", True) for text in (CPR, "61 05 75 00 01", "61.05.75-0001", "610575\u20130001")),
        *(
            (f"where x = '{text}'", True)
            for text in ("601011234", "61010112346101011235", "610575_0001", "61/05/75 0001")
        ),
        ("where x = '610575' || '-' || '0001'", True),
        ("where dato between '2016-01-01' and '2016-12-31' and kommune_code in ('101', '461') limit 1000", False),
        ("where at > '2016-05-01 12:30:00' and beloeb < 123456.78 and maaned = 201605", False),
    ],
)
def test_what_may_be_a_number_is_hidden_before_it_is_written(said: str, hidden: bool) -> None:
    with session_of("owner") as owner:
        (shown,) = owner.execute("select ops.masked(%s, 2000)", [said]).fetchone()
    assert (shown != said) == hidden
    assert not holds_cpr(shown)


def test_persons_whom_a_statement_names_are_entered_by_their_keys(new: Settings) -> None:
    with session_of("bi_reader") as session:
        session.execute(f"select 1 from bi.dim_borger where person_key in ({ANNA}, {BO}, 4611686018427387905)")
        session.execute("select 1 from bi.dim_borger where person_key = 99999999999999999999")
        session.execute("select 1 from bi.dim_borger where person_key = 9999999999999999999")
    named, *nobody = entries(new)
    assert named["named_keys"] == sorted([ANNA, BO])
    assert named["statement"] == (
        "select 1 from bi.dim_borger where person_key in (******-****, -******-****, ******-****)"
    )
    assert [row["named_keys"] for row in nobody] == [None, None]
    # That a statement names somebody does not say that it reads nobody else.
    assert named["person_keys"] is None


def test_a_note_that_somebody_makes_up_stands_under_her_own_name(new: Settings, postgres_server: Any) -> None:
    made_up = (
        '{"at": "2026-01-01T00:00:00+00:00", "relation": "bi.dim_borger", "purpose": "x", "application": "x",'
        ' "statement": "x", "named": [], "by_row": false, "role": "bi_reader"}'
    )
    with psycopg.connect(postgres_server.owner_url, dbname=new.database, autocommit=True) as owner:
        owner.execute(f"do $$ begin raise log 'mentor_dw read %', '{made_up}'; end $$")
        owner.execute(f"do $$ begin raise log E'x\\n%', 'mentor_dw read {made_up}'; end $$")
        for wrong in ("{}", '{"at": 1}', "[", made_up.replace('"x"', '"\\u0000"'), made_up.replace("[]", "[9e99]")):
            owner.execute(f"do $$ begin raise log 'mentor_dw read %', '{wrong}'; end $$")
    with session_of("bi_reader") as session:
        for statement in (
            f"do $$ begin raise log 'mentor_dw read %', '{made_up}'; end $$",
            "select ops.note_read('bi.dim_borger')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)
    (entry,) = entries(new)
    assert entry["role_name"] == "postgres"


def test_nobody_brings_a_note_about_by_the_name_she_logs_in_with(new: Settings) -> None:
    begins = "\n2026-01-01 00:00:00.000 CET [1] aaaaaaaa.1 x@y LOG:  mentor_dw read {"
    place = address("bi_reader")
    for user, database in ((begins, "x"), ("x", begins), (begins[:63], '":1}\n'), (begins, begins)):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host=place.host, port=place.port, user=user, dbname=database, password="x")
    assert entries(new) == []
    assert len(begins.encode()) > 63
    assert note_of(b"2026-01-01 00:00:00.000 CET [1] aaaaaaaa.1 x@y LOG:  mentor_dw read {}", "y") is not None


def test_a_log_that_is_renamed_emptied_or_half_written_is_read_once(warehouse: Settings, tmp_path: Path) -> None:
    source = server_log(warehouse)
    assert source is not None
    with session_of("bi_reader") as session:
        for number in range(6):
            session.execute(f"select {number} from bi.dim_borger")
    lines = [line for line in source.read_bytes().splitlines(True) if note_of(line[:-1], warehouse.database)][-6:]
    assert len(lines) == 6
    log = tmp_path / "postgres.log"

    def collected() -> list[str]:
        with connect("operator") as connection:
            before = {row["access_id"] for row in reads(connection)}
            collect(log)
            return [row["statement"][7] for row in reads(connection) if row["access_id"] not in before]

    log.write_bytes(b"other\n" + lines[0] + lines[1][:-20])
    assert collected() == ["0"]
    with log.open("ab") as file:
        file.write(lines[1][-20:])
    assert collected() == ["1"]
    with log.open("ab") as file:
        file.write(lines[2])
    log.rename(tmp_path / "postgres.log.17")
    log.write_bytes(lines[3])
    assert collected() == ["2", "3"]
    # What was set aside and read goes; what belongs to others does not.
    assert [path.name for path in tmp_path.iterdir()] == ["postgres.log"]
    # Emptied, and by now as long as it was.
    log.write_bytes(b"x" * (len(lines[3]) - 1) + b"\n" + lines[4])
    assert collected() == ["4"]
    log.write_bytes(lines[5])
    assert collected() == ["5"]
    with connect("loader") as connection:
        connection.execute("delete from ops.access_position")
    log.write_bytes(b"".join(lines))
    assert collected() == []
    with connect("loader") as connection:
        assert [file.read_bytes for file in log_files(connection, log)] == [log.stat().st_size]


def test_reads_are_drawn_looked_at_and_answered_for(new: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*words: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert run(["access", *words, "--json"]) == code
        return json.loads(capsys.readouterr().out) if code == 0 else None

    with session_of("bi_reader") as session:
        for number in range(30):
            session.execute(f"select {number} from bi.dim_borger")
    listed = said("--role", "bi_reader", "--since", "2020-01-01", "--relation", "bi.dim_borger")
    assert [row["statement"] for row in listed][-30:] == [f"select {n} from bi.dim_borger" for n in range(30)]
    assert said("--role", "casework", "--relation", "bi.dim_borger") == said("--since", "2099-01-01") == []
    everything = len(said())

    first = said("spot-check", "--seed", "7", "--by", "den der ser efter")
    assert first["drawn"] == len(first["waiting"]) == math.ceil(everything * 0.05) > 1
    assert {"at", "role_name", "purpose", "relation", "statement"} <= first["waiting"][0].keys()
    assert said("spot-check")["drawn"] == 0
    assert len(said("spot-check", "--share", "0.5")["waiting"]) == math.ceil(everything * 0.5)

    one, other = (str(row["access_id"]) for row in first["waiting"][:2])
    for wrong in (
        ("--answer", one),
        ("--answer", one, "--not-ok"),
        ("--answer", one, "--ok", "--note", CPR),
        ("--answer", "0", "--ok"),
        ("--ok",),
        ("--share", "2"),
    ):
        said("spot-check", *wrong, code=1)
    said("spot-check", "--answer", one, "--ok", "--by", "den der ser efter")
    left = said("spot-check", "--answer", other, "--not-ok", "--note", "Ingen sag; meldt videre")["waiting"]
    assert not {int(one), int(other)} & {row["access_id"] for row in left}
    said("spot-check", "--answer", one, "--not-ok", "--note", "Alligevel", code=1)
    with connect("operator") as connection:
        kept = connection.execute("select ok, note from ops.access_check where ok is not null order by ok").fetchall()
    assert kept == [{"ok": False, "note": "Ingen sag; meldt videre"}, {"ok": True, "note": ""}]


def test_old_entries_go(new: Settings) -> None:
    with session_of("bi_reader") as session:
        session.execute("select 1 from bi.dim_borger")
    collect(server_log(new))
    with session_of("owner") as owner:
        owner.execute("update ops.access_log set at = at - interval '366 days'")
        (count,) = owner.execute("select count(*) from ops.access_log").fetchone()
        owner.execute("update ops.access_log set at = at + interval '2 days' where access_id = 1")
    assert count > 1
    assert forget_old_reads(365, dry_run=True) == count - 1
    assert forget_old_reads(365) == count - 1
    with connect("operator") as connection:
        assert len(reads(connection)) == 1


@pytest.mark.parametrize("role", ["bi_reader", "casework", "steward", "ser_hundrede_en", "transformer", "operator"])
def test_nobody_changes_what_is_entered(role: str) -> None:
    with session_of(role) as session:
        session.execute("set default_transaction_read_only = off")
        for statement in (
            "insert into ops.access_note (session_id, role_name, note) values ('a', 'bi_reader', '{}')",
            "delete from ops.access_log",
            "update ops.access_log set role_name = 'x'",
            "update ops.access_place set to_log = false",
            "set log_min_messages = panic",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)


def test_where_the_log_is_not_ours_a_note_is_a_row_and_a_read_without_one_is_refused(new: Settings) -> None:
    with session_of("owner") as owner:
        owner.execute("update ops.access_place set to_log = false")
        try:
            with session_of("casework", options="-c mentor_dw.purpose=Rykker") as session:
                with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="cannot note one") as caught:
                    session.execute("select * from bi.compliance_overdue")
                assert "default_transaction_read_only" in caught.value.diag.message_hint
                session.execute("set default_transaction_read_only = off")
                session.execute("select * from bi.compliance_overdue where person_key = %s", [BO])
        finally:
            owner.execute("update ops.access_place set to_log = true")
    (entry,) = entries(new)
    assert (entry["role_name"], entry["person_keys"]) == ("casework", [BO])
    with connect("loader") as connection:
        assert connection.execute("select from ops.access_note").rowcount == 0
