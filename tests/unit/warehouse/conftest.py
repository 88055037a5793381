"""A small dbt project over one raw table, in a fresh warehouse."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest
from mentor_dw.database import connect

SMALL_PROJECT = Path(__file__).parents[2] / "fixtures" / "small_project"

Deliver = Callable[..., int]


@pytest.fixture
def small_project(tmp_path: Path) -> Path:
    """A copy of the small project that a test may break."""
    return Path(shutil.copytree(SMALL_PROJECT, tmp_path / "small_project"))


@pytest.fixture(scope="module")
def deliver(warehouse) -> Deliver:
    """Accept a delivery of source `small`: `deliver(covers, [(svend_id, fag, timer), ...])` gives its number."""
    with connect("loader") as connection:
        connection.execute(
            "create table raw.small__svend (delivery_id bigint references ops.delivery, line_number bigint,"
            " svend_id bigint, fag_kode text, timer numeric, primary key (delivery_id, line_number))"
        )

    def one(
        covers: str, rows: list[tuple[int, str, int]], version: int = 1, accepted_at: datetime | None = None
    ) -> int:
        with connect("loader") as connection:
            row = connection.execute(
                "insert into ops.delivery (source, file_name, sha256, bytes, covers, version, status, rows_read,"
                " rows_accepted, decided_at, accepted_at)"
                " values ('small', %(name)s, %(sum)s, 1, %(covers)s, %(version)s, 'accepted', %(rows)s, %(rows)s,"
                " coalesce(%(at)s, clock_timestamp()), coalesce(%(at)s, clock_timestamp())) returning delivery_id",
                {
                    "name": f"small_{covers}.zip",
                    "sum": sha256(f"{covers} {version}".encode()).hexdigest(),
                    "covers": covers,
                    "version": version,
                    "rows": len(rows),
                    "at": accepted_at,
                },
            ).fetchone()
            number = row["delivery_id"]
            with connection.cursor() as cursor:
                cursor.executemany(
                    "insert into raw.small__svend values (%s, %s, %s, %s, %s)",
                    [(number, line, *values) for line, values in enumerate(rows, start=2)],
                )
        return number

    return one
