"""What the system knows for the papers, as one plain structure: feeds, settings, keys' ids and the ledgers.

No personal value and no key is in it. A ledger that is empty gives an empty list, and the paper says so.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from mentor_dw.config import COPENHAGEN, ROLES, SCOPED, Settings
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed, sources
from mentor_dw.identity.ring import FILES, read_ring
from mentor_dw.privacy.inventory import person_relations, treatment_of
from mentor_dw.privacy.papers import words
from mentor_dw.privacy.papers.described import days_kept, feed_facts, installation_facts
from mentor_dw.reporting import danish
from mentor_dw.warehouse.lineage import read_lineage

Connection = psycopg.Connection[dict[str, Any]]
Facts = dict[str, Any]

_RIGHTS = """
    select
        r.rolname as role,
        n.nspname as schema,
        count(*) filter (where has_any_column_privilege(r.oid, c.oid, 'select')) as reads,
        count(*) filter (where has_table_privilege(r.oid, c.oid, 'insert, update, delete')) as writes,
        count(*) as tables
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    cross join pg_catalog.pg_roles as r
    where
        r.rolname = any(%(roles)s)
        and n.nspname = any(%(schemas)s)
        and c.relkind in ('r', 'p', 'v', 'm')
        and not c.relispartition
        and has_schema_privilege(r.oid, n.oid, 'usage')
    group by r.rolname, n.nspname
"""
_DELIVERIES = """
    select
        source,
        count(*) filter (where status in ('accepted', 'superseded')) as accepted,
        count(*) filter (where status = 'refused') as refused,
        count(*) filter (where status = 'withdrawn') as withdrawn,
        min(covers) filter (where status in ('accepted', 'superseded')) as first_covers,
        max(covers) filter (where status in ('accepted', 'superseded')) as last_covers,
        max(accepted_at) as last_accepted,
        coalesce(sum(rows_quarantined) filter (where status in ('accepted', 'superseded')), 0) as set_aside,
        array_remove(array_agg(distinct legal_basis), null) as bases
    from ops.delivery
    group by source
"""
_PERSONS = """
    select distinct on (kilde) kilde as source, antal_personer as persons, covers_dato as day
    from bi.fct_personer_levering
    order by kilde, covers_dato desc
"""
_SCOPES = """
    select role_name, kommune_code, jobcenter_code, purpose, given_at, given_by
    from ops.role_scope
    where ended_at is null
    order by role_name, kommune_code, jobcenter_code
"""
_EXTRACTS = """
    select
        e.receiver,
        e.name,
        count(distinct e.extract_id) as versions,
        max(e.period) as last_period,
        max(e.delivered_at) as last_delivered,
        count(distinct p.person_key) as persons
    from ops.extract as e
    left join ops.extract_person as p on e.extract_id = p.extract_id
    where e.kind = 'delivery' and e.status <> 'discarded'
    group by e.receiver, e.name
    order by e.receiver, e.name
"""
_RESTRICTIONS = """
    select kind, count(distinct person_key) as persons
    from ops.person_restriction
    where lifted_at is null
    group by kind
    order by kind
"""
_ERASURES = """
    select
        count(*) filter (where finished_at is not null) as finished,
        count(*) filter (where finished_at is null) as open,
        max(finished_at) as last
    from ops.erasure
"""
_READS = """
    select role_name, purpose, count(*) as reads, max(at) as last
    from ops.access_log
    where at > now() - interval '12 months'
    group by role_name, purpose
    order by role_name, purpose
"""
_ROTATIONS = """
    select kind, max(finished_at) as last
    from ops.key_rotation
    where finished_at is not null
    group by kind
    order by kind
"""
_BUILD = """
    select build_id, published_at, code_version
    from ops.build
    where status = 'published'
    order by build_id desc
    limit 1
