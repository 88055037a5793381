"""A backup looked through without restoring it: everything decrypts, is what the manifest says, and can be read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyrage

from mentor_dw.backup.content import AIRFLOW, WAREHOUSE
from mentor_dw.backup.dumping import RowCounter
from mentor_dw.backup.make import DATA, FORMAT, HEADER, KEYS, MANIFEST
from mentor_dw.backup.sealed import NotABackup, Opened, OpenPart, opened
from mentor_dw.errors import MentorDwError

Say = Callable[[str], None]
Take = Callable[[OpenPart], None]

#: No manifest of a real house comes near; more would be somebody who wants our memory.
_LARGEST_JSON = 64 << 20


@dataclass(frozen=True)
class Checked:
    """A file that was found whole: the size and SHA-256 of it as it is closed, and its manifest."""

    path: Path
    bytes: int
    sha256: str
    manifest: dict[str, Any]

    @property
    def taken_at(self) -> datetime:
        """The moment that the data show."""
        return datetime.fromisoformat(self.manifest["taken_at"])


def check_data(path: Path, identities: list[pyrage.x25519.Identity], say: Say) -> Checked:
    """Read the backup of the data to its end. Raises NotABackup for what is wrong with it.

    The rows of both databases are counted as pg_restore reads them, and compared with those of the snapshot.
    """
    counters = {WAREHOUSE: RowCounter(), AIRFLOW: RowCounter()}

    def take(part: OpenPart) -> None:
        if part.name in counters:
            counters[part.name].feed(part.blocks)

    try:
        checked = read_through(path, identities, "data", take)
        for name, told in ((WAREHOUSE, "tables"), (AIRFLOW, "airflow_tables")):
            rows = counters[name].rows()
            if rows is None:
                raise NotABackup(f"{name} in {path.name} cannot be read by pg_restore.", "Take an older backup.")
            wrong = sorted(table for table, count in checked.manifest[told].items() if rows.get(table, 0) != count)
            if wrong:
                raise NotABackup(f"{path.name} holds another number of rows of {wrong[0]} than was counted.")
            say(f"{name}: {sum(rows.values()):,} rows in {len(checked.manifest[told])} tables, as they were counted.")
    finally:
        for counter in counters.values():
            counter.stop()
    say(f"{len(checked.manifest['parts'])} parts, each with the SHA-256 that was noted.")
    return checked


def check_keys(path: Path, identities: list[pyrage.x25519.Identity], data: Checked | None = None) -> Checked:
    """Read the backup of the keys to its end. Raises NotABackup also when they are not the keys of `data`."""
    checked = read_through(path, identities, "keys", lambda part: None)
    if data is not None:
        needed, there = data.manifest["keys"]["key_ids"], checked.manifest["key_ids"]
        lacking = sorted(kind for kind, ids in needed.items() if not set(ids) <= set(there.get(kind, [])))
        if lacking:
            raise NotABackup(
                f"{path.name} does not hold the {lacking[0]} key that {data.path.name} was made with.",
                f"Name the file {data.manifest['keys']['file']} (--keys).",
            )
    return checked


def keys_file_of(data: Path) -> Path:
    """Where the backup of the keys lies that was made with `data`, if nobody moved it."""
    return data.with_name(data.name.removesuffix(DATA) + KEYS)


def read_through(path: Path, identities: list[pyrage.x25519.Identity], kind: str, take: Take) -> Checked:
    """Give every part but header and manifest to `take`, and compare all with the manifest. Raises NotABackup."""
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] = {}
    beginning: dict[str, Any] | None = None
    with opened(path, identities) as backup:
        for part in backup.parts():
            if beginning is None:
                beginning = header_of(path, part, kind)
            elif part.name == MANIFEST:
                manifest = read_json(part)
            else:
                digest = _Digest(part)
                take(OpenPart(part.name, part.mtime, digest.blocks()))
                found[part.name] = digest.rest()
    if beginning is None or manifest.get("parts") != found:
        raise NotABackup(f"{path.name} is not whole: what it holds is not what its manifest lists.")
    _must_be_as_noted(path, backup)
    return Checked(path, backup.size, backup.sha256, manifest)


def header_of(path: Path, part: OpenPart, kind: str) -> dict[str, Any]:
    """The header, which is the first part. Raises NotABackup when it is another file, or of a later program."""
    header = read_json(part) if part.name == HEADER else {}
    if not isinstance(header.get("format"), int) or header.get("kind") not in ("data", "keys"):
        raise NotABackup(f"{path.name} opens, but holds no backup.", "Name a file that `mentor-dw backup` made.")
    if header["format"] > FORMAT:
        raise NotABackup(f"{path.name} was made by a later version of this program.", "Restore it with that one.")
    if header["kind"] != kind:
        raise NotABackup(f"{path.name} is the backup of the {header['kind']}, not of the {kind}.")
    return header


def read_json(part: OpenPart) -> dict[str, Any]:
    """A part that is JSON. Raises NotABackup when it is none, or larger than any."""
    text = bytearray()
    for block in part.blocks:
        text += block
        if len(text) > _LARGEST_JSON:
            break
    try:
        value = json.loads(text)
    except ValueError:
        raise NotABackup(f"{part.name} of the backup cannot be read.") from None
    if not isinstance(value, dict):
        raise NotABackup(f"{part.name} of the backup cannot be read.")
    return value


def _must_be_as_noted(path: Path, backup: Opened) -> None:
    """Compare with the file NAME.sha256 beside it, when somebody keeps one."""
    beside = path.with_name(f"{path.name}.sha256")
    if beside.is_file() and beside.read_text(encoding="utf-8").split()[:1] != [backup.sha256]:
        raise NotABackup(f"{path.name} is not the file whose SHA-256 {beside.name} holds.")


class _Digest:
    """Counts and digests the blocks of a part as somebody reads them."""

    def __init__(self, part: OpenPart) -> None:
        self._part, self._size, self._digest = part, 0, hashlib.sha256()

    def blocks(self) -> Any:
        for block in self._part.blocks:
            self._digest.update(block)
            self._size += len(block)
            yield block

    def rest(self) -> dict[str, Any]:
        """Size and SHA-256 of the part, whatever was left unread included."""
        for _ in self.blocks():
            pass
        return {"bytes": self._size, "sha256": self._digest.hexdigest()}


def must_be_named(paths: Sequence[Path]) -> None:
    """Raises MentorDwError when no private key was named."""
    if not paths:
        raise MentorDwError("A backup opens with its private key only.", "Add --key FILE.")
