"""What a build is made of, and a fingerprint of each part of it that can change from one build to the next."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from psycopg import Connection

from mentor_dw.config import get_settings
from mentor_dw.ledger.counting import counting, effective
from mentor_dw.ledger.erasures import erasures_done
from mentor_dw.ledger.persons import links_fingerprint

#: The part of `made_of` for the links between persons, and those for settings and for erased persons, which concern
#: every model.
LINKS = "person links"
SETTINGS = "settings"
ERASURES = "erasures"


@dataclass(frozen=True)
class Basis:
    """The deliveries that count, by source the effective one, and `made_of`: a fingerprint of every part by name.

    Parts are the sources, LINKS, SETTINGS and, where somebody was erased, ERASURES. Two builds with the same
    fingerprint of a part read the same rows of it.
    """

    deliveries: list[int]
    effective: dict[str, int]
    made_of: dict[str, str]


def basis_at(connection: Connection[dict], moment: datetime | None = None) -> Basis:
    """What is known at `moment` (with a zone); None: everything decided until now."""
    rows = counting(connection, at=moment)
    made_of = {
        source: _fingerprint([[one.delivery_id, one.rows_accepted, one.row_changes] for one in of_source])
        for source, of_source in groupby(rows, key=lambda one: one.source)
    }
    links = links_fingerprint(connection, moment)
    if links:
        made_of[LINKS] = _fingerprint(links)
    erased = erasures_done(connection)
    if erased:
        made_of[ERASURES] = _fingerprint(erased)
    made_of[SETTINGS] = _fingerprint(sorted(dbt_settings().items()))
    return Basis(
        deliveries=sorted(row.delivery_id for row in rows),
        effective={source: row.delivery_id for source, row in effective(rows).items()},
        made_of=made_of,
    )


def dbt_settings() -> dict[str, str]:
    """Settings of the installation that change what models hold, as dbt variables."""
    return {"dream_persons": get_settings().dream_persons}


def changed(before: dict[str, str], now: dict[str, str]) -> set[str]:
    """The parts that two `made_of` do not have in common."""
    return {part for part in before.keys() | now.keys() if before.get(part) != now.get(part)}


def _fingerprint(value: Any) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]
