"""One build of the warehouse: what changed since the last one, dbt in `work`, and a line in the ledger about both."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from psycopg import Connection
from psycopg.types.json import Jsonb

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.errors import DatabaseTrouble, MentorDwError, TryAgain
from mentor_dw.trouble import shortage, shortage_in_words
from mentor_dw.warehouse.basis import ERASURES, SETTINGS, basis_at, changed
from mentor_dw.warehouse.dbt_run import EXTRACTS, PROJECT, UNIT_TESTS, WORK, DbtProject
from mentor_dw.warehouse.lineage import keep_lineage
from mentor_dw.warehouse.lock import build_lock
from mentor_dw.warehouse.plan import keep_plan, plan_from_manifest
from mentor_dw.warehouse.selection import Selection, relations_in, select

#: How often a build starts again because a verdict fell into its first moments.
_ATTEMPTS = 3
#: Files of a dbt project that can change what it builds, and folders that dbt writes when somebody runs it by hand.
_CODE = frozenset({".sql", ".yml", ".csv"})
_WRITTEN_BY_DBT = frozenset({"target", "logs"})


@shortage_in_words()
def build(say: Callable[[str], None], project: Path = PROJECT, *, full: bool = False) -> int:
    """Bring `work` to what is known now and return the build's number, ready for `publish`.

    Built is what depends on what changed since the last build that is whole in `work`; everything when that is not
    known, when the code is another one, or with `full`. Only one build runs at a time; another one waits. Raises
    MentorDwError when dbt fails; the ledger then has the build as failed, and what is published stays as it is.
    """
    with build_lock(say) as connection:
        _bury_the_dead(connection)
        before = None if full else _whole_in_work(connection)
        # Written down from the start, so that nobody asks for a second build of the same while this one is read in.
        basis = basis_at(connection)
        row = connection.execute(
            "insert into ops.build (status, deliveries, made_of) values ('running', %s, %s) returning build_id",
            (basis.deliveries, Jsonb(basis.made_of)),
        ).fetchone()
        build_id = row["build_id"] if row else 0
        try:
            _run(connection, build_id, before, say, project)
        except BaseException as error:
            _note_failure(connection, build_id, error)
            raise
    return build_id


def is_built_with(delivery_ids: Sequence[int]) -> int | None:
    """The newest published build that holds all of `delivery_ids`; None when there is none yet."""
    with connect("operator") as connection:
        row = connection.execute(
            "select max(build_id) as build_id from ops.build where status = 'published' and deliveries @> %s::bigint[]",
            (list(delivery_ids),),
        ).fetchone()
    return row["build_id"] if row else None


def build_folder() -> Path:
    """Where dbt writes during a build."""
    return get_settings().home / "dbt" / "build"


def _note_failure(connection: Connection[dict], build_id: int, error: BaseException) -> None:
    """Enter `error` of the build; one that may pass forgets what it is made of, so that the build is wanted again."""
    told = error if isinstance(error, MentorDwError) else shortage(error)
    connection.execute(
        "update ops.build set status = 'failed', error = %s, made_of = case when %s then null else made_of end"
        " where build_id = %s",
        (str(told or type(error).__name__), isinstance(told, (DatabaseTrouble, TryAgain)), build_id),
    )


@dataclass(frozen=True)
class _Before:
    """The build whose result `work` holds."""

    made_of: dict[str, str]
    code_version: str


def _whole_in_work(connection: Connection[dict]) -> _Before | None:
    """The newest build, when it came to its end: one that did not leaves `work` a mixture."""
    row = connection.execute(
        "select status, made_of, code_version from ops.build order by build_id desc limit 1"
    ).fetchone()
    if row is None or row["status"] not in ("built", "published") or row["made_of"] is None:
        return None
    return _Before(row["made_of"], row["code_version"])


def _run(
    connection: Connection[dict], build_id: int, before: _Before | None, say: Callable[[str], None], folder: Path
) -> None:
    project = DbtProject(build_folder(), project=folder)
    plan = plan_from_manifest(project.manifest)
    code = code_version(folder)
    was = before.made_of if before is not None and before.code_version == code else None
    parts: set[str] = set()
    for _ in range(_ATTEMPTS):
        moment = _now(connection)
        basis = basis_at(connection, moment)
        if was is not None:
            # What an attempt that was overtaken has built is a part of what `work` holds now.
            parts |= changed(was, basis.made_of)
            was = basis.made_of
        selection = _selection(connection, project, parts if was is not None else {SETTINGS})
        scope = _in_words(selection, parts, before)
        connection.execute(
            "update ops.build set as_known_at = %s, deliveries = %s, effective = %s, made_of = %s, code_version = %s,"
            " scope = %s, rebuilt = %s, left_as_they_were = %s where build_id = %s",
            (
                moment,
                basis.deliveries,
                Jsonb(basis.effective),
                Jsonb(basis.made_of),
                code,
                scope,
                None if selection.names is None else sorted(selection.names),
                selection.left,
                build_id,
            ),
        )
        say(f"Build {build_id}: {len(basis.deliveries)} deliveries count; {scope}.")
        run = project.build(
            as_known_at=moment,
            say=say,
            select=selection.names,
            full_refresh=selection.names is None,
            leave_out=[UNIT_TESTS],
        )
        # A verdict that was under way at that moment may have become visible between two models.
        if basis_at(connection, moment) == basis:
            break
        say("A delivery was decided while the build began; it starts again.")
    else:
        raise MentorDwError("Deliveries were decided during every attempt to build.", "Build again when they are in.")
    keep_plan(connection, build_id, plan)
    keep_lineage(connection, code, project.manifest)
    connection.execute(
        "update ops.build set status = 'built', built_at = clock_timestamp(), dbt_seconds = %s, models = %s, tests = %s"
        " where build_id = %s",
        (run.parse_seconds + run.seconds, run.models, run.tests, build_id),
    )
    say(f"Build {build_id}: {run.models} models and {run.tests} tests in {run.seconds:.1f} s.")
    for name in run.warnings:
        say(f"Warning of test {name}.")


def _selection(connection: Connection[dict], project: DbtProject, parts: set[str]) -> Selection:
    """What to build when `parts` changed; a changed setting and an erased person concern everything."""
    if parts & {SETTINGS, ERASURES}:
        return Selection(None, 0)
    return select(project.manifest, parts, relations_in(connection, WORK, EXTRACTS))


def _in_words(selection: Selection, parts: set[str], before: _Before | None) -> str:
    if selection.names is None:
        why = (
            "no whole build was at hand, or that was asked for"
            if before is None
            else "the code, a setting or who is erased changed"
        )
        return f"everything is built: {why}"
    what = f"what depends on {', '.join(sorted(parts))} is built" if parts else "nothing changed"
    return f"{what}, {selection.left} models and lists stay as they are"


def _now(connection: Connection[dict]) -> datetime:
    """The database's clock, which also dates the verdicts."""
    row = connection.execute("select clock_timestamp() as moment").fetchone()
    assert row is not None
    return row["moment"]


def _bury_the_dead(connection: Connection[dict]) -> None:
    """Whoever holds the lock is the only build there is: one that still calls itself running has died."""
    connection.execute(
        "update ops.build set status = 'failed', error = 'The process of this build ended before it did.'"
        " where status = 'running'"
    )


def code_version(project: Path) -> str:
    """The package's version and a fingerprint of the dbt project's files: what else but data can change a figure.

    dbt's own checksums leave out macros, configuration and long seeds.
    """
    found = hashlib.sha256()
    for file in sorted(project.rglob("*")):
        if file.suffix in _CODE and file.relative_to(project).parts[0] not in _WRITTEN_BY_DBT and file.is_file():
            found.update(str(file.relative_to(project)).encode() + b"\0" + file.read_bytes())
    return f"{version('mentor-dw')}+{found.hexdigest()[:12]}"
