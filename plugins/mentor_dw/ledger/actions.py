"""Who did what: commands as they begin and end, and the trail that joins them with every ledger that names somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

from mentor_dw.database import connect

Connection = psycopg.Connection[dict[str, Any]]
Outcome = Literal["done", "refused", "failed", "stopped"]

_TRAIL = """
    select at, by_whom, deed, subject, detail, outcome
    from ops.audit
    where
        (%(since)s::timestamptz is null or at >= %(since)s)
        and (%(who)s::text is null or by_whom = %(who)s)
    order by at
"""
#: What people did on the page, or by its API; what Airflow says of its own tasks has no display name.
_PAGE = """
    select
        dttm as at,
        owner as by_whom,
        'page ' || event as deed,
        concat_ws(' ', dag_id, task_id) as subject,
        run_id as detail,
        null as outcome
    from log
    where
        owner_display_name is not null
        and (%(since)s::timestamptz is null or dttm >= %(since)s)
        and (%(who)s::text is null or owner = %(who)s)
"""


def begin(connection: Connection, by_whom: str, command: str, arguments: dict[str, Any]) -> int:
    """Enter that a command begins; its number."""
    row = connection.execute(
        "insert into ops.action (by_whom, command, arguments) values (%s, %s, %s) returning action_id",
        (by_whom, command, Jsonb(arguments)),
    ).fetchone()
    assert row is not None
    return row["action_id"]


def end(connection: Connection, action_id: int, outcome: Outcome) -> None:
    """Enter how it ended."""
    connection.execute("insert into ops.action_end (action_id, outcome) values (%s, %s)", (action_id, outcome))


def audit_trail(since: datetime | None = None, who: str | None = None) -> list[dict[str, Any]]:
    """The trail, the oldest first: at, by_whom, deed, subject, detail, outcome. What was done on the page included."""
    asked = {"since": since, "who": who}
    with connect("operator") as connection:
        rows = connection.execute(_TRAIL, asked).fetchall()
    with connect("airflow") as airflow:
        there = airflow.execute("select to_regclass('log') is not null as found").fetchone()
        if there and there["found"]:
            rows += airflow.execute(_PAGE, asked).fetchall()
    return sorted(rows, key=lambda row: row["at"])
