"""Where a delivery's file goes after the verdict: `archive/` encrypted, `refused/` with the reason beside it.

Every step can be repeated: a run that was killed between the verdict and the last move is finished by the next one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyrage

from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed
from mentor_dw.identity.keys import Keys
from mentor_dw.ledger.deliveries import NOT_KEPT
from mentor_dw.reading.archive import sha256_of
from mentor_dw.reading.inbox import sidecar_of
from mentor_dw.reporting.words import REFUSALS

REASON = ".reason.txt"
REASON_JSON = ".reason.json"
ENCRYPTED = ".age"


def put_away(settings: Settings, row: dict[str, Any], origin: dict[str, Any] | None, keys: Keys) -> str:
    """Put the file of the decided delivery `row` where it belongs; returns `kept_as` for the ledger.

    `origin` is the delivery that was judged again, if any. A file that is not where it came from has been put away
    already.
    """
    if origin is not None and (row["status"] == "refused" or not _is_refused(origin)):
        return origin["kept_as"] or NOT_KEPT
    found = _find(settings, row, origin)
    if row["status"] == "duplicate":
        _remove(found)
        return NOT_KEPT
    if row["status"] == "refused":
        return _keep_refused(settings, row, found)
    return _keep_accepted(settings, row, found, keys)


@contextmanager
def plain_copy(settings: Settings, row: dict[str, Any], keys: Keys) -> Iterator[Path]:
    """The kept file of `row` in plain text, in a private folder for as long as the block runs.

    The caller holds the lock of the source. Raises MentorDwError when it is not kept any more or is not the file that
    the ledger knows.
    """
    kept = settings.home / (row["kept_as"] or NOT_KEPT)
    if not kept.is_file():
        raise MentorDwError(
            f"The file of delivery {row['delivery_id']} is not kept any more.", "Ask the owner to send it again."
        )
    folder = _copies(settings, row["source"])
    forget_copies(settings, row["source"])
    _private_folder(folder)
    try:
        path = folder / row["file_name"]
        if kept.suffix == ENCRYPTED:
            pyrage.decrypt_file(str(kept), str(path), keys.archive_identities)
        else:
            shutil.copyfile(kept, path)
        if sha256_of(path) != row["sha256"]:
            raise MentorDwError(
                f"The kept file of delivery {row['delivery_id']} has changed.", "Ask the owner to send it again."
            )
        yield path
    finally:
        forget_copies(settings, row["source"])


def archived_as(row: dict[str, Any]) -> str:
    """Where an accepted delivery is kept, below the home: named by its first ledger row, so that versions differ."""
    return f"archive/{row['source']}/{row['delivery_id']}_{row['file_name']}{ENCRYPTED}"


def refused_as(settings: Settings, row: dict[str, Any]) -> str:
    """Where a refused delivery is kept, below the home: under its own name, unless other content has it already."""
    folder = f"refused/{row['source']}"
    taken = settings.home / folder / row["file_name"]
    if not taken.is_file() or sha256_of(taken) == row["sha256"]:
        return f"{folder}/{row['file_name']}"
    return f"{folder}/{row['delivery_id']}_{row['file_name']}"


def forget_copies(settings: Settings, source: str) -> None:
    """Remove plain copies that a killed run left behind. The caller holds the lock of `source`."""
    shutil.rmtree(_copies(settings, source), ignore_errors=True)


def _copies(settings: Settings, source: str) -> Path:
    return settings.archive / source / ".judging"


def _is_refused(row: dict[str, Any]) -> bool:
    return (row["kept_as"] or "").startswith("refused/")


def _find(settings: Settings, row: dict[str, Any], origin: dict[str, Any] | None) -> Path | None:
    """Where the file lies: in the inbox, or where it was kept aside when a person had it judged again."""
    if origin is not None:
        place = settings.home / origin["kept_as"]
    elif row["override_reason"] is not None:
        place = settings.home / refused_as(settings, row)
    else:
        place = settings.inbox / row["source"] / row["file_name"]
    return place if place.is_file() and sha256_of(place) == row["sha256"] else None


def _keep_accepted(settings: Settings, row: dict[str, Any], found: Path | None, keys: Keys) -> str:
    kept_as = archived_as(row)
    target = settings.home / kept_as
    # Of a wide source the file that counts is searched for persons who become known.
    if settings.archive_days == 0 and not (load_feed(row["source"]).wide and row["status"] == "accepted"):
        _remove(found)
        return NOT_KEPT
    if found is not None:
        _private_folder(target.parent)
        draft = target.with_name(f".{target.name}.part")
        pyrage.encrypt_file(str(found), str(draft), [keys.archive_recipient])
        draft.chmod(0o600)
        _settle(draft, target)
        _remove(found)
    return kept_as if target.is_file() else NOT_KEPT


def _keep_refused(settings: Settings, row: dict[str, Any], found: Path | None) -> str:
    kept_as = refused_as(settings, row)
    target = settings.home / kept_as
    _private_folder(target.parent)
    _write_reason(target, row)
    if found is not None:
        sidecar = sidecar_of(found)
        if sidecar.is_file():
            _copy(sidecar, sidecar_of(target))
        _copy(found, target)
        _remove(found)
    return kept_as if target.is_file() else NOT_KEPT


def _write_reason(target: Path, row: dict[str, Any]) -> None:
    advice = REFUSALS[row["reason_code"]]
    text = f"{row['reason']}\n{advice.english}\n{advice.danish}\n"
    facts = {
        "delivery_id": row["delivery_id"],
        "source": row["source"],
        "file_name": row["file_name"],
        "sha256": row["sha256"],
        "reason_code": row["reason_code"],
        "reason": row["reason"],
        "next_step": advice.english,
    }
    for ending, content in ((REASON, text), (REASON_JSON, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")):
        path = target.with_name(target.name + ending)
        draft = path.with_name(f".{path.name}.part")
        draft.write_text(content, encoding="utf-8")
        draft.chmod(0o600)
        _settle(draft, path)


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _copy(source: Path, target: Path) -> None:
    """Copy so that `target` is whole or absent; works across file systems, unlike a rename."""
    draft = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, draft)
    draft.chmod(0o600)
    _settle(draft, target)


def _settle(draft: Path, target: Path) -> None:
    with draft.open("rb") as handle:
        os.fsync(handle.fileno())
    draft.replace(target)


def _remove(found: Path | None) -> None:
    """Take the file and what lies beside it out of its folder; the delivery itself goes last."""
    if found is None:
        return
    for beside in (
        sidecar_of(found),
        found.with_name(found.name + REASON),
        found.with_name(found.name + REASON_JSON),
        found,
    ):
        beside.unlink(missing_ok=True)
