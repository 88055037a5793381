"""What goes into a backup: tables and their rights, files of the home, keys. What is left out can be made again.

Left out: `work`, `extracts` and schemas of past states (the next build makes them from `raw`), what is landed and not
decided (the file is in the inbox), logs, compiled programs, answers to requests for access, and how to log in to the
database (`secrets/connection.json`, the superuser's password): a house that is restored makes its own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from mentor_dw.config import Settings
from mentor_dw.database import CONNECTION_FILE
from mentor_dw.delivery.flow_places import package_folder
from mentor_dw.delivery.transport.connection import connection_file, connections
from mentor_dw.identity.ring import FILES, Kind, origin, read_ring
from mentor_dw.ingest.keep import REASON, REASON_JSON, archived_as, refused_as
from mentor_dw.ledger.deliveries import NOT_KEPT
from mentor_dw.reading.inbox import SIDECAR

Connection = psycopg.Connection[dict[str, Any]]

#: Parts of the data: both databases, the fixed tables of landing without rows, and files under this name.
WAREHOUSE, LANDING, AIRFLOW, FILES_PART = "warehouse.dump.zst", "landing.dump.zst", "airflow.dump.zst", "files"
#: Tables of `landing` that the schema scripts make, not the feeds.
LANDING_TABLES = ("wide_part", "wide_finding", "wide_profile")
#: Schemas whose relations are not copied. Others that are not named here (past states, scratch) are not either.
LEFT_OUT = ("landing", "work", "extracts")
COPIED = ("vault", "raw", "ops", "bi", "public")
#: The superuser's password of the embedded server, and how every role logs in.
_OWN = frozenset({CONNECTION_FILE, "postgres_password"})
#: Ends with this inside the backup: closed to the house's archive key once more, for it is delivered rows in plain.
INNER = ".inner.age"


def _held(rights: str) -> str:
    """SQL: who holds what of the access list `rights`, in an order of its own."""
    return (
        "array(select coalesce(g.rolname, 'public') || '=' || x.privilege_type"
        " || case when x.is_grantable then '*' else '' end"
        f" from aclexplode({rights}) as x left join pg_roles as g on x.grantee = g.oid order by 1)"
    )


_OF_RELATION = "coalesce(c.relacl, acldefault((case c.relkind when 'S' then 's' else 'r' end)::\"char\", c.relowner))"
_RIGHTS = f"""
    select
        'schema ' || nspname as what,
        nspowner as owner,
        {_held("coalesce(nspacl, acldefault('n', nspowner))")} as held
    from pg_namespace
    where nspname = any(%(schemas)s)
    union all
    select
        'relation ' || c.oid::regclass || case when c.relrowsecurity then ', by rows' else '' end,
        c.relowner,
        {_held(_OF_RELATION)}
    from pg_class as c
    where c.relnamespace::regnamespace::text = any(%(copied)s) and c.relkind in ('r', 'v', 'm', 'p', 'S')
    union all
    select 'column ' || a.attrelid::regclass || '.' || a.attname, c.relowner, {_held("a.attacl")}
    from pg_attribute as a inner join pg_class as c on a.attrelid = c.oid
    where c.relnamespace::regnamespace::text = any(%(copied)s) and a.attacl is not null
    union all
    select 'function ' || p.oid::regprocedure, p.proowner, {_held("coalesce(p.proacl, acldefault('f', p.proowner))")}
    from pg_proc as p
    where
        p.pronamespace::regnamespace::text = any(%(copied)s)
        or (p.pronamespace = 'pg_catalog'::regnamespace and p.proacl is not null)
    union all
    select 'language ' || l.lanname, l.lanowner, {_held("coalesce(l.lanacl, acldefault('l', l.lanowner))")}
    from pg_language as l
    union all
    select
        'policy ' || p.polname || ' on ' || p.polrelid::regclass || ': ' || pg_get_expr(p.polqual, p.polrelid),
        c.relowner,
        array(select r.rolname::text from pg_roles as r where r.oid = any(p.polroles) order by 1)
    from pg_policy as p inner join pg_class as c on p.polrelid = c.oid
    where c.relnamespace::regnamespace::text = any(%(copied)s)
    union all
    select
        'default ' || d.defaclobjtype::text || ' in ' || coalesce(n.nspname, 'all schemas') || ' of ' || r.rolname,
        d.defaclrole,
        {_held("d.defaclacl")}
    from pg_default_acl as d
    inner join pg_roles as r on d.defaclrole = r.oid
    left join pg_namespace as n on d.defaclnamespace = n.oid
    where n.nspname is null or n.nspname = any(%(schemas)s)
"""
_TABLES = """
    select c.oid::regclass::text as shown, n.nspname as schema, c.relname as name
    from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
    where c.relkind in ('r', 'p') and n.nspname = any(%s)
    order by n.nspname, c.relname
"""
_KEPT = """
    select delivery_id, source, file_name, covers, version, status, kept_as, sha256, override_reason, rejudged_from
    from ops.delivery
    where status <> 'duplicate' and (kept_as is null or kept_as <> %s)
    order by delivery_id
