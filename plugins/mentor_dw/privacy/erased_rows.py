"""An erased person's rows in the database: those of `raw` and whatever refers to them, counts of the ledger, ops.

Every function works in the caller's transaction and counts what it deletes, so that a dry run is the same work undone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import Feed, table_name
from mentor_dw.landing.wide_tables import OF_LINES, raw_table
from mentor_dw.ledger import deliveries
from mentor_dw.privacy.inventory import PersonRelation, person_relations, treatment_of
from mentor_dw.warehouse.as_known import shows_the_past
from mentor_dw.warehouse.scratch import SCRATCH

Connection = psycopg.Connection[dict[str, Any]]

#: Schemas whose rows other steps delete, or nobody: `raw` by feed, the vault last, `work` and `bi` by the next build.
_BY_OTHERS = ("vault", "landing", "raw", "work", "bi")


def erase_rows(connection: Connection, feed: Feed, person_keys: Sequence[int]) -> Counter[str]:
    """Delete the persons' rows of every delivery of a source from `raw`, and what refers to them; rows by table.

    The ledger counts them as withheld. The caller holds the lock of the source.
    """
    gone = _of_wide(connection, feed, person_keys) if feed.wide else _of_members(connection, feed, person_keys)
    rows: Counter[str] = Counter()
    by_delivery: dict[int, Counter[str]] = {}
    for (table, member, delivery_id), count in gone.items():
        rows[f"raw.{table}"] += count
        if member is not None:
            by_delivery.setdefault(delivery_id, Counter())[member] += count
    for delivery_id, accepted in sorted(by_delivery.items()):
        deliveries.rows_erased(connection, delivery_id, accepted)
    return rows


def erase_findings(connection: Connection, delivery_ids: Sequence[int], lines: dict[str, set[int]]) -> Counter[str]:
    """Delete the findings of `lines` (by member) of deliveries that share a file; rows by table.

    The lines of an accepted delivery are counted as withheld instead of quarantined; of a refused one nothing counts.
    """
    rows: Counter[str] = Counter()
    for delivery_id in delivery_ids:
        quarantined: Counter[str] = Counter()
        for member, numbers in lines.items():
            found = connection.execute(
                "delete from ops.quarantined_row where delivery_id = %s and member = %s and line_number = any(%s)"
                " returning line_number",
                (delivery_id, member, sorted(numbers)),
            ).fetchall()
            rows["ops.quarantined_row"] += len(found)
            quarantined[member] += len({row["line_number"] for row in found})
        if any(quarantined.values()) and deliveries.delivery(connection, delivery_id)["accepted_at"] is not None:
            deliveries.rows_erased(connection, delivery_id, {}, +quarantined)
    return +rows


def relations_in_ops(connection: Connection) -> list[PersonRelation]:
    """The relations outside `vault`, `landing`, `raw`, `work` and `bi` from which erasure deletes the person's rows.

    Raises MentorDwError for one of which nobody has said what erasure does: then nothing may be erased.
    """
    found = []
    for relation in person_relations(connection):
        treatment = treatment_of(relation)
        if relation.schema in _BY_OTHERS or _is_passing(connection, relation.schema):
            continue
        if treatment is None:
            raise MentorDwError(
                f"{relation.full_name} holds person keys, and nothing says what erasure does about it.",
                "Add it to privacy/inventory.py, or drop it.",
            )
        if treatment.erased == "deleted":
            found.append(relation)
    return found


def erase_in_ops(connection: Connection, person_keys: Sequence[int]) -> Counter[str]:
    """Delete the rows of `relations_in_ops` that name one of the persons, as the owner; rows by table."""
    return Counter(
        {
            relation.full_name: connection.execute(
                sql.SQL("delete from {} where {}").format(
                    sql.Identifier(relation.schema, relation.name), _names_one(connection, relation)
                ),
                {"persons": list(person_keys)},
            ).rowcount
            for relation in relations_in_ops(connection)
        }
    )


def rows_to_be_rebuilt(connection: Connection, person_keys: Sequence[int]) -> Counter[str]:
    """How many rows of `work` and `bi` are the persons'; the next build leaves them out."""
    rows: Counter[str] = Counter()
    for relation in person_relations(connection):
        if relation.schema in ("work", "bi"):
            row = connection.execute(
                sql.SQL("select count(*) as rows from {} where {}").format(
                    sql.Identifier(relation.schema, relation.name), _names_one(connection, relation)
                ),
                {"persons": list(person_keys)},
            ).fetchone()
            rows[relation.full_name] = row["rows"] if row else 0
    return +rows


