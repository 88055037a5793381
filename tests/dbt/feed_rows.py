"""Accepted rows of any source, drawn from a seed by what its feed says, put straight into `raw`.

Nobody calibrated them; they keep the rules of the feed (keys, references, code lists, order of dates) and no others.
People are numbers from PERSONS, the same in every source.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import psycopg
from psycopg import sql

from mentor_dw.database import connect
from mentor_dw.feeds import Feed, FieldSpec, MemberSpec, code_list, load_feed, table_name
from mentor_dw.landing.wide_tables import WIDE_TABLES
from mentor_dw.ledger.deliveries import relabel

PERSONS = range(101, 141)
FIRST_DAY, DAYS = date(2008, 1, 7), 3000
TEXTS = {"^[0-9]{3}$": ("101", "461", "791"), "^[0-9]+([.][0-9]+)+$": ("5.35.31", "5.98.11")}

Row = dict[str, Any]


def deliver(source: str, covers: str, seed: int, size: int = 25) -> int:
    """Accept a delivery of `source` with `size` rows in its largest members; its number."""
    feed, draw = load_feed(source), random.Random(f"{source} {seed}")
    with connect("loader") as connection:
        row = connection.execute(
            "insert into ops.delivery (source, file_name, sha256, bytes, covers, version, status, decided_at,"
            " accepted_at) values (%(source)s, %(name)s, %(sum)s, 1, %(covers)s,"
            " 1 + (select count(*) from ops.delivery where source = %(source)s and covers = %(covers)s), 'accepted',"
            " clock_timestamp(), clock_timestamp()) returning delivery_id",
            {
                "source": source,
                "name": f"{source}_{covers}",
                "sum": sha256(f"{source} {covers} {seed}".encode()).hexdigest(),
                "covers": covers,
            },
        ).fetchone()
        assert row is not None
        number = row["delivery_id"]
        tables = _wide_rows(draw, size) if feed.wide else _member_rows(feed, draw, size)
        for table, rows in tables.items():
            name = table_name(source, table) if feed.members else f"{source}__{table}"
            if feed.wide:
                connection.execute(
                    sql.SQL("create table {} partition of {} for values in ({})").format(
                        sql.Identifier("raw", f"{name}__{number}"), sql.Identifier("raw", name), sql.Literal(number)
                    )
                )
            _insert(connection, name, number, rows)
        relabel(connection, source)
    return number


def _insert(connection: psycopg.Connection, table: str, delivery_id: int, rows: list[Row]) -> None:
    for line, row in enumerate(rows, start=2):
        values = {"delivery_id": delivery_id} | ({} if "serie" in row or "fundet" in row else {"line_number": line})
        values |= row
        connection.execute(
            sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier("raw", table),
                sql.SQL(", ").join(map(sql.Identifier, values)),
                sql.SQL(", ").join(sql.Placeholder() * len(values)),
            ),
            list(values.values()),
        )


def _member_rows(feed: Feed, draw: random.Random, size: int) -> dict[str, list[Row]]:
    made: dict[str, list[Row]] = {}
    for name in feed.members_in_order():
        member, rows = feed.members[name], {}
        made[name] = []
        for number in range(1, size + 1):
            row = _row(member, name, number, made, draw)
            key = tuple(row["person_key" if member.field(part).type == "cpr" else part] for part in member.key)
            rows.setdefault(key, row)
            made[name] = list(rows.values())
    return made


def _row(member: MemberSpec, name: str, number: int, made: dict[str, list[Row]], draw: random.Random) -> Row:
    row: Row = {}
    for field in member.fields:
        if field.type == "cpr":
            row |= _person(field, made, draw)
        elif field.may_be_empty and draw.random() < 0.3:
            row[field.name] = False if field.type == "filled" else None
        elif field.references is not None:
            others = [other[field.references.field] for other in made[field.references.member]]
            row[field.name] = draw.choice(others) if others else None
        else:
            row[field.name] = _value(field, number, row, draw)
    return row


def _person(field: FieldSpec, made: dict[str, list[Row]], draw: random.Random) -> Row:
    if field.references is not None:
        other = draw.choice(made[field.references.member])
        return {key: value for key, value in other.items() if key.startswith("person_")}
    return _person_columns(draw.choice(PERSONS))


def _person_columns(person: int) -> Row:
    return {
        "person_key": person,
        "person_foedselsdato": date(1950 + person % 40, 1 + person % 12, 1 + person % 28),
        "person_koen": "MK"[person % 2],
        "person_modulus11": True,
        "person_erstatning": person % 5 == 0,
    }


def _value(field: FieldSpec, number: int, row: Row, draw: random.Random) -> Any:
    if field.type == "id":
        return str(number)
    if field.type == "code":
        return draw.choice(code_list(str(field.code_list)))
    if field.type == "text":
        return draw.choice(TEXTS[field.pattern]) if field.pattern else f"{field.name} {number}"
    if field.type == "filled":
        return True
    if field.type == "time":
        return f"{draw.randint(0, 23):02d}:15"
    if field.type == "month":
        return date(draw.randint(2013, 2016), draw.randint(1, 12), 1)
    if field.type == "date":
        after = row.get(field.not_before) if field.not_before else None
        return after + timedelta(draw.randint(0, 300)) if after else FIRST_DAY + timedelta(draw.randint(0, DAYS))
    least = field.min or 0
    most = least + 300 if field.max is None else min(field.max, least + 300)
    return draw.randint(least, most)


def _wide_rows(draw: random.Random, size: int) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {table: [] for table in WIDE_TABLES}
    for person in draw.sample(PERSONS, size):
        columns = _person_columns(person)
        rows["person"].append(
            columns
            | {
                "koen": draw.choice(["M", "K"]),
                "foedselsdato": columns["person_foedselsdato"],
                "kommunekode": draw.choice(["101", "461", None]),
                "herkomst": draw.choice([*code_list("herkomst"), None]),
                "civilstand": draw.choice([*code_list("civilstand"), None]),
            }
        )
        rows["opslag"].append({"person_key": person, "fundet": True})
        monday, month = FIRST_DAY, 0
        for _ in range(draw.randint(0, 4)):
            monday += timedelta(7 * draw.randint(0, 40))
            until = monday + timedelta(7 * draw.randint(1, 30))
            spell = {"person_key": person, "code": draw.choice([111, 130, 651, 730, 999])}
            rows["forsoergelse"].append(spell | {"fra_dato": monday, "til_dato": until})
            monday, start = until, month + draw.randint(0, 5)
            month = start + draw.randint(1, 9)
            rows["beskaeftigelse"].append(
                {"person_key": person, "branche": draw.choice([None, 123456]), "grad_milliontedele": 500_000}
                | {"fra_dato": _month(start), "til_dato": _month(month)}
            )
    for serie in ("ydelse", "branche", "grad"):
        rows["daekning"].append({"serie": serie, "fra_dato": FIRST_DAY, "til_dato": date(2016, 7, 4)})
    return rows


def _month(number: int) -> date:
    return date(2008 + number // 12, 1 + number % 12, 1)
