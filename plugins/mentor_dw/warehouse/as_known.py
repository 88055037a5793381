"""The warehouse as it was known at a moment: the same project, built aside from the deliveries that counted then.

A delivery counts when it was accepted by then and not yet withdrawn (ledger/counting.py, int_deliveries__known). What
is published and what a build has in `work` are not touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

from mentor_dw.config import COPENHAGEN
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.figures import rows_as_json
from mentor_dw.ledger.counting import Counting, counting, effective
from mentor_dw.warehouse.build import build_folder
from mentor_dw.warehouse.dbt_run import DATA_TESTS, PROJECT, UNIT_TESTS, DbtProject
from mentor_dw.warehouse.plan import PublishedModel, plan_from_manifest
from mentor_dw.warehouse.rights import admit, secure
from mentor_dw.warehouse.scratch import SCRATCH, dbt_folder, scratch_schema
from mentor_dw.warehouse.selection import needed_for, relations_in

FIGURES = "figure"
#: A schema for inspection holds personal rows as they were, so it does not outlive its question.
KEPT_DAYS = 30
_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]{2,40}")
#: The comment on a schema for inspection: what it shows, since when.
_COMMENT = "As known at {moment}. Made {made}."
_MADE = re.compile(r"As known at (\S+)\. Made (\S+)\.")


@dataclass(frozen=True)
class Past:
    """A state of the past: the tables of `bi` that are rebuilt, and by source the delivery that was effective."""

    moment: datetime
    schema: str
    tables: tuple[str, ...]
    effective: dict[str, Counting]


@dataclass(frozen=True)
class PastWarehouse:
    """A state of the past in a schema that `transformer` reads, dbt's manifest of it, and what counted then."""

    schema: str
    manifest: Any
    deliveries: list[Counting]