"""


def collect(settings: Settings) -> Facts:
    """Everything the templates may name. Raises MentorDwError when there is no installation."""
    persons = _persons()
    with connect("operator") as connection:
        deliveries = {row["source"]: _delivery(row) for row in connection.execute(_DELIVERIES).fetchall()}
        return {
            "today": danish.day(datetime.now(COPENHAGEN).date()),
            "feeds": [
                feed_facts(load_feed(source)) | {"deliveries": deliveries.get(source), "persons": persons.get(source)}
                for source in sources()
            ],
            "kept": days_kept(settings),
            "installation": installation_facts(settings),
            "keys": key_facts(settings.secrets),
            "versions": _versions(connection),
            "casework": _casework(connection),
            "roles": _roles(connection),
            "scopes": [_scope(row) for row in _ledger(connection, "ops.role_scope", _SCOPES)],
            "extracts": _extracts(),
            "restrictions": [
                {"what": words.RESTRICTIONS[row["kind"]], "persons": row["persons"]}
                for row in _ledger(connection, "ops.person_restriction", _RESTRICTIONS)
            ],
            "erasures": [
                row | {"last": _day(row["last"])}
                for row in _ledger(connection, "ops.erasure", _ERASURES)
                if row["finished"] or row["open"]
            ],
            "reads": [row | {"last": _day(row["last"])} for row in _ledger(connection, "ops.access_log", _READS)],
            "rotations": [
                {"what": words.KEYS.get(row["kind"], row["kind"]), "last": _day(row["last"])}
                for row in _ledger(connection, "ops.key_rotation", _ROTATIONS)
            ],
            "places": _places(connection),
        }


def _extracts() -> list[Facts]:
    """As the loader: who was in which extract is for nobody who only looks at the ledgers."""
    with connect("loader") as connection:
        rows = connection.execute(_EXTRACTS).fetchall()
    return [row | {"last_delivered": _day(row["last_delivered"])} for row in rows]


def key_facts(folder: Path) -> list[Facts]:
    """The keys of the rings by kind, id and state; never what is in them."""
    return [
        {
            "kind": kind,
            "id": key.key_id,
            "name": key.name,
            "state": words.STATES[key.state],
            "protects": words.KEYS[kind],
        }
        for kind in FILES
        for key in read_ring(kind, folder)
    ]


def _ledger(connection: Connection, relation: str, query: str) -> list[Facts]:
    """The rows of `query`; none where the installation has no such ledger."""
    row = connection.execute("select to_regclass(%s) is not null as found", (relation,)).fetchone()
    return connection.execute(query).fetchall() if row and row["found"] else []


def _persons() -> dict[str, Facts]:
    """By source: how many persons its newest delivery has, and the day it covers; as published."""
    with connect("bi_reader") as connection:
        rows = _ledger(connection, "bi.fct_personer_levering", _PERSONS)
    return {row["source"]: {"count": danish.number(row["persons"]), "day": danish.day(row["day"])} for row in rows}


def _delivery(row: Facts) -> Facts:
    """One source's deliveries as the papers tell them; nothing was accepted where `last_covers` is None."""
    return (
        row
        | {name: danish.covered(row[name]) if row[name] else None for name in ("first_covers", "last_covers")}
        | {"last_accepted": _day(row["last_accepted"]), "set_aside": danish.number(int(row["set_aside"]))}
    )


def _roles(connection: Connection) -> list[Facts]:
    """The roles that the server has, with the schemas in which each reads or writes tables."""
    wanted = [*ROLES, SCOPED]
    rows = connection.execute(_RIGHTS, {"roles": wanted, "schemas": list(words.SCHEMAS)}).fetchall()
    there = {row["rolname"] for row in connection.execute("select rolname from pg_roles").fetchall()}
    return [
        {
            "role": role,
            "what": words.ROLES[role],
            "reads": _schemas(rows, role, "reads"),
            "writes": _schemas(rows, role, "writes"),
        }
        for role in wanted
        if role in there
    ]


def _schemas(rows: list[Facts], role: str, right: str) -> str:
    """Schemas and how many of their tables, as vault (2), raw (9); empty when there is none."""
    by_schema = {row["schema"]: row[right] for row in rows if row["role"] == role and row[right]}
    return ", ".join(f"{schema} ({by_schema[schema]})" for schema in words.SCHEMAS if schema in by_schema)


def _scope(row: Facts) -> Facts:
    area = f"kommune {row['kommune_code']}" if row["kommune_code"] else f"jobcenter {row['jobcenter_code']}"
    return {name: row[name] for name in ("role_name", "purpose", "given_by")} | {
        "area": area,
        "given_at": _day(row["given_at"]),
    }


def _casework(connection: Connection) -> list[str]:
    """The sources that the person-level compliance lists are made from; empty before the first build."""
    row = connection.execute(_BUILD).fetchone()
    lineage = read_lineage(connection, row["code_version"]) if row else None
    if lineage is None:
        return []
    lists = [node["name"] for node in lineage.as_json() if node["published"] and node["name"].startswith("compliance_")]
    return sorted({source for name in lists for source in lineage.sources(name)})


def _places(connection: Connection) -> list[Facts]:
    """By schema: what it holds, how many of its tables hold person keys, and what erasure does with them."""
    relations = person_relations(connection)
    found = []
    for schema, holds in words.SCHEMAS.items():
        treated = [treatment_of(one) for one in relations if one.schema == schema]
        done = Counter(words.ERASED[one.erased] for one in treated if one is not None)
        found.append(
            {
                "schema": schema,
                "holds": holds,
                "tables": len(treated),
                "erased": ", ".join(f"{what} ({count})" for what, count in sorted(done.items())),
            }
        )
    return found


def _versions(connection: Connection) -> Facts:
    build = connection.execute(_BUILD).fetchone()
    server = connection.execute("show server_version").fetchone()
    schema = connection.execute("select max(file_name) as newest from ops.schema_version").fetchone()
    return {
        "package": version("mentor-dw"),
        "server": server["server_version"] if server else None,
        "schema": schema["newest"] if schema else None,
        "build": build["build_id"] if build else None,
        "published": _day(build["published_at"]) if build else None,
        "code": build["code_version"] if build else None,
    }


def _day(moment: datetime | None) -> str | None:
    return danish.day(moment.astimezone(COPENHAGEN).date()) if moment else None
