"""Both databases of an installation, the schemas of the warehouse, and what each role may do.

All of it can run again: what is there and right is left alone. The owner is the embedded server's superuser, or the
role of MENTOR_DW_DSN, which needs CREATEDB and CREATEROLE but is no superuser. Such a role may not act for the roles
it made, so what only a role itself can say (default privileges) is said in a session of that role.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from mentor_dw.config import ROLES, SCOPED, Settings
from mentor_dw.database import connect, safe_errors
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed, sources
from mentor_dw.landing.tables import ensure_tables
from mentor_dw.landing.wide_tables import ensure_wide_tables
from mentor_dw.local.logins import ensure_our_role, ensure_passwords, login_name, role_conninfo

OLDEST_SERVER = 150000

#: Roles of the warehouse that may make temporary tables; transformer also makes scratch schemas for builds of the past.
WITH_TEMPORARY_TABLES = ("loader", "transformer")

#: What a role says about what it will make, in a session of its own. Tables of `bi` get their rights by each publish.
DEFAULT_PRIVILEGES = (
    ("loader", "in schema raw grant select on tables to transformer"),
    ("loader", "revoke execute on functions from public"),
    ("transformer", "in schema bi revoke select, references on tables from bi_reader, steward"),
    ("transformer", "in schema extracts grant select on tables to delivery"),
    ("transformer", "revoke execute on functions from public"),
)


@contextmanager
def owner_connection(conninfo: str, database: str | None = None) -> Iterator[psycopg.Connection]:
    """An autocommit connection of the owner, errors without values."""
    target = make_conninfo(conninfo, dbname=database) if database else conninfo
    with safe_errors(), psycopg.connect(target, autocommit=True, application_name="mentor_dw owner") as connection:
        yield connection


def ensure_logins(settings: Settings, conninfo: str) -> None:
    """Both databases, all roles with passwords, and `secrets/connection.json`.

    A role whose password is not known any more gets a new one. Raises MentorDwError when the server is too old, the
    owner may not make roles or databases, or a role of that name belongs to something else.
    """
    with owner_connection(conninfo) as connection:
        _check_owner(connection)
        for role in (*ROLES, SCOPED, "airflow"):
            ensure_our_role(connection, settings, role)
        for database in (settings.database, settings.airflow_database):
            _ensure_database(connection, database)
        grant_databases(connection, settings)
        if settings.dsn is None:
            # Our own server: nobody has business in the databases it came with.
            connection.execute("revoke all on database postgres, template1 from public")
        ensure_passwords(connection, settings)
    with owner_connection(conninfo, settings.airflow_database) as connection:
        connection.execute("revoke all on schema public from public")
        connection.execute(
            sql.SQL("grant usage, create on schema public to {}").format(
                sql.Identifier(login_name(settings, "airflow"))
            )
        )


def ensure_schema(settings: Settings, conninfo: str) -> list[str]:
    """Run the files of `mentor_dw/schema` that this warehouse has not seen, in order; their names.

    Each file and its entry in ops.schema_version are one transaction.
    """
    applied = []
    scripts = {path.name: path for path in files("mentor_dw.schema").iterdir() if path.name.endswith(".sql")}
    with owner_connection(conninfo, settings.database) as connection:
        connection.execute("revoke all on schema public from public")
        seen: set[str] = set()
        if connection.execute("select to_regclass('ops.schema_version')").fetchone()[0]:
            seen = {name for (name,) in connection.execute("select file_name from ops.schema_version")}
        for name in sorted(set(scripts) - seen):
            with connection.transaction():
                connection.execute(scripts[name].read_text(encoding="utf-8"))
                connection.execute("insert into ops.schema_version (file_name) values (%s)", [name])
            applied.append(name)
        # Notes of reads go into the log of our own server; of a given one we could not read it.
        connection.execute(
            "update ops.access_place set to_log = %(ours)s where to_log <> %(ours)s", {"ours": settings.dsn is None}
        )
    for giver, what in DEFAULT_PRIVILEGES:
        with safe_errors(), psycopg.connect(role_conninfo(settings, giver), autocommit=True) as connection:
            connection.execute(f"alter default privileges {what}")
    return applied


def ensure_source_tables() -> None:
    """The landing and raw tables of every source that has a feed, in the installation that `get_settings` names."""
    with connect("loader") as connection:
        for source in sources():
            feed = load_feed(source)
            (ensure_wide_tables if feed.wide else ensure_tables)(connection, feed)


def grant_databases(connection: psycopg.Connection, settings: Settings) -> None:
    """Who may enter which database. PUBLIC may enter none."""
    warehouse, airflow = sql.Identifier(settings.database), sql.Identifier(settings.airflow_database)
    for database in (warehouse, airflow):
        connection.execute(sql.SQL("revoke all on database {} from public").format(database))
    connection.execute(
        sql.SQL("grant connect on database {} to {}").format(
            warehouse, sql.SQL(", ").join(sql.Identifier(role) for role in (*ROLES, SCOPED))
        )
    )
    connection.execute(
        sql.SQL("grant temporary on database {} to {}").format(
            warehouse, sql.SQL(", ").join(sql.Identifier(role) for role in WITH_TEMPORARY_TABLES)
        )
    )
    connection.execute(sql.SQL("grant create on database {} to transformer").format(warehouse))
    connection.execute(
        sql.SQL("grant connect, temporary on database {} to {}").format(
            airflow, sql.Identifier(login_name(settings, "airflow"))
        )
    )


def _check_owner(connection: psycopg.Connection) -> None:
    if connection.info.server_version < OLDEST_SERVER:
        raise MentorDwError(
            f"The PostgreSQL server has version {connection.info.server_version // 10000}.", "Version 15 is needed."
        )
    rights = connection.execute(
        "select rolsuper or (rolcreatedb and rolcreaterole) from pg_roles where rolname = current_user"
    ).fetchone()
    if not rights[0]:
        raise MentorDwError(
            f"The role {connection.info.user} of MENTOR_DW_DSN may not make databases and roles.",
            f"Let an administrator run: alter role {connection.info.user} createdb createrole",
        )


def _ensure_database(connection: psycopg.Connection, name: str) -> None:
    if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
        return
    if connection.info.server_version >= 170000:
        locale = sql.SQL("locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'")
    else:
        # Sorting by code point everywhere; letters as the server knows them, where it knows UTF-8.
        (letters,) = connection.execute("select datctype from pg_database where datname = 'template0'").fetchone()
        known = letters if "utf" in letters.lower() else "C"
        locale = sql.SQL("locale_provider libc lc_collate 'C' lc_ctype {}").format(sql.Literal(known))
    connection.execute(
        sql.SQL("create database {} template template0 encoding 'UTF8' {}").format(sql.Identifier(name), locale)
    )
