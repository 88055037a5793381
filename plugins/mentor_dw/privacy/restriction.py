"""Objections, restrictions, rectifications and protected addresses: decided on the record, in force until lifted.

Extracts select persons through the view int_personer__udtraek, which reads what is in force now: for the first three
kinds the person is in no extract, for a protected address her municipality is not told. Linked numbers are one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import psycopg

from mentor_dw.errors import MentorDwError
from mentor_dw.identity.cpr import Cpr
from mentor_dw.identity.keys import Keys
from mentor_dw.landing.links import one_person
from mentor_dw.landing.tombstones import read_tombstones
from mentor_dw.landing.vault import find_persons, hold_new_persons, person_keys

Connection = psycopg.Connection[dict[str, Any]]
Kind = Literal["objection", "restriction", "rectification", "protected_address"]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: first_source of a person whose number came with a restriction, not with a delivery.
_BY_DECISION = "restriction"

_IN_FORCE = """
    select restriction_id from ops.person_restriction
    where person_key = any(%(persons)s) and kind = %(kind)s and lifted_at is null
"""
_COUNTS = """
    select
        kind,
        count(*) filter (where lifted_at is null) as in_force,
        count(distinct coalesce(s.gaeldende_person_key, r.person_key)) filter (where lifted_at is null) as persons,
        count(*) filter (where lifted_at is not null) as lifted,
        max(decided_at) as newest
    from ops.person_restriction as r
    left join ops.same_person as s on r.person_key = s.person_key
    group by kind
    order by kind
"""


@dataclass(frozen=True)
class RestrictionOutcome:
    """What became of a decision; nothing here names a person.

    `outcome`: restricted, already_restricted or lifted. `new_to_vault`: no delivery has brought the number yet.
    """

    outcome: str
    kind: Kind
    restriction_id: int | None
    new_to_vault: bool


def restrict(connection: Connection, keys: Keys, cpr: Cpr, kind: Kind, decision: str, by: str) -> RestrictionOutcome:
    """Put a decision of `kind` about the person in force, in the caller's transaction.

    Somebody whom no delivery has brought is given a key, so that it holds from the first delivery that does. Raises
    MentorDwError for an erased person.
    """
    hold_new_persons(connection)
    _not_erased(connection, keys, cpr)
    known = find_persons(connection, keys, [cpr.number])
    person = person_keys(connection, keys, [cpr.number], _BY_DECISION)[cpr.number]
    found = connection.execute(_IN_FORCE, {"persons": one_person(connection, [person]), "kind": kind}).fetchone()
    if found:
        return RestrictionOutcome("already_restricted", kind, found["restriction_id"], False)
    row = connection.execute(
        "insert into ops.person_restriction (person_key, kind, decision, by_whom) values (%s, %s, %s, %s)"
        " returning restriction_id",
        (person, kind, decision, by),
    ).fetchone()
    assert row is not None
    return RestrictionOutcome("restricted", kind, row["restriction_id"], not known)


def lift(connection: Connection, keys: Keys, cpr: Cpr, kind: Kind, decision: str, by: str) -> RestrictionOutcome:
    """Lift what is in force of `kind` about the person, whichever of her numbers it was decided for.

    Raises MentorDwError when nothing of that kind is in force.
    """
    hold_new_persons(connection)
    person = find_persons(connection, keys, [cpr.number]).get(cpr.number)
    rows = connection.execute(
        "update ops.person_restriction"
        " set lifted_at = clock_timestamp(), lifted_decision = %(decision)s, lifted_by = %(by)s"
        f" where restriction_id in ({_IN_FORCE}) returning restriction_id",
        {
            "persons": [] if person is None else one_person(connection, [person]),
            "kind": kind,
            "decision": decision,
            "by": by,
        },
    ).fetchall()
    if not rows:
        raise MentorDwError(f"Nothing of the kind {kind} is in force for this person.", "See that the number is right.")
    return RestrictionOutcome("lifted", kind, rows[0]["restriction_id"], False)


def counts(connection: Connection) -> list[dict[str, Any]]:
    """By kind: in_force, persons (linked numbers are one), lifted, newest. Kinds nobody decided on are 0."""
    found = {row["kind"]: row for row in connection.execute(_COUNTS)}
    empty = {"in_force": 0, "persons": 0, "lifted": 0, "newest": None}
    return [found.get(kind) or {"kind": kind} | empty for kind in KINDS]


def _not_erased(connection: Connection, keys: Keys, cpr: Cpr) -> None:
    """An erased person is not to come back by a decision about her; nothing of her is here to be restricted."""
    if read_tombstones(connection, keys).holds(cpr.number):
        raise MentorDwError("This person has been erased.", "There is nothing to restrict; deliveries leave her out.")
