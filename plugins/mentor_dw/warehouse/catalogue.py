"""The tables of a schema as PostgreSQL's catalogue has them."""

from __future__ import annotations

from dataclasses import dataclass, field

from psycopg import Connection

from mentor_dw.warehouse.plan import ForeignKey


@dataclass(frozen=True)
class Column:
    """A column; `type` is spelled as PostgreSQL spells it, with its modifier."""

    type: str
    not_null: bool
    comment: str | None


@dataclass(frozen=True)
class Table:
    """A table. `ours`: the connected role owns it. Foreign keys are by constraint name, indexes are their columns."""

    name: str
    comment: str | None
    ours: bool
    columns: dict[str, Column] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    primary_key_name: str = ""
    foreign_keys: dict[str, ForeignKey] = field(default_factory=dict)
    indexes: frozenset[tuple[str, ...]] = frozenset()


_TABLES = """
    select
        c.relname as name,
        obj_description(c.oid, 'pg_class') as comment,
        c.relowner = current_user::regrole as ours
    from pg_class as c
    where c.relnamespace = %s::regnamespace and c.relkind = 'r'
    order by c.relname
"""

_COLUMNS = """
    select
        c.relname as table_name,
        a.attname as name,
        format_type(a.atttypid, a.atttypmod) as type,
        a.attnotnull as not_null,
        col_description(c.oid, a.attnum) as comment
    from pg_class as c
    inner join pg_attribute as a on c.oid = a.attrelid
    where c.relnamespace = %s::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
    order by c.relname, a.attnum
"""

_KEYS = """
    select
        c.relname as table_name,
        k.conname as name,
        k.contype as kind,
        (
            select array_agg(a.attname::text order by u.place)
            from unnest(k.conkey) with ordinality as u (attnum, place)
            inner join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.attnum
        ) as columns,
        f.relname as to_table,
        (
            select array_agg(a.attname::text order by u.place)
            from unnest(k.confkey) with ordinality as u (attnum, place)
            inner join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = u.attnum
        ) as to_columns
    from pg_constraint as k
    inner join pg_class as c on k.conrelid = c.oid
    left join pg_class as f on k.confrelid = f.oid
    where c.relnamespace = %s::regnamespace and k.contype in ('p', 'f')
"""

_INDEXES = """
    select
        c.relname as table_name,
        (
            select array_agg(a.attname::text order by u.place)
            from unnest(i.indkey::smallint[]) with ordinality as u (attnum, place)
            inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = u.attnum
        ) as columns
    from pg_index as i
    inner join pg_class as c on i.indrelid = c.oid
    where c.relnamespace = %s::regnamespace and i.indisvalid
"""


def read_tables(connection: Connection[dict], schema: str) -> dict[str, Table]:
    """The ordinary tables of `schema` by name."""

    def rows(query: str) -> list[dict]:
        return connection.execute(query, (schema,)).fetchall()

    columns: dict[str, dict[str, Column]] = {}
    for row in rows(_COLUMNS):
        columns.setdefault(row["table_name"], {})[row["name"]] = Column(row["type"], row["not_null"], row["comment"])
    primary: dict[str, tuple[str, tuple[str, ...]]] = {}
    foreign: dict[str, dict[str, ForeignKey]] = {}
    for row in rows(_KEYS):
        if row["kind"] == "p":
            primary[row["table_name"]] = (row["name"], tuple(row["columns"]))
        else:
            key = ForeignKey(tuple(row["columns"]), row["to_table"], tuple(row["to_columns"]))
            foreign.setdefault(row["table_name"], {})[row["name"]] = key
    indexes: dict[str, set[tuple[str, ...]]] = {}
    for row in rows(_INDEXES):
        indexes.setdefault(row["table_name"], set()).add(tuple(row["columns"] or ()))
    return {
        row["name"]: Table(
            name=row["name"],
            comment=row["comment"],
            ours=row["ours"],
            columns=columns.get(row["name"], {}),
            primary_key_name=primary.get(row["name"], ("", ()))[0],
            primary_key=primary.get(row["name"], ("", ()))[1],
            foreign_keys=foreign.get(row["name"], {}),
            indexes=frozenset(indexes.get(row["name"], set())),
        )
        for row in rows(_TABLES)
    }
