"""Which relations with rows about persons can be read without leaving a note: a session reads them, and one looks."""

from __future__ import annotations

import psycopg

from mentor_dw.database import connect
from mentor_dw.ledger.access import collect, reads

#: Columns that lead to one citizen.
_LEADS_TO_A_PERSON = r"(^|_)(person|borger|forloeb)_keys?$"


def person_tables(owner: psycopg.Connection, schema: str) -> set[str]:
    """The tables of `schema` with a column that leads to a citizen, whatever their models say."""
    rows = owner.execute(
        "select distinct c.relname from pg_class as c inner join pg_attribute as a on c.oid = a.attrelid"
        " where c.relnamespace = %s::regnamespace and c.relkind = 'r' and a.attname ~ %s and not a.attisdropped",
        (schema, _LEADS_TO_A_PERSON),
    ).fetchall()
    return {name for (name,) in rows}


def read_unnoticed(session: psycopg.Connection, tables: set[str], schema: str, log: object) -> set[str]:
    """Those of `tables` that the session can read, and whose reading leaves no entry."""
    readable = set()
    for table in tables:
        columns = session.execute(
            "select string_agg(quote_ident(column_name), ', ') from information_schema.columns"
            " where table_schema = %s and table_name = %s",
            (schema, table),
        ).fetchone()
        if columns[0] and session.execute(
            "select has_any_column_privilege(%s, 'select')", (f"{schema}.{table}",)
        ).fetchone() == (True,):
            session.execute(f"select {columns[0]} from {schema}.{table} limit 1")
            readable.add(f"{schema}.{table}")
    with connect("operator") as connection:
        before = {row["access_id"] for row in reads(connection)}
        collect(log)
        noted = {row["relation"] for row in reads(connection) if row["access_id"] not in before}
    return readable - noted
