"""The command fails in one clear line, with what to do next, exit code 1, no traceback and no personal value."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from mentor_dw.cli import run
from mentor_dw.cli.failures import LOG_NAME, guarded
from mentor_dw.config import get_settings
from mentor_dw.errors import DeliveryRefused, MentorDwError
from mentor_dw.secret_files import write_private

NUMBER = "6103801234"
VALUES = (NUMBER, "Anna Andersen")
NEEDS_AN_INSTALLATION = [
    ["status"],
    ["status", "--json"],
    ["dsn"],
    ["load"],
    ["figures"],
    ["figures", "--json"],
    ["explain", "M-004"],
    ["quarantine"],
    ["report", "1"],
    ["changes", "1"],
    ["accept", "1", "--reason", "r"],
    ["accept", "1", "--dry-run"],
    ["withdraw", "1", "--reason", "r"],
    ["withdraw", "1", "--dry-run"],
    ["rejudge", "1"],
    ["rejudge", "1", "--dry-run"],
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home in which nothing is installed."""
    for name in [name for name in os.environ if name.startswith("MENTOR_DW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MENTOR_DW_HOME", str(tmp_path / "home"))
    get_settings.cache_clear()
    yield tmp_path / "home"
    get_settings.cache_clear()


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """As a user without root's rights, who may read everything; as this one when that is what it is."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command says when it fails with 1: one line and at most one more."""
    assert run(arguments) == 1
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    assert told.err.startswith("mentor-dw: ") and len(told.err.strip().splitlines()) <= 2
    return told.err


@pytest.mark.parametrize("arguments", NEEDS_AN_INSTALLATION, ids=" ".join)
def test_without_an_installation_the_next_step_is_up(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert "`mentor-dw up`" in failed(capsys, *arguments)
    assert not home.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nosuch"], "--help"),
        (["report"], "report --help"),
        (["report", "abc"], "neither the number of a delivery nor a name"),
        (["report", "1", "--json"], "--json"),
        (["figures", "--jsn"], "--json"),
        (["generate"], "--out"),
        (["generate", "--out", "x", "--scale", "-1"], "--scale"),
        (["load", "--timeout", "0"], "--timeout"),
        (["figures", "--as-known-at", "gestern"], "2026-03-01T12:00"),
        (["explain", "M-004", "--where", "Herlev"], "KEY=VALUE"),
        (["explain", "M-004", "--language", "sv"], "--language"),
        (["explain", "M-004", "--as-known-at", "gestern"], "2026-03-01T12:00"),
        (["dsn", "--role", "nobody"], "bi_reader"),
        (["accept", "1", "--reason", "  "], "--reason"),
        (["check", "no_such_folder/webreg_2010-01-01.zip"], "No such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_argument_says_which(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert said in failed(capsys, *arguments)


def test_a_reason_with_a_cpr_number_is_not_taken(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("accept", "withdraw"):
        told = failed(capsys, command, "1", "--reason", f"borger {NUMBER[:6]}-{NUMBER[6:]} er med")
        assert "CPR" in told and NUMBER[6:] not in told


def test_a_number_typed_as_an_argument_is_not_repeated(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert NUMBER not in failed(capsys, NUMBER)
    assert NUMBER not in failed(capsys, "check", f"{NUMBER}.zip")


def test_an_upload_and_a_wrong_name_are_told_apart(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, said in (("webreg_2010-01-01.zip.part", "upload in progress"), ("webreg 2010.zip", "this name")):
        (tmp_path / name).touch()
        assert said in failed(capsys, "check", str(tmp_path / name))


def test_a_folder_that_cannot_be_written_is_named(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in failed(capsys, "generate", "--out", str(tmp_path / "file"))
    assert "file" in failed(capsys, "generate", "--out", str(tmp_path / "file" / "below"))


def test_a_file_that_may_not_be_read_is_named(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "webreg_2010-01-01.zip"
    path.touch()
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o711)
    with as_somebody_else():
        told = failed(capsys, "check", str(path))
    assert "Permission denied" in told and path.name in told


def test_a_setting_with_a_wrong_value_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MENTOR_DW_API_PORT", "eight")
    assert "MENTOR_DW_API_PORT" in failed(capsys, "status")


def test_a_database_that_is_down_is_told_with_the_way_up(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        roles = {role: {"user": role, "password": "p"} for role in ("loader", "operator", "bi_reader")}
        facts = {"host": "127.0.0.1", "port": taken.getsockname()[1], "database": "d", "roles": roles}
        write_private(home / "secrets" / "connection.json", json.dumps(facts))
        for arguments in (["status"], ["figures"], ["report", "1"], ["quarantine"], ["rejudge", "1"]):
            assert "`mentor-dw up`" in failed(capsys, *arguments)


def broken_on(*values: str) -> int:
    """Fails as a library does: it quotes what it was given, in the error and in the one before it."""
    try:
        raise KeyError(values)
    except KeyError as error:
        raise ValueError(f"cannot read {values[0]!r} of {values[1]!r}: {NUMBER}") from error


def test_something_unexpected_leaves_a_log_without_values(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "logs").mkdir(parents=True)
    assert guarded(lambda: broken_on(*VALUES)) == 1
    told = capsys.readouterr().err
    log = home / "logs" / LOG_NAME
    assert "ValueError" in told and str(log) in told and NUMBER not in told and "Anna" not in told
    kept = log.read_text(encoding="utf-8")
    assert "in broken_on" in kept and "ValueError" in kept
    assert NUMBER not in kept and "Anna" not in kept
    assert log.stat().st_mode & 0o777 == 0o600


def test_something_unexpected_before_there_is_a_home_is_logged_too(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(lambda: broken_on(*VALUES)) == 1
    log = Path(capsys.readouterr().err.split("at the end of ")[1].split(";")[0])
    assert "in broken_on" in log.read_text(encoding="utf-8") and not home.exists()
    log.unlink()
    log.parent.rmdir()


def test_exit_codes(home: Path) -> None:
    def refused() -> int:
        raise DeliveryRefused("empty_file", "the file is empty")

    def stopped() -> int:
        raise KeyboardInterrupt

    def database() -> int:
        raise psycopg.OperationalError(f"value {NUMBER}")

    assert guarded(lambda: None) == 0
    assert guarded(lambda: 2) == 2
    assert guarded(refused) == 1
    assert guarded(stopped) == 130
    assert guarded(database) == 1
    assert issubclass(DeliveryRefused, MentorDwError)
