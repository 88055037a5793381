"""Publish a build: everything that differs between `work` and `bi`, in one transaction or not at all."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from mentor_dw.database import connect
from mentor_dw.errors import DatabaseProblem, DatabaseTrouble, MentorDwError, TryAgain
from mentor_dw.trouble import shortage_in_words
from mentor_dw.warehouse.catalogue import Table, read_tables
from mentor_dw.warehouse.lock import BUILD_LOCK
from mentor_dw.warehouse.merge import Change, merge
from mentor_dw.warehouse.plan import PublishedModel, read_plan
from mentor_dw.warehouse.rights import secure
from mentor_dw.warehouse.shape import BI, after_merge, before_merge, drop_table

FIGURES = "figure"
#: A changed table waits so long for readers that are in the middle of something, and holds up no new ones longer.
_LOCK_TIMEOUT = "30s"


@shortage_in_words()
def publish(build_id: int) -> dict[str, Any]:
    """Publish build `build_id` and return what changed.

    The result has `build_id`, `changes` (per table `inserted`, `updated`, `deleted`; tables without a change are left
    out), `figures` (number of them, None without a table of figures) and `seconds`. A build that is published
    already stays as it is and gives the same result, so that a task may be repeated. Raises MentorDwError when the
    build failed or is not the one in `work`.
    """
    try:
        changed = _in_one_transaction(build_id)
    except (DatabaseTrouble, TryAgain):
        raise  # it may pass, and a build that waits without an error is wanted again after a while
    except MentorDwError as error:
        # The build still waits; without a database nobody can be told.
        with suppress(DatabaseProblem), connect("transformer") as connection:
            connection.execute(
                "update ops.build set error = %s where build_id = %s and status = 'built'", (str(error), build_id)
            )
        raise
    _analyze(changed)
    return _as_in_the_ledger(build_id)


def _in_one_transaction(build_id: int) -> list[str]:
    """The publish itself; the tables that have new rows."""
    with connect("transformer") as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (BUILD_LOCK,))
        connection.execute(SQL("set local lock_timeout = {}").format(_LOCK_TIMEOUT))
        if not _is_waiting(connection, build_id):
            return []
        plan = read_plan(connection, build_id)
        # The clock of the transaction stood still while it waited for the lock.
        began = connection.execute("select clock_timestamp() as began").fetchone()
        changes = _apply(connection, plan, _rebuilt_since_the_last_publish(connection, build_id))
        figures = _keep_figures(connection, build_id, plan)
        _keep_changes(connection, build_id, changes)
        connection.execute(
            "update ops.build set status = 'published', published_at = clock_timestamp(), figures = %s, error = null,"
            " publish_seconds = round(extract(epoch from clock_timestamp() - %s), 3) where build_id = %s",
            (figures, began["began"] if began else None, build_id),
        )
    return [model.name for model in plan if model.name in changes]


def _as_in_the_ledger(build_id: int) -> dict[str, Any]:
    with connect("transformer") as connection:
        build = connection.execute(
            "select figures, publish_seconds from ops.build where build_id = %s", (build_id,)
        ).fetchone()
        changes = connection.execute(
            "select relation, rows_inserted as inserted, rows_updated as updated, rows_deleted as deleted"
            " from ops.change where build_id = %s order by relation",
            (build_id,),
        ).fetchall()
    return {
        "build_id": build_id,
        "changes": {row.pop("relation"): row for row in changes},
        "figures": build["figures"] if build else None,
        "seconds": float(build["publish_seconds"]) if build else None,
    }


def _is_waiting(connection: Connection[dict], build_id: int) -> bool:
    """Whether the build is to be published; False when it is already."""
    row = connection.execute(
        "select status, exists (select from ops.build as later where later.build_id > b.build_id) as overtaken"
        " from ops.build as b where build_id = %s",
        (build_id,),
    ).fetchone()
    if row is None:
        raise MentorDwError(f"There is no build {build_id}.")
    if row["status"] == "published":
        return False
    if row["status"] != "built":
        raise MentorDwError(f"Build {build_id} is {row['status']}, so it cannot be published.", "Build again.")
    if row["overtaken"]:
        raise MentorDwError(f"A later build has replaced build {build_id} in work.", "Publish the later one.")
    return True


def _rebuilt_since_the_last_publish(connection: Connection[dict], build_id: int) -> set[str] | None:
    """The models whose tables in `work` may differ from `bi`; None when any may.

    A build that was not published is part of what `work` holds, so its models count too.
    """
    row = connection.execute(
        """
        select
            count(*) filter (where status = 'published') = 0 or bool_or(rebuilt is null and build_id > shown) as every,
            array_agg(distinct model) filter (where build_id > shown and model is not null) as models
        from (
            select
                b.build_id,
                b.status,
                b.rebuilt,
                models.model,
                coalesce(max(b.build_id) filter (where b.status = 'published') over (), 0) as shown
            from ops.build as b
            left join unnest(b.rebuilt) as models (model) on true
            where b.build_id <= %s
        ) as builds
        """,
        (build_id,),
    ).fetchone()
    return None if row is None or row["every"] else set(row["models"] or [])


def _apply(connection: Connection[dict], plan: list[PublishedModel], rebuilt: set[str] | None) -> dict[str, Change]:
    """Shape, merge and secure the tables of `bi`; the tables that were made, changed or dropped, by name.

    Tables that are neither new nor in `rebuilt` hold what `work` has already.
    """
    built, existing = read_tables(connection, "work"), read_tables(connection, BI)
    wanted = {model.name: _built_table(built, model.name) for model in plan}
    for name in wanted:
        if name in existing and not existing[name].ours:
            raise MentorDwError(f"Table bi.{name} belongs to another role.", "Rename it or the model.")
    emptied = before_merge(connection, plan, wanted, existing)
    changes: dict[str, Change] = {}
    for model in plan:
        if rebuilt is not None and model.name not in rebuilt and model.name in existing:
            continue
        change = merge(connection, wanted[model.name])
        gone = emptied.get(model.name, 0)
        change = Change(change.inserted, change.updated, change.deleted + gone)
        if change or model.name not in existing:
            changes[model.name] = change
    for table in _orphans(connection, existing, wanted):
        changes[table.name] = Change(deleted=drop_table(connection, table))
    after_merge(connection, plan, wanted)
    secure(connection, BI, plan)
    return changes


def _built_table(built: dict[str, Table], name: str) -> Table:
    table = built.get(name)
    if table is None:
        raise MentorDwError(f"Model {name} did not make a table in work.", "A published model is a table.")
    if not table.primary_key:
        raise MentorDwError(f"Model {name} has no primary key.", "Give its contract a primary_key constraint.")
    return table


def _orphans(connection: Connection[dict], existing: dict[str, Table], wanted: dict[str, Table]) -> list[Table]:
    """Tables without a model that a publish once made: it owns them, and the ledger of changes names them."""
    made = {row["relation"] for row in connection.execute("select distinct relation from ops.change").fetchall()}
    return [table for table in existing.values() if table.name not in wanted and table.ours and table.name in made]


def _keep_figures(connection: Connection[dict], build_id: int, plan: list[PublishedModel]) -> int | None:
    if not any(model.name == FIGURES for model in plan):
        return None
    return connection.execute(
        "insert into ops.build_figure (build_id, measure, dimensions, value, unit)"
        " select %s, measure, dimensions, value, unit from bi.figure",
        (build_id,),
    ).rowcount


def _keep_changes(connection: Connection[dict], build_id: int, changes: dict[str, Change]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.change (build_id, relation, rows_inserted, rows_updated, rows_deleted)"
            " values (%s, %s, %s, %s, %s)",
            [(build_id, name, c.inserted, c.updated, c.deleted) for name, c in sorted(changes.items())],
        )


def _analyze(tables: list[str]) -> None:
    """Fresh statistics for what changed, after the commit so that nobody waits for it."""
    with connect("transformer", autocommit=True) as connection:
        for table in tables:
            connection.execute(SQL("analyze {}").format(Identifier(BI, table)))
