"""Erasure of a person, step by step; killed at any moment, the next run goes on where this one stopped.

Her numbers get tombstones first, so that no delivery brings her back meanwhile. Then her rows go, then what kept files
hold of her, then the vault, so that nothing says any more whose rows they were; last the warehouse is built without
her. The step that is done stands in `ops.erasure` (docs/runbooks/erasure.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import Feed, load_feed, sources
from mentor_dw.identity.cpr import Cpr
from mentor_dw.identity.keys import Keys, load_keys
from mentor_dw.ingest.lock import source_lock
from mentor_dw.ingest.settle import tidy
from mentor_dw.ingest.take import finish
from mentor_dw.ingest.wide_verdict import clear_wide
from mentor_dw.landing.tombstones import read_tombstones
from mentor_dw.landing.vault import IN_USE, VAULT, find_persons, hold_new_persons
from mentor_dw.privacy.erased_files import DELETED, REWRITTEN, Files, erase_in_files, look_through
from mentor_dw.privacy.erased_rows import erase_in_ops, erase_rows, relations_in_ops, rows_to_be_rebuilt
from mentor_dw.privacy.leftovers import forget_dead_rows
from mentor_dw.privacy.progress import count, erasure, reached, unfinished
from mentor_dw.warehouse.as_known import drop_every_past
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.lock import build_lock
from mentor_dw.warehouse.publish import publish
from mentor_dw.warehouse.scratch import drop_leftover_scratch_schemas

Connection = psycopg.Connection[dict[str, Any]]
Say = Callable[[str], None]

_NOT_TWO_AT_ONCE = "hashtextextended('mentor_dw erasure', 0)"
_EXTRACTS = """
    select distinct e.extract_id, e.name, e.period, e.version, e.receiver, e.status
    from ops.extract_person as p
    inner join ops.extract as e on p.extract_id = e.extract_id
    where p.person_key = any(%s)
    order by e.extract_id
"""
#: Deliveries of which nobody can say any more which findings were the person's.
_WITHOUT_FILE = """
    select count(distinct q.delivery_id) as deliveries
    from ops.quarantined_row as q
    inner join ops.delivery as d on q.delivery_id = d.delivery_id
    where d.kept_as is null or d.kept_as = 'not kept'
