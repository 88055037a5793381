"""The help teaches: every command and every option says what it is for."""

from __future__ import annotations

import pytest
import typer

from mentor_dw.cli import app, run

GROUP = typer.main.get_command(app)
#: Every command by its words, those of groups too.
COMMANDS = dict(GROUP.commands)
for name, command in GROUP.commands.items():
    COMMANDS |= {f"{name} {sub}": inner for sub, inner in getattr(command, "commands", {}).items()}


def test_the_promised_commands_are_there() -> None:
    promised = (
        "up down status dsn demo generate load check accept withdraw rejudge quarantine report changes figures"
        " link-persons persons build as-known-at explain roles users keys subject-report restrict restrictions"
        " retention erase papers rotate-key backup backups backup-key backup-check restore"
    )
    assert set(promised.split()) <= set(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_says_what_it_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = COMMANDS[name]
    assert len(command.help or "") > 20
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{name} {parameter.name} has no help"
    assert run([*name.split(), "--help"]) == 0
    assert f"mentor-dw {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name",
    ["accept", "withdraw", "rejudge", "link-persons", "as-known-at", "restrict", "roles add", "roles remove"]
    + ["backup", "restore"],
)
def test_what_changes_something_can_be_tried_first(name: str) -> None:
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert {"--dry-run", "--json"} <= options


@pytest.mark.parametrize(
    "name", ["status", "quarantine", "figures", "explain", "check", "changes", "persons", "papers", "roles", "backups"]
)
def test_what_shows_a_table_has_json(name: str) -> None:
    assert "--json" in {option for parameter in COMMANDS[name].params for option in parameter.opts}


def test_no_argument_shows_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    told = capsys.readouterr().out
    assert "quarantine" in told and "Exit code" in told
