"""The ledger of backups: what was copied when, by whom, for which key, and when it was last opened again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

Connection = psycopg.Connection[dict[str, Any]]


def begin(connection: Connection, by: str, recipient: str) -> int:
    """Enter a backup that begins; its number."""
    row = connection.execute(
        "insert into ops.backup (by_whom, recipient) values (%s, %s) returning backup_id", (by, recipient)
    ).fetchone()
    assert row is not None
    return row["backup_id"]


def finish(
    connection: Connection, backup_id: int, *, file_name: str, size: int, sha256: str, counts: dict[str, Any]
) -> None:
    """Enter that it is whole."""
    connection.execute(
        "update ops.backup set finished_at = clock_timestamp(), file_name = %s, bytes = %s, sha256 = %s, counts = %s"
        " where backup_id = %s",
        (file_name, size, sha256, Jsonb(counts), backup_id),
    )


def failed(connection: Connection, backup_id: int, error: str) -> None:
    """Enter why it did not come to its end."""
    connection.execute("update ops.backup set error = %s where backup_id = %s", (error, backup_id))


def checked(connection: Connection, sha256: str) -> bool:
    """Enter that the file was opened and compared; whether the ledger knows it."""
    done = connection.execute(
        "update ops.backup set checked_at = clock_timestamp() where sha256 = %s and finished_at is not null", (sha256,)
    )
    return done.rowcount > 0


def restored(
    connection: Connection,
    *,
    by: str,
    file_name: str,
    size: int,
    sha256: str,
    taken_at: datetime,
    counts: dict[str, Any],
    journal_until: datetime | None,
    done_again: dict[str, Any],
) -> None:
    """Enter a restore. The backup that it came from is in its own copy of the ledger as one that has just begun."""
    newest = connection.execute(
        "select max(backup_id) as backup_id from ops.backup where finished_at is null and error is null"
    ).fetchone()
    if newest and newest["backup_id"]:
        finish(connection, newest["backup_id"], file_name=file_name, size=size, sha256=sha256, counts=counts)
    connection.execute(
        "insert into ops.restore (by_whom, file_name, sha256, taken_at, journal_until, done_again)"
        " values (%s, %s, %s, %s, %s, %s)",
        (by, file_name, sha256, taken_at, journal_until, Jsonb(done_again)),
    )


def backups(connection: Connection) -> list[dict[str, Any]]:
    """All of them, the newest first; `state`: whole, failed, or begun (under way, or cut off)."""
    return connection.execute(
        """
        select
            backup_id,
            case
                when finished_at is not null then 'whole'
                when error is not null then 'failed'
                else 'begun'
            end as state,
            begun_at, finished_at, checked_at, by_whom, file_name, bytes, sha256, recipient, counts, error
        from ops.backup
        order by backup_id desc
        """
    ).fetchall()


def newest_whole(connection: Connection) -> dict[str, Any] | None:
    """The newest backup that is whole: begun_at, finished_at, file_name; None when there is none."""
    return connection.execute(
        "select begun_at, finished_at, file_name from ops.backup where finished_at is not null"
        " order by begun_at desc limit 1"
    ).fetchone()


def newest_trouble(connection: Connection) -> str | None:
    """Why the newest backup failed; None when the newest one did not."""
    row = connection.execute(
        "select error from ops.backup where finished_at is not null or error is not null"
        " order by backup_id desc limit 1"
    ).fetchone()
    return row["error"] if row else None
