"""The answer to a request for access (GDPR art. 15): what is held about a person, whence, why, for whom and how long.

It is made for the person and for nobody else: no log, error or ledger gets anything of it but that it was made. CPR
numbers are not repeated in it, and person keys are left out.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import psycopg

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed, sources
from mentor_dw.identity.cpr import Cpr
from mentor_dw.identity.keys import Keys
from mentor_dw.landing.links import one_person
from mentor_dw.landing.vault import find_persons
from mentor_dw.ledger.access import collect
from mentor_dw.local.postgres import server_log
from mentor_dw.privacy.keeping import KEEPING
from mentor_dw.privacy.kept_lines import lines_of
from mentor_dw.privacy.person_rows import raw_rows, raw_tables_of, relation_rows, reported_relations
from mentor_dw.reporting.words import rule_words

Connection = psycopg.Connection[dict[str, Any]]
Facts = dict[str, Any]

_NUMBERS = """
    select c.person_key, c.cpr_sealed, c.is_replacement, c.created_at, p.first_source
    from vault.cpr as c
    inner join vault.person as p on c.person_key = p.person_key
    where c.person_key = any(%s)
    order by c.created_at, c.person_key
"""
_RECEIVERS = """
    select e.name, e.period, e.version, e.receiver, e.status, e.created_at, e.delivered_at
    from ops.extract as e
    where exists (select 1 from ops.extract_person as x where x.extract_id = e.extract_id and x.person_key = any(%s))
    order by e.created_at, e.extract_id
"""
# Reads that named her or showed her row, and reads of everybody in a relation that she is in.
_READS = """
    select
        at,
        role_name,
        purpose,
        relation,
        coalesce(person_keys && %(persons)s::bigint[], false) or coalesce(named_keys && %(persons)s::bigint[], false)
            as by_name
    from ops.access_log
    where
        person_keys && %(persons)s::bigint[]
        or named_keys && %(persons)s::bigint[]
        or (person_keys is null and relation = any(%(relations)s))
    order by at
"""
#: What the rows of each kind of source are used for; a source's own basis stands in its feed.
_PURPOSES = {
    True: "Statistik og opfølgning på den sociale mentorstøtte, herunder om frister og aftaler er overholdt.",
    False: "Statistik alene. Oplysningerne bruges kun om personer, som mentorkilderne kender, og aldrig i sagen.",
}


def subject_report(settings: Settings, keys: Keys, cpr: Cpr, decision: str, by: str) -> Facts:
    """Everything that is held about the person with this number, and of the numbers that are linked to it.

    Nobody is created: of a number that the vault does not know `found` is false, and only kept files were looked
    through. That the question was answered is written down, not about whom. Raises MentorDwError when a relation holds
    persons and `privacy/inventory.py` does not know it.
    """
    collect(server_log(settings))
    with connect("loader") as connection:
        persons = _persons(connection, keys, cpr)
        numbers = connection.execute(_NUMBERS, (persons,)).fetchall()
        raw = {source: raw_rows(connection, load_feed(source), persons) for source in sources()} if persons else {}
    with connect("owner") as connection:
        _nothing_of_raw_is_missed(connection)
        ops = _rows_of(connection, "ops", persons)
    with connect("transformer") as connection:
        warehouse = _rows_of(connection, "bi", persons)
    said = sorted({cpr.number, *(keys.unseal(row["cpr_sealed"]) for row in numbers)})
    kept = [lines_of(settings, load_feed(source), keys, said) for source in sources()]
    with connect("owner") as connection:
        facts = {
            "made_at": datetime.now(UTC),
            "decision": decision,
            "found": bool(persons),
            "numbers": [
                {
                    "er_erstatningsnummer": row["is_replacement"],
                    "kendt_siden": row["created_at"],
                    "foerst_fra": row["first_source"],
                }
                for row in numbers
            ],
            "deliveries": _deliveries(connection, raw),
            "sources": _sources(raw),
            "warehouse": warehouse,
            "decisions": ops,
            "receivers": connection.execute(_RECEIVERS, (persons,)).fetchall(),
            "reads": _reads(connection, persons, warehouse),
            "kept_lines": [_line(asdict(line)) for one in kept for line in one.lines],
            "unreadable_files": [name for one in kept for name in one.unreadable],
            "retention": [
                {"place": rule.place, "days": rule.days(settings), "counted_from": rule.danish} for rule in KEEPING
            ],
        }
    _write_down(decision, by, bool(persons))
    return facts


def _persons(connection: Connection, keys: Keys, cpr: Cpr) -> list[int]:
    """The keys of the person with this number and of the numbers linked to it; none when the vault does not know it."""
    person = find_persons(connection, keys, [cpr.number]).get(cpr.number)
    if person is None:
        return []
    return one_person(connection, [person])


def _rows_of(connection: Connection, schema: str, persons: list[int]) -> dict[str, list[dict[str, Any]]]:
    if not persons:
        return {}
    found = {one.name: relation_rows(connection, one, persons) for one in reported_relations(connection, [schema])}
    return {name: rows for name, rows in found.items() if rows}


def _nothing_of_raw_is_missed(connection: Connection) -> None:
    """Raw is read by the feeds; a table there that no feed describes may hold her all the same."""
    read = {table for source in sources() for table in raw_tables_of(load_feed(source))}
    missed = [one.full_name for one in reported_relations(connection, ["raw"]) if one.name not in read]
    if missed:
        raise MentorDwError(
            f"{missed[0]} holds persons and belongs to no feed, so an answer would leave it out.",
            "Describe it in a feed, or drop it.",
        )


def _deliveries(connection: Connection, raw: dict[str, dict[str, list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    ids = {row["delivery_id"] for tables in raw.values() for rows in tables.values() for row in rows}
    return connection.execute(
        "select delivery_id, source, file_name, covers, version, status, received_at, superseded_at, withdrawn_at"
        " from ops.delivery where delivery_id = any(%s) order by delivery_id",
        (sorted(ids),),
    ).fetchall()


def _sources(raw: dict[str, dict[str, list[dict[str, Any]]]]) -> list[Facts]:
    found = []
    for source in sources():
        feed = load_feed(source)
        found.append(
            {
                "source": source,
                "title": feed.title,
                "owner": feed.owner.name,
                "contact": feed.owner.email,
                "legal_basis": feed.owner.legal_basis,
                "purpose": _PURPOSES[feed.gives_purpose],
                "rows": {name: rows for name, rows in raw.get(source, {}).items() if rows},
            }
        )
    return found


def _reads(connection: Connection, persons: list[int], warehouse: dict[str, Any]) -> list[dict[str, Any]]:
    if not persons:
        return []
    relations = [f"bi.{name}" for name in warehouse]
    return connection.execute(_READS, {"persons": persons, "relations": relations}).fetchall()


def _line(line: dict[str, Any]) -> dict[str, Any]:
    return line | {"rules": [rule_words(rule).danish for rule in line["rules"]]}


def _write_down(decision: str, by: str, found: bool) -> None:
    with connect("loader") as connection:
        connection.execute(
            "insert into ops.subject_report (decision, by_whom, found) values (%s, %s, %s)", (decision, by, found)
        )
