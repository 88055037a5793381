"""Where persons are in the database: every relation that holds a person key, and what is done about it.

Erasure, retention and the access report go through this list, so a relation they do not know is a defect: the tests
fail on the first one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg.rows import tuple_row

#: What erasure does: delete the person's rows; leave them to the next build or publish, which has nothing to make them
#: of; or keep them, because they say what was decided about the person and not what she is.
Erased = Literal["deleted", "rebuilt", "kept"]
#: How the access report shows the relation: its rows, or not, because another relation shows the same.
Reported = Literal["rows", "elsewhere"]


@dataclass(frozen=True)
class PersonRelation:
    """A table with columns that hold person keys; partitions are read through the table they belong to."""

    schema: str
    name: str
    columns: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """Schema and name, as a pattern of TREATMENTS has them."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Treatment:
    """What erasure, the access report and retention do with the relations whose full name matches `pattern`.

    `kept` names the rule of retention (a setting, or the event that empties the relation).
    """

    pattern: str
    erased: Erased
    reported: Reported
    kept: str


TREATMENTS: tuple[Treatment, ...] = (
    Treatment(r"vault\.(person|cpr)", "deleted", "elsewhere", "as long as a row of the person"),
    Treatment(r"vault\.erasing", "deleted", "elsewhere", "until the erasure is done"),
    Treatment(r"landing\.\w+", "deleted", "elsewhere", "until the verdict"),
    Treatment(r"raw\.(webreg|biflis|dream)__\w+", "deleted", "rows", "raw_days"),
    Treatment(r"work\.\w+", "rebuilt", "elsewhere", "until the next build"),
    Treatment(r"bi\.\w+", "rebuilt", "rows", "as long as its rows in raw"),
    Treatment(r"ops\.(person_link|person_candidate)", "deleted", "rows", "as long as the person"),
    Treatment(r"ops\.access_log", "kept", "elsewhere", "access_days"),
)

_FIND = """
    select n.nspname, c.relname, array_agg(a.attname::text order by a.attnum)
    from pg_catalog.pg_attribute as a
    inner join pg_catalog.pg_class as c on c.oid = a.attrelid
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where
        not a.attisdropped
        and a.attnum > 0
        and (a.attname in ('person_key', 'person_keys') or a.attname like '%\\_person\\_key')
        and c.relkind in ('r', 'p', 'm', 'f')
        and not c.relispartition
        and n.nspname not like 'pg\\_%'
    group by n.nspname, c.relname
    order by n.nspname, c.relname
"""


def person_relations(connection: psycopg.Connection[Any]) -> list[PersonRelation]:
    """Every table of this database with a column of person keys, whoever made it, views left out."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(_FIND).fetchall()
    return [PersonRelation(schema, name, tuple(columns)) for schema, name, columns in rows]


def treatment_of(relation: PersonRelation) -> Treatment | None:
    """What is done with the relation; None when nobody has said."""
    return next((one for one in TREATMENTS if re.fullmatch(one.pattern, relation.full_name)), None)
