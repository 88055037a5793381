"""Whom backups are closed to: two keys, whose private halves do not stay."""

from __future__ import annotations

from pathlib import Path

import pyrage
import pytest

from mentor_dw.backup.recipients import choose_key, make_key, read_identities, recipient, recipients
from mentor_dw.backup.restore import _below
from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def test_the_private_half_opens_what_the_public_one_closes(settings: Settings, tmp_path: Path) -> None:
    public = make_key(settings, "data", tmp_path / "data.key")
    assert recipients(settings)["data"]["public"] == public
    closed = pyrage.encrypt(b"x", [recipient(settings, "data")])
    assert pyrage.decrypt(closed, read_identities([tmp_path / "data.key"])) == b"x"
    assert (tmp_path / "data.key").stat().st_mode & 0o777 == 0o600
    kept = "".join(path.read_text() for path in settings.home.rglob("*") if path.is_file())
    assert "AGE-SECRET-KEY" not in kept


def test_without_a_key_nothing_is_closed(settings: Settings) -> None:
    with pytest.raises(MentorDwError, match="No key is chosen") as caught:
        recipient(settings, "keys")
    assert "backup-key keys" in caught.value.next_step


def test_data_and_keys_are_not_closed_to_the_same_key(settings: Settings, tmp_path: Path) -> None:
    public = make_key(settings, "data", tmp_path / "data.key")
    with pytest.raises(MentorDwError, match="every CPR number"):
        choose_key(settings, "keys", public)


def test_a_private_key_is_not_written_into_the_home_nor_over_a_file(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(MentorDwError, match="does not stay in the house"):
        make_key(settings, "data", settings.home / "secrets" / "data.key")
    (tmp_path / "there").write_text("something")
    with pytest.raises(MentorDwError, match="exists"):
        make_key(settings, "data", tmp_path / "there")
    with pytest.raises(MentorDwError, match="no backup of the kind"):
        make_key(settings, "vault", tmp_path / "new")


@pytest.mark.parametrize("public", ["", "age1", "AGE-SECRET-KEY-1", "ssh-ed25519 AAAA"])
def test_what_is_no_public_key_is_refused(settings: Settings, public: str) -> None:
    with pytest.raises(MentorDwError, match="no public age key"):
        choose_key(settings, "data", public)


def test_a_file_that_others_can_read_is_no_private_key(settings: Settings, tmp_path: Path) -> None:
    make_key(settings, "data", tmp_path / "data.key")
    (tmp_path / "data.key").chmod(0o644)
    with pytest.raises(MentorDwError, match="others than its owner can read"):
        read_identities([tmp_path / "data.key"])
    (tmp_path / "empty.key").touch(0o600)
    with pytest.raises(MentorDwError, match="holds no private key"):
        read_identities([tmp_path / "empty.key"])


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "archive/../../x", "", ".", "a\0b"])
def test_no_name_in_a_backup_leads_out_of_the_home(tmp_path: Path, name: str) -> None:
    with pytest.raises(MentorDwError, match="leads out of the home"):
        _below(tmp_path / "home", name)
