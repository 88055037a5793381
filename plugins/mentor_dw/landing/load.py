"""A delivery's rows into the landing tables: CPR numbers replaced on the way, every other value masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import psycopg
from psycopg import sql

from mentor_dw.feeds import Feed, MemberSpec, table_name
from mentor_dw.identity.cpr import Cpr, CprProblem, parse_cpr, possible_cprs
from mentor_dw.identity.keys import Keys
from mentor_dw.landing.tables import LANDED_PERSON, landing_columns
from mentor_dw.landing.tombstones import Tombstones
from mentor_dw.landing.vault import BATCH, hold_keys, known_persons, person_keys
from mentor_dw.landing.withheld import Lines
from mentor_dw.masking import MASK, SHORTEST, mask_cpr, mask_value
from mentor_dw.reading.archive import OpenDelivery, Row

_DIGITS = re.compile(r"[0-9]+")
_YES_NO = {True: "ja", False: "nej"}


def land(
    connection: psycopg.Connection[Any],
    delivery_id: int,
    feed: Feed,
    opened: OpenDelivery,
    keys: Keys,
    tombstones: Tombstones | None = None,
    withheld: Lines | None = None,
) -> dict[str, int]:
    """Stream the rows of a delivery into landing; member to rows read, those that could not be taken apart included.

    Rows that begin on a line of `withheld` (of `withheld_lines` for `tombstones`) are read, counted and left out.

    Runs in the caller's transaction, persons new to the vault too: when it rolls back, nothing of the delivery stays.
    Members with CPR numbers are read twice, first for the persons, so that a CPR number in an id column is recognised
    wherever it stands. Raises DeliveryRefused for what shows only while reading.
    """
    keys = hold_keys(connection, keys)
    tombstones, withheld = tombstones or Tombstones(keys), withheld or {}
    for member in feed.members:
        if feed.members[member].cpr_field:
            _meet_persons(connection, feed, member, opened, keys, withheld)
    read = {
        member: _land_member(connection, delivery_id, feed, member, opened, keys, tombstones, withheld)
        for member in feed.members
    }
    # The tables were empty a moment ago; a planner who believes it judges large members row by row.
    tables = [sql.Identifier("landing", table_name(feed.source, member)) for member in feed.members]
    connection.execute(sql.SQL("analyze {}").format(sql.SQL(", ").join(tables)))
    return read


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _without(batch: list[Row], lines: set[int] | None) -> list[Row]:
    return [row for row in batch if row.line_number not in lines] if lines else batch


def _persons(spec: MemberSpec, batch: list[Row]) -> list[Cpr | CprProblem | None]:
    """What the CPR field says, row by row; None for rows without values."""
    place = next(i for i, field in enumerate(spec.fields) if field.type == "cpr")
    return [None if row.values is None else parse_cpr(row.values[place]) for row in batch]


def _meet_persons(
    connection: psycopg.Connection[Any], feed: Feed, member: str, opened: OpenDelivery, keys: Keys, withheld: Lines
) -> None:
    for rows in _batches(opened.rows(member)):
        batch = _without(rows, withheld.get(member))
        persons = _persons(feed.members[member], batch)
        person_keys(connection, keys, [p.number for p in persons if isinstance(p, Cpr)], feed.source)


def _land_member(
    connection: psycopg.Connection[Any],
    delivery_id: int,
    feed: Feed,
    member: str,
    opened: OpenDelivery,
    keys: Keys,
    tombstones: Tombstones,
    withheld: Lines,
) -> int:
    spec = feed.members[member]
    columns = ["delivery_id", "line_number", "problem", *landing_columns(spec)]
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier("landing", table_name(feed.source, member)),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
    )
    nothing = (None,) * (len(columns) - 3)
    read = 0
    for rows in _batches(opened.rows(member)):
        read += len(rows)
        batch = _without(rows, withheld.get(member))
        landed = _landed(connection, feed, spec, batch, keys, tombstones)
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row, values in zip(batch, landed, strict=True):
                copy.write_row((delivery_id, row.line_number, row.problem, *(nothing if values is None else values)))
    return read


def _landed(
    connection: psycopg.Connection[Any],
    feed: Feed,
    spec: MemberSpec,
    batch: list[Row],
    keys: Keys,
    tombstones: Tombstones,
) -> list[list[Any] | None]:
    """The values of a batch as they may enter the database; None for rows without values."""
    persons: list[Cpr | CprProblem | None] = _persons(spec, batch) if spec.cpr_field else [None] * len(batch)
    numbers = [person.number for person in persons if isinstance(person, Cpr)]
    found = person_keys(connection, keys, numbers, feed.source) if numbers else {}
    cpr_ids = _hidden_ids(connection, spec, batch, keys, tombstones)
    kinds = [field.type for field in spec.fields]
    mark = feed.text.decimal_mark
    landed: list[list[Any] | None] = []
    for row, person in zip(batch, persons, strict=True):
        if row.values is None:
            landed.append(None)
            continue
        values: list[Any] = []
        for kind, value in zip(kinds, row.values, strict=True):
            if kind == "cpr":
                values += _person_values(person, value, found)
            elif value is None or len(value) < SHORTEST:
                values.append(value)
            elif kind == "id" and _DIGITS.fullmatch(value):
                hidden = value in cpr_ids or (isinstance(person, CprProblem) and _spells_a_birth_date(value))
                values.append(MASK if hidden else value)
            elif kind == "decimal" and _is_amount(value, mark):
                values.append(value)
            else:
                values.append(mask_cpr(value))
        landed.append(values)
    return landed


def _hidden_ids(
    connection: psycopg.Connection[Any], spec: MemberSpec, batch: list[Row], keys: Keys, tombstones: Tombstones
) -> set[str]:
    """Values of id fields that are, or may be, CPR numbers.

    Ids are digits too, so a pattern cannot tell: an id that spells a possible CPR number is taken for one, known to us
    or not. Where the feed says that such ids are usual (`long_ids`), only the vault can tell, and the tombstones.
    """
    places = [(i, field.long_ids) for i, field in enumerate(spec.fields) if field.type == "id"]
    hidden: set[str] = set()
    suspects: dict[str, set[str]] = {}
    for row in batch:
        for place, usual in places if row.values else ():
            value = row.values[place]
            if value is None or len(value) < SHORTEST:
                continue
            numbers = possible_cprs(value)
            if numbers and not usual:
                hidden.add(value)
            elif numbers or len(value) <= 10:
                # Ten digits that spell no date are somebody's number too when a register says so.
                suspects[value] = numbers or {value.zfill(10)}
    if suspects:
        known = known_persons(connection, keys, set().union(*suspects.values()))
        hidden |= {
            value for value, numbers in suspects.items() if numbers & known or any(map(tombstones.holds, numbers))
        }
    return hidden


def _spells_a_birth_date(value: str) -> bool:
    """Whether an id may be the CPR number of a row that has none in its place: columns that changed places.

    Such a row is quarantined anyway, so a mistaken guess costs nothing.
    """
    found = parse_cpr(value)
    return isinstance(found, Cpr) and found.birth_date is not None


def _is_amount(value: str, mark: str) -> bool:
    """Whether a number has decimals and too few digits before them to be a CPR number: 710180,1234 is an amount."""
    whole, _, decimals = value.removeprefix("-").partition(mark)
    return len(whole) < SHORTEST and _DIGITS.fullmatch(whole) is not None and _DIGITS.fullmatch(decimals) is not None


def _person_values(person: Cpr | CprProblem | None, value: str | None, found: dict[str, int]) -> list[Any]:
    """The columns of LANDED_PERSON, in its order."""
    shown = mask_value(value, personal=True)
    if not isinstance(person, Cpr):
        return [None, str(person), shown, *[None] * (len(LANDED_PERSON) - 3)]
    return [
        found[person.number],
        None,
        shown,
        person.birth_date.isoformat() if person.birth_date else None,
        person.koen,
        _YES_NO[person.passes_modulus11],
        _YES_NO[person.is_replacement],
    ]
