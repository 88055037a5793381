"""Where files go, how they are named, and that each step can be repeated."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import Keys, ensure_keys, load_keys
from mentor_dw.ingest.keep import plain_copy, put_away

NAME = "webreg_2008-09-30.zip"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path)
    (made.inbox / "webreg").mkdir(parents=True)
    ensure_keys(made.secrets)
    return made


@pytest.fixture
def keys(settings: Settings) -> Keys:
    return load_keys(settings.secrets)


def row(content: bytes, status: str, delivery_id: int = 7, **more: Any) -> dict[str, Any]:
    return {
        "delivery_id": delivery_id,
        "source": "webreg",
        "file_name": NAME,
        "sha256": hashlib.sha256(content).hexdigest(),
        "status": status,
        "reason_code": "unreadable" if status == "refused" else None,
        "reason": "the file is no zip",
        "override_reason": None,
        "kept_as": None,
    } | more


def arrive(settings: Settings, content: bytes) -> Path:
    path = settings.inbox / "webreg" / NAME
    path.write_bytes(content)
    path.with_name(f"{NAME}.sha256").write_text("0" * 64)
    return path


def test_an_accepted_file_is_kept_encrypted_and_can_be_read_again(settings: Settings, keys: Keys) -> None:
    path = arrive(settings, b"content")
    delivery = row(b"content", "accepted")
    delivery["kept_as"] = put_away(settings, delivery, None, keys)
    kept = settings.home / delivery["kept_as"]
    assert b"content" not in kept.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    assert not list(path.parent.iterdir())
    with plain_copy(settings, delivery, keys) as copy:
        assert copy.read_bytes() == b"content"
        assert copy.parent.stat().st_mode & 0o077 == 0
    assert not copy.exists()
    assert put_away(settings, delivery, None, keys) == delivery["kept_as"]


def test_a_refused_file_has_its_reason_and_checksum_beside_it(settings: Settings, keys: Keys) -> None:
    arrive(settings, b"content")
    kept_as = put_away(settings, row(b"content", "refused"), None, keys)
    kept = settings.home / kept_as
    assert kept.read_bytes() == b"content"
    assert kept.with_name(f"{NAME}.sha256").read_text() == "0" * 64
    assert kept.with_name(f"{NAME}.reason.txt").read_text().splitlines()[0] == "the file is no zip"
    assert json.loads(kept.with_name(f"{NAME}.reason.json").read_text())["reason_code"] == "unreadable"
    assert put_away(settings, row(b"content", "refused"), None, keys) == kept_as


def test_another_refused_file_of_the_same_name_replaces_nothing(settings: Settings, keys: Keys) -> None:
    arrive(settings, b"first")
    first = put_away(settings, row(b"first", "refused"), None, keys)
    arrive(settings, b"second")
    second = put_away(settings, row(b"second", "refused", delivery_id=8), None, keys)
    assert (settings.home / first).read_bytes() == b"first"
    assert (settings.home / second).read_bytes() == b"second"


def test_a_duplicate_leaves_the_inbox(settings: Settings, keys: Keys) -> None:
    path = arrive(settings, b"content")
    assert put_away(settings, row(b"content", "duplicate"), None, keys) == "not kept"
    assert not list(path.parent.iterdir())


def test_other_content_under_the_name_is_left_alone(settings: Settings, keys: Keys) -> None:
    path = arrive(settings, b"a new upload")
    assert put_away(settings, row(b"content", "accepted"), None, keys) == "not kept"
    assert path.read_bytes() == b"a new upload"


def test_a_kept_file_that_changed_is_not_judged(settings: Settings, keys: Keys) -> None:
    arrive(settings, b"content")
    delivery = row(b"content", "refused")
    delivery["kept_as"] = put_away(settings, delivery, None, keys)
    (settings.home / delivery["kept_as"]).write_bytes(b"other")
    with pytest.raises(MentorDwError, match="has changed"), plain_copy(settings, delivery, keys):
        pass
    (settings.home / delivery["kept_as"]).unlink()
    with pytest.raises(MentorDwError, match="not kept any more"), plain_copy(settings, delivery, keys):
        pass
