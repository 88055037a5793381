"""The roles that log in: their settings, limits and passwords, and the file that says where they log in."""

from __future__ import annotations

import json
import secrets

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from mentor_dw.config import ROLES, SCOPED, Settings
from mentor_dw.database import CONNECTION_FILE, address, given_by
from mentor_dw.errors import MentorDwError
from mentor_dw.local.connection_file import write_connection_file
from mentor_dw.secret_files import read_secret

#: Settings of a login: nobody holds the server up, and readers cannot write even where a right was given by mistake.
_IN_TIME = {"statement_timeout": "5min", "idle_in_transaction_session_timeout": "15min"}
_READER = _IN_TIME | {"default_transaction_read_only": "on"}
#: A person who reads also leaves: a session nobody uses ends, and keeps no connection from others.
BI_READER_SETTINGS = _READER | {"idle_session_timeout": "8h", "search_path": "bi"}
ROLE_SETTINGS: dict[str, dict[str, str]] = {
    "bi_reader": BI_READER_SETTINGS,
    "casework": BI_READER_SETTINGS,
    "operator": _READER | {"search_path": "ops"},
    "steward": _READER | {"idle_session_timeout": "8h"},
    # Reads extracts, and writes down what was signed.
    "delivery": _IN_TIME,
}
#: Readers of `bi`, whose reads about persons are noted (schema/009_access.sql); scoped logins are too.
NOTED_READERS = ("bi_reader", "casework", "steward")
#: Sessions at a time of the roles that people and their tools log in with; the server has 100 for all.
CONNECTION_LIMITS = {"bi_reader": 30, "casework": 10, "steward": 10}


def settings_of(settings: Settings, role: str | None = None) -> dict[str, str]:
    """The settings of a login of the house, or (None) of a scoped one.

    On a given server reads about persons are noted in a table, so whoever reads there needs transactions that may
    write; its rights are to read all the same.
    """
    found = BI_READER_SETTINGS if role is None else ROLE_SETTINGS.get(role, {})
    if settings.dsn is not None and (role is None or role in NOTED_READERS):
        return found | {"default_transaction_read_only": "off"}
    return found


def login_name(settings: Settings, role: str) -> str:
    """The PostgreSQL role behind `role`: its own name, and for Airflow that of its database."""
    return settings.airflow_database if role == "airflow" else role


def ensure_role(
    connection: psycopg.Connection,
    name: str,
    mark: str,
    settings: dict[str, str],
    limit: int = -1,
    *,
    login: bool = True,
) -> None:
    """The role `name` with these settings and at most `limit` sessions (-1: any number).

    Roles belong to the whole server, so each says in a comment, `mark`, which warehouse it is for. Raises MentorDwError
    when there is a role of that name with another mark.
    """
    found = connection.execute(
        "select coalesce(shobj_description(r.oid, 'pg_authid'), ''), r.rolconnlimit, coalesce(s.setconfig, '{}')"
        " from pg_roles as r left join pg_db_role_setting as s on s.setrole = r.oid and s.setdatabase = 0"
        " where r.rolname = %s",
        [name],
    ).fetchone()
    role = sql.Identifier(name)
    if found is None:
        with connection.transaction():
            connection.execute(sql.SQL("create role {} {}").format(role, sql.SQL("login" if login else "nologin")))
            connection.execute(sql.SQL("comment on role {} is {}").format(role, sql.Literal(mark)))
        found = (mark, -1, [])
    if found[0] != mark:
        raise MentorDwError(
            f"The server has a role {name} that is not of this warehouse.",
            "Use a server of its own, another name, or remove that role.",
        )
    if found[1] != limit:
        connection.execute(sql.SQL("alter role {} connection limit {}").format(role, sql.Literal(limit)))
    for setting, value in settings.items():
        if f"{setting}={value}" not in found[2]:
            connection.execute(
                sql.SQL("alter role {} set {} to {}").format(role, sql.Identifier(setting), sql.Literal(value))
            )


