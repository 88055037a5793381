"""What stays in `raw` of a wide delivery: persons, their spells of benefit and employment, and what the file covers.

The tables are partitioned by delivery: a partition is filled while the delivery is read, and joins its table in the
transaction of the verdict, so that nothing has to be copied a second time. Dates of spells are half-open.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from mentor_dw.database import address
from mentor_dw.feeds import Feed

_DELIVERY = {"delivery_id": ("bigint not null references ops.delivery", "The accepted delivery the row came with.")}
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
            cursor.execute(sql.SQL("comment on table {} is {}").format(name, sql.Literal(comment)))
            for column, (_, text) in columns.items():
                place = sql.Identifier("raw", f"{feed.source}__{table}", column)
                cursor.execute(sql.SQL("comment on column {} is {}").format(place, sql.Literal(text)))
            cursor.execute(sql.SQL("grant select on {} to {}").format(name, reader))
