"""Bring one table of `bi` to the state of its table in `work`, touching only the rows that differ."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from mentor_dw.warehouse.catalogue import Table


@dataclass(frozen=True)
class Change:
    """Rows inserted, updated and deleted in one table."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    def __bool__(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)


def _each(template: str, columns: list[str] | tuple[str, ...], separator: str) -> Composed:
    """`template` for every column, `{c}` standing for it."""
    return SQL(separator).join(SQL(template).format(c=Identifier(column)) for column in columns)


def merge(connection: Connection[dict], table: Table) -> Change:
    """Delete, update and insert in `bi` what differs by primary key from `work`; `table` is the one in `work`."""
    source, target = Identifier("work", table.name), Identifier("bi", table.name)
    columns = list(table.columns)
    key = table.primary_key
    others = [column for column in columns if column not in key]
    into = SQL("insert into {target} ({columns})").format(target=target, columns=_each("{c}", columns, ", "))

    if not _has_rows(connection, target):
        rows = connection.execute(
            SQL("{into} select {columns} from {source}").format(
                into=into, columns=_each("{c}", columns, ", "), source=source
            )
        )
        return Change(inserted=rows.rowcount)

    differs = _each("old.{c} is distinct from new.{c}", others, " or ") if others else SQL("false")
    first = Identifier(key[0])
    connection.execute(
        SQL(
            "create unlogged table work.difference as"
            " select {key},"
            " case when old.{first} is null then 'i' when new.{first} is null then 'd' else 'u' end as what"
            " from {source} as new full join {target} as old using ({using})"
            " where old.{first} is null or new.{first} is null or {differs}"
        ).format(
            key=_each("{c}", key, ", "),
            using=_each("{c}", key, ", "),
            first=first,
            source=source,
            target=target,
            differs=differs,
        )
    )
    counts = {
        row["what"]: row["rows"]
        for row in connection.execute("select what, count(*) as rows from work.difference group by what").fetchall()
    }
    if counts.get("d"):
        connection.execute(
            SQL("delete from {target} as old using work.difference as d where d.what = 'd' and {same}").format(
                target=target, same=_each("old.{c} = d.{c}", key, " and ")
            )
        )
    if counts.get("u"):
        connection.execute(
            SQL(
                "update {target} as old set {assignments} from {source} as new"
                " inner join work.difference as d using ({using}) where d.what = 'u' and {same}"
            ).format(
                target=target,
                assignments=_each("{c} = new.{c}", others, ", "),
                source=source,
                using=_each("{c}", key, ", "),
                same=_each("old.{c} = new.{c}", key, " and "),
            )
        )
    if counts.get("i"):
        connection.execute(
            SQL(
                "{into} select {columns} from {source} as new inner join work.difference as d using ({using})"
                " where d.what = 'i'"
            ).format(
                into=into,
                columns=_each("new.{c}", columns, ", "),
                source=source,
                using=_each("{c}", key, ", "),
            )
        )
    connection.execute("drop table work.difference")
    return Change(inserted=counts.get("i", 0), updated=counts.get("u", 0), deleted=counts.get("d", 0))


def _has_rows(connection: Connection[dict], table: Identifier) -> bool:
    row = connection.execute(SQL("select exists (select from {}) as found").format(table)).fetchone()
    return bool(row and row["found"])
