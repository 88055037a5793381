"""Kept files without an erased person: every file of a source is looked through, whatever the ledger says of it.

A file that holds her is written anew, encrypted where it was encrypted; in plain it stands only in the private folder
for copies, and only for as long as it is looked through. Everything can be done again: what has been taken out is out.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import Feed
from mentor_dw.identity.keys import Keys
from mentor_dw.ingest.keep import (
    ENCRYPTED,
    REASON,
    REASON_JSON,
    content_sha256,
    copy_plain,
    keep_encrypted,
    keep_plain,
    private_folder,
)
from mentor_dw.ingest.without import CannotSeparate, Stripped, strip
from mentor_dw.landing.tombstones import Tombstones
from mentor_dw.ledger.deliveries import NOT_KEPT
from mentor_dw.privacy.erased_rows import erase_findings
from mentor_dw.privacy.progress import count
from mentor_dw.reading.archive import sha256_of
from mentor_dw.reading.inbox import SIDECAR

Connection = psycopg.Connection[dict[str, Any]]

REWRITTEN, DELETED = "files rewritten", "files deleted"


@dataclass
class Files:
    """What is done about the kept files of a source: names below the home, and rows of findings that go."""

    rewritten: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    findings: int = 0


def look_through(settings: Settings, feed: Feed, keys: Keys, tombstones: Tombstones) -> Files:
    """What `erase_in_files` would do; nothing is changed. The caller holds the lock of the source."""
    found = Files()
    for path in _kept_files(settings, feed.source):
        kept_as = str(path.relative_to(settings.home))
        with private_folder(settings, feed.source) as folder:
            try:
                stripped, _ = _stripped(path, folder, feed, keys, tombstones)
            except CannotSeparate:
                found.deleted.append(kept_as)
                continue
        if stripped.changed:
            found.rewritten.append(kept_as)
        with connect("loader") as connection:
            ids = [row["delivery_id"] for row in _deliveries(connection, kept_as)]
            found.findings += erase_findings(connection, ids, stripped.lines).total()
            connection.rollback()
    return found


def erase_in_files(settings: Settings, feed: Feed, keys: Keys, tombstones: Tombstones, erasure_id: int) -> None:
    """Take the erased persons out of every kept file of the source, and their lines out of quarantine.

    A file in which nobody can be told apart is deleted, and the erasure's notes say so. The caller holds the lock of
    the source.
    """
    for path in _kept_files(settings, feed.source):
        with private_folder(settings, feed.source) as folder:
            try:
                stripped, without = _stripped(path, folder, feed, keys, tombstones)
            except CannotSeparate as problem:
                _delete(settings, path, erasure_id, problem)
                continue
            _note(path.relative_to(settings.home), stripped, without, folder / "whole", erasure_id)
            if not stripped.changed:
                continue
            if path.suffix == ENCRYPTED:
                keep_encrypted(without, path, keys)
            else:
                keep_plain(without, path)


def _note(kept_as: Path, stripped: Stripped, without: Path, whole: Path, erasure_id: int) -> None:
    """Tell the ledger before the file changes: killed in between, the same file is written again."""
    with connect("loader") as connection:
        rows = _deliveries(connection, str(kept_as))
        counts = erase_findings(connection, [row["delivery_id"] for row in rows], stripped.lines)
        if stripped.changed:
            was, now = sha256_of(whole), sha256_of(without)
            # A file that was changed by somebody else stays one that nobody can judge again.
            known = [row["delivery_id"] for row in rows if content_sha256(row) == was]
            connection.execute("update ops.delivery set kept_sha256 = %s where delivery_id = any(%s)", (now, known))
            if not rows or any(content_sha256(row) != now for row in rows):
                counts[REWRITTEN] += 1
        count(connection, erasure_id, counts)


def _delete(settings: Settings, path: Path, erasure_id: int, problem: CannotSeparate) -> None:
    kept_as = str(path.relative_to(settings.home))
    for ending in (SIDECAR, REASON, REASON_JSON, ""):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    with connect("loader") as connection:
        connection.execute("update ops.delivery set kept_as = %s where kept_as = %s", (NOT_KEPT, kept_as))
        count(connection, erasure_id, {DELETED: 1}, [f"{kept_as} was deleted. {problem.message}"])


def _stripped(path: Path, folder: Path, feed: Feed, keys: Keys, tombstones: Tombstones) -> tuple[Stripped, Path]:
    """What is taken out of the kept file, and where in `folder` the copy without it stands ("whole": the one with)."""
    copy_plain(path, folder / "whole", keys)
    name = path.name.removesuffix(ENCRYPTED)
    return strip(folder / "whole", name, folder / "without", feed, tombstones), folder / "without"


def _kept_files(settings: Settings, source: str) -> Iterator[Path]:
    """Every file of the source in `archive/` and `refused/`; drafts that a killed run left there are deleted."""
    for folder in (settings.archive / source, settings.refused / source):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.name.startswith("."):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            elif path.is_file() and not path.name.endswith((REASON, REASON_JSON, SIDECAR)):
                yield path


def _deliveries(connection: Connection, kept_as: str) -> list[dict[str, Any]]:
    return connection.execute(
        "select * from ops.delivery where kept_as = %s order by delivery_id", (kept_as,)
    ).fetchall()
