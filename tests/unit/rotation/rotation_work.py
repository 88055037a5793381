"""What the tests of rotations share: numbers of made-up persons, and files that are kept and read."""

from __future__ import annotations

import hashlib
from typing import Any

from mentor_dw.config import Settings
from mentor_dw.identity.keys import load_keys
from mentor_dw.ingest.keep import plain_copy, put_away
from mentor_dw.ingest.lock import source_lock


def quiet(line: str) -> None:
    """Progress that nobody reads."""


def cpr(number: int) -> str:
    """A replacement number of its own for each `number` below 120 000."""
    return f"61{1 + number % 12:02}{number // 12 % 100:02}{number // 1200:04}"


class Kept:
    """Files that went through `put_away`, and how to read them again."""

    def __init__(self, home: Settings) -> None:
        self._home = home
        self.rows: list[dict[str, Any]] = []

    def keep(self, number: int, content: bytes) -> None:
        name = f"webreg_2008-09-{number:04}.zip"
        row = {
            "delivery_id": number,
            "source": "webreg",
            "file_name": name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "status": "accepted",
            "override_reason": None,
            "kept_as": None,
        }
        with source_lock("webreg"):
            (self._home.inbox / "webreg" / name).write_bytes(content)
            row["kept_as"] = put_away(self._home, row, None, load_keys(self._home.secrets))
        self.rows.append(row)

    def read(self, row: dict[str, Any]) -> int:
        """The size of the file in plain; its SHA-256 is compared on the way."""
        with source_lock("webreg"), plain_copy(self._home, row, load_keys(self._home.secrets)) as path:
            return path.stat().st_size