"""


@dataclass(frozen=True)
class Whole:
    """Everything that is one person: the keys of the vault, and the numbers, also of persons she is linked to."""

    person_keys: list[int] = field(repr=False)
    numbers: list[str] = field(repr=False)


@dataclass(frozen=True)
class Preview:
    """What an erasure would do; nobody is named. `rows` and `rebuilt` by table, `files` as in the home."""

    known: bool
    numbers: int
    rows: dict[str, int]
    rebuilt: dict[str, int]
    files_rewritten: list[str]
    files_deleted: list[str]
    extracts: list[dict[str, Any]]
    notes: list[str]


class _Undo(Exception):
    """Ends a transaction that must leave nothing."""


def preview(cpr: Cpr) -> Preview:
    """What `erase` would do, found out by doing it in transactions that are undone; files are only looked through.

    Raises MentorDwError when the number has been erased already.
    """
    settings, keys = get_settings(), load_keys(get_settings().secrets)
    with connect("loader") as connection:
        _must_not_be_erased(connection, keys, cpr)
        person = _whole_person(connection, keys, cpr)
        tombstones = read_tombstones(connection, keys).with_numbers(person.numbers)
        notes = _notes(connection)
    rows, files = Counter[str](), Files()
    for feed in map(load_feed, sources()):
        with source_lock(feed.source):
            finish(settings, feed)
            rows += _undone("loader", lambda connection, feed=feed: erase_rows(connection, feed, person.person_keys))
            found = look_through(settings, feed, keys, tombstones)
        files.rewritten += found.rewritten
        files.deleted += found.deleted
        rows["ops.quarantined_row"] += found.findings
    rows += _undone("owner", lambda connection: erase_in_ops(connection, person.person_keys))
    if person.person_keys:
        rows |= {"vault.person": len(person.person_keys), "vault.cpr": len(person.numbers)}
    return Preview(
        known=bool(person.person_keys),
        numbers=len(person.numbers),
        rows=dict(sorted((+rows).items())),
        rebuilt=dict(_undone("transformer", lambda connection: rows_to_be_rebuilt(connection, person.person_keys))),
        files_rewritten=files.rewritten,
        files_deleted=files.deleted,
        extracts=_extracts(person.person_keys),
        notes=notes,
    )


def erase(cpr: Cpr, decision: str, by: str, say: Say) -> dict[str, Any]:
    """Erase the person with this number, and finish what was left unfinished; the ledger row of this erasure.

    Raises MentorDwError when the number has been erased already, or when a step fails: it then goes on from there the
    next time.
    """
    with _alone(wait=True):
        _finish_left(say)
        erasure_id = _begin(cpr, decision, by)
        say(f"Erasure {erasure_id}: the tombstones are set; no delivery brings the person back.")
        _go_on(erasure_id, say)
    with connect("loader") as connection:
        return erasure(connection, erasure_id)


def finish_erasures(say: Say) -> int:
    """Finish erasures that a killed run left unfinished; how many. Nothing while another run is at one."""
    with _alone(wait=False) as alone:
        return _finish_left(say) if alone else 0


def _finish_left(say: Say) -> int:
    with connect("loader") as connection:
        left = unfinished(connection)
    for erasure_id in left:
        say(f"Erasure {erasure_id} was left unfinished and goes on.")
        _go_on(erasure_id, say)
    return len(left)


def _begin(cpr: Cpr, decision: str, by: str) -> int:
    keys = load_keys(get_settings().secrets)
    with connect("owner") as owner:
        relations_in_ops(owner)
    with connect("loader") as connection:
        # Nobody gives a key to one of the numbers between the look and the tombstone.
        hold_new_persons(connection)
        _must_not_be_erased(connection, keys, cpr)
        person = _whole_person(connection, keys, cpr)
        row = connection.execute(
            "insert into ops.erasure (decision, by_whom, extracts, notes) values (%s, %s, %s, %s) returning erasure_id",
            (decision, by, Jsonb(_extracts(person.person_keys)), Jsonb(_notes(connection))),
        ).fetchone()
        assert row is not None
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into vault.tombstone (key_id, cpr_hmac, decision, erasure_id) values (%s, %s, %s, %s)"
                " on conflict do nothing",
                [(*keys.lookup(number), decision, row["erasure_id"]) for number in person.numbers],
            )
            cursor.executemany(
                "insert into vault.erasing (erasure_id, person_key) values (%s, %s)",
                [(row["erasure_id"], person_key) for person_key in person.person_keys],
            )
    return row["erasure_id"]


def _go_on(erasure_id: int, say: Say) -> None:
    """Do the steps that are left."""
    steps = {"begun": _rows, "rows_gone": _files, "files_gone": _vault, "vault_gone": _warehouse}
    while True:
        with connect("loader") as connection:
            status = erasure(connection, erasure_id)["status"]
        if status == "finished":
            return
        steps[status](erasure_id, say)


def _rows(erasure_id: int, say: Say) -> None:
    with connect("loader") as connection:
        rows = connection.execute(
            "select person_key from vault.erasing where erasure_id = %s", (erasure_id,)
        ).fetchall()
    person_keys = [row["person_key"] for row in rows]
    for feed in map(load_feed, sources()):
        with source_lock(feed.source):
            finish(get_settings(), feed)
            _clear_landing(feed)
            # No build reads half of it.
            with build_lock(say), connect("loader") as connection:
                count(connection, erasure_id, erase_rows(connection, feed, person_keys))
    with connect("owner") as connection:
        count(connection, erasure_id, erase_in_ops(connection, person_keys))
        reached(connection, erasure_id, "rows_gone")
    say(f"Erasure {erasure_id}: the rows are deleted; now the kept files are looked through.")


def _clear_landing(feed: Feed) -> None:
    """Drop what a delivery has landed that has no verdict yet: it may hold her, and is read again from its file."""
    if feed.wide is None:
        tidy(feed)
        return
    with connect("loader") as connection:
        clear_wide(connection, feed)


def _files(erasure_id: int, say: Say) -> None:
    settings, keys = get_settings(), load_keys(get_settings().secrets)
    with connect("loader") as connection:
        tombstones = read_tombstones(connection, keys)
    for feed in map(load_feed, sources()):
        with source_lock(feed.source):
            finish(settings, feed)
            erase_in_files(settings, feed, keys, tombstones, erasure_id)
    with connect("loader") as connection:
        reached(connection, erasure_id, "files_gone")
        counts = erasure(connection, erasure_id)["counts"]
    say(
        f"Erasure {erasure_id}: {counts.get(REWRITTEN, 0)} kept files are written anew, "
        f"{counts.get(DELETED, 0)} that cannot be read are deleted."
    )


def _vault(erasure_id: int, say: Say) -> None:
    with connect("loader") as connection:
        # Waits for whoever holds keys that are on their way to a table.
        connection.execute("select pg_advisory_xact_lock(%s, %s)", (VAULT, IN_USE))
        persons = "person_key in (select e.person_key from vault.erasing as e where e.erasure_id = %s)"
        counts = {
            table: connection.execute(f"delete from {table} where {persons}", (erasure_id,)).rowcount
            for table in ("vault.cpr", "vault.person")
        }
        connection.execute("delete from vault.erasing where erasure_id = %s", (erasure_id,))
        count(connection, erasure_id, counts)
        reached(connection, erasure_id, "vault_gone")
    say(f"Erasure {erasure_id}: the vault does not know the person any more.")


def _warehouse(erasure_id: int, say: Say) -> None:
    with connect("transformer", autocommit=True) as connection:
        drop_leftover_scratch_schemas(connection)
        built = connection.execute("select exists (select from ops.build) as found").fetchone()
    dropped = drop_every_past()
    if built and built["found"]:
        publish(build(say, full=True))
    forget_dead_rows()
    with connect("loader") as connection:
        count(connection, erasure_id, {"schemas of past states": dropped})
        reached(connection, erasure_id, "finished")
    say(f"Erasure {erasure_id} is finished.")


def _must_not_be_erased(connection: Connection, keys: Keys, cpr: Cpr) -> None:
    if read_tombstones(connection, keys).holds(cpr.number):
        raise MentorDwError("The person with this number has been erased already.", "There is nothing to do.")


def _whole_person(connection: Connection, keys: Keys, cpr: Cpr) -> Whole:
    """Her keys and numbers, those of everybody she is linked to included. A number nobody brought is still hers."""
    found = list(find_persons(connection, keys, [cpr.number]).values())
    rows = connection.execute(
        """
        select other.person_key
        from ops.same_person as s
        inner join ops.same_person as other on s.gaeldende_person_key = other.gaeldende_person_key
        where s.person_key = any(%(found)s)
        union
        select unnest(%(found)s::bigint[])
        """,
        {"found": found},
    ).fetchall()
    person_keys = sorted(row["person_key"] for row in rows)
    sealed = connection.execute(
        "select cpr_sealed from vault.cpr where person_key = any(%s)", (person_keys,)
    ).fetchall()
    return Whole(person_keys, sorted({cpr.number} | {keys.unseal(row["cpr_sealed"]) for row in sealed}))


def _extracts(person_keys: Sequence[int]) -> list[dict[str, Any]]:
    """The extracts in which the person was, as JSON."""
    with connect("owner") as connection:
        there = connection.execute("select to_regclass('ops.extract_person') is not null as found").fetchone()
        if not there or not there["found"]:
            return []
        return connection.execute(_EXTRACTS, (list(person_keys),)).fetchall()


def _notes(connection: Connection) -> list[str]:
    row = connection.execute(_WITHOUT_FILE).fetchone()
    if not row or not row["deliveries"]:
        return []
    return [
        f"The files of {row['deliveries']} deliveries with findings are not kept any more, so nobody can tell which "
        "findings were the person's. Findings name lines and masked values."
    ]


def _undone(role: str, work: Callable[[Connection], Counter[str]]) -> Counter[str]:
    """What `work` counts in a transaction that leaves nothing."""
    counted: list[Counter[str]] = []
    try:
        with connect(role) as connection:
            counted.append(work(connection))
            raise _Undo
    except _Undo:
        return counted[0]


@contextmanager
def _alone(*, wait: bool) -> Iterator[bool]:
    """One erasure at a time: waits for another one to end, or (without `wait`) yields False while there is one."""
    with connect("loader", autocommit=True) as connection:
        if wait:
            connection.execute(f"select pg_advisory_lock({_NOT_TWO_AT_ONCE})")
        got = connection.execute(f"select pg_try_advisory_lock({_NOT_TWO_AT_ONCE}) as got").fetchone()
        yield bool(got and got["got"])
