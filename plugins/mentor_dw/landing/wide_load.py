"""A part of a wide file into tables of its own in landing: folded while it is read, CPR numbers replaced on the way.

One thread reads and folds, another one asks the vault, a third one copies, so that this machine and the database work
at the same time. What is held in memory is a few batches, whatever the size of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

import numpy as np
import psycopg
from psycopg import sql

from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import code_list
from mentor_dw.identity.keys import HMAC_BYTES, Keys
from mentor_dw.landing.tombstones import Tombstones
from mentor_dw.landing.vault_sets import NOBODY
from mentor_dw.landing.wide_counts import PartCounts, RuleOf, count_folded
from mentor_dw.landing.wide_tables import OF_LINES, SEEN, create_landed, index_landed, landed_table
from mentor_dw.reading.wide.binary import HEADER, TRAILER, month_rows, person_rows, spell_rows
from mentor_dw.reading.wide.fold import fold_block
from mentor_dw.reading.wide.folded import Finding, Folded
from mentor_dw.reading.wide.layout import Layout
from mentor_dw.reading.wide.stream import Block

#: A batch goes to the database when it holds so many persons, spells or findings. The more persons are looked up
#: together, the nearer to each other lie their places in the indexes of the vault; the more spells, the more memory.
PERSONS_PER_BATCH = 32_768
SPELLS_PER_BATCH = 600_000
FINDINGS_PER_BATCH = 20_000
#: From so many bad rows of a part on, only the first finding of a row is kept: the file is hopeless anyway.
ALL_FINDINGS_OF = 10_000
#: Of a look-up value so much tells one person from another: two in a register of millions do not share it.
_SEEN_BYTES = 16
_WRITE_BYTES = 1 << 18
#: On their way into COPY spells take four times the room they have in a batch.
_SPELLS_AT_ONCE = 50_000

_COLUMNS = {
    "person": "person_key, line_number, koen, foedselsdato, kommunekode, herkomst, civilstand, person_foedselsdato, "
    "person_koen, person_modulus11, person_erstatning",
    "forsoergelse": "person_key, line_number, code, fra_dato, til_dato",
    "beskaeftigelse": "person_key, line_number, branche, grad_milliontedele, fra_dato, til_dato",
    SEEN: "seen, line_number",
}


@dataclass(frozen=True)
class Place:
    """Where a part of a delivery goes; `lines` are its first physical line and the first one after it (None: open)."""

    source: str
    delivery_id: int
    part: int
    lines: tuple[int, int | None]


@dataclass
class _Batch:
    persons: list[np.ndarray] = field(default_factory=list)
    weeks: list[np.ndarray] = field(default_factory=list)
    months: list[np.ndarray] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    people: int = 0
    spells: int = 0
    #: look-up values of the persons, their keys, and who of them was erased, once they were looked up
    hmacs: bytes = b""
    keys: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    erased: np.ndarray = field(default_factory=lambda: np.zeros(0, np.bool_))

    def add(self, folded: Folded) -> None:
        for spells, into in ((folded.weeks, self.weeks), (folded.months, self.months)):
            spells["person"] += self.people
            into.append(spells)
        self.persons.append(folded.persons)
        self.findings += folded.findings
        self.people += len(folded.persons)
        self.spells += len(folded.weeks) + len(folded.months)

    @property
    def is_full(self) -> bool:
        return (
            self.people >= PERSONS_PER_BATCH
            or self.spells >= SPELLS_PER_BATCH
            or len(self.findings) >= FINDINGS_PER_BATCH
        )


class Steps(Protocol):
    """What is done with a batch, one step after the other (PartLander)."""

    def look_up(self, batch: _Batch) -> None: ...
    def copy(self, batch: _Batch) -> None: ...


def fold_in_batches(
    blocks: Iterator[Block],
    layout: Layout,
    rule_of: RuleOf,
    counts: PartCounts,
    lander: Steps,
    tombstones: Tombstones | None = None,
) -> None:
    """Fold `blocks` and give what comes out of them to `lander`, batch by batch and in order.

    Nothing is told of a line that cannot be kept anyway and that is an erased person's of `tombstones`.
    Each of its steps has a thread of its own: while one batch is copied, the next one is looked up.
    """
    with ThreadPoolExecutor(1, "copy") as copy, ThreadPoolExecutor(1, "vault") as vault:

        def land(batch: _Batch, before: Future[None] | None) -> Future[None]:
            """Looked up, and on its way to the tables when the batch `before` is there."""
            lander.look_up(batch)
            _finished(before)
            return copy.submit(lander.copy, batch)

        batch, looked_up, copied = _Batch(), None, None
        while True:
            with counts.timed("fold"):
                block = next(blocks, None)
                if block is not None:
                    folded = fold_block(block.content, block.first_line, layout)
                    if tombstones and folded.findings:
                        folded.findings = _of_others(folded.findings, block, tombstones)
                    count_folded(counts, folded, rule_of)
                    batch.add(folded)
            if block is None or batch.is_full:
                copied = None if looked_up is None else looked_up.result()
                batch, looked_up = _Batch(), vault.submit(land, batch, copied)
            if block is None:
                break
        _finished(looked_up.result())


def _of_others(findings: list[Finding], block: Block, tombstones: Tombstones) -> list[Finding]:
    """The findings of lines on which no number of an erased person stands."""
    lines = block.content.split(b"\n")
    erased = {
        number
        for number in {finding.line_number for finding in findings}
        if tombstones.stand_in(lines[number - block.first_line])
    }
    return [finding for finding in findings if finding.line_number not in erased]


def _finished(under_way: Future[None] | None) -> None:
    """Wait for it; what it raised is raised here."""
    if under_way is not None:
        under_way.result()


class Lookup(Protocol):
    """Who has a key (vault_sets.PersonLookup)."""

    def keys_of(self, cprs: np.ndarray, hmacs: bytes, is_replacement: np.ndarray) -> np.ndarray: ...


class PartLander:
    """Fills the tables of one part, batch by batch, in the transaction of `connection`."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        place: Place,
        keys: Keys,
        lookup: Lookup,
        rule_of: RuleOf,
        counts: PartCounts,
        *,
        keeps_everybody: bool,
        one_connection: bool = False,
        tombstones: Tombstones | None = None,
    ) -> None:
        """With `one_connection` the look-up uses `connection` too, and so waits while rows are copied.

        Nobody of `tombstones` is asked for, given a key or kept.
        """
        self._tombstones = tombstones or Tombstones(keys)
        self._turn = Lock() if one_connection else nullcontext()
        self._connection, self._place, self._keys, self._lookup = connection, place, keys, lookup
        self._rule_of, self._counts, self._keeps_everybody = rule_of, counts, keeps_everybody
        self._herkomst = code_list("herkomst")
        self._bad_rows = 0
        with connection.cursor() as cursor:
            for table in OF_LINES:
                create_landed(cursor, place.source, table, place.delivery_id, place.part, place.lines)
            if not keeps_everybody:
                cursor.execute(
                    sql.SQL("create table {} (seen uuid not null, line_number integer not null)").format(
                        self._table(SEEN)
                    )
                )

    def look_up(self, batch: _Batch) -> None:
        """Ask the vault for the keys of a batch."""
        if not batch.people:
            return
        persons = np.concatenate(batch.persons)
        batch.persons = [persons]
        with self._turn, self._counts.timed("vault"):
            batch.hmacs = self._keys.lookup_many(persons["cpr"].tolist())
            batch.erased = self._tombstones.among(persons["cpr"])
            if not batch.erased.any():
                batch.keys = self._lookup.keys_of(persons["cpr"], batch.hmacs, persons["erstatning"])
                return
            batch.keys = np.full(len(persons), NOBODY, np.int64)
            others = ~batch.erased
            if others.any():
                batch.keys[others] = self._lookup.keys_of(
                    persons["cpr"][others], _chosen(batch.hmacs, others), persons["erstatning"][others]
                )

    def copy(self, batch: _Batch) -> None:
        """Write a batch that was looked up. Raises MentorDwError when the database took another number of rows than it
        was given."""
        with self._turn:
            self._write(batch)

    def _write(self, batch: _Batch) -> None:
        self._keep_findings(batch.findings)
        if not batch.people:
            return
        (persons,), found = batch.persons, batch.keys
        kept = found != NOBODY
        lines = persons["line_number"]
        self._counts.kept += int(np.count_nonzero(kept))
        with self._counts.timed("copy"):
            if not self._keeps_everybody:
                others = ~batch.erased
                seen = _seen_rows(_chosen(batch.hmacs, others), lines[others])
                self._copy(SEEN, int(np.count_nonzero(others)), [seen])
            for table, pieces, rows_of in (
                ("forsoergelse", batch.weeks, spell_rows),
                ("beskaeftigelse", batch.months, month_rows),
            ):
                rows = sum(int(np.count_nonzero(kept[spells["person"]])) for spells in pieces)
                self._counts.spells += rows
                self._copy(table, rows, (rows_of(spells, found, lines) for spells in _kept_spells(pieces, kept)))
            people = person_rows(persons[kept], found[kept], self._herkomst)
            self._copy("person", int(np.count_nonzero(kept)), [people])

    def finish(self) -> None:
        """After the last batch: the indexes that the tables will share with their raw tables."""
        with self._counts.timed("index"), self._connection.cursor() as cursor:
            cursor.execute("set local maintenance_work_mem = '256MB'")
            for table in OF_LINES:
                index_landed(cursor, self._place.source, table, self._place.delivery_id, self._place.part)

    def _table(self, table: str) -> sql.Identifier:
        return landed_table(self._place.source, table, self._place.delivery_id, self._place.part)

    def _copy(self, table: str, rows: int, contents: Iterable[bytes]) -> None:
        if not rows:
            return
        # Frozen: the tables are made in this transaction, and nobody else sees them before its end.
        statement = sql.SQL("copy {} ({}) from stdin (format binary, freeze)").format(
            self._table(table), sql.SQL(_COLUMNS[table])
        )
        with self._connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                copy.write(HEADER)
                for content in contents:
                    # Slices, for the client library keeps what the server has not taken yet.
                    for start in range(0, len(content), _WRITE_BYTES):
                        copy.write(memoryview(content)[start : start + _WRITE_BYTES])
                copy.write(TRAILER)
            if cursor.rowcount != rows:
                raise MentorDwError(
                    f"{table}: {cursor.rowcount} rows reached the database of {rows}.", "Nothing was decided."
                )

    def _keep_findings(self, findings: list[Finding]) -> None:
        if not findings:
            return
        place, line, number = self._place, 0, 0
        with (
            self._connection.cursor() as cursor,
            cursor.copy(
                "copy landing.wide_finding"
                " (delivery_id, part, line_number, finding_no, rule_id, field, rule, masked_value) from stdin"
            ) as copy,
        ):
            for finding in findings:
                number = number + 1 if finding.line_number == line else 1
                line = finding.line_number
                self._bad_rows += number == 1
                if number == 1 or self._bad_rows <= ALL_FINDINGS_OF:
                    copy.write_row((place.delivery_id, place.part, line, number, self._rule_of(finding), *finding[1:]))


