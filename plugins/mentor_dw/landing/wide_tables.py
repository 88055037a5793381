"""What stays in `raw` of a wide delivery: persons, their spells of benefit and employment, and what the file covers.

The tables are partitioned by delivery, and those that hold lines by part of the file below it. A part is filled in
`landing` while the delivery is read, and joins its table in the transaction of the verdict, so that nothing is copied a
second time. Dates of spells are half-open.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from mentor_dw.database import address
from mentor_dw.feeds import Feed

# No foreign key: it would be checked row by row, and a partition is there only for a delivery that was accepted.
_DELIVERY = {"delivery_id": ("bigint not null", "The accepted delivery the row came with.")}
_PERSON = {
    "person_key": ("bigint not null", "The person, from the vault."),
    "line_number": ("integer not null", "Physical line of the file; the header is line 1."),
}

#: Table (after the source's name) to what it holds and its columns: name to type and description.
WIDE_TABLES: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "person": (
        "Persons of a delivery, one row each.",
        {
            **_DELIVERY,
            **_PERSON,
            "koen": ("text not null", "Sex as registered, M or K."),
            "foedselsdato": ("date not null", "Date of birth as registered."),
            "kommunekode": ("text", "Municipality of residence. Empty stands for uoplyst."),
            "herkomst": ("text", "Origin, three groups. Empty stands for uoplyst."),
            "civilstand": ("text", "Civil status. Empty stands for uoplyst."),
            "person_foedselsdato": ("date", "Birth date the CPR number spells; null when it spells none."),
            "person_koen": ("text not null", "M or K, from the CPR number's last digit."),
            "person_modulus11": ("boolean not null", "The CPR number passes modulus 11."),
            "person_erstatning": ("boolean not null", "A replacement number (day 61-91)."),
        },
    ),
    "forsoergelse": (
        "Runs of ISO weeks with one benefit code.",
        {
            **_DELIVERY,
            **_PERSON,
            "code": ("smallint not null", "Benefit code, three digits."),
            "fra_dato": ("date not null", "Monday of the first week."),
            "til_dato": ("date not null", "Monday after the last week."),
        },
    ),
    "beskaeftigelse": (
        "Runs of months with the same line of business and employment degree.",
        {
            **_DELIVERY,
            **_PERSON,
            "branche": ("integer", "Line of business, six digits; null when empty."),
            "grad_milliontedele": ("integer", "Employment degree in millionths; null when empty."),
            "fra_dato": ("date not null", "First day of the first month."),
            "til_dato": ("date not null", "First day after the last month."),
        },
    ),
    "daekning": (
        "What the columns of a delivery cover, one row per series and unbroken run of columns.",
        {
            **_DELIVERY,
            "serie": ("text not null", "The series of columns as the feed names it: ydelse, branche, grad, ak."),
            "fra_dato": ("date not null", "First day covered."),
            "til_dato": ("date not null", "First day after it."),
        },
    ),
    "opslag": (
        "Persons of the mentor sources who were looked for in a delivery: everybody else in it was withheld.",
        {
            **_DELIVERY,
            "person_key": ("bigint not null", "The person, from the vault."),
            "fundet": ("boolean not null", "The delivery has a row of the person that was kept."),
        },
    ),
}

#: Tables whose rows are lines of the file, or made of them: each part of a file fills one of its own.
OF_LINES = ("person", "forsoergelse", "beskaeftigelse")
#: A table of a part that never leaves `landing`: every line's look-up value, where not every line's person has a key.
SEEN = "seen"
#: What rows are looked for by.
INDEXES = {
    "person": "person_key",
    "forsoergelse": "person_key, fra_dato",
    "beskaeftigelse": "person_key, fra_dato",
    "opslag": "person_key",
}


def ensure_wide_tables(connection: psycopg.Connection[Any], feed: Feed) -> None:
    """Create the raw tables of a wide source, partitioned by delivery; idempotent. The transformer may read them."""
    reader = sql.Identifier(address("transformer").user)
    with connection.cursor(row_factory=tuple_row) as cursor:
        for table, (comment, columns) in WIDE_TABLES.items():
            name = sql.Identifier("raw", f"{feed.source}__{table}")
            parts = sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, (kind, _) in columns.items()
            )
            cursor.execute(
                sql.SQL("create table if not exists {} ({}) partition by list (delivery_id)").format(name, parts)
            )
            if table in INDEXES:
                cursor.execute(
                    sql.SQL("create index if not exists {} on {} ({})").format(
                        sql.Identifier(f"{feed.source}__{table}_by_person"), name, sql.SQL(INDEXES[table])
                    )
                )
            cursor.execute(sql.SQL("comment on table {} is {}").format(name, sql.Literal(comment)))
            for column, (_, text) in columns.items():
                place = sql.Identifier("raw", f"{feed.source}__{table}", column)
                cursor.execute(sql.SQL("comment on column {} is {}").format(place, sql.Literal(text)))
            cursor.execute(sql.SQL("grant select on {} to {}").format(name, reader))


def raw_table(source: str, table: str) -> sql.Identifier:
    """The raw table of a wide source, over all deliveries."""
    return sql.Identifier("raw", f"{source}__{table}")


def landed_table(source: str, table: str, delivery_id: int, part: int | None = None) -> sql.Identifier:
    """Where rows of `table` stand while the delivery has no verdict; of one part, for tables of lines."""
    return sql.Identifier("landing", _partition(source, table, delivery_id, part))


def create_landed(
    cursor: psycopg.Cursor[Any],
    source: str,
    table: str,
    delivery_id: int,
    part: int | None = None,
    lines: tuple[int, int | None] | None = None,
) -> None:
    """Make the empty table that will be the partition of `table` for the delivery, or for a part of it.

    `lines` are the first physical line of the part and the first one after it (None: open). The check lets the table
    join without being read again.
    """
    check = sql.SQL("delivery_id = {}").format(sql.Literal(delivery_id))
    if lines is not None:
        check += sql.SQL(" and line_number >= {}").format(sql.Literal(lines[0]))
        if lines[1] is not None:
            check += sql.SQL(" and line_number < {}").format(sql.Literal(lines[1]))
    cursor.execute(
        sql.SQL("create table {} (like {}, check ({}))").format(
            landed_table(source, table, delivery_id, part), raw_table(source, table), check
        )
    )
    cursor.execute(
        sql.SQL("alter table {} alter column delivery_id set default {}").format(
            landed_table(source, table, delivery_id, part), sql.Literal(delivery_id)
        )
    )


def index_landed(cursor: psycopg.Cursor[Any], source: str, table: str, delivery_id: int, part: int | None) -> None:
    """Give a filled table the index that it will share with its raw table."""
    cursor.execute(
        sql.SQL("create index on {} ({})").format(
            landed_table(source, table, delivery_id, part), sql.SQL(INDEXES[table])
        )
    )


def join_raw(
    cursor: psycopg.Cursor[Any], source: str, delivery_id: int, parts: list[tuple[int, int, int | None]]
) -> None:
    """Let what is landed of the delivery join its raw tables. `parts` are (number, first line, first line after it).

    Only names change: no row is read or written, unless an index was left for now.
    """
    only = sql.SQL("for values in ({})").format(sql.Literal(delivery_id))
    for table in WIDE_TABLES:
        whole = _partition(source, table, delivery_id, None)
        if table not in OF_LINES:
            _join(cursor, whole, raw_table(source, table), only)
            continue
        # Joined afterwards, for a table that is made as a partition would wait for everybody who reads.
        cursor.execute(
            sql.SQL("create table {} (like {}) partition by range (line_number)").format(
                sql.Identifier("landing", whole), raw_table(source, table)
            )
        )
        for number, first, following in parts:
            lines = sql.SQL("for values from ({}) to ({})").format(
                sql.Literal(first), sql.SQL("maxvalue") if following is None else sql.Literal(following)
            )
            _join(cursor, _partition(source, table, delivery_id, number), sql.Identifier("landing", whole), lines)
        _join(cursor, whole, raw_table(source, table), only)


def drop_landed(cursor: psycopg.Cursor[Any], source: str, delivery_id: int, parts: list[int]) -> None:
    """Remove what is landed of a delivery that was not accepted."""
    for table in WIDE_TABLES:
        if table not in OF_LINES:
            cursor.execute(sql.SQL("drop table if exists {}").format(landed_table(source, table, delivery_id)))
    for part in parts:
        drop_part(cursor, source, delivery_id, part)


def drop_part(cursor: psycopg.Cursor[Any], source: str, delivery_id: int, part: int) -> None:
    """Remove the tables of one part, so that it can be landed again."""
    for table in (*OF_LINES, SEEN):
        cursor.execute(sql.SQL("drop table if exists {}").format(landed_table(source, table, delivery_id, part)))


def _join(cursor: psycopg.Cursor[Any], name: str, table: sql.Composable, bounds: sql.Composable) -> None:
    cursor.execute(sql.SQL("alter table {} set schema raw").format(sql.Identifier("landing", name)))
    cursor.execute(sql.SQL("alter table {} attach partition {} {}").format(table, sql.Identifier("raw", name), bounds))


def _partition(source: str, table: str, delivery_id: int, part: int | None) -> str:
    return f"{source}__{table}_{delivery_id}" + ("" if part is None else f"_{part}")
