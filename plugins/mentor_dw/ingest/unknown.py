"""Rows of a wide register go when no mentor source knows their persons, some weeks after the delivery was decided.

Where everybody's rows are kept on a legal basis, a person has so long to become known; where only known persons' are,
rows of somebody who is known no longer (the mentor delivery was withdrawn) go likewise. Whoever becomes known later
still is looked for in the kept file (late.py).
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.ingest.lock import source_lock
from mentor_dw.landing.vault import forget_unreferenced
from mentor_dw.landing.wide_tables import OF_LINES, raw_table
from mentor_dw.ledger import deliveries
from mentor_dw.ledger.purpose import known_persons, mentor_deliveries

Connection = psycopg.Connection[dict[str, Any]]

_PAST_THEIR_DAYS = """
    select delivery_id from ops.delivery
    where source = %s and accepted_at is not null and decided_at < now() - make_interval(days => %s)
    order by delivery_id
"""


def forget_unknown_persons(source: str, *, dry_run: bool = False) -> int:
    """Delete the rows of persons whom no mentor source knows from deliveries past their days; how many lines went.

    The ledger counts them as withheld. Persons who then have no row anywhere leave the vault. With `dry_run` nothing
    changes. A source that is not wide has no such rows.
    """
    feed = load_feed(source)
    if feed.wide is None:
        return 0
    with source_lock(source), connect("loader") as connection:
        found = connection.execute(_PAST_THEIR_DAYS, (source, get_settings().dream_unknown_days)).fetchall()
        if not found:
            return 0
        connection.execute("create temporary table known (person_key bigint primary key) on commit drop")
        connection.execute(
            sql.SQL("insert into known {}").format(known_persons()),
            {"mentor_deliveries": mentor_deliveries(connection)},
        )
        connection.execute("analyze known")
        rows = sum(_forget(connection, feed, row["delivery_id"]) for row in found)
        if rows:
            forget_unreferenced(connection, source)
        if dry_run:
            connection.rollback()
    return rows


def _forget(connection: Connection, feed: Feed, delivery_id: int) -> int:
    """Delete the rows of one delivery; the number of its lines that are withheld from now on."""
    deleted = 0
    with connection.cursor(row_factory=tuple_row) as cursor:
        # Also that they were looked for: when they become known again, they are looked for again.
        for table in ("opslag", *reversed(OF_LINES)):
            cursor.execute(
                sql.SQL(
                    "delete from {} as t where t.delivery_id = %s"
                    " and not exists (select 1 from known as k where k.person_key = t.person_key)"
                ).format(raw_table(feed.source, table)),
                (delivery_id,),
            )
            deleted = cursor.rowcount if table == "person" else deleted
    if deleted:
        deliveries.rows_came_later(connection, delivery_id, -deleted)
    return deleted