def _kept_spells(pieces: list[np.ndarray], kept: np.ndarray) -> Iterator[np.ndarray]:
    """The spells of persons who are kept, piece by piece; what was given is let go of."""
    pieces.reverse()
    while pieces:
        spells = pieces.pop()
        for start in range(0, len(spells), _SPELLS_AT_ONCE):
            some = spells[start : start + _SPELLS_AT_ONCE]
            yield some[kept[some["person"]]]


def _chosen(hmacs: bytes, chosen: np.ndarray) -> bytes:
    """The look-up values of those `chosen`, one after the other."""
    return hmacs if chosen.all() else np.frombuffer(hmacs, np.uint8).reshape(-1, HMAC_BYTES)[chosen].tobytes()


def _seen_rows(hmacs: bytes, line_number: np.ndarray) -> bytes:
    """seen uuid, line_number integer."""
    rows = np.empty(
        len(line_number),
        [("count", ">i2"), ("length0", ">i4"), ("seen", "u1", (_SEEN_BYTES,)), ("length1", ">i4"), ("line", ">i4")],
    )
    rows["count"], rows["length0"], rows["length1"] = 2, _SEEN_BYTES, 4
    rows["seen"] = np.frombuffer(hmacs, np.uint8).reshape(-1, HMAC_BYTES)[:, :_SEEN_BYTES]
    rows["line"] = line_number
    return rows.tobytes()
