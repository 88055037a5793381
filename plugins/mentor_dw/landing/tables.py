"""The landing and raw tables of a source, made from its feed."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from mentor_dw.database import address
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import Feed, FieldSpec, MemberSpec, table_name

#: What stands in `landing` for a CPR number, all of it text but the key.
LANDED_PERSON = {
    "person_key": ("bigint", "The person, from the vault; null when the value was no CPR number."),
    "person_problem": ("text", "Null, bad_cpr or unknown_person."),
    "person_masked": ("text", "What may be shown of the value; null when it was empty."),
    "person_foedselsdato": ("text", "Birth date the number spells (ISO); null when it spells none."),
    "person_koen": ("text", "M or K, from the last digit."),
    "person_modulus11": ("text", "ja or nej: the number passes modulus 11."),
    "person_erstatning": ("text", "ja or nej: a replacement number (day 61-91)."),
}
#: What stands in `raw` for a CPR number.
RAW_PERSON = {
    "person_key": ("bigint", "The person, from the vault."),
    "person_foedselsdato": ("date", "Birth date the CPR number spells; null when it spells none."),
    "person_koen": ("text", "M or K, from the CPR number's last digit."),
    "person_modulus11": ("boolean", "The CPR number passes modulus 11."),
    "person_erstatning": ("boolean", "A replacement number (day 61-91)."),
}
_RAW_TYPE = {
    "id": "text",
    "code": "text",
    "text": "text",
    "date": "date",
    "time": "time",
    "month": "date",
    "integer": "integer",
    "decimal": "numeric",
    "filled": "boolean",
}
_FULL_TYPE_NAME = {"time": "time without time zone"}


def landing_columns(member: MemberSpec) -> list[str]:
    """The columns of a member's landing table after delivery_id, line_number and problem, in feed order."""
    return [name for field in member.fields for name in (LANDED_PERSON if field.type == "cpr" else [field.name])]


def raw_columns(member: MemberSpec) -> dict[str, str]:
    """Column to PostgreSQL type of a member's raw table after delivery_id and line_number, in feed order."""
    return {name: kind for name, (kind, _) in _raw(member).items()}


def ensure_tables(connection: psycopg.Connection[Any], feed: Feed) -> None:
    """Create the landing and raw tables of a source, or extend them by fields the feed has learnt; idempotent.

    A field that became optional loses its NOT NULL; a field that left the feed keeps its column, empty from then on.
    The transformer may read raw. Raises MentorDwError when a column would have to change its type.
    """
    reader = address("transformer").user
    with connection.cursor(row_factory=tuple_row) as cursor:
        for name, member in feed.members.items():
            table = table_name(feed.source, name)
            _ensure(cursor, "landing", table, _landing(member), set(), f"{name} of the delivery being judged.")
            required = {f.name for f in member.fields if not f.may_be_empty and f.type != "cpr"} | (
                {"person_key"} if member.cpr_field else set()
            )
            _ensure(cursor, "raw", table, _raw(member), required, member.description)
            cursor.execute(
                sql.SQL("grant select on {} to {}").format(sql.Identifier("raw", table), sql.Identifier(reader))
            )


def clear_landing(connection: psycopg.Connection[Any], feed: Feed) -> None:
    """Empty the landing tables of a source, after the verdict or before a new try."""
    tables = [sql.Identifier("landing", table_name(feed.source, member)) for member in feed.members]
    connection.execute(sql.SQL("truncate {}").format(sql.SQL(", ").join(tables)))


