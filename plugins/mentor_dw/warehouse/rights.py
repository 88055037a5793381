"""Who may read which rows and columns of the published tables: grants and row policies, as docs/roles.md has them.

What a table is to its readers is said by its model (plan.py). A publish brings rights and policies to that in its own
transaction and takes away what somebody gave beside it. The owner of the tables is held by no policy. A policy may ask
for columns that its reader may not see.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier

from mentor_dw.config import SCOPED
from mentor_dw.warehouse.plan import AREA, CASEWORK, OPEN, PERSON, PERSON_COLUMNS, WHOLE, PublishedModel

#: Rows in a scoped role's area, by the column that its model names; the functions know the login (008_roles.sql). In a
#: subquery each is asked once for a statement: a short list, or a set that rows are looked up in.
SCOPES = {
    "kommune_code": "kommune_code = any((select ops.scope_kommuner())::text[])",
    "jobcenter_key": "jobcenter_key = any((select ops.scope_jobcentre())::bigint[])",
    "forloeb_key": "forloeb_key in (select ops.scope_forloeb())",
    "person_key": "person_key in (select ops.scope_borgere())",
    "virksomhed_key": "virksomhed_key in (select ops.scope_virksomheder())",
    "leverandoer_key": "leverandoer_key in (select ops.scope_leverandoerer())",
}
#: What those functions read; they run as the owner of their schema, who is no superuser on a given server.
READ_BY_SCOPES = (
    "bridge_borger_omraade",
    "bridge_forloeb_virksomhed",
    "dim_jobcenter",
    "fct_begivenhed",
    "fct_mentorforloeb",
)
#: REFERENCES lets a reader's tool see the keys; without CREATE on a schema it gives no more than that.
_READ = ("select", "references")
_READERS = ("bi_reader", "casework", "steward", SCOPED)


@dataclass(frozen=True)
class Reader:
    """What `role` may read of a table: `columns` (None: all, also those to come) of the rows where `rows` holds.

    `rows` None: no policy is needed, the table has none.
    """

    role: str
    columns: tuple[str, ...] | None
    rows: str | None


@dataclass(frozen=True, order=True)
class _Grant:
    table: str
    role: str
    privilege: str
    column: str = ""


def readers_of(
    model: PublishedModel, schema: str, columns: Iterable[str], *, for_casework: bool = False, owner: str = ""
) -> list[Reader]:
    """Everybody who may read the table of `model` in `schema`; it has `columns`.

    `for_casework`: a person-level compliance list points to it. `owner`: whoever owns the functions of SCOPES.
    """
    held = model.adgang in (PERSON, AREA, CASEWORK) or bool(model.columns.keys() & PERSON_COLUMNS)
    noted = _noted(model, schema) if model.columns.keys() & PERSON_COLUMNS else "true"
    everything = noted if held else None
    if model.adgang == CASEWORK:
        return [Reader("casework", None, f"{noted} and ops.note_person({_quoted(schema, model.name)}, person_key)")]
    found = [Reader("bi_reader", None, everything)]
    if model.kvalitet or model.adgang == OPEN:
        found.append(Reader("steward", None, everything))
    if for_casework and model.adgang == OPEN:
        found.append(Reader("casework", None, everything))
    if model.adgang == OPEN:
        found.append(Reader(SCOPED, None, None))
    elif model.adgang != WHOLE:
        assert model.omraade is not None
        area = SCOPES[model.omraade]
        visible = tuple(name for name in columns if not _is_hidden(model, name))
        found.append(Reader(SCOPED, visible, area if noted == "true" else f"{noted} and {area}"))
    if owner and schema == "bi" and model.name in READ_BY_SCOPES:
        found.append(Reader(owner, None, "true" if held else None))
    return found


def secure(connection: Connection[dict], schema: str, models: list[PublishedModel]) -> None:
    """Bring grants, row security and policies of the tables of `models` in `schema` to what their models say.

    `connection` is their owner's. What is right already is left alone, so that a publish without a change of shape
    asks the catalogue three questions and locks nothing.
    """
    columns = _columns(connection, schema)
    lists = {key.to for model in models if model.adgang == CASEWORK for key in model.foreign_keys}
    owner = _owner_of_scopes(connection)
    readers = {
        model.name: readers_of(model, schema, columns[model.name], for_casework=model.name in lists, owner=owner)
        for model in models
    }
    _bring_policies(connection, schema, readers)
    _bring_grants(connection, schema, readers, columns)


def admit(connection: Connection[dict], schema: str) -> None:
    """Let the readers of `bi` into `schema`."""
    connection.execute(
        SQL("grant usage on schema {} to {}").format(
            Identifier(schema), SQL(", ").join(Identifier(role) for role in _READERS)
        )
    )


def drop_policies(connection: Connection[dict], schema: str, table: str) -> None:
    """Drop every policy of a table."""
    rows = connection.execute(
        "select polname::text as name from pg_policy where polrelid = (quote_ident(%s) || '.' || quote_ident(%s))"
        "::regclass",
        (schema, table),
    ).fetchall()
    for row in rows:
        connection.execute(SQL("drop policy {} on {}").format(Identifier(row["name"]), Identifier(schema, table)))


def _is_hidden(model: PublishedModel, column: str) -> bool:
    """Whether a scoped role may not see the column: it names the person, or holds a special category."""
    return column.endswith("person_key") or column in model.saerlige


def _noted(model: PublishedModel, schema: str) -> str:
    # In a subquery, so that it is asked once for a statement.
    return f"(select ops.note_read({_quoted(schema, model.name)}))"


def _quoted(schema: str, table: str) -> str:
    return "'" + f"{schema}.{table}".replace("'", "''") + "'"


def _columns(connection: Connection[dict], schema: str) -> dict[str, list[str]]:
    rows = connection.execute(
        "select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns"
        " from pg_class as c inner join pg_attribute as a on c.oid = a.attrelid"
        " where c.relnamespace = %s::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped"
        " group by c.relname",
        (schema,),
    ).fetchall()
    return {row["name"]: row["columns"] for row in rows}


def _owner_of_scopes(connection: Connection[dict]) -> str:
    row = connection.execute(
        "select rolname as name from pg_namespace inner join pg_roles on nspowner = pg_roles.oid where nspname = 'ops'"
    ).fetchone()
    assert row is not None
    return row["name"]


def _bring_policies(connection: Connection[dict], schema: str, readers: dict[str, list[Reader]]) -> None:
    """A policy's name ends in a fingerprint of what it says, so one that says something else has another name."""
    wanted = {
        (table, _policy_name(reader)): reader
        for table, all_readers in readers.items()
        for reader in all_readers
        if reader.rows is not None
    }
    rows = connection.execute(
        "select c.relname as name, c.relrowsecurity as secured,"
        " array(select polname::text from pg_policy where polrelid = c.oid) as policies"
        " from pg_class as c where c.relnamespace = %s::regnamespace and c.relname = any(%s)",
        (schema, list(readers)),
    ).fetchall()
    present = {(row["name"], policy) for row in rows for policy in row["policies"]}
    secured = {table for table, _ in wanted}
    for row in rows:
        if row["secured"] != (row["name"] in secured):
            connection.execute(
                SQL("alter table {} {} row level security").format(
                    Identifier(schema, row["name"]), SQL("enable" if row["name"] in secured else "disable")
                )
            )
    for table, policy in sorted(present - wanted.keys()):
        connection.execute(SQL("drop policy {} on {}").format(Identifier(policy), Identifier(schema, table)))
    for table, policy in sorted(wanted.keys() - present):
        reader = wanted[table, policy]
        connection.execute(
            SQL("create policy {} on {} for select to {} using ({})").format(
                Identifier(policy), Identifier(schema, table), Identifier(reader.role), SQL(reader.rows)
            )
        )


