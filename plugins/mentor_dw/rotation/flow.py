"""Rotate a key or a password, or go on with a rotation that was interrupted.

The record comes first, then the ring, then what the key protects, then the ring again. So after a kill the record and
the ring tell how far it came: without its key in the ring nothing had happened, and the record is removed; with it, the
rotation goes on.
"""

from __future__ import annotations

from typing import Any, get_args

from mentor_dw.config import Settings, get_settings
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.ring import Key, Kind, must_be_writable, new_key, read_ring, write_ring
from mentor_dw.ledger.signatures import SIGNING
from mentor_dw.local import passwords
from mentor_dw.rotation import archive_key, named_keys, record, vault_keys
from mentor_dw.rotation.record import Connection, Rotation, Say

KINDS: tuple[Kind, ...] = get_args(Kind)
PASSWORD = "password"
NAMED = ("receiver", PASSWORD)


def rotate(kind: str, name: str | None, decision: str | None, by: str, say: Say) -> Rotation:
    """Change the key (of receiver `name`), or the password of role `name`, for a new one; the record of it.

    When one of this key was interrupted, it is finished and no other begun. Raises MentorDwError when a check
    fails or the key cannot be written.
    """
    settings = get_settings()
    _must_make_sense(settings, kind, name)
    with record.rotating(say) as ledger:
        for left in record.unfinished(ledger):
            if (left.kind, left.name) == (kind, name):
                finished = _go_on(settings, ledger, left, say)
                if finished is not None:
                    return finished
        if kind == PASSWORD:
            begun = record.begin(ledger, kind, name, None, None, decision, by)
        else:
            begun = _begin(settings, ledger, kind, name, decision, by)
        return _carry_out(settings, ledger, begun, say)


def go_on(say: Say) -> list[Rotation]:
    """Finish the rotations that were interrupted, unless somebody is at it just now; those that could be finished.

    One that fails again is told: the house works with both keys until somebody has seen to it.
    """
    settings, finished = get_settings(), []
    with record.rotating_if_free() as ledger:
        for left in record.unfinished(ledger) if ledger is not None else []:
            assert ledger is not None
            try:
                done = _go_on(settings, ledger, left, say)
            except MentorDwError as error:
                say(f"The rotation of the {left.kind} key is not finished: {error}")
            else:
                finished += [done] if done else []
    return finished


def foresee(kind: str, name: str | None) -> dict[str, Any]:
    """What `rotate` would do, in counts. Raises as `rotate` for what can be known before."""
    settings = get_settings()
    _must_make_sense(settings, kind, name)
    with record.connect("owner") as connection:
        left = any((one.kind, one.name) == (kind, name) for one in record.unfinished(connection))
        told: dict[str, Any] = {"kind": kind, "name": name, "interrupted": left}
        if kind in ("lookup", "seal"):
            row = connection.execute("select count(*) as rows from vault.cpr").fetchone()
            told |= {"rows": row and row["rows"]}
        if kind == "lookup":
            told |= {"tombstones_by_key": vault_keys.tombstones(connection)}
    if kind == "archive":
        files = [path for path in settings.archive.glob("*/*.age") if path.is_file()]
        told |= {"files": len(files), "bytes": sum(path.stat().st_size for path in files)}
    if kind != PASSWORD:
        told |= {"old_key_id": _current(settings, kind, name)}
    return told


def _must_make_sense(settings: Settings, kind: str, name: str | None) -> None:
    if kind not in (*KINDS, PASSWORD):
        raise MentorDwError(f"There is no key of kind {kind}.", f"Kinds are: {', '.join((*KINDS, PASSWORD))}.")
    if (kind in NAMED) != bool(name):
        raise MentorDwError(
            f"{kind} needs the name of the {'role' if kind == PASSWORD else 'receiver'}."
            if kind in NAMED
            else f"There is one {kind} key, without a name."
        )
    if kind == PASSWORD:
        passwords.must_be_ours(settings, name or "")
    else:
        must_be_writable(_kind(kind), settings.secrets)


def _kind(kind: str) -> Kind:
    return next(one for one in KINDS if one == kind)


def _current(settings: Settings, kind: str, name: str | None) -> str | None:
    ring = read_ring(_kind(kind), settings.secrets)
    return next((key.key_id for key in ring if key.state == "current" and key.name == name), None)


def _begin(
    settings: Settings, ledger: Connection, kind: str, name: str | None, decision: str | None, by: str
) -> Rotation:
    new = new_key(_kind(kind), name)
    begun = record.begin(ledger, kind, name, _current(settings, kind, name), new.key_id, decision, by)
    with ledger.transaction():
        if kind == "signing":
            ledger.execute("select pg_advisory_xact_lock(%s, %s)", SIGNING)
        ring = read_ring(_kind(kind), settings.secrets)
        write_ring(_kind(kind), settings.secrets, _with(kind, ring, new))
    return begun


def _with(kind: str, ring: tuple[Key, ...], new: Key) -> list[Key]:
    """The ring as it is from the first moment of the rotation."""
    if kind == "archive":
        return archive_key.with_leaving(ring, new)
    if kind == "receiver":
        return named_keys.with_new_receiver_key(ring, new)
    if kind == "signing":
        return named_keys.with_new_signing_key(ring, new)
    return vault_keys.with_coming(ring, new)


def _go_on(settings: Settings, ledger: Connection, left: Rotation, say: Say) -> Rotation | None:
    """The rotation, finished; None when nothing of it had happened."""
    if left.kind != PASSWORD:
        ring = read_ring(_kind(left.kind), settings.secrets)
        if left.new_key_id not in {key.key_id for key in ring}:
            record.forget(ledger, left)
            return None
    say(f"A rotation was interrupted ({left.kind}); it is finished now.")
    return _carry_out(settings, ledger, left, say)


def _carry_out(settings: Settings, ledger: Connection, rotation: Rotation, say: Say) -> Rotation:
    if rotation.kind == PASSWORD:
        checks = passwords.change(settings, rotation.name or "", say)
        record.note(ledger, rotation, 1, checks)
    elif rotation.kind == "archive":
        archive_key.carry_out(settings, ledger, rotation, say)
    elif rotation.kind == "receiver":
        named_keys.prove_receiver(settings, ledger, rotation)
    elif rotation.kind == "signing":
        named_keys.prove_signing(settings, ledger, rotation)
    else:
        vault_keys.carry_out(settings, ledger, _kind(rotation.kind), rotation, say)
    return record.finish(ledger, rotation)
