"""What an extract is told from: the rows of its models, as published or as known at a moment, and code lists.

The models are views (schema `extracts`) over the tables of the last build, so that who may be given away is decided at
the moment of reading. A state is read in one snapshot.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.database import connect
from mentor_dw.delivery.content.codes import CodeList, read_codes
from mentor_dw.delivery.specification.model import Specification
from mentor_dw.delivery.specification.periods import Period
from mentor_dw.delivery.specification.read import code_lists as lists_of_table
from mentor_dw.errors import MentorDwError, TryAgain
from mentor_dw.warehouse.as_known import past_warehouse, to_the_end
from mentor_dw.warehouse.basis import basis_at
from mentor_dw.warehouse.build import code_version
from mentor_dw.warehouse.dbt_run import PROJECT, WORK
from mentor_dw.warehouse.lock import BUILD_LOCK
from mentor_dw.warehouse.selection import relations_in

Connection = psycopg.Connection[dict[str, Any]]

EXTRACTS = "extracts"
#: The code that makes a delivery of rows; dbt's files have a fingerprint of their own.
_OUR_CODE = (PROJECT_ROOT / "plugins" / "mentor_dw" / "delivery", PROJECT_ROOT / "uv.lock")


@dataclass(frozen=True)
class State:
    """A state of the warehouse while it is held: `moment` is what was decided by then.

    Who is kept out of extracts is kept out from decisions before `read_at`. Its rows can be read within the block only.
    `made_of` and `deliveries` say what it is built of (warehouse/basis.py), `build_id` which build it is, None for one
    built aside.
    """

    moment: datetime
    read_at: datetime
    build_id: int | None
    code_version: str
    made_of: Mapping[str, str]
    deliveries: Sequence[int]
    _schema: str
    _rows: Connection
    #: Where code lists are looked for, in this order: schema, and who may read it.
    _code_places: tuple[tuple[str, Connection], ...]

    def rows(self, model: str, period: Period) -> list[dict[str, Any]]:
        """The rows of a model that are of `period`."""
        query = SQL("select * from {} where periode = %s").format(Identifier(self._schema, model))
        return self._rows.execute(query, (period.text,)).fetchall()

    def areas(self, model: str, column: str, periods: Sequence[Period]) -> set[str]:
        """The codes of the area `column` that have rows in any of `periods`."""
        query = SQL("select distinct {column} as area from {model} where periode = any(%s)").format(
            column=Identifier(column), model=Identifier(self._schema, model)
        )
        rows = self._rows.execute(query, ([period.text for period in periods],)).fetchall()
        return {row["area"] for row in rows}

    def codes(self, names: Set[str]) -> dict[str, CodeList]:
        """The code lists by name."""
        found: dict[str, CodeList] = {}
        for schema, connection in self._code_places:
            there = relations_in(connection, schema)
            found |= read_codes(connection, schema, sorted((names & there) - found.keys()))
        return found


def code_lists(spec: Specification) -> set[str]:
    """The names of the code lists that a specification needs."""
    return {name for table in spec.tables for name in lists_of_table(table)}


def models(spec: Specification) -> list[str]:
    """The models that a specification reads."""
    return sorted({table.model for table in spec.tables})


@contextmanager
def published() -> Iterator[State]:
    """What the last published build shows; no build or publish begins meanwhile.

    Raises TryAgain when the newest build is not published: `work` then holds something else than `bi`. Raises
    MentorDwError when the code of the models is another than that of the build.
    """
    with connect("delivery", autocommit=True) as lock:
        lock.execute("select pg_advisory_lock_shared(%s)", (BUILD_LOCK,))
        build = lock.execute(
            "select build_id, status, as_known_at, code_version, made_of, deliveries from ops.build"
            " order by build_id desc limit 1"
        ).fetchone()
        if build is None or build["status"] != "published" or build["as_known_at"] is None:
            found = "none was made" if build is None else f"build {build['build_id']} is {build['status']}"
            raise TryAgain(
                f"An extract is told from the last published build, and the newest one is not published ({found}).",
                "Wait for it; when it failed, see docs/runbooks/failed_build.md. `mentor-dw build` makes one.",
            )
        if build["code_version"] != code_version(PROJECT):
            raise MentorDwError(
                f"The dbt project has changed since build {build['build_id']}, which holds what its code of then made.",
                "Build first (mentor-dw build), then start this again.",
            )
        read_at = _now(lock)
        with _snapshot("delivery") as rows, _snapshot("transformer") as codes:
            yield State(
                build["as_known_at"],
                read_at,
                build["build_id"],
                _with_ours(build["code_version"]),
                build["made_of"],
                build["deliveries"],
                EXTRACTS,
                rows,
                ((EXTRACTS, rows), (WORK, codes)),
            )


@contextmanager
def past(spec: Specification, moment: datetime) -> Iterator[State]:
    """What was known at `moment`, built aside with the code of today, for as long as the block lasts."""
    with past_warehouse(moment, {*models(spec), *code_lists(spec)}) as built, _snapshot("transformer") as rows:
        basis = basis_at(rows, to_the_end(moment))
        code = _with_ours(code_version(PROJECT))
        yield State(
            moment, _now(rows), None, code, basis.made_of, basis.deliveries, built.schema, rows, ((built.schema, rows),)
        )


@contextmanager
def _snapshot(role: str) -> Iterator[Connection]:
    """A transaction that sees one state and changes nothing."""
    with connect(role) as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        yield connection


def _now(connection: Connection) -> datetime:
    row = connection.execute("select clock_timestamp() as now").fetchone()
    assert row is not None
    return row["now"]


def _with_ours(dbt: str) -> str:
    """The version of the dbt project's code, and a fingerprint of the code that makes a delivery of its rows."""
    found = hashlib.sha256()
    for place in _OUR_CODE:
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            found.update(_name(file).encode() + b"\0" + (file.read_bytes() if file.is_file() else b""))
    return f"{dbt}.{found.hexdigest()[:12]}"


def _name(file: Path) -> str:
    return str(file.relative_to(PROJECT_ROOT))
