"""A plain file of a package, as the manifest and the ledger list it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mentor_dw.reading.archive import sha256_of


@dataclass(frozen=True)
class PlainFile:
    """`rows` is None for what is no table. `repeatable`: the same facts make the same bytes, whatever code makes it."""

    name: str
    rows: int | None
    bytes: int
    sha256: str
    repeatable: bool = True


def listed(path: Path, rows: int | None = None, *, repeatable: bool = True) -> PlainFile:
    """The file as it lies there."""
    return PlainFile(path.name, rows, path.stat().st_size, sha256_of(path), repeatable)
