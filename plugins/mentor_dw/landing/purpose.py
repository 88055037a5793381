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
    rows = connection.execute(
        "select delivery_id from ops.delivery where source = any(%s) and accepted_at is not null"
        " and withdrawn_at is null order by delivery_id",
        (_mentor_sources(),),
    ).fetchall()
    return [row["delivery_id"] for row in rows]


def known_persons() -> sql.Composed:
    """A query for the persons of mentor deliveries: person_key, distinct. Parameter: mentor_deliveries (bigint[]).

    Members whose CPR numbers must be found in another member add nobody and are not read.
    """
    tables = [
        sql.Identifier("raw", table_name(source, name))
        for source in _mentor_sources()
        for name, member in load_feed(source).members.items()
        if member.cpr_field is not None and member.cpr_field.references is None
    ]
    return sql.SQL(" union ").join(
        sql.SQL("select person_key from {} where delivery_id = any(%(mentor_deliveries)s::bigint[])").format(table)
        for table in tables
    )


def _mentor_sources() -> list[str]:
    return [source for source in sources() if load_feed(source).gives_purpose]
