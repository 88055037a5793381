"""Rows of a model, read for a table: those of the period that `where` chooses, codes and amounts as they must be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from mentor_dw.delivery.specification.model import TableSpec
from mentor_dw.delivery.specification.periods import Period
from mentor_dw.delivery.tables import TOTAL
from mentor_dw.errors import MentorDwError


def chosen(table: TableSpec, rows: Iterable[Mapping[str, Any]], period: Period) -> Iterator[Mapping[str, Any]]:
    """The rows of `period` that the table's `where` chooses."""
    text, where = period.text, tuple(table.where.items())
    for row in rows:
        if row["periode"] == text and all(row[column] == code for column, code in where):
            yield row


def code_of(table: TableSpec, row: Mapping[str, Any], column: str) -> str:
    """The code in `column`. Raises MentorDwError for what is no code: nothing, a number, the word for the total."""
    value = row[column]
    if not isinstance(value, str) or not value or value == TOTAL:
        what = "nothing" if value in (None, "") else TOTAL if value == TOTAL else type(value).__name__
        raise MentorDwError(
            f"{table.model}.{column} holds what is not a code: {what}.",
            f"Codes are texts, never {TOTAL}, and uoplyst where one is missing; mend the model.",
        )
    return value


def amount_of(table: TableSpec, row: Mapping[str, Any], column: str) -> Decimal | None:
    """The exact amount in `column`; None for null and for 0, which is no contribution.

    Raises MentorDwError for a number that is not exact.
    """
    value = row[column]
    if not value:
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal) and value.is_finite():
        return value
    raise MentorDwError(
        f"{table.model}.{column} holds {type(value).__name__}, not an exact number.", "Make the column numeric."
    )