def mark_of(settings: Settings, role: str) -> str:
    """The comment on a role of this warehouse."""
    return f"mentor-dw: {role} of the warehouse {settings.database}"


def ensure_our_role(connection: psycopg.Connection, settings: Settings, role: str) -> None:
    """A role of the house, as `ensure_role` makes it."""
    ensure_role(
        connection,
        login_name(settings, role),
        mark_of(settings, role),
        settings_of(settings, role),
        CONNECTION_LIMITS.get(role, -1),
        login=role != SCOPED,
    )


def ensure_passwords(connection: psycopg.Connection, settings: Settings) -> None:
    """Passwords with which every role logs in, and `secrets/connection.json`; what works already is left alone."""
    facts = _read_connection_file(settings) or {}
    logins: dict[str, dict] = {}
    for role in (*ROLES, "airflow", *_scoped_on_server(connection, settings)):
        name = login_name(settings, role)
        database = settings.airflow_database if role == "airflow" else settings.database
        given = address(role) if given_by(role) else None
        known = facts.get("roles", {}).get(role, {}).get("password", "")
        login = {"user": name, "password": given.password if given else known}
        if not login["password"] or not _can_log_in(connection, login, database):
            login["password"] = set_password(connection, name, given.password if given else None)
        if given is None:  # what the environment gives is not written down
            logins[role] = login | ({"database": database} if role == "airflow" else {})
    _write_connection_file(settings, connection, logins)


def _scoped_on_server(connection: psycopg.Connection, settings: Settings) -> list[str]:
    """The scoped logins of this warehouse that the server has."""
    rows = connection.execute(
        "select r.rolname, shobj_description(r.oid, 'pg_authid') from pg_auth_members as m"
        " inner join pg_roles as g on m.roleid = g.oid inner join pg_roles as r on m.member = r.oid"
        " where g.rolname = %s order by r.rolname",
        [SCOPED],
    ).fetchall()
    return [name for name, mark in rows if mark == mark_of(settings, name)]


def set_password(connection: psycopg.Connection, name: str, password: str | None = None) -> str:
    """Give the role `name` the password, or a new one; the password."""
    password = password or secrets.token_urlsafe(24)
    # The server gets a verifier, so that the password cannot turn up in a log of statements.
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL("alter role {} password {}").format(sql.Identifier(name), sql.Literal(verifier.decode()))
    )
    return password


def scoped_logins(settings: Settings) -> list[str]:
    """The scoped logins that the connection file has."""
    facts = _read_connection_file(settings) or {"roles": {}}
    return sorted(facts["roles"].keys() - {*ROLES, "owner", "airflow"})


def keep_login(settings: Settings, role: str, password: str) -> None:
    """Add a scoped login to the connection file."""
    facts = _read_connection_file(settings) or {}
    facts["roles"][role] = {"user": role, "password": password}
    write_connection_file(settings, facts)


def forget_login(settings: Settings, role: str) -> None:
    """Take a scoped login out of the connection file."""
    facts = _read_connection_file(settings) or {}
    facts["roles"].pop(role, None)
    write_connection_file(settings, facts)


def _can_log_in(connection: psycopg.Connection, login: dict, database: str) -> bool:
    info = connection.info
    try:
        psycopg.connect(host=info.host, port=info.port, dbname=database, connect_timeout=10, **login).close()
    except psycopg.OperationalError as error:
        # Whoever is told that there are too many of them has been let in by the password.
        return "too many connections" in str(error)
    return True


def _read_connection_file(settings: Settings) -> dict | None:
    path = settings.secrets / CONNECTION_FILE
    try:
        return json.loads(read_secret(path))
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def role_conninfo(settings: Settings, role: str) -> str:
    """The address of `role`: given by the environment, or by the connection file of `settings`."""
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


def _write_connection_file(settings: Settings, connection: psycopg.Connection, logins: dict[str, dict]) -> None:
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
        write_connection_file(settings, facts)
