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

from mentor_dw.warehouse.scratch import SCRATCH

#: What erasure does: delete the person's rows; leave them to the next build or publish, which has nothing to make them
#: of; or take her key out of them, where the row says what somebody else did.
Erased = Literal["deleted", "rebuilt", "unnamed"]
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
    Treatment(r"ops\.(person_restriction|extract_person)", "deleted", "rows", "as long as the person"),
    # A row names other persons too, so the report tells of reads and does not show rows.
    Treatment(r"ops\.access_log", "unnamed", "elsewhere", "access_days"),
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


def unknown_relations(connection: psycopg.Connection[Any]) -> list[PersonRelation]:
    """The relations of which nobody has said what is done about the persons in them; a state of the past is not one.

    Schemas for a look at the past and builds aside (warehouse/as_known.py, scratch.py) pass as a whole.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        passing = {
            name
            for (name,) in cursor.execute(
                "select nspname from pg_catalog.pg_namespace where starts_with(nspname, %s)"
                " or obj_description(oid, 'pg_namespace') like 'As known at %%'",
                (SCRATCH,),
            )
        }
    return [
        relation
        for relation in person_relations(connection)
        if relation.schema not in passing and treatment_of(relation) is None
    ]
