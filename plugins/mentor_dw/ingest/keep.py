"""Where a delivery's file goes after the verdict: `archive/` encrypted, `refused/` with the reason beside it.

Every step can be repeated: a run that was killed between the verdict and the last move is finished by the next one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed
from mentor_dw.identity.keys import Keys
from mentor_dw.ingest.without import CannotSeparate, strip
from mentor_dw.landing.tombstones import Tombstones
from mentor_dw.ledger.deliveries import NOT_KEPT
from mentor_dw.reading.archive import SIDECAR_BYTES, sha256_of
from mentor_dw.reading.inbox import sidecar_of
from mentor_dw.reporting.words import REFUSALS

REASON = ".reason.txt"
REASON_JSON = ".reason.json"
ENCRYPTED = ".age"


class DoesNotOpen(MentorDwError):
    """A kept file that the key of this installation does not open."""


def put_away(
    settings: Settings,
    row: dict[str, Any],
    origin: dict[str, Any] | None,
    keys: Keys,
    tombstones: Tombstones | None = None,
) -> str:
    """Put the file of the decided delivery `row` where it belongs; returns `kept_as` for the ledger.

    `origin` is the delivery that was judged again, if any. A file that is not where it came from has been put away
    already. Rows of the erased persons of `tombstones` are not kept; only a refused file that cannot be read stays as
    it came.
    """
    tombstones = tombstones or Tombstones(keys)
    if origin is not None and (row["status"] == "refused" or not _is_refused(origin)):
        return origin["kept_as"] or NOT_KEPT
    found = _find(settings, row, origin)
    if row["status"] == "duplicate":
        _remove(found)
        return NOT_KEPT
    if row["status"] == "refused":
        return _keep_refused(settings, row, found, tombstones)
    return _keep_accepted(settings, row, found, keys, tombstones)


def content_sha256(row: dict[str, Any]) -> str:
    """The SHA-256 of what is kept of a delivery: of the delivered file, unless rows were taken out of it since."""
    return row.get("kept_sha256") or row["sha256"]


def kept_sha256(settings: Settings, row: dict[str, Any], kept_as: str, keys: Keys) -> str | None:
    """The SHA-256 of the file kept as `kept_as` where it is not the delivered one, for the ledger; None where it is."""
    kept = settings.home / kept_as
    if not kept.is_file():
        return None
    with opened_plain(kept, keys) as plain:
        found = hashlib.file_digest(plain, "sha256").hexdigest()
    return None if found == row["sha256"] else found


@contextmanager
def opened_plain(kept: Path, keys: Keys) -> Iterator[BinaryIO]:
    """The kept file in plain, as a stream; a thread decrypts while the block reads, and nothing is written to disk.

    Raises DoesNotOpen at the end when the file did not decrypt: what was read of it is then worth nothing.
    """
    if kept.suffix != ENCRYPTED:
        with kept.open("rb") as handle:
            yield handle
        return
    reading_end, writing_end = os.pipe()
    failures: list[str] = []

    def decrypt() -> None:
        with os.fdopen(writing_end, "wb") as plain, kept.open("rb") as closed, suppress(BrokenPipeError):
            try:
                pyrage.decrypt_io(closed, plain, keys.archive_identities)
            except (pyrage.DecryptError, OSError) as error:
                failures.append(type(error).__name__)

    thread = threading.Thread(target=decrypt, name="decrypting", daemon=True)
    thread.start()
    try:
        with os.fdopen(reading_end, "rb") as handle:
            yield handle
    finally:
        thread.join()
    if failures:
        raise DoesNotOpen(
            f"The kept file {kept.name} does not open with the key of this installation ({failures[0]}).",
            "Put back the key it was closed with.",
        )


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
    with private_folder(settings, row["source"]) as folder:
        path = folder / row["file_name"]
        copy_plain(kept, path, keys)
        if sha256_of(path) != content_sha256(row):
            raise MentorDwError(
                f"The kept file of delivery {row['delivery_id']} has changed.", "Ask the owner to send it again."
            )
        yield path


@contextmanager
def private_folder(settings: Settings, source: str) -> Iterator[Path]:
    """An empty folder for plain copies, gone after the block. The caller holds the lock of `source`."""
    forget_copies(settings, source)
    folder = _copies(settings, source)
    _private_folder(folder)
    try:
        yield folder
    finally:
        forget_copies(settings, source)


def copy_plain(kept: Path, target: Path, keys: Keys) -> None:
    """Copy a kept file to `target`, decrypted. Raises DoesNotOpen."""
    if kept.suffix != ENCRYPTED:
        shutil.copyfile(kept, target)
        return
    try:
        pyrage.decrypt_file(str(kept), str(target), keys.archive_identities)
    except pyrage.DecryptError:
        raise DoesNotOpen(
            f"The kept file {kept.name} does not open with the key of this installation.",
            "Put back the key it was closed with.",
        ) from None


def archived_as(row: dict[str, Any]) -> str:
    """Where an accepted delivery is kept, below the home: named by its first ledger row, so that versions differ."""
    return f"archive/{row['source']}/{row['delivery_id']}_{row['file_name']}{ENCRYPTED}"


def refused_as(settings: Settings, row: dict[str, Any]) -> str:
    """Where a refused delivery is kept, below the home: under its own name, unless other content has it already."""
    own = _refused_as_its_own(row)
    taken = settings.home / f"refused/{row['source']}/{row['file_name']}"
    if (settings.home / own).is_file() or (taken.is_file() and sha256_of(taken) != content_sha256(row)):
        return own
    return f"refused/{row['source']}/{row['file_name']}"


def _refused_as_its_own(row: dict[str, Any]) -> str:
    return f"refused/{row['source']}/{row['delivery_id']}_{row['file_name']}"


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
        place, sha256 = settings.home / origin["kept_as"], content_sha256(origin)
    elif row["override_reason"] is not None:
        place, sha256 = settings.home / refused_as(settings, row), content_sha256(row)
    else:
        place, sha256 = settings.inbox / row["source"] / row["file_name"], row["sha256"]
    return place if place.is_file() and sha256_of(place) == sha256 else None


def _without_erased(settings: Settings, row: dict[str, Any], found: Path, tombstones: Tombstones) -> Path:
    """`found`, or where there are rows of erased persons in it a copy without them, in the folder for plain copies.

    Raises CannotSeparate.
    """
    if not tombstones:
        return found
    folder = _copies(settings, row["source"])
    _private_folder(folder)
    target = folder / "without"
    return target if strip(found, row["file_name"], target, load_feed(row["source"]), tombstones).changed else found


def _keep_accepted(
    settings: Settings, row: dict[str, Any], found: Path | None, keys: Keys, tombstones: Tombstones
) -> str:
    kept_as = archived_as(row)
    target = settings.home / kept_as
    # Of a wide source the file that counts is searched for persons who become known.
    if settings.archive_days == 0 and not (load_feed(row["source"]).wide and row["status"] == "accepted"):
        _remove(found)
        return NOT_KEPT
    if found is not None:
        keep_encrypted(_without_erased(settings, row, found, tombstones), target, keys)
        forget_copies(settings, row["source"])
        _remove(found)
    return kept_as if target.is_file() else NOT_KEPT


def keep_encrypted(plain: Path, target: Path, keys: Keys) -> None:
    """Encrypt `plain` as `target`, which is whole or as it was."""
    _private_folder(target.parent)
    draft = target.with_name(f".{target.name}.part")
    pyrage.encrypt_file(str(plain), str(draft), [keys.archive_recipient])
    draft.chmod(0o600)
    _settle(draft, target)


def _keep_refused(settings: Settings, row: dict[str, Any], found: Path | None, tombstones: Tombstones) -> str:
    kept_as, content = refused_as(settings, row), found
    if found is not None:
        with suppress(CannotSeparate):
            content = _without_erased(settings, row, found, tombstones)
        if content != found:
            kept_as = _refused_as_its_own(row)
    target = settings.home / kept_as
    _private_folder(target.parent)
    _write_reason(target, row)
    if found is not None and content is not None:
        sidecar = sidecar_of(found)
        # Somebody else wrote it: a link may lead anywhere, and a checksum file is short.
        if sidecar.is_file() and not sidecar.is_symlink() and sidecar.stat().st_size <= SIDECAR_BYTES:
            keep_plain(sidecar, sidecar_of(target))
        keep_plain(content, target)
        forget_copies(settings, row["source"])
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


def keep_plain(source: Path, target: Path) -> None:
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
        # A folder that is called as a checksum file would be is nobody's checksum, and not ours to empty.
        if beside.is_symlink() or not beside.is_dir():
            beside.unlink(missing_ok=True)
