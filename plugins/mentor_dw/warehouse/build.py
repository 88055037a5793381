"""One build of the warehouse: which deliveries count, dbt in `work`, and a line in the ledger about both."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.warehouse.dbt_run import PROJECT, UNIT_TESTS, DbtProject
from mentor_dw.warehouse.lock import build_lock
from mentor_dw.warehouse.plan import keep_plan, plan_from_manifest

#: How often a build starts again because a verdict fell into its first moments.
_ATTEMPTS = 3


@dataclass(frozen=True)
class Basis:
    """The deliveries a build is made of: all that count at `moment`, and by source the one that is effective."""

    moment: datetime
    deliveries: list[int]
    effective: dict[str, int]


_COUNTING = """
    select delivery_id, source, covers, version
    from ops.delivery
    where accepted_at <= %(moment)s and (withdrawn_at is null or withdrawn_at > %(moment)s)
    order by source, covers, version
"""


def basis_at(connection: Connection[dict], moment: datetime) -> Basis:
    """What counts at `moment`; the effective delivery of a source has the greatest (covers, version)."""
    rows = connection.execute(_COUNTING, {"moment": moment}).fetchall()
    effective = {row["source"]: row["delivery_id"] for row in rows}
    return Basis(moment, sorted(row["delivery_id"] for row in rows), effective)


def build(say: Callable[[str], None], project: Path = PROJECT) -> int:
    """Build everything in `work` and return the build's number, ready for `publish`.

    Only one build runs at a time; another one waits. Raises MentorDwError when dbt fails; the ledger then has the
    build as failed, and what is published stays as it is.
    """
    with build_lock(say) as connection:
        _bury_the_dead(connection)
        # Written down from the start, so that nobody asks for a second build of the same while this one is read in.
        row = connection.execute(
            "insert into ops.build (status, deliveries) values ('running', %s) returning build_id",
            (basis_at(connection, _now(connection)).deliveries,),
        ).fetchone()
        build_id = row["build_id"] if row else 0
        try:
            _run(connection, build_id, say, project)
        except BaseException as error:
            text = str(error) if isinstance(error, MentorDwError) else type(error).__name__
            connection.execute(
                "update ops.build set status = 'failed', error = %s where build_id = %s", (text, build_id)
            )
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


def _run(connection: Connection[dict], build_id: int, say: Callable[[str], None], folder: Path) -> None:
    project = DbtProject(get_settings().home / "dbt" / "build", project=folder)
    plan = plan_from_manifest(project.manifest)
    for _ in range(_ATTEMPTS):
        basis = basis_at(connection, _now(connection))
        connection.execute(
            "update ops.build set deliveries = %s, effective = %s, code_version = %s where build_id = %s",
            (basis.deliveries, Jsonb(basis.effective), code_version(project.manifest), build_id),
        )
        say(f"Build {build_id}: {len(basis.deliveries)} deliveries count.")
        run = project.build(as_known_at=basis.moment, say=say, leave_out=[UNIT_TESTS])
        # A verdict that was under way at that moment may have become visible between two models.
        if basis_at(connection, basis.moment) == basis:
            break
        say("A delivery was decided while the build began; it starts again.")
    else:
        raise MentorDwError("Deliveries were decided during every attempt to build.", "Build again when they are in.")
    keep_plan(connection, build_id, plan)
    connection.execute(
        "update ops.build set status = 'built', built_at = clock_timestamp(), dbt_seconds = %s, models = %s, tests = %s"
        " where build_id = %s",
        (run.parse_seconds + run.seconds, run.models, run.tests, build_id),
    )
    say(f"Build {build_id}: {run.models} models and {run.tests} tests in {run.seconds:.1f} s.")
    for name in run.warnings:
        say(f"Warning of test {name}.")


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


def code_version(manifest: Any) -> str:
    """The package's version and a fingerprint of the dbt project: what else but data can change a figure."""
    sums = sorted(
        f"{name}:{node.checksum.checksum}" for name, node in manifest.nodes.items() if hasattr(node, "checksum")
    )
    return f"{version('mentor-dw')}+{hashlib.sha256(chr(10).join(sums).encode()).hexdigest()[:12]}"
