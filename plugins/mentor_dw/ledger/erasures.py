"""What the ledger of erasures says: how far each has come, and how many persons a state of the past lacks since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

Connection = psycopg.Connection[dict[str, Any]]

#: Steps of an erasure in their order; the status is the last one that is done.
STEPS = ("begun", "rows_gone", "files_gone", "vault_gone", "finished")


def erased_since(connection: Connection, moment: datetime) -> int:
    """How many persons were erased after `moment` (with a zone): a state of that moment is built without them."""
    row = connection.execute(
        "select count(*) as persons from ops.erasure where started_at > %s and status <> 'begun'", (moment,)
    ).fetchone()
    return row["persons"] if row else 0


def erasures_done(connection: Connection) -> int:
    """How many persons' rows are gone from `raw`; grows with every erasure, so that the warehouse is built anew."""
    row = connection.execute("select count(*) as persons from ops.erasure where status <> 'begun'").fetchone()
    return row["persons"] if row else 0
