"""The columns of a told table, as its specification has them: what files, schema and dictionary all say."""

from __future__ import annotations

from mentor_dw.delivery.specification.model import HIDDEN, ROW_NUMBER, PersonField, TableSpec
from mentor_dw.delivery.tables import Column

_TYPES = {
    "pseudonym": "text",
    "code": "text",
    "text": "text",
    "integer": "integer",
    "decimal": "decimal",
    "month": "text",
    "year": "integer",
}
_HIDDEN = Column(
    HIDDEN, "Skjult", "1, når et tal i rækken er skjult af hensyn til enkeltpersoner, ellers 0.", "integer"
)
_NUMBER = Column(ROW_NUMBER, "Række", "Nummer på borgerens række i tabellen, fra 1.", "integer")


def columns(table: TableSpec) -> tuple[Column, ...]:
    """The columns in order, without the codes of their lists (`code_list_of` names these)."""
    return _of_persons(table) if table.fields else _of_counts(table)


def primary_key(table: TableSpec) -> tuple[str, ...]:
    """The columns by which a row is known."""
    if table.fields:
        return (pseudonym_field(table).name, ROW_NUMBER)
    return tuple(name for one in table.dimensions for name in one.told_columns)


def pseudonym_field(table: TableSpec) -> PersonField:
    """The field of a table of level persons that names the person."""
    return next(one for one in table.fields if one.type == "pseudonym")


def code_list_of(table: TableSpec) -> dict[str, str]:
    """The name of the code list by column, for the columns that have one."""
    named = {one.name: one.codes for one in (*table.dimensions, *table.fields)}
    named |= {one.above: one.above_codes for one in table.dimensions if one.above is not None}
    return {column.name: codes for column in columns(table) if (codes := named.get(column.name)) is not None}


def _of_counts(table: TableSpec) -> tuple[Column, ...]:
    told = []
    for one in table.dimensions:
        if one.above is not None:
            told.append(Column(one.above, one.above_title or one.above, f"Niveauet over {one.title}.", "text"))
        told.append(Column(one.name, one.title, one.description, "text"))
    for measure in table.measures:
        counts = measure.kind in ("rows", "persons")
        told.append(
            Column(
                measure.name,
                measure.title,
                measure.description,
                "integer" if counts else "decimal",
                unit=measure.unit,
                decimals=None if counts else measure.decimals,
                required=False,
            )
        )
    return (*told, _HIDDEN)


def _of_persons(table: TableSpec) -> tuple[Column, ...]:
    told = []
    for one in table.fields:
        required = one.type in ("pseudonym", "code")
        told.append(
            Column(one.name, one.title, one.description, _TYPES[one.type], decimals=one.decimals, required=required)
        )
        if one.type == "pseudonym":
            told.append(_NUMBER)
    return tuple(told)