def refresh_statistics(connection: psycopg.Connection[Any], source: str) -> None:
    """Count the raw tables of a source anew, in the transaction that filled them.

    A planner who has never heard of the new delivery expects no rows of it and joins what it has row by row.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "select relname from pg_class where relnamespace = 'raw'::regnamespace and relkind in ('r', 'p')"
            " and not relispartition and starts_with(relname, %s)",
            (f"{source}__",),
        )
        tables = sql.SQL(", ").join(sql.Identifier("raw", table) for (table,) in cursor.fetchall())
        cursor.execute(sql.SQL("analyze {}").format(tables))


def insert_accepted_sql(feed: Feed, member: str) -> str:
    """The statement that moves a delivery's good rows of `member` from landing to raw.

    Parameter: delivery_id. Rows named in the temporary table bad_row(member text, line_number bigint) stay behind;
    those in it must have been judged by the same feed, for the casts are not forgiving.
    """
    spec = feed.members[member]
    table = table_name(feed.source, member)
    casts = {name: f'l."{name}"{_cast(kind)}' for name, kind in raw_columns(spec).items()}
    for field in spec.fields:
        if field.type == "date" and feed.text.date_format == "%d-%m-%Y":
            casts[field.name] = f"to_date(l.\"{field.name}\", 'DD-MM-YYYY')"
        elif field.type == "month":
            casts[field.name] = f"to_date(l.\"{field.name}\", 'YYYY-MM')"
        elif field.type == "decimal":
            casts[field.name] = f"replace(l.\"{field.name}\", '{feed.text.decimal_mark}', '.')::numeric"
        elif field.type == "filled":
            casts[field.name] = f"l.\"{field.name}\" = 'ja'"
    if spec.cpr_field:
        for name in ("person_modulus11", "person_erstatning"):
            casts[name] = f"l.{name} = 'ja'"
    names = ", ".join(f'"{name}"' for name in casts)
    return (
        f"insert into raw.{table} (delivery_id, line_number, {names})\n"
        f"select l.delivery_id, l.line_number, {', '.join(casts.values())}\n"
        f"from landing.{table} as l\n"
        "where l.delivery_id = %(delivery_id)s and l.problem is null\n"
        "    and not exists (\n"
        "        select 1 from bad_row as b\n"
        f"        where b.member = '{member}' and b.line_number = l.line_number\n"
        "    )"
    )


def _cast(kind: str) -> str:
    return "" if kind in ("text", "bigint") else f"::{kind}"


def _landing(member: MemberSpec) -> dict[str, tuple[str, str]]:
    columns = {"problem": ("text", "Null, or why the row could not be taken apart; it then has no values.")}
    for field in member.fields:
        columns |= LANDED_PERSON if field.type == "cpr" else {field.name: ("text", field.description)}
    return columns


def _raw(member: MemberSpec) -> dict[str, tuple[str, str]]:
    columns: dict[str, tuple[str, str]] = {}
    for field in member.fields:
        columns |= RAW_PERSON if field.type == "cpr" else {field.name: (_RAW_TYPE[field.type], _comment(field))}
    return columns


def _comment(field: FieldSpec) -> str:
    empty = f" Empty stands for {field.empty_means}." if field.empty_means else ""
    return f"{field.description}{empty}"


def _ensure(
    cursor: psycopg.Cursor[tuple],
    schema: str,
    table: str,
    columns: dict[str, tuple[str, str]],
    required: set[str],
    comment: str,
) -> None:
    name = sql.Identifier(schema, table)
    existing = _existing(cursor, schema, table)
    if not existing:
        _create(cursor, schema, name, columns, required)
    for column, (kind, _) in columns.items() if existing else ():
        wanted = _FULL_TYPE_NAME.get(kind, kind)
        present, not_null = existing.get(column, (None, False))
        what = sql.Identifier(column)
        if present is None:
            # Rows of earlier deliveries have no value for it, so a later required field is nullable here.
            cursor.execute(sql.SQL("alter table {} add column {} {}").format(name, what, sql.SQL(kind)))
        elif present != wanted:
            raise MentorDwError(
                f"{schema}.{table}.{column} is {present}, but the feed now says {wanted}.",
                "Give the field another name, or migrate the column.",
            )
        elif not_null and column not in required:
            cursor.execute(sql.SQL("alter table {} alter column {} drop not null").format(name, what))
    for column in existing.keys() - columns.keys() - {"delivery_id", "line_number"}:
        if existing[column][1]:
            cursor.execute(sql.SQL("alter table {} alter column {} drop not null").format(name, sql.Identifier(column)))
    cursor.execute(sql.SQL("comment on table {} is {}").format(name, sql.Literal(comment)))
    for column, (_, text) in columns.items():
        cursor.execute(
            sql.SQL("comment on column {} is {}").format(sql.Identifier(schema, table, column), sql.Literal(text))
        )


def _create(
    cursor: psycopg.Cursor[tuple],
    schema: str,
    name: sql.Identifier,
    columns: dict[str, tuple[str, str]],
    required: set[str],
) -> None:
    parts = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(column), sql.SQL(kind), sql.SQL(" not null" if column in required else "")
        )
        for column, (kind, _) in columns.items()
    ]
    if schema == "landing":
        # Unlogged: what is lost in a crash is read again from the file.
        text = "create unlogged table {} (delivery_id bigint not null, line_number bigint not null, {})"
    else:
        text = (
            "create table {} (delivery_id bigint not null references ops.delivery, line_number bigint not null, "
            "{}, primary key (delivery_id, line_number))"
        )
    cursor.execute(sql.SQL(text).format(name, sql.SQL(", ").join(parts)))


def _existing(cursor: psycopg.Cursor[tuple], schema: str, table: str) -> dict[str, tuple[str, bool]]:
    """Column to (type, NOT NULL); empty when there is no such table."""
    cursor.execute(
        """
        select a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_class c on c.oid = a.attrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = %s and c.relname = %s and a.attnum > 0 and not a.attisdropped
        """,
        (schema, table),
    )
    return {name: (kind, not_null) for name, kind, not_null in cursor.fetchall()}
