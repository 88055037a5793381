"""Rows of a model gathered for a table: by place, added up over every margin that is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mentor_dw.delivery.content.members import Layout, Levels, Place, layout, members_of
from mentor_dw.delivery.content.piles import Behind, Pile, add_up, empty_pile
from mentor_dw.delivery.content.rows import amount_of, chosen, code_of
from mentor_dw.delivery.specification.model import Measure, Specification, TableSpec
from mentor_dw.delivery.specification.periods import Period

#: Codes of one dimension as a row has them, the level above first.
_Codes = tuple[str, ...]


@dataclass(frozen=True)
class Gathered:
    """The rows of a period: the places of the table, the piles of those that have rows, the pile of all rows, areas."""

    places: Layout
    piles: Mapping[Levels, Mapping[Place, Pile]]
    everybody: Pile
    areas: frozenset[str]


def amounts_of(table: TableSpec) -> list[Measure]:
    """The measures of a table that are sums of a column, in the order of `Pile.amounts`."""
    return [one for one in table.measures if one.kind in ("amount", "follows")]


def gather(spec: Specification, table: TableSpec, rows: Iterable[Mapping[str, Any]], period: Period) -> Gathered:
    """The rows of `period` by place. Raises MentorDwError as `count` says, but for persons."""
    columns = [(*((one.above,) if one.above else ()), one.column) for one in table.dimensions]
    amounts = amounts_of(table)
    met: list[set[_Codes]] = [set() for _ in columns]
    by_codes: dict[tuple[_Codes, ...], Pile] = {}
    areas: set[str] = set()
    for row in chosen(table, rows, period):
        codes = tuple([tuple([code_of(table, row, column) for column in of_one]) for of_one in columns])
        pile = by_codes.get(codes)
        if pile is None:
            pile = by_codes[codes] = empty_pile(len(amounts))
            for seen, one in zip(met, codes, strict=True):
                seen.add(one)
        _add(pile, row, [amount_of(table, row, one.column or "") for one in amounts])
        if spec.area is not None and spec.area in row:
            areas.add(code_of(table, row, spec.area))
    members = tuple(members_of(table, one, seen) for one, seen in zip(table.dimensions, met, strict=True))
    places = layout(table, members)
    positions = [{codes: index for index, codes in enumerate(one.by_level[0])} for one in members]
    finest = {
        tuple([position[one] for position, one in zip(positions, codes, strict=True)]): pile
        for codes, pile in by_codes.items()
    }
    piles = add_up(places, finest, len(amounts))
    everybody = piles[places.totals].get(places.everybody, empty_pile(len(amounts)))
    return Gathered(places, piles, everybody, frozenset(areas))


def _add(pile: Pile, row: Mapping[str, Any], values: list[Decimal | None]) -> None:
    pile.rows += 1
    _stand(pile.behind, row)
    person = row.get("person_key")
    for amount, value in zip(pile.amounts, values, strict=True):
        if value is None:
            continue
        amount.total += value
        amount.contributions += 1
        _stand(amount.behind, row)
        if person is not None:
            amount.by_person[person] = amount.by_person.get(person, Decimal(0)) + value


def _stand(behind: Behind, row: Mapping[str, Any]) -> None:
    """Whom the row is about stands behind the number."""
    for keys, column in (
        (behind.persons, "person_key"),
        (behind.mentors, "mentor_key"),
        (behind.companies, "virksomhed_key"),
    ):
        key = row.get(column)
        if key is not None:
            keys.add(key)
