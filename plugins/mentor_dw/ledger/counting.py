"""Which deliveries count: the one place that says so, now and as known at a moment of the past.

A delivery counts from its acceptance until it is withdrawn; superseded ones count too, as history, for as long as their
rows are kept. The one with the
greatest (covers, version) is effective (source-files, 'Deliveries'). dbt has the same rule in int_deliveries__known,
and a build holds the two against each other by the deliveries it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

Connection = psycopg.Connection[dict[str, Any]]

_COUNTING = """
    select delivery_id, source, file_name, covers, version, rows_read, rows_accepted, row_changes
    from ops.delivery
    where
        accepted_at <= coalesce(%(at)s::timestamptz, 'infinity')
        and (withdrawn_at is null or withdrawn_at > coalesce(%(at)s::timestamptz, 'infinity'))
        and raw_gone_at is null
        and source = coalesce(%(source)s::text, source)
    order by source, covers, version
"""


@dataclass(frozen=True)
class Counting:
    """A delivery that counts. `row_changes` grows when rows of it come to `raw` or leave it after the verdict."""

    delivery_id: int
    source: str
    file_name: str
    covers: str
    version: int
    rows_read: int
    rows_accepted: int
    row_changes: int


def counting(connection: Connection, *, source: str | None = None, at: datetime | None = None) -> list[Counting]:
    """The deliveries that count, of all sources or of one, by source and then the effective one last.

    `at` is a moment with a zone; None means everything decided until now.
    """
    rows = connection.execute(_COUNTING, {"source": source, "at": at}).fetchall()
    return [Counting(**row) for row in rows]


def gone_before(connection: Connection, moment: datetime) -> list[str]:
    """The files of deliveries that counted at `moment` and whose rows are not kept any more, oldest first."""
    rows = connection.execute(
        "select file_name from ops.delivery where accepted_at <= %(at)s and raw_gone_at is not null"
        " and (withdrawn_at is null or withdrawn_at > %(at)s) order by delivery_id",
        {"at": moment},
    ).fetchall()
    return [row["file_name"] for row in rows]


def effective(deliveries: list[Counting]) -> dict[str, Counting]:
    """By source the delivery whose rows are today's, of `deliveries` in the order of `counting`."""
    return {delivery.source: delivery for delivery in deliveries}
