"""Where the files of a version lie and what they are called, and which day it is. Costs nothing to import."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from mentor_dw.config import COPENHAGEN, get_settings

#: Who builds and sends when nobody in particular asked for it.
AIRFLOW = "airflow"
#: The files that go out, in this order, by how their names end; the marker comes after them.
SENT = (".zip.age", ".zip.age.sha256", ".zip.age.sig")
MARKER = ".klar"
#: How the names of the house's own copies end; the archive key's rotation looks for it (rotation/archive_key.py).
KEPT = ".kept.age"
#: The lock (`source_lock`) under which a copy is closed, so that it is closed with the key that will open it.
LOCK = "outbox"


def today_here() -> date:
    """The day it is in Copenhagen."""
    return datetime.now(COPENHAGEN).date()


def package_folder(row: dict[str, Any]) -> Path:
    """Where the files of a version lie."""
    return get_settings().outbox / row["name"] / row["stem"]


def kept_copy(row: dict[str, Any]) -> Path:
    """The house's own copy of a version."""
    return package_folder(row) / f"{row['stem']}{KEPT}"
