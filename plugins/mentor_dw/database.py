"""Connections to the warehouse, by role, and one place where database errors lose their values.

PostgreSQL puts values into errors (`DETAIL: Key (…)=(…)`, COPY `CONTEXT`), and Airflow logs every error. So all
database work runs inside `connect`, which re-raises with the error class and the constraint's name only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import psycopg
from psycopg.rows import dict_row

from mentor_dw.config import get_settings
from mentor_dw.errors import DatabaseProblem, DatabaseTrouble, MentorDwError

CONNECTION_FILE = "connection.json"

#: SQLSTATE classes of what may pass by itself: connection, resources, operator's intervention, locks, lost races.
_MAY_PASS = frozenset({"08", "40", "53", "55", "57", "58"})


@dataclass(frozen=True)
class Address:
    """Where a role logs in."""

    host: str
    port: int
    database: str
    user: str
    password: str

    def url(self, scheme: str = "postgresql") -> str:
        """A URL; GX and SQLAlchemy want one with a host, `scheme` may be `postgresql+psycopg2`."""
        return (
            f"{scheme}://{quote(self.user, safe='')}:{quote(self.password, safe='')}"
            f"@{self.host}:{self.port}/{quote(self.database, safe='')}"
        )


def address(role: str) -> Address:
    """The address of `role` in this installation.

    The installer (`mentor-dw up`) writes `secrets/connection.json`: host, port, database, and for every role
    {"user", "password"}. Raises MentorDwError when there is no installation or no such role.
    """
    file = get_settings().secrets / CONNECTION_FILE
    if not file.is_file():
        raise MentorDwError(f"No installation in {get_settings().home}.", "Run `mentor-dw up` first.")
    facts = json.loads(file.read_text())
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
    place = address(role)
    with (
        safe_errors(),
        psycopg.connect(
            host=place.host,
            port=place.port,
            dbname=place.database,
            user=place.user,
            password=place.password,
            autocommit=autocommit,
            row_factory=dict_row,
            application_name=f"mentor_dw {role}",
        ) as connection,
    ):
        yield connection
