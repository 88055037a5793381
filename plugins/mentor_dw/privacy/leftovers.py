"""What deleted rows leave behind: dead rows in tables, and values in the statistics that queries are planned by."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from mentor_dw.database import connect

Connection = psycopg.Connection[dict[str, Any]]

#: Who owns tables of the warehouse.
_OWNERS = ("loader", "transformer", "owner")
_TABLES = """
    select n.nspname as schema, c.relname as name
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    where
        c.relkind in ('r', 'p', 'm')
        and not c.relispartition
        and c.relowner = current_user::regrole
        and n.nspname not like 'pg\\_%'
        and n.nspname <> 'information_schema'
"""
_STATISTICS = """
    select s.schemaname as schema, s.tablename as name, s.attname as column, s.inherited
    from pg_stats as s
    inner join pg_namespace as n on n.nspname = s.schemaname
    inner join pg_class as c on c.relname = s.tablename and c.relnamespace = n.oid
    where c.relowner = current_user::regrole and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
    order by 1, 2
"""
#: From PostgreSQL 18 on.
_CLEAR = "pg_catalog.pg_clear_attribute_stats(text, text, text, boolean)"


def forget_dead_rows() -> None:
    """Clear the dead rows of every table, and gather the statistics of all anew.

    Those of a table that is empty now would stay, so they are deleted; before PostgreSQL 18 nobody but a superuser can
    do that, and they stay until the table has rows again.
    """
    for role in _OWNERS:
        with connect(role, autocommit=True) as connection:
            for table in connection.execute(_TABLES).fetchall():
                name = sql.Identifier(table["schema"], table["name"])
                connection.execute(sql.SQL("vacuum (analyze) {}").format(name))
            can_clear = connection.execute("select to_regprocedure(%s) is not null as found", (_CLEAR,)).fetchone()
            if can_clear and can_clear["found"]:
                _clear_statistics_of_empty_tables(connection)


def _clear_statistics_of_empty_tables(connection: Connection) -> None:
    empty: dict[tuple[str, str], bool] = {}
    for row in connection.execute(_STATISTICS).fetchall():
        table = (row["schema"], row["name"])
        if table not in empty:
            found = connection.execute(
                sql.SQL("select not exists (select from {}) as empty").format(sql.Identifier(*table))
            ).fetchone()
            empty[table] = bool(found and found["empty"])
        if empty[table]:
            connection.execute(
                "select pg_clear_attribute_stats(%s, %s, %s, %s)", (*table, row["column"], row["inherited"])
            )
