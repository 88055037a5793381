"""The journal beside the backups: what must not be forgotten, though it was decided after the last one.

A restore brings back the state of the backup: a person erased since would be back, the number of a delivered version
would be given away twice. So each erasure, and each version that begins to go out, is written here before it is carried
out, and decisions about persons and deliveries every few minutes. All of it is closed to the key of the data; the house
cannot read its own journal. It is written where `backup_to` says, or not at all (docs/backup.md).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyrage

from mentor_dw.backup.recipients import recipient, recipients
from mentor_dw.config import Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.secret_files import sync_folder

Connection = psycopg.Connection[dict[str, Any]]

FOLDER = "journal"
DECISIONS = "decisions.age"
_DIGEST = "decisions.sha256"
ERASURE, SENDING = "erasure", "sending"

#: What stands now of decisions that a restore would take back. Of persons with the numbers that they were decided for.
_DECISIONS = """
    select jsonb_build_object(
        'restrictions', (
            select coalesce(jsonb_agg(to_jsonb(r) order by r.restriction_id), '[]') from ops.person_restriction as r
        ),
        'links', (select coalesce(jsonb_agg(to_jsonb(l) order by l.link_id), '[]') from ops.person_link as l),
        'persons', (
            select coalesce(jsonb_agg(to_jsonb(p) order by p.person_key), '[]') from vault.person as p
            where p.person_key in (select person_key from named)
        ),
        'numbers', (
            select coalesce(jsonb_agg(to_jsonb(c) order by c.person_key, c.created_at), '[]') from vault.cpr as c
            where c.person_key in (select person_key from named)
        ),
        'deliveries', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'source', d.source, 'file_name', d.file_name, 'sha256', d.sha256, 'covers', d.covers,
                'version', d.version, 'status', d.status, 'reason', d.reason
            ) order by d.delivery_id), '[]')
            from ops.delivery as d
            where d.status in ('accepted', 'superseded', 'withdrawn')
        )
    )::text as told
"""
_NAMED = """
    with named as (
        select person_key from ops.person_restriction
        union
        select person_key from ops.person_link
        union
        select same_as_person_key from ops.person_link
    )
"""


def journal_folder(settings: Settings) -> Path | None:
    """Where the journal is written; None when no backup is asked for."""
    return None if settings.backup_to is None else settings.backup_to / FOLDER


def note_erasure(
    erasure_id: int, decision: str, by: str, person_keys: Iterable[int], tombstones: Iterable[tuple[str, bytes]]
) -> None:
    """Write down that a person is being erased, before it is begun. Raises MentorDwError when it cannot be written."""
    _note(
        ERASURE,
        str(erasure_id),
        {
            "decision": decision,
            "by": by,
            "person_keys": sorted(person_keys),
            "tombstones": [[key_id, cpr_hmac.hex()] for key_id, cpr_hmac in tombstones],
        },
    )


def note_sending(connection: Connection, extract_id: int) -> None:
    """Write down that a version goes out, with all that the ledger has of it. Raises as `note_erasure`."""
    if journal_folder(get_settings()) is None:
        return
    row = connection.execute("select stem, envelope_sha256 from ops.extract where extract_id = %s", (extract_id,))
    found = row.fetchone()
    assert found is not None
    tables = {
        table: connection.execute(
            f"select coalesce(jsonb_agg(to_jsonb(t)), '[]') as rows from ops.{table} as t where extract_id = %s",
            (extract_id,),
        ).fetchone()
        for table in ("extract", "extract_event", "disclosure", "extract_person")
    }
    told = {table: one["rows"] for table, one in tables.items() if one is not None}
    _note(SENDING, f"{found['stem']}-{found['envelope_sha256'][:8]}", told, once=True)


def note_decisions() -> bool:
    """Write down what is decided now about persons and deliveries, if that changed; whether it was written."""
    settings = get_settings()
    folder = journal_folder(settings)
    if folder is None:
        return False
    with connect("owner") as connection:
        row = connection.execute(_NAMED + _DECISIONS).fetchone()
        now = connection.execute("select clock_timestamp() as now").fetchone()
    assert row is not None and now is not None
    # Salted with the recipient, whom nobody guesses: the digest of nothing decided is not to be recognised.
    public = recipients(settings).get("data", {}).get("public", "")
    digest = hashlib.sha256(f"{public} {row['told']}".encode()).hexdigest()
    known = folder / _DIGEST
    if known.is_file() and known.read_text(encoding="utf-8") == digest and (folder / DECISIONS).is_file():
        return False
    _write(settings, folder / DECISIONS, {"at": now["now"].isoformat(), **json.loads(row["told"])})
    known.write_text(digest, encoding="utf-8")
    return True


def _note(kind: str, name: str, told: dict[str, Any], *, once: bool = False) -> None:
    settings = get_settings()
    folder = journal_folder(settings)
    if folder is None:
        return
    now = datetime.now(UTC)
    if once:
        path = folder / f"{kind}-{name}.age"
        if path.is_file():
            return
    else:
        path = folder / f"{kind}-{now.strftime('%Y-%m-%dT%H%M%S')}-{name}.age"
    _write(settings, path, {"kind": kind, "at": now.isoformat(), **told})


def _write(settings: Settings, path: Path, told: dict[str, Any]) -> None:
    closed = pyrage.encrypt(json.dumps(told, ensure_ascii=False, default=str).encode(), [recipient(settings, "data")])
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(closed)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise MentorDwError(
            f"The journal of decisions cannot be written to {path.parent} ({error.strerror}).",
            "Nothing was done. See that MENTOR_DW_BACKUP_TO is mounted and has room, and try again.",
        ) from None


def read_journal(folder: Path, identities: list[pyrage.x25519.Identity]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the journal tells: the decisions as they last stood, and erasures and sendings, the oldest first.

    Raises MentorDwError when there is none, or it does not open.
    """
    try:
        paths = [path for path in sorted(folder.glob("*.age")) if path.name != DECISIONS]
        entries = [_read(path, identities) for path in paths]
        decisions = _read(folder / DECISIONS, identities)
    except FileNotFoundError:
        raise MentorDwError(
            f"{folder} holds no journal.", "Name the folder that the journal was written to (--journal)."
        ) from None
    return decisions, sorted(entries, key=lambda one: one["at"])


def _read(path: Path, identities: list[pyrage.x25519.Identity]) -> dict[str, Any]:
    try:
        return json.loads(pyrage.decrypt(path.read_bytes(), identities))
    except (pyrage.DecryptError, ValueError):
        raise MentorDwError(
            f"{path.name} of the journal does not open.", "Add the private key it was closed to (--key)."
        ) from None
