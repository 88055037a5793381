"""The look-up key and the seal key: every row of the vault made anew, person keys unchanged."""

from __future__ import annotations

from dataclasses import replace

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.identity.keys import load_keys
from mentor_dw.identity.ring import Key, Kind, read_ring, write_ring
from mentor_dw.landing.vault_rekey import key_in_use, note_key_in_use, rekey
from mentor_dw.rotation.record import Connection, Rotation, Say, note


def carry_out(settings: Settings, ledger: Connection, kind: Kind, rotation: Rotation, say: Say) -> None:
    """Go on from wherever the rotation is: rows, then ring. Its new key is in the ring already.

    The rows and the note of which key they are made with are one transaction, so the vault knows one key at any
    moment; between it and the change of the ring, both keys are in the ring.
    """
    new_id = rotation.new_key_id or ""
    with connect("owner") as connection:
        if key_in_use(connection, kind) != new_id:
            say("Waiting for deliveries that are being landed; those that come now wait for the rotation.")
            checks = rekey(connection, load_keys(settings.secrets), kind, new_id)
            note_key_in_use(connection, kind, new_id)
            note(connection, rotation, checks["rows"], checks)
            say(f"{checks['rows']} rows made anew and compared.")
    needed = tombstones(ledger) if kind == "lookup" else {}
    kept = []
    for key in read_ring(kind, settings.secrets):
        if key.key_id == new_id:
            kept.insert(0, replace(key, state="current"))
        elif key.key_id in needed:
            kept.append(key.retire(keep_secret=True))
    write_ring(kind, settings.secrets, kept)
    if kind == "lookup":
        row = ledger.execute("select items from ops.key_rotation where rotation_id = %s", (rotation.rotation_id,))
        items = (row.fetchone() or {}).get("items") or 0
        note(
            ledger, rotation, items, {"tombstones_by_retired_key": {key.key_id: needed[key.key_id] for key in kept[1:]}}
        )


def tombstones(connection: Connection) -> dict[str, int]:
    """How many tombstones each look-up key has."""
    rows = connection.execute("select key_id, count(*) as tombstones from vault.tombstone group by key_id")
    return {row["key_id"]: row["tombstones"] for row in rows}


def with_coming(ring: tuple[Key, ...], new: Key) -> list[Key]:
    """The ring with a key that nothing uses yet."""
    return [*ring, replace(new, state="coming")]
