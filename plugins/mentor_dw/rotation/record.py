"""The record of rotations in ops.key_rotation, and the lock that lets one run at a time. No key stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from mentor_dw.database import connect
from mentor_dw.landing.vault import VAULT

Connection = psycopg.Connection[dict[str, Any]]
Say = Callable[[str], object]

#: Second part of the advisory lock's id, beside those of landing/vault.py.
_ROTATION = 5


@dataclass(frozen=True)
class Rotation:
    """A row of ops.key_rotation. `name` is the receiver or the role; passwords have no ids."""

    rotation_id: int
    kind: str
    name: str | None
    old_key_id: str | None
    new_key_id: str | None
    items: int | None
    checks: dict[str, Any]
    decision: str | None
    by_whom: str
    begun_at: datetime
    finished_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """A plain dict, moments as datetimes."""
        return asdict(self)


@contextmanager
def rotating(say: Say) -> Iterator[Connection]:
    """Hold the lock of rotations for the block, waiting for whoever has it; the owner's connection, autocommit."""
    with connect("owner", autocommit=True) as connection:
        if not _try(connection):
            say("Another rotation is under way; waiting for it.")
            connection.execute("select pg_advisory_lock(%s, %s)", (VAULT, _ROTATION))
        yield connection


@contextmanager
def rotating_if_free() -> Iterator[Connection | None]:
    """As `rotating`; None when somebody else is rotating just now."""
    with connect("owner", autocommit=True) as connection:
        yield connection if _try(connection) else None


def begin(
    connection: Connection,
    kind: str,
    name: str | None,
    old_key_id: str | None,
    new_key_id: str | None,
    decision: str | None,
    by: str,
) -> Rotation:
    """Write down that a rotation begins."""
    row = connection.execute(
        """
        insert into ops.key_rotation (kind, name, old_key_id, new_key_id, decision, by_whom)
        values (%s, %s, %s, %s, %s, %s)
        returning *
        """,
        (kind, name, old_key_id, new_key_id, decision, by),
    ).fetchone()
    return Rotation(**(row or {}))


def note(connection: Connection, rotation: Rotation, items: int, checks: dict[str, Any]) -> None:
    """Write down what was made anew and checked; what was noted before stays."""
    connection.execute(
        "update ops.key_rotation set items = %s, checks = checks || %s where rotation_id = %s",
        (items, Jsonb(checks), rotation.rotation_id),
    )


def finish(connection: Connection, rotation: Rotation) -> Rotation:
    """Write down that it is finished."""
    row = connection.execute(
        "update ops.key_rotation set finished_at = clock_timestamp() where rotation_id = %s returning *",
        (rotation.rotation_id,),
    ).fetchone()
    return Rotation(**(row or {}))


def forget(connection: Connection, rotation: Rotation) -> None:
    """Remove a rotation of which nothing had happened yet."""
    connection.execute("delete from ops.key_rotation where rotation_id = %s", (rotation.rotation_id,))


def rotations(connection: Connection) -> list[Rotation]:
    """All of them, the oldest first."""
    return [Rotation(**row) for row in connection.execute("select * from ops.key_rotation order by rotation_id")]


def unfinished(connection: Connection) -> list[Rotation]:
    """The rotations that were interrupted, one of a key at most."""
    return [one for one in rotations(connection) if one.finished_at is None]


def _try(connection: Connection) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s, %s) as taken", (VAULT, _ROTATION)).fetchone()
    return bool(row and row["taken"])
