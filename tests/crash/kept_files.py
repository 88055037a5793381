"""The files of a home by what they say: closed ones are opened, and numbers in names are places in the ledger."""

from __future__ import annotations

import hashlib
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pyrage
from home import Home

from mentor_dw.identity.keys import load_keys
from mentor_dw.local.demo_receiver import FILES, FOLDER, IDENTITY, place

#: Whole names of places and parts of names where the number of a delivery stands.
_NUMBERED = re.compile(r"(?<![0-9a-zæøå])(\d+)_(?=[a-z]+_\d{4})")


def numbered(text: str, deliveries: dict[int, str]) -> str:
    """`text` with the numbers of deliveries in file names as their places in the ledger."""
    return _NUMBERED.sub(lambda found: f"<{deliveries.get(int(found[1]), found[1])}>_", text)


def folders(home: Home) -> list[Path]:
    """Where deliveries, reports and packages lie, the receiver's folders included."""
    own = [home.folder / name for name in ("inbox", "archive", "refused", "outbox", "reports", "data_docs")]
    return [*own, *place(home.folder).glob(f"*/{FILES}/{FOLDER}")]


def files_of(home: Home, deliveries: dict[int, str]) -> dict[str, str]:
    keys = load_keys(home.folder / "secrets")
    found = {}
    for path in (path for folder in folders(home) for path in folder.rglob("*") if path.is_file()):
        name = numbered(str(path.relative_to(home.folder)), deliveries)
        found[name] = _content(home, path, keys.archive_identities)
    return found


def _content(home: Home, path: Path, own: list[Any]) -> str:
    """A hash of what is said in the file; closed ones are opened, of what holds moments only that it is there."""
    if path.name.endswith(".zip.age") and "archive" not in path.parts:
        identities = [
            pyrage.x25519.Identity.from_str(file.read_text().strip())
            for file in place(home.folder).glob(f"*/{IDENTITY}")
        ]
        return _packed(pyrage.decrypt(path.read_bytes(), identities))
    if path.name.endswith(".kept.age"):
        return _packed(pyrage.decrypt(path.read_bytes(), own))
    if path.suffix == ".age":
        return hashlib.sha256(pyrage.decrypt(path.read_bytes(), own)).hexdigest()
    if path.suffix in (".sha256", ".sig", ".klar", ".html", ".css", ".json") and "inbox" not in path.parts:
        return "there"
    content = path.read_bytes()
    if path.suffix == ".md":
        content = re.sub(rb"\d", b"0", content)
    return hashlib.sha256(content).hexdigest()


def _packed(content: bytes) -> str:
    """The tables of a package; its papers name the moment they were written at."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        with zipfile.ZipFile(file) as archive:
            names = sorted(archive.namelist())
            told = [*names, *(hashlib.sha256(archive.read(name)).hexdigest() for name in names if ".csv" in name)]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()
