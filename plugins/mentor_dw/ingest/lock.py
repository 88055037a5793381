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
        connection.execute(
            "select pg_advisory_lock(hashtextextended(%(name)s, 0))", {"name": f"mentor_dw ingest {source}"}
        )
        yield SourceLock(connection)
