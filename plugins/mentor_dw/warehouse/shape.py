"""Give the tables of `bi` the shape of their models, without dropping a table that stays.

A column whose type changed is dropped and added again, because a rewritten table looks empty to a reader with an
older snapshot. Its values follow with the merge, like those of every new column.
"""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier, Literal

from mentor_dw.warehouse.catalogue import Column, Table, read_tables
from mentor_dw.warehouse.plan import ForeignKey, PublishedModel
from mentor_dw.warehouse.rights import drop_policies

BI = "bi"


def _bi(table: str) -> Identifier:
    return Identifier(BI, table)


def _names(columns: Iterable[str]) -> Composable:
    return SQL(", ").join(map(Identifier, columns))


def is_rekeyed(old: Table, new: Table) -> bool:
    """Whether the primary key has other columns or types than before, so that no row can be recognised."""
    if old.primary_key != new.primary_key:
        return True
    return any(old.columns[name].type != new.columns[name].type for name in new.primary_key)


def before_merge(
    connection: Connection[dict], plan: list[PublishedModel], wanted: dict[str, Table], existing: dict[str, Table]
) -> dict[str, int]:
    """Make or change the tables so that they can take the rows of `wanted` (the tables in `work`).

    Returns the rows that went because a table's key changed, by table.
    """
    _drop_foreign_keys(connection, plan, wanted, existing)
    emptied: dict[str, int] = {}
    for model in plan:
        new, old = wanted[model.name], existing.get(model.name)
        if old is None:
            _create(connection, new)
            continue
        if is_rekeyed(old, new):
            emptied[model.name] = connection.execute(SQL("delete from {}").format(_bi(model.name))).rowcount
            if old.primary_key:
                _alter(connection, old, SQL("drop constraint {}").format(Identifier(old.primary_key_name)))
        _change_columns(connection, old, new)
        if is_rekeyed(old, new):
            _alter(connection, new, SQL("add primary key ({})").format(_names(new.primary_key)))
    return emptied


def after_merge(connection: Connection[dict], plan: list[PublishedModel], wanted: dict[str, Table]) -> None:
    """Keys and comments on the filled tables. Deferred checks run here."""
    # A table with pending checks of a deferred key cannot be altered.
    connection.execute("set constraints all immediate")
    existing = read_tables(connection, BI)
    for model in plan:
        old, new = existing[model.name], wanted[model.name]
        for name, column in new.columns.items():
            if column.not_null and not old.columns[name].not_null:
                _alter(connection, new, SQL("alter column {} set not null").format(Identifier(name)))
        _index_foreign_keys(connection, model, old)
        _comment(connection, model, old)
    for model in plan:
        _add_foreign_keys(connection, model, existing[model.name])


def drop_table(connection: Connection[dict], table: Table) -> int:
    """Drop a table whose model is gone; returns how many rows it had."""
    row = connection.execute(SQL("select count(*) as rows from {}").format(_bi(table.name))).fetchone()
    connection.execute(SQL("drop table {}").format(_bi(table.name)))
    return row["rows"] if row else 0


def _alter(connection: Connection[dict], table: Table, change: Composable) -> None:
    connection.execute(SQL("alter table {} {}").format(_bi(table.name), change))


def _create(connection: Connection[dict], new: Table) -> None:
    columns = [
        SQL("{} {}{}").format(Identifier(name), SQL(column.type), SQL(" not null" if column.not_null else ""))
        for name, column in new.columns.items()
    ]
    connection.execute(
        SQL("create table {} ({}, primary key ({}))").format(
            _bi(new.name), SQL(", ").join(columns), _names(new.primary_key)
        )
    )


def _change_columns(connection: Connection[dict], old: Table, new: Table) -> None:
    gone = [name for name, column in old.columns.items() if _is_another(column, new.columns.get(name))]
    if gone:
        # A policy holds on to the columns it reads. Without one the table shows no rows until it has its own again.
        drop_policies(connection, BI, old.name)
    for name, column in old.columns.items():
        if name in gone:
            _alter(connection, old, SQL("drop column {}").format(Identifier(name)))
        elif column.not_null and not new.columns[name].not_null:
            _alter(connection, old, SQL("alter column {} drop not null").format(Identifier(name)))
    for name, column in new.columns.items():
        predecessor = old.columns.get(name)
        if predecessor is None or predecessor.type != column.type:
            _alter(connection, old, SQL("add column {} {}").format(Identifier(name), SQL(column.type)))


def _is_another(column: Column, successor: Column | None) -> bool:
    return successor is None or successor.type != column.type


def _drop_foreign_keys(
    connection: Connection[dict], plan: list[PublishedModel], wanted: dict[str, Table], existing: dict[str, Table]
) -> None:
    """Drop the keys that are no longer wanted, that point to a table with a new key, or whose columns change."""
    keys = {model.name: set(model.foreign_keys) for model in plan}
    for old in existing.values():
        if not old.ours:
            continue
        for name, key in old.foreign_keys.items():
            target = wanted.get(key.to)
            stays = key in keys.get(old.name, set()) and target is not None and not is_rekeyed(existing[key.to], target)
            if not stays:
                _alter(connection, old, SQL("drop constraint {}").format(Identifier(name)))


def _add_foreign_keys(connection: Connection[dict], model: PublishedModel, old: Table) -> None:
    present = set(old.foreign_keys.values())
    for key in model.foreign_keys:
        if key not in present:
            connection.execute(
                SQL("alter table {} add foreign key ({}) references {} ({}) deferrable initially deferred").format(
                    _bi(model.name), _names(key.columns), _bi(key.to), _names(key.to_columns)
                )
            )


def _index_foreign_keys(connection: Connection[dict], model: PublishedModel, old: Table) -> None:
    """A deleted dimension row is looked for in the facts, and readers join the same way: so every key has an index."""
    for key in model.foreign_keys:
        if not any(_covers(index, key) for index in old.indexes):
            connection.execute(SQL("create index on {} ({})").format(_bi(model.name), _names(key.columns)))


def _covers(index: tuple[str, ...], key: ForeignKey) -> bool:
    return set(index[: len(key.columns)]) == set(key.columns)


def _comment(connection: Connection[dict], model: PublishedModel, old: Table) -> None:
    if model.description != (old.comment or ""):
        connection.execute(SQL("comment on table {} is {}").format(_bi(model.name), Literal(model.description)))
    for name, column in old.columns.items():
        wanted = model.columns.get(name, "")
        if wanted != (column.comment or ""):
            connection.execute(
                SQL("comment on column {} is {}").format(Identifier(BI, model.name, name), Literal(wanted))
            )
