"""The warehouse as it was known at a moment: the same project, built in a schema of its own.

A delivery counts when it was accepted by then and not yet withdrawn; that rule is in dbt. What is published and what
a build has in `work` are not touched.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from mentor_dw.config import COPENHAGEN, get_settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.figures import rows_as_json
from mentor_dw.warehouse.dbt_run import DATA_TESTS, PROJECT, UNIT_TESTS, DbtProject, DbtRun

#: Schemas with this beginning live no longer than the question they answer.
_SCRATCH = "scratch_"
_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]{2,40}")


def parse_moment(text: str) -> datetime:
    """The moment that `text` (ISO 8601) names, in Europe/Copenhagen when it has no offset.

    Raises MentorDwError for anything else.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise MentorDwError(
            "That is not a moment.", "Write it like 2026-03-01T12:00 or 2026-03-01T12:00:00Z."
        ) from None
    return _zoned(moment)


def figures_as_known_at(moment: datetime, project: Path = PROJECT) -> list[dict[str, Any]]:
    """The rows of `bi.figure` as they would have been computed at `moment`, in the form of `current_figures`."""
    with _scratch_schema() as schema:
        _build(moment, schema, project, ["+figure"], lambda _: None)
        with connect("transformer") as connection:
            rows = connection.execute(
                SQL("select measure, dimensions, value, unit from {} order by measure, dimensions::text").format(
                    Identifier(schema, "figure")
                )
            ).fetchall()
    return rows_as_json(rows)


def rebuild_as_known_at(moment: datetime, schema: str, say: Callable[[str], None], project: Path = PROJECT) -> DbtRun:
    """Build every model as known at `moment` in the new schema `schema`, which stays until somebody drops it.

    Raises MentorDwError when the schema exists, or has a name that the house uses itself.
    """
    if not _SCHEMA_NAME.fullmatch(schema) or schema.startswith((_SCRATCH, "pg_")):
        raise MentorDwError(
            f"A schema for inspection cannot be called {schema!r}.",
            f"Use 3 to 41 lower-case letters, digits and underscores, not beginning with {_SCRATCH} or pg_.",
        )
    with connect("transformer") as connection:
        if connection.execute("select 1 as found from pg_namespace where nspname = %s", (schema,)).fetchone():
            raise MentorDwError(f"There is a schema {schema} already.", "Drop it, or choose another name.")
    return _build(moment, schema, project, None, say)


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=COPENHAGEN)


def _to_the_end(moment: datetime) -> datetime:
    """`moment` with its zone. The ledger shows milliseconds, so a moment read there means all of its millisecond."""
    zoned = _zoned(moment)
    return zoned.replace(microsecond=zoned.microsecond + 999) if zoned.microsecond % 1000 == 0 else zoned


def _build(
    moment: datetime, schema: str, project: Path, select: list[str] | None, say: Callable[[str], None]
) -> DbtRun:
    # A folder of its own: the parse cache of the ordinary build is for another schema.
    folder = _folder(schema)
    try:
        parsed = DbtProject(folder, schema=schema, project=project)
        # The tests judge what is about to be published; a state of the past is what it was.
        return parsed.build(as_known_at=_to_the_end(moment), say=say, select=select, leave_out=[UNIT_TESTS, DATA_TESTS])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder(schema: str) -> Path:
    return get_settings().home / "dbt" / "past" / schema


@contextmanager
def _scratch_schema() -> Iterator[str]:
    """A new schema that is dropped at the end of the block, whatever happens in it.

    A lock named after it tells others that it is in use; without one it is left over from a crash and is dropped.
    """
    schema = _SCRATCH + secrets.token_hex(6)
    with connect("transformer", autocommit=True) as connection:
        drop_leftover_scratch_schemas(connection)
        _lock(connection, schema)
        connection.execute(SQL("create schema {}").format(Identifier(schema)))
        try:
            yield schema
        finally:
            _drop(connection, schema)


def _lock(connection: Connection[dict], schema: str) -> bool:
    row = connection.execute(
        "select pg_try_advisory_lock(hashtext('scratch'), hashtext(%s)) as got", (schema,)
    ).fetchone()
    return bool(row and row["got"])


def _drop(connection: Connection[dict], schema: str) -> None:
    connection.execute(SQL("drop schema if exists {} cascade").format(Identifier(schema)))


def drop_leftover_scratch_schemas(connection: Connection[dict]) -> int:
    """Drop what killed processes left behind; how many schemas. Those in use are left alone."""
    dropped = 0
    rows = connection.execute(
        "select nspname as name from pg_namespace where starts_with(nspname, %s) and nspowner = current_user::regrole",
        (_SCRATCH,),
    ).fetchall()
    for row in rows:
        if _lock(connection, row["name"]):
            shutil.rmtree(_folder(row["name"]), ignore_errors=True)
            _drop(connection, row["name"])
            connection.execute("select pg_advisory_unlock(hashtext('scratch'), hashtext(%s))", (row["name"],))
            dropped += 1
    return dropped
