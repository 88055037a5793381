"""What counting gives: the cells of a told table, the sums between them, and where each stands in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from mentor_dw.delivery.disclosure.cells import Cell, CellKey, Relation
from mentor_dw.delivery.specification.model import TableSpec
from mentor_dw.delivery.specification.periods import Period

#: The member of every dimension that stands for a missing value (rules.md P6).
UNKNOWN = "uoplyst"


@dataclass(frozen=True)
class Line:
    """A row of a told table: its codes by column, and by measure the key of the number.

    A key is None where the number is not defined, such as a share of nobody.
    """

    codes: tuple[str, ...]
    keys: tuple[CellKey | None, ...]


@dataclass(frozen=True)
class Counted:
    """A table counted for one period.

    `lines` are sorted by their codes (collation C). `rows` is how many rows of the model were counted, `person_keys`
    whose they were, `areas` the codes in the specification's column `area` (empty without it, or in a model without
    that column).
    """

    cells: list[Cell] = field(repr=False)
    relations: list[Relation] = field(repr=False)
    lines: tuple[Line, ...] = field(repr=False)
    rows: int
    person_keys: frozenset[int] = field(repr=False)
    areas: frozenset[str]


def cell_key(measure: str, model: str, period: Period, where: Mapping[str, str]) -> CellKey:
    """The key of a number: what is counted, of which rows, in which period.

    `measure` is `rows`, `amount:<column>`, `follows:<column>`, `share:<measure>:<column>` or
    `mean:<measure>:<measure>`; persons have the measure `rows`, since they are told only where each has one row: the
    same number, whatever a table calls it. `where` holds a code by column of the model, without what is a total.
    """
    parts = {"measure": measure, "model": model, "period": period.text, "where": dict(where)}
    return json.dumps(parts, sort_keys=True, ensure_ascii=False)


def measure_key(table: TableSpec, name: str) -> str:
    """How the measure `name` of `table` is called in the key of a cell."""
    measure = next(one for one in table.measures if one.name == name)
    if measure.kind == "amount":
        return f"amount:{measure.column}"
    if measure.kind == "follows":
        return f"follows:{measure.column}"
    if measure.kind == "share":
        over = next(one for one in table.dimensions if one.name == measure.over)
        return f"share:{measure_key(table, measure.of or '')}:{over.column}"
    if measure.kind == "mean":
        return f"mean:{measure_key(table, measure.of or '')}:{measure_key(table, measure.by or '')}"
    return "rows"
