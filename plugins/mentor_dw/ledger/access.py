"""The ledger of reads about persons: collected from the notes that reads leave, listed, and forgotten in time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from mentor_dw.database import address, connect
from mentor_dw.ledger.notes import Entry, Note, entries, note_of
from mentor_dw.ledger.server_log import log_files

Connection = psycopg.Connection[dict[str, Any]]

#: Notes that are put together at a time; entries whose notes fall on both sides are joined in the table.
_AT_A_TIME = 50_000

_ADD = """
    insert into ops.access_log
        (session_id, at, role_name, purpose, relation, statement, person_keys, named_keys, application)
    values (
        %(session)s, %(at)s, %(role)s, %(purpose)s, %(relation)s, %(statement)s, %(persons)s::bigint[],
        %(named)s::bigint[], %(application)s
    )
    on conflict (session_id, at, relation) do update
    set
        statement = coalesce(access_log.statement, excluded.statement),
        person_keys = (
            select coalesce(array_agg(distinct k order by k), '{}')
            from unnest(access_log.person_keys || excluded.person_keys) as keys (k)
        )
    where
        excluded.person_keys is not null
        and (access_log.statement is null or not coalesce(access_log.person_keys, '{}') @> excluded.person_keys)
    returning (xmax = 0) as is_new
"""
_FORGET = """
    update ops.access_log
    set
        person_keys = case
            when person_keys is not null
                then array(select k from unnest(person_keys) as keys (k) where k <> all(%(keys)s::bigint[]))
        end,
        named_keys = nullif(
            array(select k from unnest(named_keys) as keys (k) where k <> all(%(keys)s::bigint[])), '{}'
        )
    where person_keys && %(keys)s::bigint[] or named_keys && %(keys)s::bigint[]
"""
_LIST = """
    select access_id, at, role_name, purpose, relation, statement, person_keys, named_keys, application
    from ops.access_log
    where
        (%(role)s::text is null or role_name = %(role)s)
        and (%(since)s::timestamptz is null or at >= %(since)s)
        and (%(relation)s::text is null or relation = %(relation)s)
    order by at, access_id
"""


def collect(log: Path | None) -> int:
    """Bring the notes that are not yet in the ledger into it; the number of new entries.

    `log`: the server's log; None on a given server, where notes lie in a table. Nothing is entered twice, however
    often this runs and however many run it.
    """
    found = 0
    with connect("loader") as connection:
        # One at a time; whoever comes second reads on where the first one stopped.
        connection.execute("lock table ops.access_position in share row exclusive mode")
        database = address("loader").database
        files = [] if log is None else log_files(connection, log)
        for file in files:
            found += _enter(connection, (note for line in file.new_lines() if (note := note_of(line, database))))
            file.keep(connection)
        taken = connection.execute(
            "delete from ops.access_note returning note_id, session_id, role_name, note"
        ).fetchall()
        taken.sort(key=lambda row: row["note_id"])
        found += _enter(connection, (Note(row["session_id"], row["role_name"], row["note"]) for row in taken))
    for file in files:
        if file.aside and file.all_read():
            file.path.unlink()
    return found


def reads(
    connection: Connection, role: str | None = None, since: datetime | None = None, relation: str | None = None
) -> list[dict[str, Any]]:
    """The entries, the oldest first, of one role, since a moment, of one relation."""
    return connection.execute(_LIST, {"role": role, "since": since, "relation": relation}).fetchall()


def forget_old_reads(days: int, *, dry_run: bool = False) -> int:
    """Delete entries that are older than `days`, with what was said of them when they were drawn; their number."""
    old = "from ops.access_log where at < now() - make_interval(days => %s)"
    with connect("loader") as connection:
        if dry_run:
            row = connection.execute(f"select count(*) as entries {old}", (days,)).fetchone()
            assert row is not None
            return row["entries"]
        return connection.execute(f"delete {old}", (days,)).rowcount


def forget_persons(person_keys: Sequence[int], log: Path | None) -> int:
    """Take the keys of erased persons out of entries and out of the server's log; how many entries had one.

    Who read what and when stays. `log` as for `collect`.
    """
    collect(log)
    keys = sorted(person_keys)
    with connect("loader") as connection:
        connection.execute("lock table ops.access_position in share row exclusive mode")
        found = connection.execute(_FORGET, {"keys": keys}).rowcount
        for file in [] if log is None or not keys else log_files(connection, log):
            file.replace_numbers(keys)
            file.keep(connection)
    return found


def _enter(connection: Connection, notes: Iterable[Note]) -> int:
    waiting, found = iter(notes), 0
    while some := list(islice(waiting, _AT_A_TIME)):
        found += sum(_add(connection, one) for one in entries(some))
    return found


def _add(connection: Connection, one: Entry) -> bool:
    row = connection.execute(
        _ADD,
        {
            "session": one.session,
            "at": one.at,
            "role": one.role,
            "purpose": one.purpose,
            "relation": one.relation,
            "statement": one.statement,
            "persons": None if one.persons is None else sorted(one.persons),
            "named": sorted(one.named) or None,
            "application": one.application,
        },
    ).fetchone()
    return row is not None and row["is_new"]