def _policy_name(reader: Reader) -> str:
    return f"{reader.role}_{hashlib.sha256(str(reader.rows).encode()).hexdigest()[:12]}"


def _bring_grants(
    connection: Connection[dict], schema: str, readers: dict[str, list[Reader]], columns: dict[str, list[str]]
) -> None:
    wanted = {
        _Grant(table, reader.role, privilege, column)
        for table, all_readers in readers.items()
        for reader in all_readers
        for privilege in _READ
        for column in (reader.columns if reader.columns is not None else [""])
    }
    present = _grants(connection, schema, list(readers))
    for grant in sorted(present - wanted):
        connection.execute(
            SQL("revoke {} on {} from {}").format(
                _what(grant.privilege, [grant.column] if grant.column else []),
                Identifier(schema, grant.table),
                Identifier(grant.role) if grant.role else SQL("public"),
            )
        )
        if not grant.column:
            # That took the rights on single columns along.
            present = {one for one in present if not (one.column and _same_but_column(one, grant))}
    missing: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for grant in sorted(wanted - present):
        missing[grant.table, grant.role][grant.privilege] += [grant.column] if grant.column else []
    for (table, role), privileges in missing.items():
        connection.execute(
            SQL("grant {} on {} to {}").format(
                SQL(", ").join(_what(privilege, names) for privilege, names in privileges.items()),
                Identifier(schema, table),
                Identifier(role),
            )
        )


def _same_but_column(one: _Grant, other: _Grant) -> bool:
    return (one.table, one.role, one.privilege) == (other.table, other.role, other.privilege)


def _what(privilege: str, columns: list[str]) -> Composable:
    if not columns:
        return SQL(privilege)
    return SQL("{} ({})").format(SQL(privilege), SQL(", ").join(map(Identifier, columns)))


def _grants(connection: Connection[dict], schema: str, tables: list[str]) -> set[_Grant]:
    """What others than its owner may do with each of `tables`; role "" is everybody."""
    rows = connection.execute(
        """
        select c.relname as table, coalesce(r.rolname, '') as role, lower(acl.privilege_type) as privilege, '' as column
        from pg_class as c
        cross join lateral aclexplode(c.relacl) as acl
        left join pg_roles as r on acl.grantee = r.oid
        where c.relnamespace = %(schema)s::regnamespace and c.relname = any(%(tables)s) and acl.grantee <> c.relowner
        union all
        select c.relname, coalesce(r.rolname, ''), lower(acl.privilege_type), a.attname
        from pg_class as c
        inner join pg_attribute as a on c.oid = a.attrelid and not a.attisdropped
        cross join lateral aclexplode(a.attacl) as acl
        left join pg_roles as r on acl.grantee = r.oid
        where c.relnamespace = %(schema)s::regnamespace and c.relname = any(%(tables)s) and acl.grantee <> c.relowner
        """,
        {"schema": schema, "tables": tables},
    ).fetchall()
    return {_Grant(row["table"], row["role"], row["privilege"], row["column"]) for row in rows}
