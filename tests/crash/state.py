"""What a home holds, so that two homes can be compared that lived through the same in another way.

Numbers that are drawn at random or given in order are no differences: a person is named by the look-up value of her CPR
number, a delivery, a build and an extract by their place in the ledger, a key that is computed of these by the rows it
stands in. Moments are left out; that something has one is not.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
from home import Home
from kept_files import files_of, folders, numbered

from mentor_dw.reading.archive import sha256_of

SCHEMAS = ("raw", "bi", "ops", "landing", "vault", "work", "extracts")
#: Columns that tell how long something took, or hold a value that is drawn at random.
PASSING = {
    "ops.build": {
        *("dbt_seconds", "publish_seconds", "error", "made_of"),
        # After a build that died everything is built: how much of it was done is no part of what is there.
        *("scope", "rebuilt", "left_as_they_were", "models", "tests"),
    },
    "ops.extract": {"envelope_sha256", "envelope_bytes", "files", "suppression"},
    "ops.receipt": {"sha256", "told"},
    "ops.key_rotation": {"old_key_id", "new_key_id", "checks"},
    "vault.cpr": {"cpr_sealed"},
}
#: Tables of what was tried and when: attempts are no state.
JOURNALS = {"ops.extract_event", "ops.signature", "ops.access_log", "ops.access_position", "ops.night_work"}
#: Columns with the number of a row of a ledger, or a list of them.
NUMBERS = {
    "delivery_id": "delivery",
    "duplicate_of": "delivery",
    "rejudged_from": "delivery",
    "deliveries": "delivery",
    "build_id": "build",
    "extract_id": "extract",
    "replaces": "extract",
    "told_before": "extract",
}
_ROUNDS = 3
#: A build that failed was an attempt.
_ALIVE = "status in ('built', 'published')"
#: How columns of some types are read: of a moment only that there is one; a time of day may be 24:00.
_AS = {"timestamp": " is not null", "time": "::text"}
#: Smaller numbers mean something by themselves.
_DRAWN = 10**9
#: What is hidden, or called so, is not finished.
_TEMPORARY = re.compile(r"(^|/)\.|\.part$")

Row = tuple[Any, ...]


@dataclass(frozen=True)
class State:
    """`tables`: the literal content of every table, hashed; `files` by name, with a hash of what they say."""

    tables: dict[str, str]
    files: dict[str, str]
    leftovers: list[str]


@dataclass(frozen=True)
class Comparison:
    """Rows of the undisturbed state that are not there, rows that are there beside it, and where that is."""

    lost: int
    doubled: int
    differences: list[str]


def state_of(home: Home, connection: psycopg.Connection) -> State:
    """The state of `home`; `connection` is one of the owner."""
    deliveries = _places_in_ledger(connection, "delivery")
    return State(_literal(connection), files_of(home, deliveries), leftovers(home, connection))


def compare(here: psycopg.Connection, state: State, there: psycopg.Connection, wanted: State) -> Comparison:
    """What is otherwise in `state`, whose home `here` is connected with, than in `wanted`, by tables and files.

    Most tables hold the same to the letter, since both homes are copies of one; of the others the rows are read.
    """
    changed = sorted(
        name
        for name in state.tables.keys() | wanted.tables.keys()
        if state.tables.get(name) != wanted.tables.get(name) and name not in JOURNALS
    )
    found, expected = _rows(here, changed), _rows(there, changed)
    differences, lost, doubled = [], 0, 0
    for name in changed:
        missing, more = expected[name] - found[name], found[name] - expected[name]
        if missing or more:
            lost, doubled = lost + missing.total(), doubled + more.total()
            differences.append(f"{name}: {missing.total()} rows missing, {more.total()} more")
    for name in sorted(state.files.keys() | wanted.files.keys()):
        if state.files.get(name) != wanted.files.get(name):
            both = name in state.files and name in wanted.files
            differences.append(f"{name}: {'another content' if both else 'more' if name in state.files else 'missing'}")
    return Comparison(lost, doubled, differences)


def leftovers(home: Home, connection: psycopg.Connection) -> list[str]:
    """What a crash may leave and nobody may find afterwards: landed rows, scratch schemas, temporary files, locks."""
    found = []
    for (table,) in connection.execute("select tablename from pg_tables where schemaname = 'landing'").fetchall():
        (rows,) = connection.execute(f'select count(*) from landing."{table}"').fetchone()
        if rows or re.search(r"__\w+_\d+(_\d+)?$", table):
            found.append(f"landing.{table} with {rows} rows")
    for name, query in {
        "schema": "select nspname from pg_namespace where nspname like 'scratch%' or nspname like 'past%'",
        "prepared transaction": "select gid from pg_prepared_xacts",
        "advisory lock": "select l.objid::text from pg_locks as l where l.locktype = 'advisory'",
        "table": "select 'work.difference' where to_regclass('work.difference') is not null",
        "twice": "select event from ops.extract_event"
        " where event in ('planned', 'built', 'released', 'sent', 'confirmed')"
        " group by extract_id, event having count(*) > 1",
        "undecided": "select file_name from ops.delivery where status = 'received'",
        "not put away": "select file_name from ops.delivery where kept_as is null",
        "unbalanced": "select file_name from ops.delivery"
        " where rows_read <> rows_accepted + rows_quarantined + rows_withheld",
    }.items():
        found += [f"{name} {value}" for (value,) in connection.execute(query).fetchall()]
    for folder in folders(home):
        shown = (str(path.relative_to(home.folder)) for path in sorted(folder.rglob("*")))
        found += [f"file {name}" for name in shown if _TEMPORARY.search(name)]
    built = "select stem, envelope_sha256 from ops.extract where envelope_sha256 is not null and status <> 'discarded'"
    for stem, sha256 in connection.execute(built).fetchall():
        envelopes = (path for folder in folders(home) for path in folder.rglob(f"{stem}.zip.age"))
        found += [f"{path.name} is not what the ledger says" for path in envelopes if sha256_of(path) != sha256]
    return found


def _names_of_tables(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """Schema and name of every table; partitions are read through the table they belong to."""
    return connection.execute(
        "select n.nspname, c.relname from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid"
        " where n.nspname = any(%s) and c.relkind in ('r', 'p') and not c.relispartition order by 1, 2",
        (list(SCHEMAS),),
    ).fetchall()


def _literal(connection: psycopg.Connection) -> dict[str, str]:
    told = {}
    for schema, table in _names_of_tables(connection):
        row = connection.execute(
            f'select count(*) || \' \' || coalesce(sum(hashtextextended(t::text, 0)), 0) from "{schema}"."{table}" as t'
        ).fetchone()
        told[f"{schema}.{table}"] = row[0] if row else ""
    return told


def _rows(connection: psycopg.Connection, names: Sequence[str]) -> dict[str, Counter[str]]:
    """The rows of some tables as comparable texts; a table that is not there has none."""
    tables = _read(connection, {*names, "vault.cpr"})
    ledgers = {kind: _places_in_ledger(connection, kind) for kind in ("delivery", "build", "extract")}
    rows = _canonical(tables, ledgers)
    return {name: rows.get(name, Counter()) for name in names}


def _read(connection: psycopg.Connection, wanted: set[str]) -> dict[str, tuple[list[str], list[Row]]]:
    """Columns and rows by table."""
    found = {}
    for schema, table in _names_of_tables(connection):
        name = f"{schema}.{table}"
        if name not in wanted:
            continue
        columns = connection.execute(
            "select attname, format_type(atttypid, null), attidentity from pg_attribute"
            " where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attname",
            (f'"{schema}"."{table}"',),
        ).fetchall()
        kept = [
            (column, kind)
            for column, kind, identity in columns
            if column not in PASSING.get(name, ()) and (not identity or column in NUMBERS)
        ]
        chosen = ", ".join(f'"{column}"{_AS.get(kind.split(" ")[0], "")}' for column, kind in kept)
        which = f" where {_ALIVE}" if name == "ops.build" else ""
        rows = connection.execute(f'select {chosen} from "{schema}"."{table}"{which}').fetchall() if kept else []
        found[name] = ([column for column, _ in kept], rows)
    return found


def _places_in_ledger(connection: psycopg.Connection, kind: str) -> dict[int, str]:
    """The numbers of deliveries, builds or extracts as their places in the order of their numbers."""
    which = f" where {_ALIVE}" if kind == "build" else ""
    rows = connection.execute(f"select {kind}_id from ops.{kind}{which} order by 1").fetchall()
    return {number: f"{kind} {place}" for place, (number,) in enumerate(rows, 1)}


def _canonical(
    tables: dict[str, tuple[list[str], list[Row]]], ledgers: dict[str, dict[int, str]]
) -> dict[str, Counter[str]]:
    columns, rows = tables["vault.cpr"]
    key, value = columns.index("person_key"), columns.index("cpr_hmac")
    names: dict[int, str] = {}
    for row in rows:
        names[row[key]] = bytes(row[value]).hex()
    seen = {
        name: [[_plain(column, one, ledgers) for column, one in zip(columns, row, strict=True)] for row in rows]
        for name, (columns, rows) in tables.items()
    }
    keys = {
        name: [place for place, column in enumerate(columns) if column.endswith("_key") or column == "same_as_person"]
        for name, (columns, _) in tables.items()
    }
    for _ in range(_ROUNDS):
        told: dict[int, list[str]] = defaultdict(list)
        for name, rows in seen.items():
            for row in rows if keys[name] else ():
                drawn = [place for place in keys[name] if _is_drawn(row[place])]
                if drawn:
                    shown = _hash([name, *(_named(one, names) for one in row)])
                    for place in drawn:
                        told[row[place]].append(f"{place} {shown}")
        for one, places in told.items():
            names[one] = _hash([names.get(one, ""), *sorted(places)])
    return {name: Counter(_hash([_named(one, names) for one in row]) for row in rows) for name, rows in seen.items()}


def _is_drawn(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) > _DRAWN


def _named(value: Any, names: dict[int, str]) -> str:
    return names.get(value, "?") if _is_drawn(value) else str(value)


def _plain(column: str, value: Any, ledgers: dict[str, dict[int, str]]) -> Any:
    """The value without what differs from run to run."""
    if column in NUMBERS and value is not None:
        places = ledgers[NUMBERS[column]]
        if isinstance(value, list):
            return str([places.get(one, "nothing") for one in value])
        return places.get(value, "nothing")
    if column == "effective":
        return json.dumps({source: ledgers["delivery"].get(one) for source, one in value.items()}, sort_keys=True)
    if isinstance(value, (dict, list)):
        value = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    if isinstance(value, str):
        return numbered(value, ledgers["delivery"])
    if isinstance(value, (Decimal, datetime)):
        return str(value)
    return value


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
