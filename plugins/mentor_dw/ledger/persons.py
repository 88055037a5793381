"""What the ledgers say of persons: links in force, and ids that changed their person. No CPR number is in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

from mentor_dw.masking import mask_cpr

Connection = psycopg.Connection[dict[str, Any]]

#: The name of the warning that `mentor-dw status` counts candidates under.
SAME_ID_OTHER_PERSON = "same_id_other_person"

_LINKS = """
    select coalesce(string_agg(link_id::text, ',' order by link_id), '') as links
    from ops.person_link
    where
        decided_at <= coalesce(%(at)s::timestamptz, 'infinity')
        and (undone_at is null or undone_at > coalesce(%(at)s::timestamptz, 'infinity'))
"""

#: Candidates of deliveries that are in, whose two persons are not linked; equal pairs have one number.
_OPEN = """
    select
        d.source,
        d.file_name,
        d.delivery_id,
        d.status,
        c.member,
        c.source_id,
        f.file_name as former_file_name,
        f.delivery_id as former_delivery_id,
        dense_rank() over (order by coalesce(o.gaeldende_person_key, c.former_person_key),
            coalesce(n.gaeldende_person_key, c.person_key)) as candidate
    from ops.person_candidate as c
    inner join ops.delivery as d on c.delivery_id = d.delivery_id
    inner join ops.delivery as f on c.former_delivery_id = f.delivery_id
    left join ops.same_person as n on c.person_key = n.person_key
    left join ops.same_person as o on c.former_person_key = o.person_key
    where
        d.status in ('accepted', 'superseded')
        and f.status in ('accepted', 'superseded')
        and coalesce(n.gaeldende_person_key, c.person_key) <> coalesce(o.gaeldende_person_key, c.former_person_key)
"""


def candidates(connection: Connection) -> list[dict[str, Any]]:
    """Ids that stand for another person than in the delivery before, and nobody has linked the two.

    Fields: candidate (rows of one number are about the same two persons), source, delivery_id, file_name, member,
    source_id (masked where it could be a CPR number), former_delivery_id, former_file_name.
    """
    rows = connection.execute(f"{_OPEN} order by candidate, d.delivery_id, c.member, c.source_id").fetchall()
    shown = ("candidate", "source", "delivery_id", "file_name", "member")
    return [
        {name: row[name] for name in shown}
        | {
            "source_id": mask_cpr(row["source_id"]),
            "former_delivery_id": row["former_delivery_id"],
            "former_file_name": row["former_file_name"],
        }
        for row in rows
    ]


def candidate_warnings(connection: Connection) -> list[dict[str, Any]]:
    """The candidates counted, in the form of the warnings of a delivery."""
    return connection.execute(
        f"""
        select source, file_name, delivery_id, status, member, '{SAME_ID_OTHER_PERSON}' as warning, count(*) as rows
        from ({_OPEN}) as open_candidate
        group by source, file_name, delivery_id, status, member
        order by delivery_id, member
        """
    ).fetchall()


def links_fingerprint(connection: Connection, at: datetime | None = None) -> str:
    """A text that is the same only while the same links between persons are in force; the empty text without links.

    `at`: a moment with a zone; None means now. A link that is made and undone leaves the text as it was.
    """
    row = connection.execute(_LINKS, {"at": at}).fetchone()
    assert row is not None
    return row["links"]


def restrictions_fingerprint(connection: Connection) -> str:
    """A text that is the same only while the same restrictions of persons are in force; empty without any."""
    row = connection.execute(
        "select coalesce(string_agg(restriction_id::text, ',' order by restriction_id), '') as restrictions"
        " from ops.person_restriction where lifted_at is null"
    ).fetchone()
    assert row is not None
    return row["restrictions"]