"""


@dataclass(frozen=True)
class Kept:
    """A file of the home. `name` is below the home; `inner`: it holds CPR numbers in plain; `expected`: it must be."""

    path: Path
    name: str
    inner: bool = False
    expected: bool = False


def schemas_left_out(connection: Connection) -> list[str]:
    """The schemas whose relations are not copied: LEFT_OUT, past states, scratch."""
    rows = connection.execute(
        "select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'"
    ).fetchall()
    return sorted({row["name"] for row in rows} - set(COPIED))


def count_rows(connection: Connection, schemas: tuple[str, ...] = COPIED) -> dict[str, int]:
    """Rows by table (`schema.name`) in the transaction of `connection`."""
    counts = {}
    for table in connection.execute(_TABLES, (list(schemas),)).fetchall():
        row = connection.execute(
            psycopg.sql.SQL("select count(*) as rows from {}").format(
                psycopg.sql.Identifier(table["schema"], table["name"])
            )
        ).fetchone()
        counts[f"{table['schema']}.{table['name']}"] = row["rows"] if row else 0
    return counts


def rights(connection: Connection) -> dict[str, list[str]]:
    """Who owns what and who may do what with it, by object, whatever the owner of the databases is called."""
    owner = connection.info.user
    found = {}
    for row in connection.execute(
        f"select what, pg_get_userbyid(owner)::text as owner, held from ({_RIGHTS}) as all_of_them",
        {"schemas": [*COPIED, *LEFT_OUT], "copied": list(COPIED)},
    ):
        held = [row["owner"], *row["held"]]
        found[row["what"]] = sorted(re.sub(rf"^{re.escape(owner)}(?==|$)", "<owner>", one) for one in held)
    return dict(sorted(found.items()))


def owners(connection: Connection) -> dict[str, str]:
    """The relations that belong to another role than the owner of the databases, and to which."""
    rows = connection.execute(
        "select c.oid::regclass::text as relation, pg_get_userbyid(c.relowner)::text as owner from pg_class as c"
        " where c.relnamespace::regnamespace::text = any(%s) and c.relkind in ('r', 'p', 'v', 'm')"
        " and c.relowner <> current_user::regrole order by 1",
        (list(COPIED),),
    ).fetchall()
    return {row["relation"]: row["owner"] for row in rows}


def files_of(connection: Connection, settings: Settings) -> Iterator[Kept]:
    """The files that the ledger names as `connection` sees it, and the papers; the inbox first, for it moves on."""
    if settings.inbox.is_dir():
        for path in sorted(settings.inbox.glob("*/*")):
            if path.is_file() and not path.name.endswith(".part"):
                yield _kept(settings, path, inner=True)
    named = set()
    for row in connection.execute(_KEPT, (NOT_KEPT,)).fetchall():
        # One that is decided and not moved yet lies where it will be named.
        where = refused_as(settings, row) if row["status"] == "refused" else archived_as(row)
        place = row["kept_as"] or where
        if place not in named:
            named.add(place)
            yield from _delivered(settings, settings.home / place, expected=row["kept_as"] is not None)
    for row in connection.execute(
        "select name, stem from ops.extract where stem is not null and status <> 'discarded' order by extract_id"
    ).fetchall():
        folder = package_folder(row)
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.is_file() and not path.name.startswith("."):
                yield _kept(settings, path)
    for folder in (settings.reports, settings.data_docs):
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.is_file():
                yield _kept(settings, path)
    notes = settings.home / "installation.json"
    if notes.is_file():
        yield _kept(settings, notes)


def _delivered(settings: Settings, path: Path, *, expected: bool) -> Iterator[Kept]:
    inner = path.suffix != ".age"
    if expected or path.is_file():
        yield Kept(path, str(path.relative_to(settings.home)), inner, expected)
    for ending in (SIDECAR, REASON, REASON_JSON):
        beside = path.with_name(path.name + ending)
        if beside.is_file():
            yield _kept(settings, beside)


def _kept(settings: Settings, path: Path, *, inner: bool = False) -> Kept:
    return Kept(path, str(path.relative_to(settings.home)), inner)


def secret_files(settings: Settings) -> Iterator[tuple[str, bytes, float]]:
    """What goes into the backup of the keys: (name below `secrets/`, content, mtime).

    Keys and receivers that come from the environment are there under the names they would have in the home.
    """
    given = {}
    for kind, name in FILES.items():
        place = origin(kind, settings.secrets)
        if place.variable is not None:
            given[name] = place.path.read_bytes() if place.path else _environment_text(place.variable)
    for receiver in connections():
        path = connection_file(receiver)
        if not path.is_relative_to(settings.secrets):
            given[f"receivers/{receiver}.json"] = path.read_bytes()
    for path in sorted(settings.secrets.rglob("*")) if settings.secrets.is_dir() else []:
        name = str(path.relative_to(settings.secrets))
        if path.is_file() and name not in _OWN and name not in given and not path.name.endswith(".part"):
            yield name, path.read_bytes(), path.stat().st_mtime
    for name, content in sorted(given.items()):
        yield name, content, 0


def _environment_text(variable: str) -> bytes:

    return os.environ[variable].encode()


def key_ids(settings: Settings) -> dict[str, list[str]]:
    """The ids of every key of every ring: what tells which backup of the keys belongs to which data."""
    kinds: tuple[Kind, ...] = tuple(FILES)
    return {kind: [key.key_id for key in read_ring(kind, settings.secrets)] for kind in kinds}
