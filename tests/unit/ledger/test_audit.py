"""Who did what is entered whoever did it and however it ended, names no person of a register, and stays as it was."""

from __future__ import annotations

import getpass
import json

import psycopg
import pytest
import typer

from mentor_dw.cli import app, run
from mentor_dw.cli.recorded import LOOKING, record_commands, recorded
from mentor_dw.config import ROLES, Settings
from mentor_dw.database import address, connect
from mentor_dw.secret_files import write_private

pytestmark = pytest.mark.postgres
NUMBER = "6103801234"


def trail(capsys: pytest.CaptureFixture[str], *options: str) -> list[dict]:
    capsys.readouterr()
    assert run(["audit", "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def commands(capsys: pytest.CaptureFixture[str]) -> list[tuple]:
    return [
        (row["deed"].removeprefix("command "), json.loads(row["detail"]), row["outcome"])
        for row in trail(capsys)
        if row["deed"].startswith("command ")
    ]


def test_a_command_is_entered_with_its_outcome_and_without_what_was_said(
    warehouse: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["accept", "7", "--reason", f"Sag om {NUMBER}"]) == 1
    assert run(["accept", "7", "--reason", "Ejeren bekræfter", "--dry-run"]) == 1
    assert run(["status", "--json"]) == 0
    assert run(["retention"]) == 0
    assert run(["retention", "--carry-out"]) == 0
    found = commands(capsys)
    assert found == [
        ("accept", {"delivery": 7, "reason": "given"}, "failed"),
        ("retention", {"carry_out": True}, "done"),
    ]
    mine = trail(capsys, "--who", getpass.getuser(), "--since", "2026-01-01")
    assert {row["by_whom"] for row in mine} == {getpass.getuser()} and len(mine) == 2
    assert trail(capsys, "--since", "2999-01-01T12:00") == []
    assert run(["audit", "--since", "i går"]) == 1


def test_the_ledgers_are_in_the_trail_and_say_who(warehouse: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with connect("owner") as owner:
        owner.execute(
            "insert into ops.delivery (source, file_name, sha256, bytes, covers, status, decided_at, accepted_at,"
            " withdrawn_at, reason, reason_code, override_by, override_reason) values"
            " ('webreg', 'x', repeat('a', 64), 0,"
            " '2008-09-30', 'withdrawn', now(), now(), now(), 'Trukket (fejl) tilbage (anna)', 'withdrawn', 'bo', 'Ok')"
        )
        owner.execute(
            "insert into ops.person_restriction (person_key, kind, decision, by_whom)"
            " values (12345, 'objection', 'Sag 4', 'jurist')"
        )
    told = [(row["by_whom"], row["deed"], row["subject"]) for row in trail(capsys)]
    assert ("bo", "took in a refused delivery", "delivery 1") in told
    assert ("anna", "withdrew a delivery", "delivery 1") in told
    assert ("jurist", "entered objection", "restriction 1") in told
    assert ("installer", "changed the schema", "015_operation.sql") in told
    assert "12345" not in json.dumps(trail(capsys)), "no key of a person"
    moments = [row["at"] for row in trail(capsys)]
    assert moments == sorted(moments)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_changes_the_trail(warehouse: Settings, role: str) -> None:
    with connect("owner") as owner:
        owner.execute("insert into ops.action (by_whom, command) values ('anna', 'accept')")
        before = owner.execute("select count(*) as n from ops.action").fetchone()
    attempts = [
        f"{deed} ops.{table}{rest}"
        for table in ("action", "action_end")
        for deed, rest in (("delete from", ""), ("truncate", ""), ("drop table", ""))
    ]
    attempts += [
        "update ops.action set by_whom = 'en anden'",
        "update ops.action_end set outcome = 'done'",
        "insert into ops.action (by_whom, command, at) values ('anna', 'accept', '2000-01-01')",
        "alter table ops.action disable trigger all",
        "create or replace view ops.audit as select 1 as at",
    ]
    with psycopg.connect(address(role).url(), autocommit=True) as connection:
        for attempt in attempts:
            with pytest.raises(psycopg.Error) as refused:
                connection.execute(attempt)
            assert refused.value.sqlstate in ("42501", "25006"), attempt
    with connect("owner") as owner:
        assert owner.execute("select count(*) as n from ops.action").fetchone() == before


def test_without_a_database_what_was_done_says_that_it_is_not_in_the_trail(
    warehouse: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = json.loads((warehouse.secrets / "connection.json").read_text())
    write_private(warehouse.secrets / "connection.json", json.dumps(facts | {"port": 1}))
    try:
        assert run(["withdraw", "1", "--reason", "prøve"]) == 1
        assert "audit trail" not in capsys.readouterr().err, "nothing was done"
        recorded("users add", lambda **_: None)(name="anna")
    finally:
        write_private(warehouse.secrets / "connection.json", json.dumps(facts))
    assert "not in the audit trail" in capsys.readouterr().err


def test_every_command_that_does_not_only_look_is_entered() -> None:
    group = typer.main.get_command(app)
    plain = {name: command.callback for name, command in group.commands.items()}
    entered = record_commands(group)
    same = {name for name, command in entered.commands.items() if command.callback is plain[name]}
    groups = {name for name, command in group.commands.items() if hasattr(command, "commands")}
    assert same == LOOKING | groups
