"""What a home holds, so that two homes can be compared that lived through the same in another way.

Numbers that are drawn at random or given in order are no differences: a person is named by the look-up value of her CPR
number, a delivery, a build and an extract by their place in the ledger, a key that is computed of these by the rows it
stands in. Moments are left out; that something has one is not.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyrage
from home import Home

from mentor_dw.identity.keys import load_keys
from mentor_dw.local.demo_receiver import FILES, FOLDER, IDENTITY, place

SCHEMAS = ("raw", "bi", "ops", "landing", "vault", "work", "extracts")
#: Columns that tell how long something took, or hold a value that is drawn at random.
PASSING = {
    "ops.build": {"dbt_seconds", "publish_seconds", "error", "scope", "rebuilt", "left_as_they_were", "made_of"},
    "ops.extract": {"envelope_sha256", "envelope_bytes", "files", "suppression"},
    "ops.signature": {"signature", "sha256", "content_sha256"},
    "ops.key_rotation": {"old_key_id", "new_key_id", "checks"},
    "vault.cpr": {"cpr_sealed"},
    "landing.wide_part": {"file_mark"},
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
#: Whole names of places and parts of names where the number of a delivery stands.
_NUMBERED = re.compile(r"(?<![0-9a-zæøå])(\d+)_(?=[a-z]+_\d{4})")
_ROUNDS = 3
#: How columns of some types are read: of a moment only that there is one; a time of day may be 24:00.
_AS = {"timestamp": " is not null", "time": "::text"}
#: Smaller numbers mean something by themselves.
_DRAWN = 10**9
_TEMPORARY = re.compile(r"(^|/)\.(?!placeholder)|\.part$")

Row = tuple[Any, ...]


@dataclass
class State:
    """Rows by table, files by name with a hash of their content, and what should not be there."""

    rows: dict[str, Counter[str]]
    files: dict[str, str]
    leftovers: list[str] = field(default_factory=list)

    def lost(self, of: State) -> int:
        """Rows of `of` that are not here."""
        return sum((rows - self.rows.get(table, Counter())).total() for table, rows in of.rows.items())

    def differences(self, of: State) -> list[str]:
        """Where this is another state than `of`: tables with numbers of rows, and files."""
        found = []
        for table in sorted(self.rows.keys() | of.rows.keys()):
            here, there = self.rows.get(table, Counter()), of.rows.get(table, Counter())
            if here != there:
                found.append(f"{table}: {(there - here).total()} missing, {(here - there).total()} more")
        for name in sorted(self.files.keys() | of.files.keys()):
            if self.files.get(name) != of.files.get(name):
                here, there = name in self.files, name in of.files
                found.append(f"{name}: {'another content' if here and there else 'more' if here else 'missing'}")
        return found


def state_of(home: Home, connection: psycopg.Connection) -> State:
    """The state of `home`; `connection` is one of the owner."""
    tables = _read(connection)
    ledgers = _places_in_ledgers(tables)
    return State(_canonical(tables, ledgers), _files(home, ledgers["delivery"]), leftovers(home, connection))


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
        "undecided": "select file_name from ops.delivery where status = 'received'",
        "not put away": "select file_name from ops.delivery where kept_as is null",
        "unbalanced": "select file_name from ops.delivery"
        " where rows_read <> rows_accepted + rows_quarantined + rows_withheld",
    }.items():
        found += [f"{name} {value}" for (value,) in connection.execute(query).fetchall()]
    for path in _paths(home):
        shown = str(path.relative_to(home.folder))
        if _TEMPORARY.search(shown):
            found.append(f"file {shown}")
    return found


def _read(connection: psycopg.Connection) -> dict[str, tuple[list[str], list[Row]]]:
    """Columns and rows by table; partitions are read through the table they belong to."""
    found = {}
    names = connection.execute(
        "select n.nspname, c.relname, c.oid from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid"
        " where n.nspname = any(%s) and c.relkind in ('r', 'p') and not c.relispartition",
        (list(SCHEMAS),),
    ).fetchall()
    for schema, table, oid in names:
        name = f"{schema}.{table}"
        if name in JOURNALS:
            continue
        columns = connection.execute(
            "select attname, format_type(atttypid, null), attidentity from pg_attribute"
            " where attrelid = %s and attnum > 0 and not attisdropped order by attname",
            (oid,),
        ).fetchall()
        kept = [
            (column, kind)
            for column, kind, identity in columns
            if column not in PASSING.get(name, ()) and (not identity or column in NUMBERS)
        ]
        chosen = ", ".join(f'"{column}"{_AS.get(kind.split(" ")[0], "")}' for column, kind in kept)
        rows = connection.execute(f'select {chosen} from "{schema}"."{table}"').fetchall() if kept else []
        found[name] = ([column for column, _ in kept], rows)
    columns, builds = found["ops.build"]
    alive = [row for row in builds if row[columns.index("status")] in ("built", "published")]
    found["ops.build"] = (columns, alive)
    return found


def _places_in_ledgers(tables: dict[str, tuple[list[str], list[Row]]]) -> dict[str, dict[int, str]]:
    """The numbers of deliveries, builds and extracts as their places in the order of their numbers."""
    places = {}
    for kind in ("delivery", "build", "extract"):
        columns, rows = tables[f"ops.{kind}"]
        numbers = sorted(row[columns.index(f"{kind}_id")] for row in rows)
        places[kind] = {number: f"{kind} {place}" for place, number in enumerate(numbers, 1)}
    return places


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


def numbered(text: str, deliveries: dict[int, str]) -> str:
    """`text` with the numbers of deliveries in file names as their places in the ledger."""
    return _NUMBERED.sub(lambda found: f"<{deliveries.get(int(found[1]), found[1])}>_", text)


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def _paths(home: Home) -> Iterator[Path]:
    """The files of deliveries, reports and packages, those of the receiver included."""
    folders = [home.folder / name for name in ("inbox", "archive", "refused", "outbox", "reports", "data_docs")]
    folders += place(home.folder).glob(f"*/{FILES}/{FOLDER}")
    for folder in folders:
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def _files(home: Home, deliveries: dict[int, str]) -> dict[str, str]:
    keys = load_keys(home.folder / "secrets")
    found = {}
    for path in _paths(home):
        name = numbered(str(path.relative_to(home.folder)), deliveries)
        found[name] = _content(home, path, keys.archive_identities)
    return found


def _content(home: Home, path: Path, own: list[Any]) -> str:
    """A hash of what is said in the file; closed ones are opened, of what holds moments only that it is there."""
    if path.name.endswith(".zip.age") and "archive" not in path.parts:
        identities = [
            pyrage.x25519.Identity.from_str(file.read_text().strip())
            for file in place(home.folder).glob(f"*/{IDENTITY}")
        ]
        return _packed(pyrage.decrypt(path.read_bytes(), identities))
    if path.name.endswith(".kept.age"):
        return _packed(pyrage.decrypt(path.read_bytes(), own))
    if path.suffix == ".age":
        return hashlib.sha256(pyrage.decrypt(path.read_bytes(), own)).hexdigest()
    if path.suffix in (".sha256", ".sig", ".klar", ".html", ".css", ".json") and "inbox" not in path.parts:
        return "there"
    content = path.read_bytes()
    if path.suffix == ".md":
        content = re.sub(rb"\d", b"0", content)
    return hashlib.sha256(content).hexdigest()


def _packed(content: bytes) -> str:
    """The tables of a package; its papers name the moment they were written at."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        with zipfile.ZipFile(file) as archive:
            names = sorted(archive.namelist())
            told = [*names, *(hashlib.sha256(archive.read(name)).hexdigest() for name in names if ".csv" in name)]
    return _hash(told)
