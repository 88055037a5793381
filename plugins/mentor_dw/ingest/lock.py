"""One delivery of a source at a time, whoever asks: the scheduler, the command line, two of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from mentor_dw.database import connect


@dataclass(frozen=True)
class SourceLock:
    """A lock that is held for as long as its session lives."""

    connection: psycopg.Connection[dict[str, Any]]

    def confirm(self) -> None:
        """Raise DatabaseProblem (by way of `connect`) when the session, and with it the lock, is gone."""
        self.connection.execute("select 1")


@contextmanager
def source_lock(source: str) -> Iterator[SourceLock]:
    """Hold the lock of `source` for the block; waits for whoever has it. A killed holder's lock goes with it."""
    with connect("loader", autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtextextended(%(name)s, 0))", {"name": _name(source)})
        yield SourceLock(connection)
        # The session's end would let it go too, but a moment later than the next one asks.
        connection.execute("select pg_advisory_unlock(hashtextextended(%(name)s, 0))", {"name": _name(source)})


@contextmanager
def source_lock_if_free(source: str) -> Iterator[SourceLock | None]:
    """Hold the lock of `source` for the block unless somebody has it: then None."""
    with connect("loader", autocommit=True) as connection:
        row = connection.execute(
            "select pg_try_advisory_lock(hashtextextended(%(name)s, 0)) as taken", {"name": _name(source)}
        ).fetchone()
        yield SourceLock(connection) if row and row["taken"] else None
        if row and row["taken"]:
            connection.execute("select pg_advisory_unlock(hashtextextended(%(name)s, 0))", {"name": _name(source)})


def lock_is_free(connection: psycopg.Connection[dict[str, Any]], source: str) -> bool:
    """Whether nobody holds the lock of `source` at this moment. `connection` may be of any role, with autocommit."""
    key = {"name": _name(source)}
    row = connection.execute("select pg_try_advisory_lock(hashtextextended(%(name)s, 0)) as taken", key).fetchone()
    if row is None or not row["taken"]:
        return False
    connection.execute("select pg_advisory_unlock(hashtextextended(%(name)s, 0))", key)
    return True


def _name(source: str) -> str:
    return f"mentor_dw ingest {source}"
