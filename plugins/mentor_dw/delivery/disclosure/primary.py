"""Which numbers are about so few, or so one-sidedly about one, that they are not told (rules.md V6, V8, V11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from mentor_dw.delivery.disclosure.cells import Cell, CellKey, Rule, Why


@dataclass(frozen=True)
class Reasons:
    """`why`: the first reason of every number that has one. `groups`: those that give away a whole group (V11)."""

    why: Mapping[CellKey, Why]
    groups: frozenset[CellKey]


def reasons(cells: Mapping[CellKey, Cell], rule: Rule) -> Reasons:
    """The numbers that are not told for their own sake; shares and means are not among them (V10 follows)."""
    groups = frozenset(key for key, cell in cells.items() if gives_group_away(cell, cells, rule))
    why = {}
    for key, cell in cells.items():
        reason = _own_reason(cell, rule) or (Why.GROUP if key in groups else None)
        if reason is not None and cell.kind != "derived":
            why[key] = reason
    return Reasons(why, groups)


def gives_group_away(cell: Cell, cells: Mapping[CellKey, Cell], rule: Rule) -> bool:
    """Whether everybody of the cell's group stands in it, so that telling it tells about each of them."""
    group = cells.get(cell.group_of) if cell.group_of is not None else None
    if group is None or cell.kind == "derived" or rule.threshold == 0:
        return False
    return bool(cell.persons) and cell.persons == group.persons


def _own_reason(cell: Cell, rule: Rule) -> Why | None:
    if few(cell.persons, rule.threshold):
        return Why.SMALL
    if few(cell.mentors, rule.threshold):
        return Why.FEW_MENTORS
    if few(cell.companies, rule.threshold):
        return Why.FEW_COMPANIES
    if cell.kind == "amount" and _dominated(cell, rule):
        return Why.DOMINANCE
    return None


def few(number: int | None, threshold: int) -> bool:
    """Whether there are some, but fewer than the threshold. Zero is told (V6)."""
    return number is not None and 0 < number < threshold


def _dominated(cell: Cell, rule: Rule) -> bool:
    if few(cell.persons, rule.dominance_contributors):
        return True
    top = sum((abs(one) for one in cell.largest[: rule.dominance_top]), Decimal(0))
    return top > 0 and top >= rule.dominance_share * abs(Decimal(cell.value))
