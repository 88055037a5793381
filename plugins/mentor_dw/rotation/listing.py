"""What keys and passwords there are, where they come from, and which should be rotated. No key is shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from mentor_dw.config import get_settings
from mentor_dw.database import CONNECTION_FILE, given_by
from mentor_dw.delivery.transport.connection import connection_file, connections, read_connection
from mentor_dw.identity.ring import Key, origin, read_ring
from mentor_dw.local.passwords import OWNER
from mentor_dw.rotation.flow import KINDS, PASSWORD
from mentor_dw.rotation.record import Rotation, connect, rotations
from mentor_dw.rotation.vault_keys import tombstones
from mentor_dw.secret_files import read_secret

#: A key or password older than this should be rotated.
DUE_AFTER_DAYS = 365

_PROTECTS = {
    "lookup": "which person a CPR number is",
    "seal": "CPR numbers in the vault",
    "archive": "files in archive/",
    "signing": "that what leaves the house is ours",
    "receiver": "who is who in an extract",
    PASSWORD: "what the role may see",
}


def keys_listing() -> dict[str, Any]:
    """`keys`: one row per key and password (kind, name, key_id, state, created, age_days, retired, from, protects, due,
    public, tombstones); `rotations`: the record; `interrupted`: kinds of rotations that were cut off; `backup`: the
    files that belong into the backup of the keys, those of receivers included.
    """
    settings = get_settings()
    with connect("operator") as connection:
        done = rotations(connection)
    with connect("owner") as connection:
        needed = tombstones(connection)
    rows, backup = [], []
    for kind in KINDS:
        place = origin(kind, settings.secrets)
        ring = read_ring(kind, settings.secrets)
        rows += [_row(kind, key, place.shown) | {"tombstones": needed.get(key.key_id, 0)} for key in ring]
        backup += [place.shown] if ring else []
    rows += _passwords(done)
    for receiver in connections():
        backup += [str(connection_file(receiver)), str(read_connection(receiver).private_key)]
    return {
        "keys": rows,
        "rotations": [one.as_json() for one in done],
        "interrupted": [one.kind for one in done if one.finished_at is None],
        "backup": backup,
    }


def _row(kind: str, key: Key, place: str) -> dict[str, Any]:
    age = _days_since(key.created)
    return {
        "kind": kind,
        "name": key.name,
        "key_id": key.key_id,
        "state": key.state,
        "created": key.created,
        "age_days": age,
        "retired": key.retired,
        "from": place,
        "protects": _PROTECTS[kind],
        "due": key.state == "current" and age >= DUE_AFTER_DAYS,
        "public": key.public,
    }


def _passwords(done: list[Rotation]) -> list[dict[str, Any]]:
    """A password is as old as its last rotation, or as the installation."""
    path = get_settings().secrets / CONNECTION_FILE
    with connect("operator") as connection:
        row = connection.execute("select min(applied_at) as installed from ops.schema_version").fetchone()
    installed = row["installed"] if row else datetime.now(UTC)
    changed = {one.name: one.finished_at for one in done if one.kind == PASSWORD and one.finished_at}
    found = []
    for role in sorted(json.loads(read_secret(path))["roles"]):
        if role != OWNER:
            created = (changed.get(role) or installed).astimezone(UTC).isoformat(timespec="milliseconds")
            key = Key("", "current", created, name=role)
            found.append(_row(PASSWORD, key, given_by(role) or str(path)) | {"key_id": None, "tombstones": 0})
    return found


def _days_since(moment: str) -> int:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).days
