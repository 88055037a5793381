"""What an erasure would do, without doing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed, sources
from mentor_dw.identity.cpr import Cpr
from mentor_dw.identity.keys import load_keys
from mentor_dw.ingest.lock import source_lock
from mentor_dw.ingest.take import finish
from mentor_dw.landing.tombstones import read_tombstones
from mentor_dw.landing.vault import hold_keys
from mentor_dw.privacy.erased_files import Files, look_through
from mentor_dw.privacy.erased_rows import erase_in_ops, erase_rows, rows_to_be_rebuilt
from mentor_dw.privacy.whom import extracts_with, must_not_be_erased, notes_about_findings, whole_person

Connection = psycopg.Connection[dict[str, Any]]


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
    """What `erase` (erasure.py) would do, found out by doing it in transactions that are undone.

    Files are only looked through. Raises MentorDwError when the number has been erased already.
    """
    settings = get_settings()
    with connect("loader") as connection:
        keys = hold_keys(connection, load_keys(settings.secrets))
        must_not_be_erased(connection, keys, cpr)
        person = whole_person(connection, keys, cpr)
        tombstones = read_tombstones(connection, keys).with_numbers(person.numbers)
        notes = notes_about_findings(connection)
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
        extracts=extracts_with(person.person_keys),
        notes=notes,
    )


def _undone(role: str, work: Callable[[Connection], Counter[str]]) -> Counter[str]:
    """What `work` counts in a transaction that leaves nothing."""
    counted: list[Counter[str]] = []
    try:
        with connect(role) as connection:
            counted.append(work(connection))
            raise _Undo
    except _Undo:
        return counted[0]
