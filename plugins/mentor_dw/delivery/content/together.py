"""The tables of one delivery together: each number once, with everything that any table says of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from mentor_dw.delivery.content.counted import Counted
from mentor_dw.delivery.disclosure.cells import Cell, CellKey, Relation


def together(counted: Iterable[Counted]) -> tuple[list[Cell], list[Relation]]:
    """The cells of all tables, each number once, and their relations, for `protect`.

    A number that is sensitive in one table is so in all of them; of several groups that it is a part of, the smallest
    counts. Who stands behind it is the same everywhere.
    """
    cells: dict[CellKey, Cell] = {}
    groups: dict[CellKey, set[CellKey]] = defaultdict(set)
    relations: dict[Relation, None] = {}
    for one in counted:
        relations |= dict.fromkeys(one.relations)
        for cell in one.cells:
            cells.setdefault(cell.key, cell)
            if cell.group_of is not None:
                groups[cell.key].add(cell.group_of)
    for key, of in groups.items():
        smallest = min(of, key=lambda group: (cells[group].persons or 0, group))
        cells[key] = replace(cells[key], group_of=smallest)
    return list(cells.values()), list(relations)
