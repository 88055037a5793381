"""Counted cells, protected, made into the table that is given away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from mentor_dw.delivery.content.codes import TOTAL_LABEL, CodeList, labels_of
from mentor_dw.delivery.content.counted import Counted, Line
from mentor_dw.delivery.disclosure.cells import Cell, CellKey, Shown
from mentor_dw.delivery.specification.columns import code_list_of, columns, primary_key
from mentor_dw.delivery.specification.model import Measure, Specification, TableSpec
from mentor_dw.delivery.tables import TOTAL, Column, Table, Value


def tell(
    spec: Specification,
    table: TableSpec,
    counted: Counted,
    protected: Mapping[CellKey, Shown],
    codes: Mapping[str, CodeList],
) -> Table:
    """The table as it is given away: every place, its measures, and in `skjult` 1 where one of them is hidden.

    A hidden measure, and a share or mean of nothing, is null. Shares and means are those of the numbers as they are
    told, so a rounded count has no exact share. `codes` holds the lists that the specification names. Raises
    MentorDwError for a code that is not in its list, and KeyError for a cell that `protected` does not hold.
    """
    derived = {cell.key: cell for cell in counted.cells if cell.kind == "derived"}
    return Table(
        table.name,
        table.title,
        table.description,
        tuple(_columns(spec, table, counted, codes)),
        primary_key(table),
        tuple(_row(table, line, protected, derived) for line in counted.lines),
    )


def _row(
    table: TableSpec, line: Line, protected: Mapping[CellKey, Shown], derived: Mapping[CellKey, Cell]
) -> tuple[Value, ...]:
    told: list[Value] = []
    hidden = 0
    for measure, key in zip(table.measures, line.keys, strict=True):
        value = None if key is None else protected[key].value
        if key is not None and value is not None and key in derived:
            value = _of_told(measure, derived[key], protected)
        hidden |= key is not None and value is None
        told.append(None if value is None else _number(measure, value))
    return (*line.codes, *told, int(hidden))


def _of_told(measure: Measure, cell: Cell, protected: Mapping[CellKey, Shown]) -> Decimal | None:
    """A number that follows others, of what is told; None when one of them is hidden, or a base told as 0 (V10)."""
    told = [protected[key].value for key in cell.follows]
    if None in told:
        return None
    if measure.kind == "follows":
        return Decimal(cell.value)
    part, base = told
    if not base:
        return None
    return Decimal(part) / Decimal(base) * (100 if measure.kind == "share" else 1)


def _number(measure: Measure, value: int | Decimal) -> int | Decimal:
    if measure.kind in ("rows", "persons"):
        return int(value)
    # Zero has no sign, whatever was rounded away.
    return Decimal(value).quantize(Decimal(1).scaleb(-measure.decimals), ROUND_HALF_UP) + 0


def _columns(spec: Specification, table: TableSpec, counted: Counted, codes: Mapping[str, CodeList]) -> list[Column]:
    """The columns with their codes, the total first."""
    lists = code_list_of(table)
    told = []
    for index, column in enumerate(columns(table)):
        if column.name in lists:
            met = {line.codes[index] for line in counted.lines} - {TOTAL}
            name = lists[column.name]
            labels = labels_of(f"{spec.name}.{table.name}.{column.name}", name, codes[name], met)
            column = replace(column, codes={TOTAL: TOTAL_LABEL, **labels})
        told.append(column)
    return told
