"""Accepted deliveries put straight into `raw`, for tests of what dbt makes of them.

The modules beside these tests are theirs alone; test folders are no packages.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from psycopg import sql

from mentor_dw.database import connect

sys.path.insert(0, str(Path(__file__).parent))

Accept = Callable[..., None]


@pytest.fixture(scope="module")
def accept(warehouse) -> Accept:
    """accept("webreg", "2010-01-31", {"webreg__borgere": [row, ...]}, version=1); missing columns are empty."""

    def accepted(source: str, covers: str, rows: dict[str, list[dict]], version: int = 1) -> None:
        with connect("loader") as connection:
            delivery = connection.execute(
                "insert into ops.delivery (source, file_name, sha256, bytes, covers, version, status, decided_at,"
                " accepted_at) values (%s, %s, %s, 1, %s, %s, 'accepted', clock_timestamp(), clock_timestamp())"
                " returning delivery_id",
                (
                    *(source, f"{source}_{covers}"),
                    *(sha256(f"{source} {covers} {version}".encode()).hexdigest(), covers, version),
                ),
            ).fetchone()["delivery_id"]
            for table, table_rows in rows.items():
                if source == "dream":
                    part = sql.SQL("create table {} partition of {} for values in ({})")
                    names = (sql.Identifier("raw", f"{table}_{delivery}"), sql.Identifier("raw", table))
                    connection.execute(part.format(*names, sql.Literal(delivery)))
                for line, row in enumerate(table_rows, start=2):
                    values = {"delivery_id": delivery, "line_number": line} | row
                    connection.execute(
                        sql.SQL("insert into {} ({}) values ({})").format(
                            sql.Identifier("raw", table),
                            sql.SQL(", ").join(map(sql.Identifier, values)),
                            sql.SQL(", ").join(sql.Placeholder() * len(values)),
                        ),
                        list(values.values()),
                    )

    return accepted
