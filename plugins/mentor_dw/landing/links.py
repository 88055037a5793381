"""Two CPR numbers, one person: what a person decided about it, and how it is undone.

Each number keeps the person_key it was given, and so do rows in `raw`; a link in `ops.person_link` says that two keys
are one person from the moment it was decided. So a state of the past shows two persons where the link was not known
yet, and an undone link leaves no trace in the rows. A number that no delivery has brought yet is given a key here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from mentor_dw.errors import MentorDwError
from mentor_dw.identity.cpr import Cpr, parse_cpr
from mentor_dw.identity.keys import Keys
from mentor_dw.landing.tombstones import read_tombstones
from mentor_dw.landing.vault import find_persons, hold_new_persons, person_keys

#: first_source of a person whose number came with a decision, not with a delivery.
_BY_DECISION = "link"


@dataclass(frozen=True)
class LinkOutcome:
    """What became of a decision; nothing here names a person.

    `outcome`: linked, already_linked or undone. `new_to_vault`: which of the numbers, older or newer, no delivery had
    brought. `newer_is_replacement`: the newer number is a replacement number, which asks for a second look.
    """

    outcome: str
    link_id: int | None
    new_to_vault: str | None
    newer_is_replacement: bool


def two_numbers(text: str) -> tuple[Cpr, Cpr]:
    """The older and the newer number in `text`: one a line, or on one line with blanks between.

    Raises MentorDwError, which says which of them is wrong and shows neither.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    found = lines if len(lines) != 1 else text.split()
    if len(found) != 2:
        raise MentorDwError(
            f"Two CPR numbers are needed, the older and the newer one; {len(found)} came.",
            "Write one a line on standard input.",
        )
    numbers = []
    for place, one in zip(("first", "second"), found, strict=True):
        parsed = parse_cpr(one)
        if not isinstance(parsed, Cpr):
            raise MentorDwError(f"The {place} number is no CPR number.", "Ten digits are needed; 0000000000 is nobody.")
        numbers.append(parsed)
    if numbers[0].number == numbers[1].number:
        raise MentorDwError("Both numbers are the same.", "Write the older one first, then the newer one.")
    return numbers[0], numbers[1]


def link_persons(
    connection: psycopg.Connection[Any], keys: Keys, older: Cpr, newer: Cpr, decision: str, by: str
) -> LinkOutcome:
    """Decide that two numbers are one person, in the caller's transaction.

    Raises MentorDwError when the vault knows neither number: then nothing in the house is about this person; and when
    one of them is an erased person's.
    """
    hold_new_persons(connection)
    tombstones = read_tombstones(connection, keys)
    if tombstones.holds(older.number) or tombstones.holds(newer.number):
        raise MentorDwError(
            "One of the two numbers is that of an erased person, whom nothing may be linked to.",
            "docs/runbooks/erasure.md says what an erasure means.",
        )
    known = find_persons(connection, keys, [older.number, newer.number])
    if not known:
        raise MentorDwError(
            "No delivery has brought either of the two numbers, so there is nobody to link.",
            "See that both are typed as the source has them.",
        )
    found = person_keys(connection, keys, [older.number, newer.number], _BY_DECISION)
    new_to_vault = next(
        (name for name, cpr in (("older", older), ("newer", newer)) if cpr.number not in known),
        None,
    )
    one, other = found[older.number], found[newer.number]
    if _are_one(connection, one, other):
        return LinkOutcome("already_linked", None, new_to_vault, newer.is_replacement)
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "insert into ops.person_link (person_key, same_as_person_key, decision, by_whom)"
            " values (%s, %s, %s, %s) returning link_id",
            (one, other, decision, by),
        ).fetchone()
    assert row is not None
    return LinkOutcome("linked", row["link_id"], new_to_vault, newer.is_replacement)


def undo_link(
    connection: psycopg.Connection[Any], keys: Keys, older: Cpr, newer: Cpr, decision: str, by: str
) -> LinkOutcome:
    """Take back the decision that linked these two numbers, in the caller's transaction.

    Raises MentorDwError when no link in force joins just these two.
    """
    hold_new_persons(connection)
    known = find_persons(connection, keys, [older.number, newer.number])
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "update ops.person_link"
            " set undone_at = clock_timestamp(), undone_decision = %(decision)s, undone_by = %(by)s"
            " where undone_at is null and person_key = %(older)s and same_as_person_key = %(newer)s"
            " returning link_id",
            {
                "decision": decision,
                "by": by,
                "older": known.get(older.number),
                "newer": known.get(newer.number),
            },
        ).fetchone()
    if row is None:
        raise MentorDwError(
            "No link in force goes from the first number to the second.",
            "Give the two numbers of the link as they were given then, in the same order.",
        )
    return LinkOutcome("undone", row["link_id"], None, newer.is_replacement)


def one_person(connection: psycopg.Connection[Any], keys: Sequence[int]) -> list[int]:
    """The person keys `keys` and those of everybody linked to them now, in order."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            """
            select unnest(%(keys)s::bigint[]) as person_key
            union
            select other.person_key
            from ops.same_person as s
            inner join ops.same_person as other on s.gaeldende_person_key = other.gaeldende_person_key
            where s.person_key = any(%(keys)s)
            order by person_key
            """,
            {"keys": list(keys)},
        ).fetchall()
    return [row["person_key"] for row in rows]


def _are_one(connection: psycopg.Connection[Any], one: int, other: int) -> bool:
    if one == other:
        return True
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "select count(*) = 2 and count(distinct gaeldende_person_key) = 1 as same"
            " from ops.same_person where person_key in (%s, %s)",
            (one, other),
        ).fetchone()
    return bool(row and row["same"])
