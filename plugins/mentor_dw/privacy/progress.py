"""How far an erasure has come, in `ops.erasure`: written with the work it tells of, so that nothing counts twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

Connection = psycopg.Connection[dict[str, Any]]


def erasure(connection: Connection, erasure_id: int) -> dict[str, Any]:
    """The ledger row."""
    row = connection.execute("select * from ops.erasure where erasure_id = %s", (erasure_id,)).fetchone()
    assert row is not None
    return row


def unfinished(connection: Connection) -> list[int]:
    """The erasures that have not come to their end, the oldest first."""
    rows = connection.execute(
        "select erasure_id from ops.erasure where status <> 'finished' order by erasure_id"
    ).fetchall()
    return [row["erasure_id"] for row in rows]


def count(connection: Connection, erasure_id: int, counts: Mapping[str, int], notes: Sequence[str] = ()) -> None:
    """Add to what was deleted, by table, and to what could not be told apart."""
    row = erasure(connection, erasure_id)
    total = row["counts"]
    for name, number in counts.items():
        if number:
            total[name] = total.get(name, 0) + number
    connection.execute(
        "update ops.erasure set counts = %s, notes = %s where erasure_id = %s",
        (Jsonb(total), Jsonb([*row["notes"], *(note for note in notes if note not in row["notes"])]), erasure_id),
    )


def reached(connection: Connection, erasure_id: int, status: str) -> None:
    """The step called `status` is done."""
    connection.execute(
        "update ops.erasure set status = %(status)s,"
        " finished_at = case when %(status)s = 'finished' then clock_timestamp() end where erasure_id = %(id)s",
        {"status": status, "id": erasure_id},
    )
