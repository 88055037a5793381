"""How a receiver is reached is entered once, kept private, and never learned from a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest
from faulty_server import Fault, FaultyServer

from mentor_dw.cli import run
from mentor_dw.config import get_settings
from mentor_dw.delivery.transport.connection import (
    ReceiverConnection,
    connections,
    own_key_file,
    read_connection,
    write_connection,
)
from mentor_dw.errors import MentorDwError
from mentor_dw.secret_files import secret_variables, write_private


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home in which no receiver is entered."""
    for name in secret_variables():
        monkeypatch.delenv(name)
    monkeypatch.setenv("MENTOR_DW_HOME", str(tmp_path))
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def file_of(home: Path) -> Path:
    return home / "secrets" / "receivers" / "star.json"


def test_what_is_written_is_read_also_after_the_home_has_moved(home: Path, server: FaultyServer) -> None:
    place = server.connection(private_key=own_key_file("star"))
    assert write_connection(place) == file_of(home)
    assert read_connection("star") == place and connections() == ["star"]
    assert {path.stat().st_mode & 0o777 for path in file_of(home).parent.iterdir()} == {0o600}
    moved = home / "moved"
    (home / "secrets").rename(moved)
    assert read_connection("star", moved).own_public_key.startswith("ssh-ed25519 ")
    # A key that lies elsewhere stays there.
    assert write_connection(server.connection(), moved) and read_connection("star", moved) == server.connection()


def test_the_environment_names_another_file(home: Path, server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    write_connection(server.connection(host="inside.example"))
    other = home / "mounted.json"
    write_private(other, file_of(home).read_text().replace("inside.example", "mounted.example"))
    monkeypatch.setenv("MENTOR_DW_RECEIVER_STAR_FILE", str(other))
    monkeypatch.setenv("MENTOR_DW_RECEIVER_NY_FILE", str(home / "none"))
    monkeypatch.setenv("MENTOR_DW_RECEIVER_KEY_FILE", str(home / "ring.json"))
    assert read_connection("star").host == "mounted.example" and connections() == ["ny", "star"]
    with pytest.raises(MentorDwError, match="comes from MENTOR_DW_RECEIVER_STAR_FILE"):
        write_connection(server.connection())
    # What the installation starts is told.
    assert {"MENTOR_DW_RECEIVER_STAR_FILE", "MENTOR_DW_RECEIVER_KEY_FILE"} <= set(secret_variables())


def test_a_file_that_is_missing_open_or_damaged_is_named(home: Path, server: FaultyServer) -> None:
    with pytest.raises(MentorDwError, match="no connection to a receiver star"):
        read_connection("star")
    path = write_connection(server.connection())
    facts = json.loads(path.read_text())
    path.chmod(0o640)
    with pytest.raises(MentorDwError, match="others than its owner"):
        read_connection("star")
    for spoilt in ("{", "[]", "null", json.dumps(facts | {"more": 1}), json.dumps({**facts, "private_key": None})):
        write_private(path, spoilt)
        with pytest.raises(MentorDwError, match=r"star\.json is damaged"):
            read_connection("star")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", "sftp.example -oProxyCommand=x"),
        ("host", ""),
        ("port", 0),
        ("port", "22"),
        ("user", " "),
        ("host_key", ""),
        ("host_key", "ssh-ed25519 AAAA"),
        ("folder", "../andre"),
        ("receipts_folder", ""),
        ("age_recipient", "age1abc"),
    ],
)
def test_what_cannot_be_right_is_named(server: FaultyServer, field: str, value: object) -> None:
    with pytest.raises(MentorDwError, match=f"has a {field} that cannot be right"):
        server.connection(**{field: value})


def test_a_host_key_of_a_kind_that_is_given_up_cannot_be_agreed(server: FaultyServer) -> None:
    old = asyncssh.generate_private_key("ssh-dss").export_public_key().decode().strip()
    with pytest.raises(MentorDwError, match="has a host_key that cannot be right"):
        server.connection(host_key=old)


