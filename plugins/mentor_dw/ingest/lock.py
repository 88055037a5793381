"""One delivery of a source at a time, whoever asks: the scheduler, the command line, two of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mentor_dw.database import connect


@contextmanager
def source_lock(source: str) -> Iterator[None]:
    """Hold the lock of `source` for the block; waits for whoever has it. A killed holder's lock goes with it."""
    with connect("loader", autocommit=True) as connection:
        connection.execute(
            "select pg_advisory_lock(hashtextextended(%(name)s, 0))", {"name": f"mentor_dw ingest {source}"}
        )
        yield
