"""What the house has signed, in ops.signature, and whether a signature is one of these.

A signature tells which key made it, not when: whoever stole a key that was retired can sign and say it was last year.
So a signature counts here only when the ledger has it, from a time when its key was in force. A receiver without the
ledger knows when the file came to it, and from when to when each key was valid (`mentor-dw keys --json`).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg

from mentor_dw.identity.ring import Key
from mentor_dw.identity.signing import Signature, fits, sign, signing_keys

#: Advisory lock of whoever signs, shared, and of the rotation of the signing key: no signature is recorded after the
#: key it was made with was retired.
SIGNING = (0x6D770001, 6)

Connection = psycopg.Connection[dict[str, Any]]


class Judgement(StrEnum):
    """What may be said of a signature."""

    OURS = "ours"
    UNKNOWN_KEY = "made with a key that was never ours"
    WRONG = "not a signature of this content"
    NOT_RECORDED = "not in the ledger: the key was used outside of this house"
    AFTER_RETIREMENT = "recorded when the key was retired already"


def sign_on_record(connection: Connection, secrets: Path, content: bytes, what: str) -> Signature:
    """Sign `content` with the current key and enter it into the ledger, in the caller's transaction.

    `what` names it, such as a file name; no personal value. `connection` is of a role that may (delivery).
    """
    connection.execute("select pg_advisory_xact_lock_shared(%s, %s)", SIGNING)
    signature = sign(signing_keys(secrets)[0], content)
    connection.execute(
        "insert into ops.signature (key_id, sha256, signature, what) values (%s, %s, %s, %s)"
        # The same content again, after a run was killed: it has the same signature, and the first entry dates it.
        " on conflict (key_id, signature) do nothing",
        (signature.key_id, hashlib.sha256(content).hexdigest(), signature.value, what),
    )
    return signature


def judge_signature(connection: Connection, secrets: Path, content: bytes, signature: Signature) -> Judgement:
    """Whether `signature` is one that the house made of `content`, while its key was in force."""
    key = next((one for one in signing_keys(secrets) if one.key_id == signature.key_id), None)
    if key is None:
        return Judgement.UNKNOWN_KEY
    if not fits(key, content, signature):
        return Judgement.WRONG
    row = connection.execute(
        "select signed_at from ops.signature where key_id = %s and signature = %s and sha256 = %s",
        (signature.key_id, signature.value, hashlib.sha256(content).hexdigest()),
    ).fetchone()
    if row is None:
        return Judgement.NOT_RECORDED
    return Judgement.OURS if _in_force(key, row["signed_at"]) else Judgement.AFTER_RETIREMENT


def _in_force(key: Key, moment: datetime) -> bool:
    return key.retired is None or moment < datetime.fromisoformat(key.retired)