def _of_members(connection: Connection, feed: Feed, person_keys: Sequence[int]) -> Counter[tuple[str, str | None, int]]:
    connection.execute(
        "create temporary table gone (member text not null, delivery_id bigint not null, key text not null)"
        " on commit drop"
    )
    found: Counter[tuple[str, str | None, int]] = Counter()
    for name in feed.members_in_order():
        member = feed.members[name]
        parts = [sql.SQL("t.person_key = any(%(persons)s)")] if member.cpr_field else []
        own = None
        for field in member.fields:
            if field.references is None or field.type == "cpr":
                continue
            if field.references.member == name:
                own = _refers(field.name, name)
            else:
                parts.append(_refers(field.name, field.references.member))
        condition = sql.SQL(" or ").join(parts) if parts else None
        while condition is not None:
            deleted = connection.execute(
                sql.SQL("delete from {} as t where {} returning t.delivery_id, t.{}::text as key").format(
                    sql.Identifier("raw", table_name(feed.source, name)),
                    condition,
                    sql.Identifier("person_key" if member.field(member.key[0]).type == "cpr" else member.key[0]),
                ),
                {"persons": list(person_keys)},
            ).fetchall()
            found.update((table_name(feed.source, name), name, row["delivery_id"]) for row in deleted)
            with connection.cursor() as cursor, cursor.copy("copy gone (member, delivery_id, key) from stdin") as copy:
                for row in deleted:
                    copy.write_row((name, row["delivery_id"], row["key"]))
            # Then those that refer to them within the same member, until nobody does.
            condition = own if deleted else None
        connection.execute("analyze gone")
    connection.execute("drop table gone")
    return found


def _refers(column: str, to: str) -> sql.Composed:
    return sql.SQL(
        "(t.delivery_id, t.{}::text) in (select g.delivery_id, g.key from gone as g where g.member = {})"
    ).format(sql.Identifier(column), sql.Literal(to))


def _of_wide(connection: Connection, feed: Feed, person_keys: Sequence[int]) -> Counter[tuple[str, str | None, int]]:
    found: Counter[tuple[str, str | None, int]] = Counter()
    for table in ("opslag", *reversed(OF_LINES)):
        deleted = connection.execute(
            sql.SQL("delete from {} where person_key = any(%s) returning delivery_id").format(
                raw_table(feed.source, table)
            ),
            (list(person_keys),),
        ).fetchall()
        # A row of the file is a person; what else there is of her was made of it.
        member = feed.row_members[0] if table == "person" else None
        found.update((f"{feed.source}__{table}", member, row["delivery_id"]) for row in deleted)
    return found


def _is_passing(connection: Connection, schema: str) -> bool:
    """Whether the schema was made for a look at the past or a build aside: erasure drops it as a whole."""
    row = connection.execute(
        "select coalesce(obj_description(to_regnamespace(quote_ident(%s)), 'pg_namespace'), '') as comment", (schema,)
    ).fetchone()
    return schema.startswith(SCRATCH) or bool(row and shows_the_past(row["comment"]))


def _names_one(connection: Connection, relation: PersonRelation) -> sql.Composable:
    """The condition that a row names one of `%(persons)s`, by a column or in an array."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        arrays = {
            name
            for (name,) in cursor.execute(
                "select a.attname from pg_attribute as a inner join pg_type as t on t.oid = a.atttypid"
                " where a.attrelid = %s::regclass and t.typcategory = 'A'",
                (sql.Identifier(relation.schema, relation.name).as_string(connection),),
            )
        }
    return sql.SQL(" or ").join(
        sql.SQL("{} && %(persons)s::bigint[]" if name in arrays else "{} = any(%(persons)s::bigint[])").format(
            sql.Identifier(name)
        )
        for name in relation.columns
    )
