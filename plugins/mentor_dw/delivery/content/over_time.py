"""Sums between periods: a quarter is what its months add up to, and what goes on is there in the next period too."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mentor_dw.delivery.content.counted import cell_key, measure_key
from mentor_dw.delivery.disclosure.cells import CellKey, Relation
from mentor_dw.delivery.specification.model import ADDITIVE, TableSpec
from mentor_dw.delivery.specification.periods import Period, parse_period

_Where = tuple[tuple[str, str], ...]


@dataclass(frozen=True, order=True)
class _Number:
    """A number whatever the period: measure, model, and where it stands."""

    measure: str
    model: str
    where: _Where

    @property
    def shape(self) -> tuple[str, str, tuple[str, ...]]:
        """What it is told with: the numbers of the same columns."""
        return self.measure, self.model, tuple(column for column, _ in self.where)

    def of(self, period: Period) -> CellKey:
        """Its key in a period."""
        return cell_key(self.measure, self.model, period, dict(self.where))


class _Told:
    """In which periods each number was told, and each shape. A code that does not occur in a period has no number
    there: told of the shape, it is known to be 0."""

    def __init__(self, keys: Iterable[CellKey]) -> None:
        self.numbers: dict[_Number, set[Period]] = defaultdict(set)
        self.shapes: dict[tuple[str, str, tuple[str, ...]], set[Period]] = defaultdict(set)
        for key in keys:
            parts = json.loads(key)
            number = _Number(parts["measure"], parts["model"], tuple(sorted(parts["where"].items())))
            period = parse_period(parts["period"])
            self.numbers[number].add(period)
            self.shapes[number.shape].add(period)

    def knows(self, number: _Number, period: Period) -> bool:
        """Whether the number is known, as a cell or as a 0 that is not there."""
        return period in self.shapes[number.shape]

    def has(self, number: _Number, period: Period) -> bool:
        """Whether the number is a cell of the period."""
        return number in self.numbers and period in self.numbers[number]


def period_relations(tables: Iterable[TableSpec], keys: Iterable[CellKey]) -> list[Relation]:
    """The sums between periods among the numbers `keys`, those told before and those to be told now.

    Of the numbers of `tables` that add up over time: a quarter is related to its months, and a year to its quarters and
    to its months. Of those that carry over: what leaves a period is related to what enters the next. Always where the
    receiver was told all of the periods.
    """
    told = _Told(keys)
    relations = []
    for table in tables:
        measures = {measure_key(table, one.name) for one in table.measures if one.kind in ADDITIVE}
        mine = sorted(one for one in told.numbers if one.measure in measures and one.model == table.model)
        for number in mine:
            if table.adds_up_over_time:
                relations += _made_up(number, told)
            if table.carries_over is not None and number.measure == "rows":
                relations += _carried(table, number, told)
    return list(dict.fromkeys(relations))


def _made_up(number: _Number, told: _Told) -> Iterator[Relation]:
    """The number in a period as the sum of the number in its parts."""
    for whole in sorted(told.numbers[number]):
        for parts in _parts(whole):
            if all(told.knows(number, part) for part in parts):
                yield from _sum(number.of(whole), [number.of(part) for part in parts if told.has(number, part)])


def _parts(whole: Period) -> list[tuple[Period, ...]]:
    """The ways a period is made up of shorter ones."""
    parts = whole.parts()
    if not parts:
        return []
    return [parts, *([tuple(month for part in parts for month in part.parts())] if parts[0].parts() else [])]


def _carried(table: TableSpec, number: _Number, told: _Told) -> Iterator[Relation]:
    """The number of those who leave a period as the sum of those who enter the next."""
    entering = _entering(table, number)
    for period in sorted(told.numbers[number]) if entering else ():
        if all(told.knows(one, period.next()) for one in entering):
            there = [one.of(period.next()) for one in entering if told.has(one, period.next())]
            yield from _sum(number.of(period), there)


def _sum(total: CellKey, parts: list[CellKey]) -> Iterator[Relation]:
    """The relation; none of no parts: the total is then 0, and told, or was corrected, and no such sum holds."""
    if parts:
        yield Relation(total, tuple(parts))


def _entering(table: TableSpec, number: _Number) -> list[_Number]:
    """The numbers of the next period that make up `number`; none when it is not one of those who leave."""
    carried = table.carries_over
    if carried is None:
        return []
    by_name = {one.name: one for one in table.dimensions}
    dimension = by_name[carried.dimension]
    leaving = (dimension.above or dimension.column, carried.leaves)
    where = dict(number.where)
    kept = {column: code for column, code in where.items() if (column, code) != leaving}
    may_stay = {*table.where, *(by_name[name].column for name in carried.unchanged)}
    may_stay |= {by_name[name].above for name in carried.unchanged if by_name[name].above}
    if leaving not in number.where or not set(kept) <= may_stay or not table.where.items() <= kept.items():
        return []
    return [
        _Number(number.measure, number.model, tuple(sorted({**kept, dimension.column: code}.items())))
        for code in carried.enters
    ]
