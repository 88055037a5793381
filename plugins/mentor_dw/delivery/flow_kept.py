"""The copy of a package that the house keeps, closed to its own archive key: what was sent can be shown, and compared.

It holds the plain files, and the tables as they were told, so that a later version can say what it changes.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyrage

from mentor_dw.config import get_settings
from mentor_dw.delivery.flow_places import LOCK
from mentor_dw.delivery.tables import Column, Table, Value
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import load_keys
from mentor_dw.ingest.lock import source_lock

_TABLES = "tables.json"
_FILES = "files/"


def keep(plain: Path, tables: Sequence[Table], target: Path) -> None:
    """Close the files of `plain` and the `tables` into `target`. The caller holds the lock LOCK (`source_lock`)."""
    recipient = load_keys(get_settings().secrets).archive_recipient
    draft = target.with_name(f".{target.name}.zip")
    try:
        with (
            open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw,
            zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for path in sorted(plain.iterdir()):
                archive.write(path, _FILES + path.name)
            archive.writestr(_TABLES, json.dumps([_as_json(table) for table in tables], ensure_ascii=False))
        pyrage.encrypt_file(str(draft), str(target), [recipient])
        target.chmod(0o600)
    finally:
        draft.unlink(missing_ok=True)


def kept_tables(path: Path) -> list[Table]:
    """The tables as they were told. Raises MentorDwError when the copy is not there or does not open."""
    with _opened(path) as archive:
        return [_table(one) for one in json.loads(archive.read(_TABLES))]


def lay_out(path: Path, folder: Path) -> list[Path]:
    """Write the plain files of a kept copy into `folder`, readable by their owner only. Raises as `kept_tables`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    with _opened(path) as archive:
        for name in archive.namelist():
            if name.startswith(_FILES):
                target = folder / name.removeprefix(_FILES)
                with (
                    archive.open(name) as source,
                    open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
                ):
                    shutil.copyfileobj(source, file)
                written.append(target)
    return written


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    if not path.is_file():
        raise MentorDwError(f"The copy {path.name} is not kept any more.")
    with tempfile.TemporaryDirectory(dir=get_settings().outbox, prefix=".opened_") as folder, source_lock(LOCK):
        opened = Path(folder) / "package.zip"
        try:
            pyrage.decrypt_file(str(path), str(opened), load_keys(get_settings().secrets).archive_identities)
        except pyrage.DecryptError:
            raise MentorDwError(
                f"The copy {path.name} does not open with the archive key.", "Restore the key it was closed with."
            ) from None
        with zipfile.ZipFile(opened) as archive:
            yield archive


def _as_json(table: Table) -> dict[str, Any]:
    columns = [
        vars(column) | {"codes": None if column.codes is None else dict(column.codes)} for column in table.columns
    ]
    rows = [[_value_as_json(value) for value in row] for row in table.rows]
    return vars(table) | {"columns": columns, "rows": rows}


def _table(told: dict[str, Any]) -> Table:
    columns = tuple(Column(**column) for column in told["columns"])
    rows = tuple(tuple(_value(value) for value in row) for row in told["rows"])
    return Table(told["name"], told["title"], told["description"], columns, tuple(told["primary_key"]), rows)


def _value_as_json(value: Value) -> Any:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value


def _value(told: Any) -> Value:
    if not isinstance(told, dict):
        return told
    return Decimal(told["decimal"]) if "decimal" in told else date.fromisoformat(told["date"])
