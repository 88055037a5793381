"""Spot checks of reads about persons: some are drawn, somebody looks at each, and what came of it is kept."""

from __future__ import annotations

import math
from random import Random, SystemRandom
from typing import Any

import psycopg

from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError

Connection = psycopg.Connection[dict[str, Any]]

#: Reads of so many days can be drawn.
DAYS = 31

_OPEN = """
    select l.access_id, l.at, l.role_name, l.purpose, l.relation, l.statement, l.person_keys, l.named_keys,
        l.application, c.drawn_at, c.drawn_by
    from ops.access_check as c
    inner join ops.access_log as l on c.access_id = l.access_id
    where c.answered_at is null
    order by l.access_id
"""


def draw(share: float, seed: int | None, by: str) -> int:
    """Draw reads of the last month until `share` of them (0 to 1, rounded up) has been drawn; how many are new.

    Each read is as likely as any other. `seed` makes a draw that can be repeated. Raises MentorDwError for a share that
    is none.
    """
    if not 0 < share <= 1:
        raise MentorDwError(f"A share is above 0 and at most 1, not {share}.", "Use --share 0.05 for one in twenty.")
    with connect("loader") as connection:
        # Whoever draws at the same time waits, and then finds that enough are drawn.
        connection.execute("lock table ops.access_check in share row exclusive mode")
        rows = connection.execute(
            "select l.access_id, c.check_id is not null as drawn from ops.access_log as l"
            " left join ops.access_check as c on l.access_id = c.access_id"
            " where l.at >= now() - make_interval(days => %s) order by l.access_id",
            (DAYS,),
        ).fetchall()
        left = [row["access_id"] for row in rows if not row["drawn"]]
        missing = max(0, math.ceil(share * len(rows)) - (len(rows) - len(left)))
        lot = SystemRandom() if seed is None else Random(seed)
        connection.cursor().executemany(
            "insert into ops.access_check (access_id, drawn_by) values (%s, %s)",
            [(access_id, by) for access_id in sorted(lot.sample(left, missing))],
        )
    return missing


def open_checks() -> list[dict[str, Any]]:
    """The reads that were drawn and that nobody has answered for, the oldest first."""
    with connect("operator") as connection:
        return connection.execute(_OPEN).fetchall()


def answer(access_id: int, ok: bool, note: str, by: str) -> None:
    """Keep what came of looking at a read that was drawn.

    Raises MentorDwError when it was not drawn or has its answer, and for a read that is not in order without a note.
    """
    if not ok and not note:
        raise MentorDwError("A read that is not in order needs a note.", 'Add --note "what was found, what is done".')
    with connect("loader") as connection:
        done = connection.execute(
            "update ops.access_check set answered_at = clock_timestamp(), answered_by = %s, ok = %s, note = %s"
            " where access_id = %s and answered_at is null",
            (by, ok, note, access_id),
        ).rowcount
        if done:
            return
        known = connection.execute("select from ops.access_check where access_id = %s", (access_id,)).rowcount
    raise MentorDwError(
        f"Read {access_id} has its answer already." if known else f"Read {access_id} was not drawn.",
        "`mentor-dw access spot-check` lists those that wait for an answer.",
    )
