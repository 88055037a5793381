"""One build or publish at a time: both work on the tables of schema `work`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg import Connection

from mentor_dw.database import connect

#: Any number will do, as long as nothing else in this database locks it.
BUILD_LOCK = 7_305_524_108


@contextmanager
def build_lock(say: Callable[[str], None]) -> Iterator[Connection[dict]]:
    """Hold the lock for the time of a block; it goes with the connection, so a killed process frees it.

    Waits for another build or publish to end. Yields the connection that holds it, in autocommit mode.
    """
    with connect("transformer", autocommit=True) as connection:
        row = connection.execute("select pg_try_advisory_lock(%s) as got", (BUILD_LOCK,)).fetchone()
        if not row or not row["got"]:
            say("Another build or publish is under way; waiting for it.")
            connection.execute("select pg_advisory_lock(%s)", (BUILD_LOCK,))
        yield connection
