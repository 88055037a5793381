"""Ids of a source that stand for another person than before: a CPR number may have changed.

Looked for when a delivery is accepted, between it and its neighbours by covered date. Nobody is linked because of
them: a source may use an id again, or mend a number that was typed wrongly. A person decides (`landing.links`).
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from mentor_dw.feeds import Feed, table_name

_BEFORE = """
    select delivery_id from ops.delivery
    where source = %(source)s and status in ('accepted', 'superseded') and (covers, version) < (%(covers)s, %(version)s)
    order by covers desc, version desc
    limit 1
"""
_AFTER = """
    select delivery_id from ops.delivery
    where source = %(source)s and status in ('accepted', 'superseded') and (covers, version) > (%(covers)s, %(version)s)
    order by covers, version
    limit 1
"""


def note_candidates(connection: psycopg.Connection[Any], feed: Feed, delivery_id: int) -> int:
    """Write what the accepted delivery and its neighbours suggest into `ops.person_candidate`; how many ids.

    In the transaction of the verdict, after its rows are in `raw` and its row in the ledger is accepted. One join by
    id for every member that has a person and an id of its own.
    """
    noted = 0
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "select source, covers, version from ops.delivery where delivery_id = %s", (delivery_id,)
        ).fetchone()
        before = cursor.execute(_BEFORE, row).fetchone()
        after = cursor.execute(_AFTER, row).fetchone()
        for member, id_field in ids_of_persons(feed):
            for former, later in (
                (before and before["delivery_id"], delivery_id),
                (delivery_id, after and after["delivery_id"]),
            ):
                if former and later:
                    noted += _note(cursor, feed, member, id_field, former, later)
    return noted


def ids_of_persons(feed: Feed) -> list[tuple[str, str]]:
    """(member, field) of the ids that stand for one person: the whole key of a member with a CPR number."""
    return [
        (name, member.key[0])
        for name, member in feed.members.items()
        if member.cpr_field and len(member.key) == 1 and member.field(member.key[0]).type == "id"
    ]


def _note(
    cursor: psycopg.Cursor[dict[str, Any]], feed: Feed, member: str, id_field: str, former: int, later: int
) -> int:
    return cursor.execute(
        sql.SQL(
            """
            insert into ops.person_candidate
                (delivery_id, member, source_id, person_key, former_delivery_id, former_person_key)
            select
                later.delivery_id, %(member)s, later.{id}, later.person_key, former.delivery_id, former.person_key
            from raw.{table} as later
            inner join raw.{table} as former on later.{id} = former.{id}
            where
                later.delivery_id = %(later)s
                and former.delivery_id = %(former)s
                and later.person_key <> former.person_key
            on conflict do nothing
            """
        ).format(id=sql.Identifier(id_field), table=sql.Identifier(table_name(feed.source, member))),
        {"member": member, "former": former, "later": later},
    ).rowcount
