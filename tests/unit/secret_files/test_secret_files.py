"""Where secrets come from, and which files are not believed to be secret any more."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mentor_dw.config import get_settings
from mentor_dw.database import CONNECTION_FILE, address
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import ensure_keys, load_keys
from mentor_dw.identity.ring import (
    FILES,
    FORMER_ARCHIVE_FILE,
    Key,
    must_be_writable,
    new_key,
    origin,
    read_ring,
    write_ring,
)
from mentor_dw.local.airflow_services import outer_environment
from mentor_dw.secret_files import read_secret, secret_variables, write_private

PASSWORD = "p/w:d@ #1"
URI = "postgres://loader:p%2Fw%3Ad%40%20%231@db.example:5433/hus"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home without an installation, and an environment that says nothing else."""
    for name in [*secret_variables(), "MENTOR_DW_DSN"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MENTOR_DW_HOME", str(tmp_path))
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o700 | 0o010])
def test_a_file_that_others_may_use_is_refused(home: Path, mode: int) -> None:
    ensure_keys(home / "secrets")
    write_private(home / "secrets" / CONNECTION_FILE, "{}")
    for name in (*FILES.values(), CONNECTION_FILE):
        path = home / "secrets" / name
        if not path.exists():
            continue
        path.chmod(mode)
        with pytest.raises(MentorDwError, match=f"{name} holds a secret") as caught:
            address("loader") if name == CONNECTION_FILE else read_ring(
                next(kind for kind, file in FILES.items() if file == name), home / "secrets"
            )
        assert caught.value.next_step.startswith(f"Run: chmod 600 {path}")
        path.chmod(0o600)
    load_keys(home / "secrets")


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A file as a container's runtime puts it there: of root, for everybody, on a file system of its own."""
    place = tmp_path / "run_secrets"
    place.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "none", place], stderr=subprocess.DEVNULL).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        path = place / "secret"
        path.write_text("content")
        path.chmod(0o444)
        yield path
    finally:
        subprocess.run(["umount", place], check=True)


def test_what_a_container_s_runtime_mounted_read_only_is_believed(mounted: Path) -> None:
    with pytest.raises(MentorDwError, match="others than its owner"):
        read_secret(mounted)
    subprocess.run(["mount", "-o", "remount,ro", mounted.parent], check=True)
    assert read_secret(mounted) == "content"
    for spoil in (lambda: mounted.chmod(0o446), lambda: os.chown(mounted, 1000, 1000)):
        subprocess.run(["mount", "-o", "remount,rw", mounted.parent], check=True)
        spoil()
        subprocess.run(["mount", "-o", "remount,ro", mounted.parent], check=True)
        with pytest.raises(MentorDwError, match="others than its owner"):
            read_secret(mounted)


@pytest.mark.parametrize(
    "text",
    [
        URI,
        URI.replace("postgres:", "postgresql:") + "?sslmode=require\n",
        json.dumps(
            {
                "conn_type": "postgres",
                "login": "loader",
                "password": PASSWORD,
                "host": "db.example",
                "port": 5433,
                "schema": "hus",
            }
        ),
    ],
)
@pytest.mark.parametrize("in_a_file", [False, True])
def test_a_login_of_the_environment_counts_before_the_installation(
    home: Path, monkeypatch: pytest.MonkeyPatch, text: str, in_a_file: bool
) -> None:
    login = {"user": "loader", "password": "another"}
    facts = {"host": "127.0.0.1", "port": 1, "database": "mentor_dw", "roles": {"loader": login, "operator": login}}
    write_private(home / "secrets" / CONNECTION_FILE, json.dumps(facts))
    if in_a_file:
        write_private(home / "given", text)
        monkeypatch.setenv("MENTOR_DW_CONN_LOADER_FILE", str(home / "given"))
    else:
        monkeypatch.setenv("AIRFLOW_CONN_MENTOR_DW_LOADER", text)
    place = address("loader")
    assert (place.host, place.port, place.database, place.user) == ("db.example", 5433, "hus", "loader")
    assert place.password == PASSWORD and PASSWORD not in repr(place)
    assert address("operator").password == "another"
    # What the installation starts is told where secrets are, by these names and no others.
    assert len(secret_variables()) == 1 and not set(secret_variables()) & set(outer_environment())


@pytest.mark.parametrize("text", ["postgres://loader@db/hus", "{", "hemmelig", '{"login": "loader"}', "[]"])
def test_half_a_login_is_named_and_not_shown(home: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_MENTOR_DW_LOADER", text)
    with pytest.raises(MentorDwError, match="AIRFLOW_CONN_MENTOR_DW_LOADER is no connection") as caught:
        address("loader")
    assert text not in str(caught.value) or len(text) < 3


def test_keys_come_from_the_environment_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_keys(home / "secrets")
    here = load_keys(home / "secrets")
    other = home / "other"
    ensure_keys(other)
    monkeypatch.setenv("MENTOR_DW_LOOKUP_KEY_FILE", str(other / FILES["lookup"]))
    assert load_keys(home / "secrets").key_id == load_keys(other).key_id != here.key_id
    assert must_be_writable("lookup", home / "secrets") == other / FILES["lookup"]
    monkeypatch.setenv("MENTOR_DW_SEAL_KEY", (other / FILES["seal"]).read_text())
    assert load_keys(home / "secrets").seal_id == load_keys(other).seal_id
    with pytest.raises(MentorDwError, match="comes from MENTOR_DW_SEAL_KEY, which cannot be written"):
        write_ring("seal", home / "secrets", [new_key("seal")])
    # A key that the environment gives is not made in the folder.
    ensure_keys(home / "third")
    assert not (home / "third" / FILES["seal"]).exists() and (home / "third" / FILES["archive"]).exists()
    assert origin("seal", home).shown == "MENTOR_DW_SEAL_KEY"


def test_keys_without_dates_are_read_and_get_them(home: Path) -> None:
    """As they were written before keys could be rotated."""
    folder = home / "secrets"
    identity = new_key("archive")
    for kind in ("lookup", "seal"):
        write_private(folder / FILES[kind], json.dumps({"key_id": f"{kind}1", "key": os.urandom(32).hex()}))
    write_private(folder / FORMER_ARCHIVE_FILE, f"{identity.secret}\n")
    ensure_keys(folder)
    keys = load_keys(folder)
    assert (keys.key_id, keys.seal_id) == ("lookup1", "seal1") and not (folder / FILES["archive"]).exists()
    assert str(keys.archive_recipient) == identity.public
    former = read_ring("archive", folder)[0]
    write_ring("archive", folder, [new_key("archive"), replace(former, state="leaving")])
    assert not (folder / FORMER_ARCHIVE_FILE).exists()
    assert len(load_keys(folder).archive_identities) == 2
    assert former.created.endswith("+00:00")


@pytest.mark.parametrize("spoil", ["{}", '{"keys": []}', '{"keys": [{"key_id": "x"}]}', "{", '{"keys": 1}', "[]"])
def test_a_damaged_ring_is_named(home: Path, spoil: str) -> None:
    ensure_keys(home / "secrets")
    write_private(home / "secrets" / FILES["seal"], spoil)
    with pytest.raises(MentorDwError, match=f"{FILES['seal']} is damaged"):
        load_keys(home / "secrets")


def test_no_repr_shows_a_secret(home: Path) -> None:
    ensure_keys(home / "secrets")
    key: Key = read_ring("lookup", home / "secrets")[0]
    assert key.secret and key.secret not in repr(key)
    assert key.secret not in repr(load_keys(home / "secrets"))
