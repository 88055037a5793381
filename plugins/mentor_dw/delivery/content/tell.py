"""Counted cells, protected, made into the table that is given away."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from mentor_dw.delivery.content.codes import CodeList, labels_of
from mentor_dw.delivery.content.counted import Counted, Line
from mentor_dw.delivery.disclosure.cells import Cell, CellKey, Shown
from mentor_dw.delivery.specification.model import HIDDEN, Measure, Specification, TableSpec
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
    columns = (*_dimensions(spec, table, counted, codes), *(_measure(one) for one in table.measures), _HIDDEN)
    cells = {cell.key: cell for cell in counted.cells if cell.kind == "derived"}
    return Table(
        table.name,
        table.title,
        table.description,
        columns,
        tuple(name for one in table.dimensions for name in one.told_columns),
        tuple(_row(table, line, protected, cells) for line in counted.lines),
    )


_HIDDEN = Column(
    HIDDEN, "Skjult", "1, når et tal i rækken er skjult af hensyn til enkeltpersoner, ellers 0.", "integer"
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
    """A share or mean of what is told; None when either number is hidden or the one below is told as 0 (V10)."""
    part, base = (protected[key].value for key in cell.follows)
    if part is None or not base:
        return None
    return Decimal(part) / Decimal(base) * (100 if measure.kind == "share" else 1)


def _number(measure: Measure, value: int | Decimal) -> int | Decimal:
    if measure.kind in ("rows", "persons"):
        return int(value)
    # Zero has no sign, whatever was rounded away.
    return Decimal(value).quantize(Decimal(1).scaleb(-measure.decimals), ROUND_HALF_UP) + 0


def _measure(measure: Measure) -> Column:
    counts = measure.kind in ("rows", "persons")
    return Column(
        measure.name,
        measure.title,
        measure.description,
        "integer" if counts else "decimal",
        unit=measure.unit,
        decimals=None if counts else measure.decimals,
        required=False,
    )


def _dimensions(spec: Specification, table: TableSpec, counted: Counted, codes: Mapping[str, CodeList]) -> list[Column]:
    columns = []
    for one in table.dimensions:
        if one.above is not None:
            columns.append((one.above, one.above_title or "", f"Niveauet over {one.title}.", one.above_codes))
        columns.append((one.name, one.title, one.description, one.codes))
    told = []
    for index, (name, title, description, listed) in enumerate(columns):
        met = {line.codes[index] for line in counted.lines}
        place = f"{spec.name}.{table.name}.{name}"
        labels = None if listed is None else {TOTAL: "I alt", **labels_of(place, listed, codes[listed], met - {TOTAL})}
        told.append(Column(name, title, description, "text", labels))
    return told
