"""Tables as every writer takes them: in order, of the types they say, with nothing that a format cannot tell.

A writer may then trust what it gets, and the same tables make the same bytes however their rows came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from mentor_dw.delivery.specification.model import Specification
from mentor_dw.delivery.tables import Column, Table, Value
from mentor_dw.errors import MentorDwError

#: Digits of a number at most: what decimals are exact with unless somebody asks for more. No amount comes near it.
DIGITS = 28


def tables_ready(spec: Specification, tables: Sequence[Table]) -> list[Table]:
    """The tables in the specification's order (others after them, by name), rows sorted by their key.

    Raises MentorDwError naming table and column, never a value: a doubled name or key, a row of another length, a value
    of another type, an empty or hidden value where there must be one, a text with a line break.
    """
    order = {table.name: at for at, table in enumerate(spec.tables)}
    ready = sorted(tables, key=lambda table: (order.get(table.name, len(order)), table.name))
    if len({table.name for table in ready}) != len(ready):
        raise MentorDwError(f"The extract {spec.name} has two tables of one name.")
    return [_ready(table) for table in ready]


def decimals_of(table: Table, column: Column) -> int:
    """The decimal places of a decimal column: as it says, else as many as its values need."""
    if column.decimals is not None:
        return column.decimals
    at = table.columns.index(column)
    return max((_places(row[at]) for row in table.rows if isinstance(row[at], Decimal)), default=0)


def _ready(table: Table) -> Table:
    names = [column.name for column in table.columns]
    if len(set(names)) != len(names) or not names:
        raise MentorDwError(f"The table {table.name} has no columns, or two of one name.")
    if missing := [name for name in table.primary_key if name not in names]:
        raise MentorDwError(f"The table {table.name} has no column {missing[0]}, which its key names.")
    places = [names.index(name) for name in table.primary_key]
    rows = [_row(table, row) for row in table.rows]
    for name, place in zip(table.primary_key, places, strict=True):
        if any(row[place] is None for row in rows):
            raise _wrong(table, name, "belongs to the key and is empty in a row")
    # Python compares texts by code point, which is the order of their bytes in UTF-8.
    rows.sort(key=lambda row: tuple(row[place] for place in places))  # type: ignore[arg-type,return-value]
    keys = [tuple(row[place] for place in places) for row in rows]
    if places and any(one == other for one, other in zip(keys, keys[1:], strict=False)):
        raise MentorDwError(
            f"The table {table.name} has two rows of one key ({', '.join(table.primary_key)}).",
            "The model of the extract tells the same twice; nothing was written.",
        )
    return replace(table, rows=tuple(rows))


def _row(table: Table, row: tuple[Value, ...]) -> tuple[Value, ...]:
    if len(row) != len(table.columns):
        raise MentorDwError(f"A row of the table {table.name} has {len(row)} values for {len(table.columns)} columns.")
    # Only a row with a value to mend is made anew: a large table stays in memory once.
    mended = tuple(_value(table, column, value) for column, value in zip(table.columns, row, strict=True))
    return row if all(one is other for one, other in zip(row, mended, strict=True)) else mended


def _value(table: Table, column: Column, value: Value) -> Value:
    if value is None:
        if column.required:
            raise _wrong(table, column.name, "must have a value in every row and has none in one")
        return None
    if column.type == "text" and isinstance(value, str):
        return _text(table, column, value)
    if column.type == "date" and isinstance(value, date) and not isinstance(value, datetime):
        return value
    if column.type in ("integer", "decimal") and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _number(table, column, value)
    raise _wrong(table, column.name, f"is {column.type} and has a value of another type ({type(value).__name__})")


def _text(table: Table, column: Column, value: str) -> str:
    if not value:
        raise _wrong(table, column.name, "has an empty text, which nobody could tell from a hidden value")
    if not value.isprintable():
        raise _wrong(table, column.name, "has a line break or another sign that cannot be printed")
    return value


def _number(table: Table, column: Column, value: int | Decimal) -> int | Decimal:
    if isinstance(value, Decimal) and not value.is_finite():
        raise _wrong(table, column.name, "has a number that is none")
    if column.type == "integer":
        if value != int(value):
            raise _wrong(table, column.name, "is a whole number and has a value with decimals")
        return value if isinstance(value, int) else int(value)
    number = value if isinstance(value, Decimal) else Decimal(value)
    if len(number.as_tuple().digits) > DIGITS or abs(number.adjusted()) >= DIGITS // 2:
        raise _wrong(table, column.name, f"has a number of more than {DIGITS} digits, or one that is too large")
    if column.decimals is not None and _places(number) > column.decimals:
        raise _wrong(table, column.name, "has a value with more decimals than the column tells")
    return number


def _places(value: Decimal) -> int:
    """How many decimal places the value needs."""
    exponent = value.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _wrong(table: Table, column: str, what: str) -> MentorDwError:
    return MentorDwError(f"{table.name}.{column} {what}.", "Nothing was written; see the model of the extract.")
