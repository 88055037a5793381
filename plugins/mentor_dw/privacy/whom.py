"""Who is erased: one person with all her numbers, the extracts she was in, and what nobody can tell any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.cpr import Cpr
from mentor_dw.identity.keys import Keys
from mentor_dw.landing.links import one_person
from mentor_dw.landing.tombstones import read_tombstones
from mentor_dw.landing.vault import find_persons

Connection = psycopg.Connection[dict[str, Any]]

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


def whole_person(connection: Connection, keys: Keys, cpr: Cpr) -> Whole:
    """Her keys and numbers, those of everybody she is linked to included. A number nobody brought is still hers."""
    found = list(find_persons(connection, keys, [cpr.number]).values())
    person_keys = one_person(connection, found)
    sealed = connection.execute(
        "select cpr_sealed from vault.cpr where person_key = any(%s)", (person_keys,)
    ).fetchall()
    return Whole(person_keys, sorted({cpr.number} | {keys.unseal(row["cpr_sealed"]) for row in sealed}))


def must_not_be_erased(connection: Connection, keys: Keys, cpr: Cpr) -> None:
    """Raise MentorDwError when the number has a tombstone."""
    if read_tombstones(connection, keys).holds(cpr.number):
        raise MentorDwError("The person with this number has been erased already.", "There is nothing to do.")


def extracts_with(person_keys: Sequence[int]) -> list[dict[str, Any]]:
    """The extracts in which the person was, as JSON."""
    with connect("owner") as connection:
        there = connection.execute("select to_regclass('ops.extract_person') is not null as found").fetchone()
        if not there or not there["found"]:
            return []
        return connection.execute(_EXTRACTS, (list(person_keys),)).fetchall()


def notes_about_findings(connection: Connection) -> list[str]:
    """What an erasure cannot reach: findings of deliveries whose file is gone."""
    row = connection.execute(_WITHOUT_FILE).fetchone()
    if not row or not row["deliveries"]:
        return []
    return [
        f"The files of {row['deliveries']} deliveries with findings are not kept any more, so nobody can tell which "
        "findings were the person's. Findings name lines and masked values."
    ]
