"""One run at a time works at an extract, and one at the numbers of a model; whoever comes second waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from mentor_dw.database import connect


@contextmanager
def extract_lock(name: str, models: Iterable[str] = ()) -> Iterator[None]:
    """Hold the lock of the extract `name`, then those of `models`, for the block. A killed holder's locks go with it.

    What a version may tell depends on what others of the same models told, so those are not made side by side.
    """
    with connect("delivery", autocommit=True) as connection:
        for what in (f"mentor_dw extract {name}", *(f"mentor_dw extract model {model}" for model in sorted(models))):
            connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (what,))
        yield
        # Given back now: with the end of the session they would go a moment after the next one looks.
        connection.execute("select pg_advisory_unlock_all()")
