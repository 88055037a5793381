"""Whom a wide register may tell about: the persons a mentor source knows (rules.md V13), unless there is a legal basis.

A mentor source knows the persons of its accepted deliveries that were not withdrawn, also of those that have been
overtaken: what was known of them is still asked for.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed, sources, table_name
from mentor_dw.ledger.counting import Counting, counting, effective
from mentor_dw.ledger.persons import links_fingerprint

#: The warning that persons became known when the file of a wide delivery was not kept any more.
PERSONS_MISSING = "persons_without_rows"

_SHORTEST_BASIS = 10


def legal_basis(settings: Settings) -> str | None:
    """On what everybody's rows are kept; None when only those of persons a mentor source knows are.

    Raises MentorDwError when everybody's are wanted and no basis is written down.
    """
    if settings.dream_persons == "known":
        return None
    basis = (settings.dream_legal_basis or "").strip()
    if len(basis) < _SHORTEST_BASIS:
        raise MentorDwError(
            "MENTOR_DW_DREAM_PERSONS=all keeps rows of persons whom no mentor source knows, and no legal basis for "
            "that is written down; the delivery was not taken.",
            f"Set MENTOR_DW_DREAM_LEGAL_BASIS to the basis in words (at least {_SHORTEST_BASIS} characters), or "
            "MENTOR_DW_DREAM_PERSONS to known.",
        )
    return basis


def mentor_deliveries(connection: psycopg.Connection[Any]) -> list[int]:
    """The deliveries of mentor sources that count, in order of their numbers."""
    mentor_sources = _mentor_sources()
    return sorted(one.delivery_id for one in counting(connection) if one.source in mentor_sources)


def known_by(connection: psycopg.Connection[Any]) -> str:
    """A text that changes when other persons may be known: the mentor deliveries that count, and links of persons."""
    return f"{' '.join(map(str, mentor_deliveries(connection)))} | {links_fingerprint(connection)}"


def known_persons() -> sql.Composed:
    """A query for the persons of mentor deliveries: person_key, distinct. Parameter: mentor_deliveries (bigint[]).

    A person who is linked to one of them is the same person. Members whose CPR numbers must be found in another member
    add nobody and are not read.
    """
    tables = [
        sql.Identifier("raw", table_name(source, name))
        for source in _mentor_sources()
        for name, member in load_feed(source).members.items()
        if member.cpr_field is not None and member.cpr_field.references is None
    ]
    own = sql.SQL(" union ").join(
        sql.SQL("select person_key from {} where delivery_id = any(%(mentor_deliveries)s::bigint[])").format(table)
        for table in tables
    )
    return sql.SQL(
        """
        with own as materialized ({own})
        select person_key from own
        union
        select other.person_key
        from own
        inner join ops.same_person as s on own.person_key = s.person_key
        inner join ops.same_person as other on s.gaeldende_person_key = other.gaeldende_person_key
        """
    ).format(own=own)


def note_lookup(connection: psycopg.Connection[Any], delivery_id: int, by: str, missing: int = 0) -> None:
    """Write down that everybody known `by` (of `known_by`) has been looked for in the wide delivery, but `missing`."""
    connection.execute(
        """
        insert into ops.wide_lookup (delivery_id, known_by, persons_missing)
        values (%(delivery_id)s, %(by)s, %(missing)s)
        on conflict (delivery_id) do update
        set known_by = excluded.known_by, persons_missing = excluded.persons_missing, looked_at = clock_timestamp()
        """,
        {"delivery_id": delivery_id, "by": by, "missing": missing},
    )


def unlooked(connection: psycopg.Connection[Any]) -> list[Counting]:
    """The effective deliveries of wide sources in which somebody who is known may not have been looked for."""
    by = known_by(connection)
    found = connection.execute("select delivery_id, known_by from ops.wide_lookup").fetchall()
    looked = {row["delivery_id"]: row["known_by"] for row in found}
    now = effective(counting(connection))
    return [
        delivery
        for source, delivery in sorted(now.items())
        if load_feed(source).wide is not None and looked.get(delivery.delivery_id) != by
    ]


def missing_persons(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Effective wide deliveries that lack persons because their file is not kept any more, as warnings."""
    numbers = {
        row["delivery_id"]: row["persons_missing"]
        for row in connection.execute("select delivery_id, persons_missing from ops.wide_lookup")
    }
    return [
        {
            "source": source,
            "file_name": delivery.file_name,
            "delivery_id": delivery.delivery_id,
            "status": "accepted",
            "member": "",
            "warning": PERSONS_MISSING,
            "rows": numbers[delivery.delivery_id],
        }
        for source, delivery in sorted(effective(counting(connection)).items())
        if numbers.get(delivery.delivery_id)
    ]


def _mentor_sources() -> list[str]:
    return [source for source in sources() if load_feed(source).gives_purpose]
