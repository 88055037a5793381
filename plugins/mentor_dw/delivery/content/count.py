"""Rows of a model counted into the cells of a table: every combination of dimensions, all margins, zeros included.

What the numbers mean stands in the specification; this knows no dimension by name. Numbers are exact. Sums between
cells are told as relations, since whoever reads the table knows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from mentor_dw.delivery.content.counted import UNKNOWN, Counted, Line, cell_key, measure_key
from mentor_dw.delivery.content.gather import Gathered, amounts_of, gather
from mentor_dw.delivery.content.members import Levels, Place
from mentor_dw.delivery.content.piles import Behind, Pile, empty_pile
from mentor_dw.delivery.disclosure.cells import Cell, CellKey, Relation
from mentor_dw.delivery.specification.model import ADDITIVE, Measure, Specification, TableSpec
from mentor_dw.delivery.specification.periods import Period
from mentor_dw.errors import MentorDwError

#: More numbers than this in one table is a fault of its combinations.
LIMIT = 1_000_000


def count(spec: Specification, table: TableSpec, rows: Iterable[Mapping[str, Any]], period: Period) -> Counted:
    """The numbers of `table` for `period`, from rows of its model (rows of other periods are left out).

    A row has the columns that `table.columns_read` names, and may have `person_key`, `mentor_key` and `virksomhed_key`.
    The codes of a dimension are those that occur in the period; every cross of them is a place, so what is 0 is told.
    Raises MentorDwError when a row holds no code where one belongs, when persons are counted and one has several rows
    or a row none, when a code stands below two others, or when the table has more than LIMIT numbers.
    """
    gathered = gather(spec, table, rows, period)
    if gathered.places.count() * len(table.measures) > LIMIT:
        raise MentorDwError(
            f"{spec.name}.{table.name} has more than {LIMIT:,} numbers for {period.text}.",
            "Break it down by fewer dimensions together: say combinations in the specification.",
        )
    everybody = gathered.everybody
    if any(one.kind == "persons" for one in table.measures) and len(everybody.behind.persons) != everybody.rows:
        raise MentorDwError(
            f"{spec.name}.{table.name} counts persons, and in {period.text} a row of {table.model} has none, or a "
            "person has several.",
            "Give the model one row per person and period, choose the rows by where, or count rows.",
        )
    return _Table(table, period, gathered).counted()


class _Table:
    """One table on its way from piles to cells."""

    def __init__(self, table: TableSpec, period: Period, gathered: Gathered) -> None:
        self.table = table
        self.gathered = gathered
        self.places = gathered.places
        self.nothing = empty_pile(len(amounts_of(table)))
        self.amount = {one.name: index for index, one in enumerate(amounts_of(table))}
        self.number = {one.name: index for index, one in enumerate(table.measures)}
        measures = [measure_key(table, one.name) for one in table.measures]
        #: By levels and place, a key per measure.
        self.keys: dict[Levels, dict[Place, list[CellKey]]] = {}
        for levels in self.places.levels:
            self.keys[levels] = {}
            for place in self.places.places(levels):
                where = {**table.where, **self.places.where(levels, place)}
                self.keys[levels][place] = [cell_key(one, table.model, period, where) for one in measures]

    def counted(self) -> Counted:
        cells: dict[CellKey, Cell] = {}
        lines = []
        for levels in self.places.levels:
            for place, keys in self.keys[levels].items():
                pile = self._pile(levels, place)
                group = self._group(levels, place)
                for measure, key, in_group in zip(self.table.measures, keys, group, strict=True):
                    if measure.kind in ADDITIVE:
                        cells[key] = self._additive(measure, key, pile, in_group)
                    elif (cell := self._derived(measure, key, levels, place)) is not None:
                        cells[key] = cell
                told = tuple([key if key in cells else None for key in keys])
                lines.append(Line(self.places.codes(levels, place), told))
        everybody = self.gathered.everybody
        return Counted(
            list(cells.values()),
            self._relations(),
            tuple(sorted(lines, key=lambda line: line.codes)),
            everybody.rows,
            frozenset(everybody.behind.persons),
            self.gathered.areas,
        )

    def _pile(self, levels: Levels, place: Place) -> Pile:
        return self.gathered.piles[levels].get(place, self.nothing)

    def _additive(self, measure: Measure, key: CellKey, pile: Pile, group: CellKey | None) -> Cell:
        everybody = self.gathered.everybody
        if measure.kind != "amount":
            return Cell(key, pile.rows, "count", **_behind(pile.behind, pile.rows, everybody.behind), group_of=group)
        amount, of_all = (one.amounts[self.amount[measure.name]] for one in (pile, everybody))
        behind = _behind(amount.behind, amount.contributions, of_all.behind)
        return Cell(key, amount.total, "amount", **behind, largest=amount.largest(), group_of=group)

    def _group(self, levels: Levels, place: Place) -> list[CellKey] | list[None]:
        """The keys of the place with everybody of whom a sensitive code of this place may be true (rules.md V11).

        Of several sensitive dimensions the one with the fewest persons: if all of any group stand here, all of that
        one do. Nothing for a margin, and nothing for a missing value.
        """
        found: list[tuple[int, list[CellKey]]] = []
        for index, one in enumerate(self.places.members):
            level = levels[index]
            if one.dimension.sensitive and level != one.total and UNKNOWN not in one.by_level[level][place[index]]:
                above, everywhere = self.places.margin(levels, place, index)
                found.append((len(self._pile(above, everywhere).behind.persons), self.keys[above][everywhere]))
        return min(found, key=lambda one: one[0])[1] if found else [None] * len(self.table.measures)

    def _derived(self, measure: Measure, key: CellKey, levels: Levels, place: Place) -> Cell | None:
        """What may only be told with the numbers it is made of or follows from; None for a part of nothing."""
        of = measure.of or ""
        if measure.kind == "follows":
            total = self._value(measure.name, self._pile(levels, place))
            return Cell(key, total, "derived", follows=(self.keys[levels][place][self.number[of]],))
        by, below, where = measure.by or "", levels, place
        if measure.kind == "share":
            index = next(i for i, one in enumerate(self.table.dimensions) if one.name == measure.over)
            by, (below, where) = of, self.places.margin(levels, place, index)
        base = self._value(by, self._pile(below, where))
        if not base:
            return None
        part = self._value(of, self._pile(levels, place)) / base
        follows = (self.keys[levels][place][self.number[of]], self.keys[below][where][self.number[by]])
        return Cell(key, part * 100 if measure.kind == "share" else part, "derived", follows=follows)

    def _value(self, name: str, pile: Pile) -> Decimal:
        return pile.amounts[self.amount[name]].total if name in self.amount else Decimal(pile.rows)

    def _relations(self) -> list[Relation]:
        additive = [index for index, one in enumerate(self.table.measures) if one.kind in ADDITIVE]
        relations = []
        for levels, lower, index in self.places.sums():
            parts_of = self.places.members[index].down[levels[index]]
            below = self.keys[lower]
            for place, totals in self.keys[levels].items():
                parts = [below[(*place[:index], part, *place[index + 1 :])] for part in parts_of[place[index]]]
                if parts:
                    relations += [Relation(totals[i], tuple([part[i] for part in parts])) for i in additive]
        return relations


def _behind(behind: Behind, contributions: int, everybody: Behind) -> dict[str, int | None]:
    """How many stand behind a number of so many contributions; None where it is about nobody of that kind."""
    return {
        kind: len(keys) if keys or (not contributions and of_all) else None
        for kind, keys, of_all in (
            ("persons", behind.persons, everybody.persons),
            ("mentors", behind.mentors, everybody.mentors),
            ("companies", behind.companies, everybody.companies),
        )
    }
