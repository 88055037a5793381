"""Which sums held between the numbers of an earlier delivery: those of today, and what the keys themselves say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from mentor_dw.delivery.disclosure.cells import CellKey, Relation
from mentor_dw.delivery.disclosure.keys import in_period, make_key, read_key

Numbers = Mapping[CellKey, int | Decimal]
#: Sums of amounts are exact; the tolerance is for numbers that came through a float.
TOLERANCE = Decimal("1e-6")


def relations_then(relations: Sequence[Relation], numbers: Numbers) -> Iterator[tuple[CellKey, tuple[CellKey, ...]]]:
    """Sums between `numbers`, all of one earlier delivery: the relations of today in the periods of then, and every
    number that the codes of one more column add up to. Only what adds up is one."""
    periods = sorted({read[2] for key in numbers if (read := read_key(key)) is not None})
    found = set()
    for relation in relations:
        if len({(read_key(key) or "   ")[2] for key in (relation.total, *relation.parts)}) > 1:
            moved = [relation]
        else:
            moved = [
                Relation(in_period(relation.total, period), tuple(in_period(key, period) for key in relation.parts))
                for period in periods or [""]
            ]
        found |= {(one.total, tuple(sorted(key for key in one.parts if key in numbers))) for one in moved}
    broken_down: dict[tuple[CellKey, str], list[CellKey]] = defaultdict(list)
    for key in numbers:
        read = read_key(key)
        for column, _ in read[3] if read else ():
            total = make_key(*read[:3], (pair for pair in read[3] if pair[0] != column))
            broken_down[total, column].append(key)
    found |= {(total, tuple(sorted(parts))) for (total, _), parts in broken_down.items() if len(parts) > 1}
    for total, parts in sorted(found):
        if total in numbers and parts and abs(numbers[total] - sum(numbers[part] for part in parts)) <= TOLERANCE:
            yield total, parts


def upper_bounds(numbers: Numbers) -> Iterator[tuple[CellKey, CellKey]]:
    """Pairs of which everybody knows that the first is never above the second: persons, and their rows."""
    for key in sorted(numbers):
        read = read_key(key)
        if read is not None and read[0] == "persons":
            rows = make_key("rows", *read[1:])
            if rows in numbers:
                yield key, rows
