"""Code lists of a package: one file per list of the specification, whichever columns of whichever tables use it."""

from __future__ import annotations

from collections.abc import Sequence

from mentor_dw.delivery.specification.columns import code_list_of
from mentor_dw.delivery.specification.model import Specification
from mentor_dw.delivery.tables import Column, Table


def list_of(spec: Specification, table: Table, column: Column) -> str:
    """The name of the list of a column with codes: the specification's, or the column's where that names none."""
    told = next((one for one in spec.tables if one.name == table.name), None)
    return (code_list_of(told).get(column.name) if told else None) or column.name


def lists_told(spec: Specification, tables: Sequence[Table]) -> dict[str, dict[str, str]]:
    """Every list by its name: codes and labels as the tables have them, in the list's order."""
    lists: dict[str, dict[str, str]] = {}
    for table in tables:
        for column in table.columns:
            if column.codes:
                lists.setdefault(list_of(spec, table, column), {}).update(column.codes)
    return dict(sorted(lists.items()))


def file_of(name: str) -> str:
    """The file of a list: that of `dim_status` is `koder_status.csv`."""
    return f"koder_{name.removeprefix('dim_')}.csv"
