"""What was decided after the backup, done again in the house that was made from it.

The journal tells it (journal.py). Everything is compared with the ledger first, so what the backup has is not done
twice. Deliveries that were accepted since are not in the journal: they are named, to be delivered again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from mentor_dw.backup.journal import ERASURE, SENDING
from mentor_dw.config import COPENHAGEN, get_settings
from mentor_dw.database import connect
from mentor_dw.delivery.flow_forget import throw_away
from mentor_dw.delivery.specification.deadlines import receipt_due
from mentor_dw.delivery.specification.model import Specification
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.cpr import Cpr, parse_cpr
from mentor_dw.identity.keys import Keys, load_keys
from mentor_dw.identity.ring import read_ring
from mentor_dw.ingest.decide import withdraw
from mentor_dw.ledger import extracts as ledger
from mentor_dw.privacy.erasure import erase

Connection = psycopg.Connection[dict[str, Any]]
Say = Callable[[str], None]

_WHY = "Restored from a backup."


@dataclass
class Done:
    """What was done again, in counts; `deliver_again` and `by_hand` are lines for a person."""

    erasures: int = 0
    decisions_about_persons: int = 0
    withdrawals: int = 0
    delivered_versions: int = 0
    deliver_again: list[str] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)


def moment(text: str) -> datetime:
    """A moment as the journal has it."""
    return datetime.fromisoformat(text)


def bring_up_to_date(
    taken_at: datetime, decisions: dict[str, Any] | None, entries: list[dict[str, Any]], by: str, say: Say
) -> Done:
    """Do again what the journal tells and the restored ledger does not know; what was done.

    Erasures come last and have the warehouse built without the person. Raises MentorDwError when a step fails.
    """
    done = Done()
    keys = load_keys(get_settings().secrets)
    erased = {key for entry in entries if entry["kind"] == ERASURE for key in entry["person_keys"]}
    for entry in entries:
        if entry["kind"] == SENDING:
            entry["extract_person"] = [one for one in entry["extract_person"] if one["person_key"] not in erased]
            done.delivered_versions += _enter_version(entry, by)
    if decisions is not None and moment(decisions["at"]) > taken_at:
        with connect("owner") as connection:
            done.decisions_about_persons += _enter_decisions(connection, decisions, keys, done.by_hand)
        _withdraw(decisions, by, done)
    for entry in entries:
        if entry["kind"] == ERASURE:
            done.erasures += _erase(entry, keys, done.by_hand, say)
    for what, count in (
        ("erasures", done.erasures),
        ("decisions about persons", done.decisions_about_persons),
        ("withdrawals", done.withdrawals),
        ("delivered versions", done.delivered_versions),
    ):
        if count:
            say(f"After the backup, and done again: {count} {what}")
    return done


def _enter_version(entry: dict[str, Any], by: str) -> bool:
    """Let the ledger know a version that went out; whether it did not.

    The same package, waiting in the restored outbox, is only marked as begun: it is sent again and found at the
    receiver. Another one under the same number can never go out, so it is thrown away.
    """
    row = entry["extract"][0]
    with connect("owner") as connection:
        known = connection.execute(
            "select extract_id, status from ops.extract where stem = %s and envelope_sha256 = %s",
            (row["stem"], row["envelope_sha256"]),
        ).fetchone()
        if known:
            begun = any(one["event"] == "sending" for one in ledger.events(connection, known["extract_id"]))
            if not begun:
                ledger.note(connection, known["extract_id"], "sending", by, {"why": _WHY})
            return not begun
        for other in ledger.versions(connection, row["name"], row["period"]):
            if other["version"] == row["version"]:
                throw_away(connection, other, by=by, why=f"{_WHY} Another package with this number went out.")
        _insert_version(connection, row, entry)
    return True


def _insert_version(connection: Connection, row: dict[str, Any], entry: dict[str, Any]) -> None:
    fresh = connection.execute(
        "select nextval(pg_get_serial_sequence('ops.extract', 'extract_id')) as extract_id,"
        " (select extract_id from ops.extract where extract_id = %s) as replaces,"
        " (select build_id from ops.build where build_id = %s) as build_id,"
        " array(select extract_id from ops.extract where extract_id = any(%s)) as told_before",
        (row["replaces"], row["build_id"], row["told_before"]),
    ).fetchone()
    assert fresh is not None
    spec = Specification.model_validate(row["specification"])
    sent_on = moment(entry["at"]).astimezone(COPENHAGEN).date()
    # Sent, as far as anybody knows; the receiver's kvittering, or that there is none, tells the rest.
    sent = {"status": "sent", "sent_at": entry["at"], "receipt_due": receipt_due(spec, sent_on).isoformat()}
    number = {"extract_id": fresh["extract_id"]}
    connection.execute(
        "insert into ops.extract overriding system value select (jsonb_populate_record(null::ops.extract, %s)).*",
        (Jsonb(row | fresh | sent),),
    )
    for table, columns in (
        ("extract_event", "extract_id, at, event, by_whom, detail"),
        ("disclosure", "extract_id, cell, value, shown, why"),
        ("extract_person", "extract_id, person_key"),
    ):
        connection.execute(
            f"insert into ops.{table} ({columns})"
            f" select {columns} from jsonb_populate_recordset(null::ops.{table}, %s)",
            (Jsonb([one | number for one in entry[table]]),),
        )
    ledger.note(connection, fresh["extract_id"], "sent", "restore", {"why": _WHY})


def _enter_decisions(connection: Connection, told: dict[str, Any], keys: Keys, by_hand: list[str]) -> int:
    """Restrictions and links as they stood; how many rows were entered or changed."""
    _enter_persons(connection, told, keys)
    changed = connection.execute(
        """
        update ops.person_restriction as r
        set lifted_at = t.lifted_at, lifted_decision = t.lifted_decision, lifted_by = t.lifted_by
        from jsonb_populate_recordset(null::ops.person_restriction, %s) as t
        where
            r.person_key = t.person_key and r.kind = t.kind and r.decided_at = t.decided_at
            and r.lifted_at is null and t.lifted_at is not null
        """,
        (Jsonb(told["restrictions"]),),
    ).rowcount
    changed += connection.execute(
        """
        insert into ops.person_restriction
            (person_key, kind, decision, by_whom, decided_at, lifted_at, lifted_decision, lifted_by)
        select t.person_key, t.kind, t.decision, t.by_whom, t.decided_at, t.lifted_at, t.lifted_decision, t.lifted_by
        from jsonb_populate_recordset(null::ops.person_restriction, %s) as t
        where
            exists (select from vault.person as p where p.person_key = t.person_key)
            and not exists (
                select from ops.person_restriction as r
                where r.person_key = t.person_key and r.kind = t.kind and r.decided_at = t.decided_at
            )
        """,
        (Jsonb(told["restrictions"]),),
    ).rowcount
    changed += connection.execute(
        """
        update ops.person_link as l
        set undone_at = t.undone_at, undone_decision = t.undone_decision, undone_by = t.undone_by
        from jsonb_populate_recordset(null::ops.person_link, %s) as t
        where
            l.person_key = t.person_key and l.same_as_person_key = t.same_as_person_key and l.decided_at = t.decided_at
            and l.undone_at is null and t.undone_at is not null
        """,
        (Jsonb(told["links"]),),
    ).rowcount
    changed += connection.execute(
        """
        insert into ops.person_link
            (person_key, same_as_person_key, decided_at, decision, by_whom, undone_at, undone_decision, undone_by)
        select
            t.person_key, t.same_as_person_key, t.decided_at, t.decision, t.by_whom, t.undone_at, t.undone_decision,
            t.undone_by
        from jsonb_populate_recordset(null::ops.person_link, %s) as t
        where
            exists (select from vault.person as p where p.person_key = t.person_key)
            and exists (select from vault.person as p where p.person_key = t.same_as_person_key)
            and not exists (
                select from ops.person_link as l
                where
                    l.person_key = t.person_key and l.same_as_person_key = t.same_as_person_key
                    and l.decided_at = t.decided_at
            )
        """,
        (Jsonb(told["links"]),),
    ).rowcount
    lost = connection.execute(
        "select t.kind, t.decision from jsonb_populate_recordset(null::ops.person_restriction, %s) as t"
        " where t.lifted_at is null"
        " and not exists (select from vault.person as p where p.person_key = t.person_key) order by t.decided_at",
        (Jsonb(told["restrictions"]),),
    ).fetchall()
    by_hand += [f"Decide again (mentor-dw restrict): {one['kind']}, {one['decision']}" for one in lost]
    return changed


def _enter_persons(connection: Connection, told: dict[str, Any], keys: Keys) -> None:
    """Persons who came after the backup and about whom something was decided, when these keys open their numbers."""
    known = {row["person_key"] for row in connection.execute("select person_key from vault.person")}
    numbers: dict[int, list[dict[str, Any]]] = {}
    for one in told["numbers"]:
        numbers.setdefault(one["person_key"], []).append(one)
    for person in told["persons"]:
        theirs = numbers.get(person["person_key"], [])
        if person["person_key"] in known or not theirs or not all(_ours(keys, one) for one in theirs):
            continue
        taken = connection.execute(
            "select from vault.cpr where (key_id, cpr_hmac) in"
            " (select t.key_id, t.cpr_hmac from jsonb_populate_recordset(null::vault.cpr, %s) as t)",
            (Jsonb(theirs),),
        ).fetchone()
        if taken is None:
            for table, rows in (("vault.person", [person]), ("vault.cpr", theirs)):
                connection.execute(
                    f"insert into {table} select (t).* from jsonb_populate_recordset(null::{table}, %s) as t",
                    (Jsonb(rows),),
                )


def _ours(keys: Keys, number: dict[str, Any]) -> bool:
    """Whether a row of the vault was made with the keys of this house: looked up, and opened, by them."""
    try:
        cpr = keys.unseal(bytes.fromhex(number["cpr_sealed"].removeprefix("\\x")))
    except MentorDwError:
        return False
    key_id, value = keys.lookup(cpr)
    return (key_id, value.hex()) == (number["key_id"], number["cpr_hmac"].removeprefix("\\x"))


def _withdraw(told: dict[str, Any], by: str, done: Done) -> None:
    with connect("owner") as connection:
        rows = connection.execute("select delivery_id, source, sha256, version, covers, status from ops.delivery")
        here = {(row["source"], row["sha256"], row["version"], row["covers"]): row for row in rows.fetchall()}
    for one in told["deliveries"]:
        row = here.get((one["source"], one["sha256"], one["version"], one["covers"]))
        if row is None or row["status"] == "received":
            what = "withdrawn again since; do not load it" if one["status"] == "withdrawn" else "deliver it again"
            done.deliver_again.append(f"{one['source']}: {one['file_name']} ({one['sha256'][:12]}): {what}")
        elif one["status"] == "withdrawn" and row["status"] in ("accepted", "superseded"):
            withdraw(row["delivery_id"], one["reason"] or _WHY, by)
            done.withdrawals += 1


def _erase(entry: dict[str, Any], keys: Keys, by_hand: list[str], say: Say) -> bool:
    """Erase a person again; whether there was anything to do. Nobody's number is shown or written."""
    tombstones = [(key_id, bytes.fromhex(value)) for key_id, value in entry["tombstones"]]
    with connect("loader") as connection:
        there = {
            (row["key_id"], bytes(row["cpr_hmac"]))
            for row in connection.execute("select key_id, cpr_hmac from vault.tombstone")
        }
        if set(tombstones) <= there:
            return False
    for cpr in iter(lambda: _number_of(entry["person_keys"], keys), None):
        erase(cpr, entry["decision"], entry["by"], say)
    ring = {key.key_id for key in read_ring("lookup", get_settings().secrets)}
    with connect("loader") as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into vault.tombstone (key_id, cpr_hmac, decision) values (%s, %s, %s) on conflict do nothing",
            [(key_id, value, entry["decision"]) for key_id, value in tombstones if key_id in ring],
        )
        if not all(key_id in ring for key_id, _ in tombstones):
            by_hand.append(
                f"Erase again (mentor-dw erase), for the look-up key was rotated after the backup: {entry['decision']}"
            )
    return True


def _number_of(person_keys: list[int], keys: Keys) -> Cpr | None:
    """A number of somebody who is still in the vault."""
    with connect("loader") as connection:
        row = connection.execute(
            "select cpr_sealed from vault.cpr where person_key = any(%s) limit 1", (person_keys,)
        ).fetchone()
    if row is None:
        return None
    parsed = parse_cpr(keys.unseal(bytes(row["cpr_sealed"])))
    return parsed if isinstance(parsed, Cpr) else None
