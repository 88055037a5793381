"""Erasure of a person, step by step; killed at any moment, the next run goes on where this one stopped.

Her numbers get tombstones first, so that no delivery brings her back meanwhile. Then her rows go, then what kept files
hold of her, then the vault, so that nothing says any more whose rows they were; last the warehouse is built without
her. The step that is done stands in `ops.erasure` (docs/runbooks/erasure.md).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from mentor_dw.backup.journal import note_erasure
from mentor_dw.config import Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.delivery.flow_forget import forget_in_packages
from mentor_dw.feeds import Feed, load_feed, sources
from mentor_dw.identity.cpr import Cpr
from mentor_dw.identity.keys import load_keys
from mentor_dw.ingest.late import fold_known_persons
from mentor_dw.ingest.lock import source_lock
from mentor_dw.ingest.settle import tidy
from mentor_dw.ingest.take import finish
from mentor_dw.ingest.wide_verdict import clear_wide
from mentor_dw.landing.tombstones import read_tombstones
from mentor_dw.landing.vault import IN_USE, VAULT, hold_keys, hold_new_persons
from mentor_dw.ledger.access import forget_persons
from mentor_dw.local.postgres import server_log
from mentor_dw.privacy.erased_files import DELETED, REWRITTEN, erase_in_files
from mentor_dw.privacy.erased_rows import erase_in_ops, erase_rows, relations_in_ops
from mentor_dw.privacy.leftovers import forget_dead_rows
from mentor_dw.privacy.progress import count, erasure, reached, unfinished
from mentor_dw.privacy.whom import extracts_with, must_not_be_erased, notes_about_findings, whole_person
from mentor_dw.warehouse.as_known import drop_every_past
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.lock import build_lock
from mentor_dw.warehouse.publish import publish
from mentor_dw.warehouse.scratch import drop_leftover_scratch_schemas

Connection = psycopg.Connection[dict[str, Any]]
Say = Callable[[str], None]

#: How the ledger counts answers to requests for access that went with an erasure.
ANSWERS = "answers to requests for access"
#: And reads from whose entries her keys were taken.
READS = "reads in which the person was named"
_NOT_TWO_AT_ONCE = "hashtextextended('mentor_dw erasure', 0)"


def erase(cpr: Cpr, decision: str, by: str, say: Say) -> dict[str, Any]:
    """Erase the person with this number, and finish what was left unfinished; the ledger row of this erasure.

    Raises MentorDwError when the number has been erased already, or when a step fails: it then goes on from there the
    next time.
    """
    with alone(wait=True):
        _finish_left(say)
        erasure_id = _begin(cpr, decision, by)
        say(f"Erasure {erasure_id}: the tombstones are set; no delivery brings the person back.")
        _go_on(erasure_id, say)
    with connect("loader") as connection:
        return erasure(connection, erasure_id)


def finish_erasures(say: Say) -> int:
    """Finish erasures that a killed run left unfinished; how many. Nothing while another run is at one."""
    with alone(wait=False) as nobody_else:
        return _finish_left(say) if nobody_else else 0


def _finish_left(say: Say) -> int:
    with connect("loader") as connection:
        left = unfinished(connection)
    for erasure_id in left:
        say(f"Erasure {erasure_id} was left unfinished and goes on.")
        _go_on(erasure_id, say)
    return len(left)


def _begin(cpr: Cpr, decision: str, by: str) -> int:
    with connect("owner") as owner:
        relations_in_ops(owner)
    with connect("loader") as connection:
        keys = hold_keys(connection, load_keys(get_settings().secrets))
        # Nobody gives a key to one of the numbers between the look and the tombstone.
        hold_new_persons(connection)
        must_not_be_erased(connection, keys, cpr)
        person = whole_person(connection, keys, cpr)
        row = connection.execute(
            "insert into ops.erasure (decision, by_whom, extracts, notes) values (%s, %s, %s, %s) returning erasure_id",
            (decision, by, Jsonb(extracts_with(person.person_keys)), Jsonb(notes_about_findings(connection))),
        ).fetchone()
        assert row is not None
        lookups = [keys.lookup(number) for number in person.numbers]
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into vault.tombstone (key_id, cpr_hmac, decision, erasure_id) values (%s, %s, %s, %s)"
                " on conflict do nothing",
                [(*lookup, decision, row["erasure_id"]) for lookup in lookups],
            )
            cursor.executemany(
                "insert into vault.erasing (erasure_id, person_key) values (%s, %s)",
                [(row["erasure_id"], person_key) for person_key in person.person_keys],
            )
        # Before it is begun: otherwise a restore would bring her back, and nobody would know.
        note_erasure(row["erasure_id"], decision, by, person.person_keys, lookups)
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
    person_keys = _person_keys(erasure_id)
    for feed in map(load_feed, sources()):
        with source_lock(feed.source):
            finish(get_settings(), feed)
            _clear_landing(feed)
            # No build reads half of it.
            with build_lock(say), connect("loader") as connection:
                count(connection, erasure_id, erase_rows(connection, feed, person_keys))
    packages = forget_in_packages(person_keys)
    with connect("owner") as connection:
        count(connection, erasure_id, packages)
        count(connection, erasure_id, erase_in_ops(connection, person_keys))
        reached(connection, erasure_id, "rows_gone")
    say(f"Erasure {erasure_id}: the rows are deleted; now the kept files are looked through.")


def _person_keys(erasure_id: int) -> list[int]:
    with connect("loader") as connection:
        rows = connection.execute(
            "select person_key from vault.erasing where erasure_id = %s", (erasure_id,)
        ).fetchall()
    return [row["person_key"] for row in rows]


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
    answers = _forget_answers(settings)
    with connect("loader") as connection:
        count(connection, erasure_id, {ANSWERS: answers})
        reached(connection, erasure_id, "files_gone")
        counts = erasure(connection, erasure_id)["counts"]
    say(
        f"Erasure {erasure_id}: {counts.get(REWRITTEN, 0)} kept files are written anew, "
        f"{counts.get(DELETED, 0)} that cannot be read are deleted."
    )


def _forget_answers(settings: Settings) -> int:
    """Remove the answers to requests for access: nothing says whose they are, and whoever asked has hers."""
    answers = list(settings.subject_reports.iterdir()) if settings.subject_reports.is_dir() else []
    for answer in answers:
        shutil.rmtree(answer)
    return len(answers)


def _vault(erasure_id: int, say: Say) -> None:
    with connect("loader") as connection:
        # Waits for whoever holds keys that are on their way to a table.
        connection.execute("select pg_advisory_xact_lock(%s, %s)", (VAULT, IN_USE))
        persons = "person_key in (select e.person_key from vault.erasing as e where e.erasure_id = %s)"
        counts = {
            table: connection.execute(f"delete from {table} where {persons}", (erasure_id,)).rowcount
            for table in ("vault.cpr", "vault.person")
        }
        count(connection, erasure_id, counts)
        reached(connection, erasure_id, "vault_gone")
    say(f"Erasure {erasure_id}: the vault does not know the person any more.")


def _warehouse(erasure_id: int, say: Say) -> None:
    with connect("transformer", autocommit=True) as connection:
        drop_leftover_scratch_schemas(connection)
        built = connection.execute("select exists (select from ops.build) as found").fetchone()
    dropped = {"schemas of past states": drop_every_past()}
    with connect("loader") as connection:
        count(connection, erasure_id, dropped)
    if built and built["found"]:
        fold_known_persons(say)
        publish(build(say, full=True))
    # Until the build was published somebody may have read her rows.
    reads = forget_persons(_person_keys(erasure_id), server_log(get_settings()))
    with connect("loader") as connection:
        count(connection, erasure_id, {READS: reads})
        connection.execute("delete from vault.erasing where erasure_id = %s", (erasure_id,))
    forget_dead_rows()
    with connect("loader") as connection:
        reached(connection, erasure_id, "finished")
    say(f"Erasure {erasure_id} is finished.")


@contextmanager
def alone(*, wait: bool) -> Iterator[bool]:
    """One erasure at a time: waits for another one to end, or (without `wait`) yields False while there is one."""
    with connect("loader", autocommit=True) as connection:
        if wait:
            connection.execute(f"select pg_advisory_lock({_NOT_TWO_AT_ONCE})")
        got = connection.execute(f"select pg_try_advisory_lock({_NOT_TWO_AT_ONCE}) as got").fetchone()
        yield bool(got and got["got"])
