"""Both databases of an installation, the roles that log in, and what each role may do.

All of it can run again: what is there and right is left alone. The owner is the embedded server's superuser, or the
role of MENTOR_DW_DSN, which needs CREATEDB and CREATEROLE but is no superuser. Such a role may not act for the roles
it made, so what only a role itself can say (default privileges) is said in a session of that role.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from mentor_dw.config import ROLES, Settings
from mentor_dw.database import CONNECTION_FILE, address, connect, given_by, safe_errors
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed, sources
from mentor_dw.landing.tables import ensure_tables
from mentor_dw.landing.wide_tables import ensure_wide_tables
from mentor_dw.secret_files import read_secret, write_private

OLDEST_SERVER = 150000

#: Roles of the warehouse that may make temporary tables; transformer also makes scratch schemas for builds of the past.
WITH_TEMPORARY_TABLES = ("loader", "transformer")

#: Settings of a login; readers cannot write even where a right was given by mistake, and cannot hold a server up.
_READER = {"default_transaction_read_only": "on", "idle_in_transaction_session_timeout": "15min"}
ROLE_SETTINGS: dict[str, dict[str, str]] = {
    "bi_reader": _READER | {"statement_timeout": "5min", "search_path": "bi"},
    "operator": _READER | {"statement_timeout": "5min", "search_path": "ops"},
    "steward": _READER | {"statement_timeout": "5min"},
}

#: What a role gives away of the tables it will make: (giver, schema, rights, receiver).
DEFAULT_PRIVILEGES = (
    ("loader", "raw", "select", "transformer"),
    ("transformer", "bi", "select, references", "bi_reader"),
    ("transformer", "bi", "select", "steward"),
    ("transformer", "extracts", "select", "delivery"),
)


@contextmanager
def owner_connection(conninfo: str, database: str | None = None) -> Iterator[psycopg.Connection]:
    """An autocommit connection of the owner, errors without values."""
    target = make_conninfo(conninfo, dbname=database) if database else conninfo
    with safe_errors(), psycopg.connect(target, autocommit=True, application_name="mentor_dw owner") as connection:
        yield connection


def login_name(settings: Settings, role: str) -> str:
    """The PostgreSQL role behind `role`: its own name, and for Airflow that of its database."""
    return settings.airflow_database if role == "airflow" else role


def ensure_logins(settings: Settings, conninfo: str) -> None:
    """Both databases, all roles with passwords, and `secrets/connection.json`.

    A role whose password is not known any more gets a new one. Raises MentorDwError when the server is too old, the
    owner may not make roles or databases, or a role of that name belongs to something else.
    """
    with owner_connection(conninfo) as connection:
        _check_owner(connection)
        for role in (*ROLES, "airflow"):
            _ensure_role(connection, settings, role)
        for database in (settings.database, settings.airflow_database):
            _ensure_database(connection, database)
        grant_databases(connection, settings)
        if settings.dsn is None:
            # Our own server: nobody has business in the databases it came with.
            connection.execute("revoke all on database postgres, template1 from public")
        _ensure_passwords(connection, settings)
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
    for giver, schema, rights, receiver in DEFAULT_PRIVILEGES:
        with safe_errors(), psycopg.connect(_role_conninfo(settings, giver), autocommit=True) as connection:
            connection.execute(f"alter default privileges in schema {schema} grant {rights} on tables to {receiver}")
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
            warehouse, sql.SQL(", ").join(sql.Identifier(role) for role in ROLES)
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


def write_connection_file(settings: Settings, connection: psycopg.Connection, logins: dict[str, dict]) -> None:
    """Write down where the roles log in, if that is not written already; `connection` is the owner's."""
    info = connection.info
    owner = {"user": info.user, "password": info.password or ""}
    facts = {
        "host": info.host,
        "port": info.port,
        "database": settings.database,
        "roles": logins | {"owner": owner},
    }
    if facts != _read_connection_file(settings):
        write_private(settings.secrets / CONNECTION_FILE, json.dumps(facts, indent=2))


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


def _ensure_role(connection: psycopg.Connection, settings: Settings, role: str) -> None:
    name = login_name(settings, role)
    # Roles belong to the whole server, so each says which warehouse it is for.
    mark = f"mentor-dw: {role} of the warehouse {settings.database}"
    found = connection.execute(
        "select coalesce(shobj_description(oid, 'pg_authid'), '') from pg_roles where rolname = %s", [name]
    ).fetchone()
    if found is None:
        with connection.transaction():
            connection.execute(sql.SQL("create role {} login").format(sql.Identifier(name)))
            connection.execute(sql.SQL("comment on role {} is {}").format(sql.Identifier(name), sql.Literal(mark)))
    elif found[0] != mark:
        raise MentorDwError(
            f"The server has a role {name} that is not of the warehouse {settings.database}.",
            "Use a server of its own, or remove that role.",
        )
    has = connection.execute(
        "select coalesce(s.setconfig, '{}') from pg_roles r "
        "left join pg_db_role_setting s on s.setrole = r.oid and s.setdatabase = 0 where r.rolname = %s",
        [name],
    ).fetchone()[0]
    for setting, value in ROLE_SETTINGS.get(role, {}).items():
        if f"{setting}={value}" not in has:
            connection.execute(
                sql.SQL("alter role {} set {} to {}").format(
                    sql.Identifier(name), sql.Identifier(setting), sql.Literal(value)
                )
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


def _ensure_passwords(connection: psycopg.Connection, settings: Settings) -> None:
    facts = _read_connection_file(settings) or {}
    logins: dict[str, dict] = {}
    for role in (*ROLES, "airflow"):
        name = login_name(settings, role)
        database = settings.airflow_database if role == "airflow" else settings.database
        given = address(role) if given_by(role) else None
        known = facts.get("roles", {}).get(role, {}).get("password", "")
        login = {"user": name, "password": given.password if given else known}
        if not login["password"] or not _can_log_in(connection, login, database):
            login["password"] = login["password"] if given else secrets.token_urlsafe(24)
            # The server gets a verifier, so that the password cannot turn up in a log of statements.
            verifier = connection.pgconn.encrypt_password(login["password"].encode(), name.encode(), b"scram-sha-256")
            connection.execute(
                sql.SQL("alter role {} password {}").format(sql.Identifier(name), sql.Literal(verifier.decode()))
            )
        if given is None:  # what the environment gives is not written down
            logins[role] = login | ({"database": database} if role == "airflow" else {})
    write_connection_file(settings, connection, logins)


def _can_log_in(connection: psycopg.Connection, login: dict, database: str) -> bool:
    info = connection.info
    try:
        psycopg.connect(host=info.host, port=info.port, dbname=database, connect_timeout=10, **login).close()
    except psycopg.OperationalError:
        return False
    return True


def _read_connection_file(settings: Settings) -> dict | None:
    path = settings.secrets / CONNECTION_FILE
    try:
        return json.loads(read_secret(path))
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def _role_conninfo(settings: Settings, role: str) -> str:
    if given_by(role):
        place = address(role)
        return make_conninfo(
            host=place.host, port=place.port, dbname=place.database, user=place.user, password=place.password
        )
    facts = _read_connection_file(settings)
    login = facts["roles"][role]
    return make_conninfo(
        host=facts["host"],
        port=facts["port"],
        dbname=login.get("database", facts["database"]),
        user=login["user"],
        password=login["password"],
    )
