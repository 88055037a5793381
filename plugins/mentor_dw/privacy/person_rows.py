"""The rows that are held of a person, as they are held, read for her own eyes: raw of every delivery, bi, ops.

Person keys are left out: outside the house they say nothing, and inside they join. Every relation that
`inventory.TREATMENTS` calls reported by rows is read here, whoever made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import Feed, table_name
from mentor_dw.landing.wide_tables import WIDE_TABLES
from mentor_dw.privacy.inventory import PersonRelation, person_relations, treatment_of, unknown_relations

Connection = psycopg.Connection[dict[str, Any]]
Row = dict[str, Any]


def raw_rows(connection: Connection, feed: Feed, persons: Sequence[int]) -> dict[str, list[Row]]:
    """By member ('' of a wide source: by table) the rows of `persons` in raw, of every delivery, oldest first.

    A row that names no person is hers when it refers to a row of hers in the same delivery (a course's hours).
    """
    tables = _wide(feed) if feed.wide else _members(feed)
    return {
        name: _rows(connection, sql.Identifier("raw", table), condition, persons)
        for name, (table, condition) in tables.items()
    }


def reported_relations(connection: Connection, schemas: Sequence[str]) -> list[PersonRelation]:
    """The relations of `schemas` whose rows the access report shows.

    Raises MentorDwError when some relation holds persons and nobody has said what is done about them: an answer that
    leaves it out would be wrong.
    """
    unknown = unknown_relations(connection)
    if unknown:
        raise MentorDwError(
            f"{unknown[0].full_name} holds person keys, and nothing says how it is reported.",
            "Add it to privacy/inventory.py, or drop it.",
        )
    found = []
    for relation in person_relations(connection):
        treatment = treatment_of(relation)
        if relation.schema in schemas and treatment is not None and treatment.reported == "rows":
            found.append(relation)
    return found


def relation_rows(connection: Connection, relation: PersonRelation, persons: Sequence[int]) -> list[Row]:
    """The rows of the relation that name one of `persons`, in a column or an array of a column."""
    table = sql.Identifier(relation.schema, relation.name)
    parts = []
    with connection.cursor(row_factory=tuple_row) as cursor:
        for column in relation.columns:
            kind = cursor.execute(
                "select t.typcategory from pg_catalog.pg_attribute as a"
                " inner join pg_catalog.pg_type as t on t.oid = a.atttypid"
                " where a.attrelid = to_regclass(%s) and a.attname = %s",
                (table.as_string(connection), column),
            ).fetchone()
            form = "t.{} && %(persons)s::bigint[]" if kind == ("A",) else "t.{} = any(%(persons)s::bigint[])"
            parts.append(sql.SQL(form).format(sql.Identifier(column)))
    return _rows(connection, table, sql.SQL(" or ").join(parts), persons)


def raw_tables_of(feed: Feed) -> set[str]:
    """The tables of `raw` that `raw_rows` reads."""
    return {table for table, _ in (_wide(feed) if feed.wide else _members(feed)).values()}


def _wide(feed: Feed) -> dict[str, tuple[str, sql.Composable]]:
    return {
        table: (f"{feed.source}__{table}", sql.SQL("t.person_key = any(%(persons)s::bigint[])"))
        for table, (_, columns) in WIDE_TABLES.items()
        if "person_key" in columns
    }


def _members(feed: Feed) -> dict[str, tuple[str, sql.Composable]]:
    found: dict[str, tuple[str, sql.Composable]] = {}
    for name in feed.members_in_order():
        member = feed.members[name]
        parts: list[sql.Composable] = []
        if member.cpr_field:
            parts.append(sql.SQL("t.person_key = any(%(persons)s::bigint[])"))
        for field in member.fields:
            reference = field.references
            if reference is None or field.type == "cpr" or reference.member not in found:
                continue
            table, condition = found[reference.member]
            parts.append(
                sql.SQL("(t.delivery_id, t.{}) in (select t.delivery_id, t.{} from {} as t where {})").format(
                    sql.Identifier(field.name),
                    sql.Identifier(reference.field),
                    sql.Identifier("raw", table),
                    condition,
                )
            )
        if parts:
            found[name] = (table_name(feed.source, name), sql.SQL(" or ").join(parts))
    return found


def _rows(
    connection: Connection, table: sql.Composable, condition: sql.Composable, persons: Sequence[int]
) -> list[Row]:
    rows = connection.execute(
        sql.SQL("select t.* from {} as t where {} order by 1, 2").format(table, condition), {"persons": list(persons)}
    ).fetchall()
    return [{name: value for name, value in row.items() if not _is_person_key(name)} for row in rows]


def _is_person_key(column: str) -> bool:
    return column in ("person_key", "person_keys") or column.endswith("_person_key")
