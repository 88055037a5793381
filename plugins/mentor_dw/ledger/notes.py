"""Notes of reads about persons, as the functions of schema/009_access.sql leave them, put together to entries.

On our own server a note is a line of the log. The line begins with what the server says of the session, so a line that
somebody else brought about stands under her own name. Nobody can bring one about from outside: names that a client
sends are cut at 63 bytes, which is too short for the beginning of a note, and a line of a message is indented.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mentor_dw.masking import mask_cpr

#: Stands in a note for somebody who was erased since; the vault gives no such key.
NOBODY = 0

_LINE = re.compile(
    rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [\w+-]+ \[\d+\] (?P<session>[0-9a-f]{8,}\.[0-9a-f]+) "
    rb"(?P<role>\S+)@(?P<database>\S+) LOG:  mentor_dw read (?P<note>\{.*\})"
)


@dataclass(frozen=True)
class Note:
    """One note: `role` and `session` are the server's word, `said` is what the function wrote."""

    session: str
    role: str
    said: dict[str, Any]


@dataclass
class Entry:
    """What one statement read of one relation. `persons` None: everybody whom the role may see in it."""

    session: str
    role: str
    at: datetime
    relation: str
    purpose: str
    application: str
    statement: str | None = None
    persons: set[int] | None = None
    named: set[int] = field(default_factory=set)


def note_of(line: bytes, database: str) -> Note | None:
    """The note in a line of the server's log; None for another line, and for one of another database."""
    found = _LINE.fullmatch(line)
    if found is None or found["database"].decode(errors="replace") != database:
        return None
    try:
        said = json.loads(found["note"])
    except ValueError:
        return None
    return Note(found["session"].decode(), found["role"].decode(errors="replace"), said)


def entries(notes: Iterable[Note]) -> Iterator[Entry]:
    """The notes put together: one entry for a session, moment and relation."""
    found: dict[tuple[str, datetime, str], Entry] = {}
    for note in notes:
        one = _entry(note)
        if one is None:
            continue
        there = found.setdefault((one.session, one.at, one.relation), one)
        if there is not one:
            there.statement = there.statement or one.statement
            there.named |= one.named
            if one.persons is not None:
                there.persons = (there.persons or set()) | one.persons
    yield from found.values()


def _entry(note: Note) -> Entry | None:
    """The entry of one note; None when the note is not one that our functions write about a relation."""
    said = note.said
    try:
        one = Entry(
            session=note.session,
            role=note.role,
            at=datetime.fromisoformat(said["at"]),
            relation=_text(said["relation"]),
            purpose=_text(said["purpose"]),
            application=_text(said["application"]),
        )
        if "statement" in said:
            one.statement = _text(said["statement"])
            one.named = {_key(key) for key in said["named"]} - {NOBODY}
            one.persons = set() if said["by_row"] else None
        else:
            one.persons = set() if said["person"] is None else {_key(said["person"])} - {NOBODY}
    except (KeyError, TypeError, ValueError):
        return None
    return one if one.at.tzinfo is not None else None


def _text(value: Any) -> str:
    """`value` masked. Raises ValueError for what the database could not keep."""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("no text")
    value.encode()
    return mask_cpr(value)


def _key(value: Any) -> int:
    if not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError("no key")
    return value
