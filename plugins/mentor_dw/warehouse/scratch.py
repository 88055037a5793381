"""Schemas that live no longer than the question they answer. A crash may leave one behind; the next one clears it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from mentor_dw.config import get_settings
from mentor_dw.database import connect

#: How their names begin.
SCRATCH = "scratch_"


def dbt_folder(schema: str) -> Path:
    """Where dbt writes when it builds in `schema`, apart from every other build."""
    return get_settings().home / "dbt" / "past" / schema


@contextmanager
def scratch_schema() -> Iterator[str]:
    """A new schema that is dropped at the end of the block with its dbt folder, whatever happens in it.

    A lock named after it tells others that it is in use; without one it is left over from a crash and is dropped.
    """
    schema = SCRATCH + secrets.token_hex(6)
    with connect("transformer", autocommit=True) as connection:
        drop_leftover_scratch_schemas(connection)
        _lock(connection, schema)
        connection.execute(SQL("create schema {}").format(Identifier(schema)))
        try:
            yield schema
        finally:
            _drop(connection, schema)


def drop_leftover_scratch_schemas(connection: Connection[dict]) -> int:
    """Drop what killed processes left behind; how many schemas. Those in use are left alone."""
    dropped = 0
    rows = connection.execute(
        "select nspname as name from pg_namespace where starts_with(nspname, %s) and nspowner = current_user::regrole",
        (SCRATCH,),
    ).fetchall()
    for row in rows:
        if _lock(connection, row["name"]):
            _drop(connection, row["name"])
            connection.execute("select pg_advisory_unlock(hashtext('scratch'), hashtext(%s))", (row["name"],))
            dropped += 1
    return dropped


def _lock(connection: Connection[dict], schema: str) -> bool:
    row = connection.execute(
        "select pg_try_advisory_lock(hashtext('scratch'), hashtext(%s)) as got", (schema,)
    ).fetchone()
    return bool(row and row["got"])


def _drop(connection: Connection[dict], schema: str) -> None:
    shutil.rmtree(dbt_folder(schema), ignore_errors=True)
    connection.execute(SQL("drop schema if exists {} cascade").format(Identifier(schema)))
