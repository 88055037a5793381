"""Connections to the warehouse, by role, and one place where database errors lose their values.

PostgreSQL puts values into errors (`DETAIL: Key (…)=(…)`, COPY `CONTEXT`), and Airflow logs every error. So all
database work runs inside `connect`, which re-raises with the error class and the constraint's name only.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg.rows import dict_row

from mentor_dw.config import get_settings
from mentor_dw.errors import DatabaseProblem, DatabaseTrouble, MentorDwError
from mentor_dw.secret_files import read_secret

CONNECTION_FILE = "connection.json"

#: SQLSTATE classes of what may pass by itself: connection, resources, operator's intervention, locks, lost races.
_MAY_PASS = frozenset({"08", "40", "53", "55", "57", "58"})


#: A password that was changed a moment ago is written down within so many seconds.
_WRITTEN_DOWN = 0.3


@dataclass(frozen=True)
class Address:
    """Where a role logs in. Its repr shows no password."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)

    def url(self, scheme: str = "postgresql") -> str:
        """A URL; GX and SQLAlchemy want one with a host, `scheme` may be `postgresql+psycopg2`."""
        return (
            f"{scheme}://{quote(self.user, safe='')}:{quote(self.password, safe='')}"
            f"@{self.host}:{self.port}/{quote(self.database, safe='')}"
        )


def address(role: str) -> Address:
    """The address of `role` in this installation.

    The environment comes first: AIRFLOW_CONN_MENTOR_DW_<ROLE>, a connection as Airflow writes it (a URI or JSON), or
    the file that MENTOR_DW_CONN_<ROLE>_FILE names, which holds the same. Otherwise what the installer (`mentor-dw up`)
    wrote to `secrets/connection.json`: host, port, database, and for every role {"user", "password"}. Raises
    MentorDwError when there is no installation or no such role, or others may read the file.
    """
    variable = given_by(role)
    if variable is not None:
        value = os.environ[variable]
        try:
            return _as_airflow_writes_it(read_secret(Path(value)) if variable.endswith("_FILE") else value)
        except FileNotFoundError:
            raise MentorDwError(f"The file that {variable} names is not there.") from None
        except (ValueError, KeyError, TypeError):
            raise MentorDwError(
                f"{variable} is no connection with host, login, password and schema.",
                "It looks like postgres://login:password@host:5432/database, or the same as JSON (docs/keys.md).",
            ) from None
    try:
        facts = json.loads(read_secret(get_settings().secrets / CONNECTION_FILE))
    except FileNotFoundError:
        raise MentorDwError(f"No installation in {get_settings().home}.", "Run `mentor-dw up` first.") from None
    login = facts["roles"].get(role)
    if login is None:
        raise MentorDwError(f"No role {role}.", f"Roles are: {', '.join(sorted(facts['roles']))}.")
    return Address(
        host=facts["host"],
        port=facts["port"],
        database=login.get("database", facts["database"]),
        user=login["user"],
        password=login["password"],
    )


def given_by(role: str) -> str | None:
    """The environment variable that says where `role` logs in; None when the installation does."""
    for variable in (f"AIRFLOW_CONN_MENTOR_DW_{role.upper()}", f"MENTOR_DW_CONN_{role.upper()}_FILE"):
        if os.environ.get(variable):
            return variable
    return None


def _as_airflow_writes_it(text: str) -> Address:
    """A connection from its URI or JSON. Raises ValueError, KeyError or TypeError when something is missing."""
    text = text.strip()
    if text.startswith("{"):
        told = json.loads(text)
    else:
        uri = urlsplit(text)
        parts = {"host": uri.hostname, "login": uri.username, "password": uri.password, "schema": uri.path.strip("/")}
        told = {name: unquote(part) for name, part in parts.items() if part} | {"port": uri.port}
    return Address(
        host=str(told["host"]),
        port=int(told.get("port") or 5432),
        database=str(told["schema"]),
        user=str(told["login"]),
        password=str(told["password"]),
    )


@contextmanager
def safe_errors() -> Iterator[None]:
    """Re-raise psycopg errors as DatabaseProblem: error class, constraint and table, no values, no cause."""
    problem: DatabaseProblem | None = None
    try:
        yield
    except psycopg.Error as error:
        what = type(error).__name__
        diag = error.diag
        for name, value in (
            ("constraint", diag.constraint_name),
            ("table", diag.table_name),
            ("column", diag.column_name),
        ):
            if value:
                what += f", {name} {value}"
        # Messages of class 42 (names, syntax, rights) and of trouble that may pass name objects, not data.
        if diag.message_primary and (error.sqlstate or "")[:2] in _MAY_PASS | {"42"}:
            what += f": {diag.message_primary}"
        elif error.sqlstate is None:
            what += ": no answer from the server" if isinstance(error, psycopg.OperationalError) else ""
        passing = error.sqlstate is None or error.sqlstate[:2] in _MAY_PASS
        problem = (DatabaseTrouble if passing else DatabaseProblem)(error.sqlstate, what)
    if problem is not None:
        raise problem from None


@contextmanager
def connect(role: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection[dict]]:
    """A connection as `role`, rows as dicts; commits at the end of the block, rolls back on an error.

    Raises DatabaseProblem for every database error inside the block.
    """
    with safe_errors(), _logged_in(role, autocommit) as connection:
        yield connection


def _logged_in(role: str, autocommit: bool) -> psycopg.Connection[dict]:
    """A session of `role`; with the password that was written down meanwhile, when it was just changed."""
    place = address(role)
    while True:
        try:
            return psycopg.connect(
                host=place.host,
                port=place.port,
                dbname=place.database,
                user=place.user,
                password=place.password,
                autocommit=autocommit,
                row_factory=dict_row,
                application_name=f"mentor_dw {role}",
            )
        except psycopg.OperationalError:
            time.sleep(_WRITTEN_DOWN)
            before, place = place, address(role)
            if place == before:
                raise
