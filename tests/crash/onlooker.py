"""Somebody who reads `bi` while it is published: every look must show the old state or the new one, whole."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import psycopg

#: Looks so long after one another, in seconds.
PAUSE = 0.02


def shown(session: psycopg.Connection) -> str:
    """What all tables of `bi` hold, as one moment shows them."""
    with session.transaction():
        session.execute("set transaction isolation level repeatable read read only")
        tables = session.execute(
            "select c.relname from pg_class as c"
            " where c.relnamespace = 'bi'::regnamespace and c.relkind = 'r' and c.reltuples < 5000 order by 1"
        ).fetchall()
        told = []
        for (table,) in tables:
            row = session.execute(
                f"select md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) from bi.\"{table}\" as t"
            ).fetchone()
            told.append(f"{table} {row[0]}")
    return "\n".join(told)


class Onlooker:
    """Looks again and again in a thread of its own, until it is told to stop; `seen` are the states it was shown."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._end = threading.Event()
        self.seen: set[str] = set()
        self._thread = threading.Thread(target=self._look, name="onlooker", daemon=True)
        self._thread.start()

    def stop(self) -> set[str]:
        """The states that were shown."""
        self._end.set()
        self._thread.join()
        return self.seen

    def _look(self) -> None:
        while not self._end.is_set():
            # The server may be killed while we read: then we come again.
            with suppress(psycopg.Error), psycopg.connect(self._url, autocommit=True) as session:
                while not self._end.is_set():
                    self.seen.add(shown(session))
                    time.sleep(PAUSE)
            time.sleep(PAUSE)
