"""Deliveries of invented people: tables of one to four columns, a column with a level above it, tables that share
margins, a correction of the same period, a quarter over its months. All from a shape and a seed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations, product

from mentor_dw.delivery.disclosure.cells import Cell, Relation

MODEL = "ext_test__personer_v1"
#: The columns a table may be told by; `region` is the level above `kommune`, `status` is sensitive.
CODES = {
    "kommune": ("101", "147", "201", "306", "461", "561"),
    "alder": ("under_30", "over_30"),
    "status": ("i_gang", "slut", "afbrudt", "job"),
    "type": ("a", "b", "c"),
}
REGION = {"101": "h", "147": "h", "201": "h", "306": "s", "461": "f", "561": "f"}
SENSITIVE = "status"


@dataclass(frozen=True)
class Shape:
    """What a delivery looks like. `tables`: the columns of each; `skew`: how unevenly people fall into codes."""

    tables: tuple[tuple[str, ...], ...] = (("kommune", "alder"),)
    people: int = 120
    skew: float = 0.5
    sensitive: bool = False
    amounts: bool = False
    rows: bool = False


@dataclass(frozen=True)
class Person:
    """One contribution: codes by column, mentor, minutes, how many rows, and the month."""

    codes: dict[str, str]
    mentor: int
    minutes: int
    rows: int
    month: int


@dataclass
class Delivery:
    """What would be told of some people for a period: cells, and the sums between them."""

    period: str
    cells: list[Cell] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)

    def by_key(self) -> dict[str, Cell]:
        return {cell.key: cell for cell in self.cells}


def people(shape: Shape, random_: random.Random) -> list[Person]:
    """Invented people, most of them in the first codes."""
    found = []
    for _ in range(shape.people):
        codes = {
            column: random_.choices(codes, [shape.skew**place for place in range(len(codes))])[0]
            for column, codes in CODES.items()
        }
        minutes = random_.choice((0, 30, 45, 60, 90, 600))
        found.append(
            Person(
                codes,
                random_.randrange(1 + shape.people // 8),
                minutes,
                random_.choice((1, 1, 2)),
                random_.randrange(3),
            )
        )
    return found


def corrected(before: Sequence[Person], random_: random.Random, share: float) -> list[Person]:
    """The same people after a correction: of a share, some are gone, some are somewhere else."""
    found = []
    for one in before:
        if random_.random() >= share:
            found.append(one)
        elif random_.random() < 0.7:
            column = random_.choice(sorted(CODES))
            codes = one.codes | {column: random_.choice(CODES[column])}
            found.append(Person(codes, one.mentor, one.minutes, one.rows, one.month))
    return found


def key(measure: str, period: str, where: dict[str, str]) -> str:
    told = {"measure": measure, "model": MODEL, "period": period, "where": where}
    return json.dumps(told, sort_keys=True, ensure_ascii=False)


def counted(who: Iterable[Person], shape: Shape, period: str) -> Delivery:
    """Every margin of every table, zeros of the full cross of the codes that occur included."""
    who = list(who)
    found = Delivery(period)
    occurring = {
        column: [code for code in codes if any(one.codes[column] == code for one in who)]
        for column, codes in CODES.items()
    }
    places: dict[str, dict[str, str]] = {}
    sums: set[tuple[str, tuple[str, ...]]] = set()
    measures = ["persons", *(["rows"] if shape.rows else []), *(["amount:minutter"] if shape.amounts else [])]
    for table in shape.tables:
        for where in _places(table, occurring):
            for measure in measures:
                places[key(measure, period, where)] = where
                sums |= set(_sums(measure, period, where, table, occurring))
    for told, where in sorted(places.items()):
        found.cells.append(_cell(told, where, period, who, shape))
    found.relations = [Relation(total, parts) for total, parts in sorted(sums) if parts]
    return found


def _places(table: Sequence[str], occurring: dict[str, list[str]]) -> Iterator[dict[str, str]]:
    columns = [*table, *(["region"] if "kommune" in table else [])]
    codes = occurring | {"region": sorted({REGION[one] for one in occurring["kommune"]})}
    for size in range(len(columns) + 1):
        for chosen in combinations(columns, size):
            if not {"kommune", "region"} <= set(chosen):
                for values in product(*(codes[column] for column in chosen)):
                    yield dict(zip(chosen, values, strict=True))


def _sums(
    measure: str, period: str, where: dict[str, str], table: Sequence[str], occurring: dict[str, list[str]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The sums of which the number at `where` is the total."""
    own = key(measure, period, where)
    for column in table:
        if column in where:
            continue
        if column != "kommune":
            yield own, tuple(key(measure, period, where | {column: code}) for code in occurring[column])
        elif "region" in where:
            base = {name: code for name, code in where.items() if name != "region"}
            inside = [code for code in occurring["kommune"] if REGION[code] == where["region"]]
            yield own, tuple(key(measure, period, base | {"kommune": code}) for code in inside)
        else:
            regions = sorted({REGION[one] for one in occurring["kommune"]})
            yield own, tuple(key(measure, period, where | {"region": code}) for code in regions)


def _cell(told: str, where: dict[str, str], period: str, who: list[Person], shape: Shape) -> Cell:
    measure = json.loads(told)["measure"]
    inside = [
        one
        for one in who
        if all(
            (REGION[one.codes["kommune"]] if column == "region" else one.codes[column]) == code
            for column, code in where.items()
        )
    ]
    group = None
    if shape.sensitive and SENSITIVE in where:
        group = key(measure, period, {column: code for column, code in where.items() if column != SENSITIVE})
    about = {"persons": len(inside), "mentors": len({one.mentor for one in inside}), "group_of": group}
    if measure == "persons":
        return Cell(told, len(inside), **about)
    if measure == "rows":
        return Cell(told, sum(one.rows for one in inside), **about)
    largest = tuple(sorted((Decimal(one.minutes) for one in inside), reverse=True)[:3])
    return Cell(told, sum((Decimal(one.minutes) for one in inside), Decimal(0)), "amount", largest=largest, **about)


def over_time(quarter: Delivery, months: Sequence[Delivery]) -> list[Relation]:
    """A quarter's numbers as the sums of its months' (those that the months tell)."""
    found = []
    told = {one.key for month in months for one in month.cells}
    for cell in quarter.cells:
        read = json.loads(cell.key)
        parts = tuple(key(read["measure"], month.period, read["where"]) for month in months)
        if told.issuperset(parts):
            found.append(Relation(cell.key, parts))
    return found
