"""The figures that readers see: the current ones, and how they stand against the published ones."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from mentor_dw.database import connect


def current_figures() -> list[dict[str, Any]]:
    """Every row of `bi.figure`: measure, dimensions (object), value (number, unrounded, None when unknown), unit."""
    with connect("bi_reader") as connection:
        return rows_as_json(
            connection.execute(
                "select measure, dimensions, value, unit from bi.figure order by measure, dimensions::text"
            ).fetchall()
        )


def rows_as_json(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of figures with values that JSON has: whole numbers as integers, others as the nearest float."""
    return [{**row, "value": as_number(row["value"])} for row in rows]


def figure_summary() -> tuple[int, int, list[dict[str, Any]]]:
    """How many published figures agree with the computed ones, of how many that should, and those that do not.

    The ones that should are the `exact` and `tolerance` rows of the sources that are loaded, of measures that have a
    definition. A mismatch has id, measure, dimensions, published_value (as printed), computed_value (number or None)
    and unit.
    """
    with connect("bi_reader") as connection:
        rows = connection.execute(
            "select id, measure, dimensions, published_value, computed_value, unit, agrees from bi.figure_published"
            " where loaded and defined and reproduce in ('exact', 'tolerance') order by id"
        ).fetchall()
    mismatches = [
        {name: value for name, value in row.items() if name != "agrees"}
        | {"computed_value": as_number(row["computed_value"])}
        for row in rows
        if not row["agrees"]
    ]
    return len(rows) - len(mismatches), len(rows), mismatches


def as_number(value: Decimal | None) -> int | float | None:
    """`value` as a number that JSON has: a whole one as an integer, another one as the nearest float."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