def parse_moment(text: str) -> datetime:
    """The moment that `text` (ISO 8601) names, in Europe/Copenhagen when it has no offset.

    Raises MentorDwError for anything else.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise MentorDwError(
            "That is not a moment.", "Write it like 2026-03-01T12:00 or 2026-03-01T12:00:00Z."
        ) from None
    return _zoned(moment)


def figures_as_known_at(moment: datetime, project: Path = PROJECT) -> list[dict[str, Any]]:
    """The rows of `bi.figure` as they would have been computed at `moment`, in the form of `current_figures`."""
    with past_warehouse(moment, {FIGURES}, project) as past, connect("transformer") as connection:
        rows = connection.execute(
            SQL("select measure, dimensions, value, unit from {} order by measure, dimensions::text").format(
                Identifier(past.schema, FIGURES)
            )
        ).fetchall()
    return rows_as_json(rows)


@contextmanager
def past_warehouse(moment: datetime, names: Collection[str], project: Path = PROJECT) -> Iterator[PastWarehouse]:
    """The models called `names` and what they are made from as known at `moment`, for as long as the block lasts."""
    with scratch_schema() as schema:
        parsed = _parsed(schema, project)
        with connect("transformer") as connection:
            deliveries = counting(connection, at=to_the_end(moment))
        _build(parsed, moment, needed_for(parsed.manifest, set(names)), lambda _: None)
        yield PastWarehouse(schema, parsed.manifest, deliveries)


def rebuild_as_known_at(
    moment: datetime,
    schema: str,
    say: Callable[[str], None],
    *,
    select: Collection[str] = (),
    dry_run: bool = False,
    project: Path = PROJECT,
) -> Past:
    """Rebuild tables of `bi` as known at `moment` in the new schema `schema`, for the readers of `bi`.

    All of them, or those named in `select` with the tables of `bi` that they are made from. The schema appears when
    it is complete and holds nothing else. It stays until `drop_past`, KEPT_DAYS days at most. With `dry_run` nothing
    is built. Raises MentorDwError when the schema exists or has a name that the house uses itself, and for a name in
    `select` that is no table of `bi`.
    """
    _must_be_free(schema)
    with scratch_schema() as scratch:
        parsed = _parsed(scratch, project)
        plan = plan_from_manifest(parsed.manifest)
        unknown = sorted(set(select) - {model.name for model in plan})
        if unknown:
            raise MentorDwError(
                f"There is no table {unknown[0]} in bi.", "Name tables as `bi` has them, such as fct_mentorforloeb."
            )
        names = needed_for(parsed.manifest, set(select)) if select else None
        tables = tuple(model.name for model in plan if names is None or model.name in names)
        with connect("transformer") as connection:
            past = Past(moment, schema, tables, effective(counting(connection, at=to_the_end(moment))))
        if not dry_run:
            _build(parsed, moment, names, say)
            _show(past, scratch, [model for model in plan if model.name in tables])
    return past


def drop_past(schema: str, *, dry_run: bool = False) -> datetime:
    """Drop a schema that `rebuild_as_known_at` made; the moment it showed. Raises MentorDwError for any other."""
    with connect("transformer") as connection:
        found = _past_schemas(connection).get(schema)
        if found is None:
            raise MentorDwError(
                f"{schema} is no schema of a past state.", "Only what `mentor-dw as-known-at` made can be dropped."
            )
        if not dry_run:
            connection.execute(SQL("drop schema {} cascade").format(Identifier(schema)))
    return found[0]


def expire_past(now: datetime | None = None, *, dry_run: bool = False) -> int:
    """Drop the schemas of past states that are older than KEPT_DAYS days; how many. With `dry_run` none is dropped."""
    now = now or datetime.now(UTC)
    with connect("transformer") as connection:
        past = [name for name, (_, made) in _past_schemas(connection).items() if made < now - timedelta(days=KEPT_DAYS)]
        for name in [] if dry_run else past:
            connection.execute(SQL("drop schema {} cascade").format(Identifier(name)))
    return len(past)


def drop_every_past() -> int:
    """Drop all schemas of past states, because somebody was erased whom they may show; how many."""
    with connect("transformer") as connection:
        past = _past_schemas(connection)
        for name in past:
            connection.execute(SQL("drop schema {} cascade").format(Identifier(name)))
    return len(past)


def shows_the_past(comment: str) -> bool:
    """Whether a schema with this comment was made by `rebuild_as_known_at`."""
    return _MADE.fullmatch(comment) is not None


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=COPENHAGEN)


def to_the_end(moment: datetime) -> datetime:
    """`moment` with its zone. The ledger shows milliseconds, so a moment read there means all of its millisecond."""
    zoned = _zoned(moment)
    return zoned.replace(microsecond=zoned.microsecond + 999) if zoned.microsecond % 1000 == 0 else zoned


def _parsed(schema: str, project: Path) -> DbtProject:
    return DbtProject(dbt_folder(schema), schema=schema, project=project, parsed_in=build_folder())


def _build(parsed: DbtProject, moment: datetime, names: Collection[str] | None, say: Callable[[str], None]) -> None:
    # The tests judge what is about to be published; a state of the past is what it was.
    parsed.build(as_known_at=to_the_end(moment), say=say, select=names, leave_out=[UNIT_TESTS, DATA_TESTS])


def _must_be_free(schema: str) -> None:
    if not _SCHEMA_NAME.fullmatch(schema) or schema.startswith((SCRATCH, "pg_")):
        raise MentorDwError(
            f"A schema for inspection cannot be called {schema!r}.",
            f"Use 3 to 41 lower-case letters, digits and underscores, not beginning with {SCRATCH} or pg_.",
        )
    with connect("transformer") as connection:
        if connection.execute("select 1 as found from pg_namespace where nspname = %s", (schema,)).fetchone():
            raise MentorDwError(f"There is a schema {schema} already.", "Drop it, or choose another name.")


def _show(past: Past, scratch: str, models: list[PublishedModel]) -> None:
    """Move the tables of `bi`, and nothing they were made from, into the new schema, for the readers of `bi`."""
    target = Identifier(past.schema)
    with connect("transformer") as connection:
        connection.execute(SQL("create schema {}").format(target))
        comment = _COMMENT.format(moment=_zoned(past.moment).isoformat(), made=datetime.now(UTC).isoformat())
        connection.execute(SQL("comment on schema {} is {}").format(target, Literal(comment)))
        built = relations_in(connection, scratch)
        for model in models:
            if model.name not in built:
                raise MentorDwError(f"Model {model.name} did not make a table.", "A published model is a table.")
            connection.execute(SQL("alter table {} set schema {}").format(Identifier(scratch, model.name), target))
            table = Identifier(past.schema, model.name)
            connection.execute(SQL("comment on table {} is {}").format(table, Literal(model.description)))
        secure(connection, past.schema, models)
        admit(connection, past.schema)


def _past_schemas(connection: Connection[dict]) -> dict[str, tuple[datetime, datetime]]:
    """By name: the moment shown, and when the schema was made."""
    rows = connection.execute(
        "select nspname as name, obj_description(oid, 'pg_namespace') as comment from pg_namespace"
        " where nspowner = current_user::regrole"
    ).fetchall()
    marks = {row["name"]: _MADE.fullmatch(row["comment"] or "") for row in rows}
    return {
        name: (datetime.fromisoformat(mark[1]), datetime.fromisoformat(mark[2])) for name, mark in marks.items() if mark
    }
