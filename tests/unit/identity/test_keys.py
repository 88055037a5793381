"""Key files: made once, private, and never replaced."""

from __future__ import annotations

import io
import stat

import pyrage
import pytest

from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import LOOKUP_FILE, SEALED_BYTES, ensure_keys, load_keys

CPR = "6101011234"


@pytest.fixture
def folder(tmp_path):
    ensure_keys(tmp_path / "secrets")
    return tmp_path / "secrets"


def test_files_are_for_the_owner_only(folder):
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert len(list(folder.iterdir())) == 4


def test_making_them_again_keeps_them(folder):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    ensure_keys(folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_look_up_is_stable_and_depends_on_the_key(folder, tmp_path):
    ensure_keys(tmp_path / "other")
    one, again, other = load_keys(folder), load_keys(folder), load_keys(tmp_path / "other")
    assert one.lookup(CPR) == again.lookup(CPR)
    assert len(one.lookup(CPR)[1]) == 32
    assert one.lookup(CPR)[0] != other.lookup(CPR)[0]
    assert one.lookup(CPR)[1] != other.lookup(CPR)[1]


def test_sealed_numbers_open_with_their_key_only(folder, tmp_path):
    ensure_keys(tmp_path / "other")
    keys = load_keys(folder)
    sealed = keys.seal(CPR)
    assert CPR.encode() not in sealed
    assert sealed != keys.seal(CPR)
    assert keys.unseal(sealed) == CPR
    with pytest.raises(MentorDwError):
        load_keys(tmp_path / "other").unseal(sealed)


def test_many_at_once_are_what_they_are_one_by_one(folder):
    keys, cprs = load_keys(folder), ["6101011234", "6201011234", "6101011234"]
    many = [cpr.encode() for cpr in cprs]
    assert keys.lookup_many(many) == b"".join(keys.lookup(cpr)[1] for cpr in cprs)
    sealed = keys.seal_many(many)
    assert [keys.unseal(sealed[SEALED_BYTES * n : SEALED_BYTES * (n + 1)]) for n in range(3)] == cprs
    assert keys.lookup_many([]) == keys.seal_many([]) == b""


def test_kept_files_are_closed_and_opened(folder):
    keys = load_keys(folder)
    closed, opened = io.BytesIO(), io.BytesIO()
    pyrage.encrypt_io(io.BytesIO(b"content"), closed, [keys.archive_recipient])
    assert b"content" not in closed.getvalue()
    pyrage.decrypt_io(io.BytesIO(closed.getvalue()), opened, [keys.archive_identity])
    assert opened.getvalue() == b"content"


def test_a_missing_or_damaged_file_is_named(folder):
    (folder / LOOKUP_FILE).write_text('{"key_id": "x", "key": "00"}')
    with pytest.raises(MentorDwError, match=f"{LOOKUP_FILE} is damaged"):
        load_keys(folder)
    (folder / LOOKUP_FILE).unlink()
    with pytest.raises(MentorDwError, match=f"{LOOKUP_FILE} is missing"):
        load_keys(folder)


def test_their_repr_shows_no_key(folder):
    assert len(repr(load_keys(folder))) < 30