@pytest.mark.parametrize("name", ["", "key", "../star", "Star", "st ar", "9star", "x" * 41])
def test_a_receiver_s_name_is_a_name(home: Path, server: FaultyServer, name: str) -> None:
    with pytest.raises(MentorDwError, match="cannot be called"):
        read_connection(name)
    with pytest.raises(MentorDwError, match="cannot be called"):
        server.connection(receiver=name)


@pytest.mark.parametrize("content", ["hemmelig", "locked"])
def test_a_key_that_cannot_be_used_is_told_and_not_shown(server: FaultyServer, tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    if content == "locked":
        content = (
            asyncssh.generate_private_key("ssh-ed25519").export_private_key("pkcs8-pem", passphrase="kodeord").decode()
        )
    write_private(path, content)
    with pytest.raises(MentorDwError, match="no SSH key that can be used without a passphrase") as told:
        server.connection(private_key=path).own_key()
    assert content not in str(told.value)
    path.unlink()
    with pytest.raises(MentorDwError, match="is missing"):
        server.connection(private_key=path).own_key()


def arguments(place: ReceiverConnection, *more: str) -> list[str]:
    given = {
        "host": place.host,
        "port": place.port,
        "user": place.user,
        "folder": place.folder,
        "receipts": place.receipts_folder,
        "age-recipient": place.age_recipient,
        "host-key": place.host_key,
    }
    return [
        "receiver-add",
        "star",
        *(part for name, value in given.items() for part in (f"--{name}", str(value))),
        *more,
    ]


def test_a_receiver_is_added_listed_and_tried(
    home: Path, server: FaultyServer, capsys: pytest.CaptureFixture[str]
) -> None:
    place = server.connection()
    assert run(arguments(place)) == 0
    public = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("ssh-ed25519 "))
    assert run(["receivers", "--json"]) == 0
    told = capsys.readouterr().out
    (row,) = json.loads(told)
    assert row["our_public_key"] == public and row["host_key"] == place.host_key_fingerprint
    assert "PRIVATE" not in told
    assert run(["receivers"]) == 0 and place.host_key_fingerprint in capsys.readouterr().out
    # Our new key is not known there yet.
    assert run(["receiver-check", "star"]) == 1
    assert "does not let us in" in capsys.readouterr().err
    # It is not changed by accident.
    assert run(arguments(place, "--private-key", str(place.private_key))) == 1
    assert "There is a receiver star" in capsys.readouterr().err
    # What is not said stays as it is.
    assert run(["receiver-add", "star", "--private-key", str(place.private_key), "--replace"]) == 0
    assert read_connection("star") == place
    there = server.new_place()
    capsys.readouterr()
    assert run(["receiver-check", "star", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert there.holds() == {} and len(there.named) == 1 and there.named[0].endswith(".part")


def test_half_a_receiver_is_not_entered(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["receiver-add", "star", "--host", "sftp.example", "--user", "kommune"]) == 1
    assert "not said: folder, receipts_folder, age_recipient, host_key" in capsys.readouterr().err
    assert connections() == [] and not (home / "secrets").exists()


@pytest.mark.parametrize(
    ("op", "error", "said"),
    [
        ("open", asyncssh.SFTPPermissionDenied("no"), "star: writing in ind: 127.0.0.1"),
        ("read", asyncssh.SFTPPermissionDenied("no"), "star: reading back in ind"),
        ("rename", asyncssh.SFTPPermissionDenied("no"), "star: renaming in ind"),
        ("remove", asyncssh.SFTPPermissionDenied("no"), "star: removing in ind"),
        ("scandir", asyncssh.SFTPPermissionDenied("no"), "star: listing kvitteringer"),
    ],
)
def test_a_check_says_what_does_not_work_and_leaves_nothing(
    home: Path, server: FaultyServer, capsys: pytest.CaptureFixture[str], op: str, error: Exception, said: str
) -> None:
    write_connection(server.connection())
    place = server.new_place(Fault(op=op, before=error))
    assert run(["receiver-check", "star"]) == 1
    told = capsys.readouterr().err
    assert said in told and len(told.strip().splitlines()) <= 2
    assert place.holds() == {} or op == "remove"
