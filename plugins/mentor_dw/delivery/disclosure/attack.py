"""The attack: how tightly a reader who knows everything that was told can bound what was not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from mentor_dw.delivery.disclosure.cells import CellKey, Relation
from mentor_dw.delivery.disclosure.solver import CLOSE, INFINITY, MOST, Program, Row, connected

#: Stands for no bound, in scaled numbers.
FAR = 1e7


def bounds(
    cells_told: Mapping[CellKey, Decimal | int | float | None],
    kinds: Mapping[CellKey, str],
    relations: Iterable[Relation],
    *,
    floors: Mapping[CellKey, float] | None = None,
    ranges: Mapping[CellKey, tuple[float, float]] | None = None,
    at_most: Iterable[tuple[CellKey, CellKey]] = (),
    lowest_of: Collection[CellKey] | None = None,
) -> dict[CellKey, tuple[float, float]]:
    """The smallest and the largest value that every hidden number can have (infinite where nothing bounds it).

    `cells_told`: every number by its key, None where it is hidden. `kinds`: `count` (at least 1 when it is hidden,
    since zero is told) or `amount` (at least 0). `floors`: other smallest values than these. `ranges`: numbers told as
    something between two others, such as rounded ones; they are bounded too. `at_most`: pairs of which the first is
    never above the second. `lowest_of`: look for the smallest value of these only; all other bounds are then not tight.
    A relation with a key that `cells_told` does not have is left out. Whole numbers are not asked for (the relaxation),
    so that no answer is tighter than what can be proved. Raises ValueError when what is told contradicts itself.
    """
    ranges, floors = ranges or {}, floors or {}
    open_keys = sorted(key for key, told in cells_told.items() if told is None or key in ranges)
    place = {key: number for number, key in enumerate(open_keys)}
    low, high = [], []
    for key in open_keys:
        floor = floors.get(key, 1.0 if kinds.get(key) == "count" else 0.0)
        low.append(ranges[key][0] if key in ranges else floor)
        high.append(ranges[key][1] if key in ranges else INFINITY)
    rows: list[Row] = []
    for one in relations:
        if one.total not in cells_told or any(part not in cells_told for part in one.parts):
            continue
        row = _row([(one.total, 1.0), *((part, -1.0) for part in one.parts)], place, cells_told, equal=True)
        if row is not None:
            rows.append(row)
    for lesser, greater in at_most:
        if lesser in cells_told and greater in cells_told:
            row = _row([(lesser, 1.0), (greater, -1.0)], place, cells_told, equal=False)
            if row is not None:
                rows.append(row)
    by_first: dict[int, list[Row]] = {}
    for row in rows:
        by_first.setdefault(min(row[0]), []).append(row)
    found = {}
    for group in connected(len(open_keys), [sorted(row[0]) for row in rows]):
        own = [row for one in group for row in by_first.get(one, ())]
        wanted = [True if lowest_of is None else open_keys[one] in lowest_of for one in group]
        place_here = {one: number for number, one in enumerate(group)}
        answers = _bound([(low[one], high[one]) for one in group], own, place_here, wanted, lowest_of is None)
        found |= {open_keys[one]: answer for one, answer in zip(group, answers, strict=True)}
    return found


def _row(
    terms: list[tuple[CellKey, float]],
    place: Mapping[CellKey, int],
    told: Mapping[CellKey, Decimal | int | float | None],
    *,
    equal: bool,
) -> Row | None:
    """The sum of `terms` is 0 (or at most 0) as a row over the hidden numbers; None when none of them is hidden."""
    factors: dict[int, float] = {}
    known = 0.0
    for key, factor in terms:
        if key in place:
            factors[place[key]] = factors.get(place[key], 0.0) + factor
        else:
            known += factor * float(told[key])
    return (factors, -known if equal else -INFINITY, -known) if factors else None


def _bound(
    limits: list[tuple[float, float]], rows: list[Row], place: Mapping[int, int], wanted: list[bool], upwards: bool
) -> list[tuple[float, float]]:
    """The bounds of each wanted number of a connected group."""
    import numpy as np

    if not rows or not any(wanted):
        return limits
    sizes = [abs(number) for _, low, high in rows for number in (low, high) if abs(number) < INFINITY]
    scale = max(1.0, max(sizes) / MOST)
    low = np.array([max(one / scale, -FAR) for one, _ in limits])
    high = np.array([min(one / scale, FAR) for _, one in limits])
    own = [({place[one]: factor for one, factor in row.items()}, a / scale, b / scale) for row, a, b in rows]
    program = Program(low, high, own)
    least, most = np.full(len(limits), INFINITY), np.full(len(limits), -INFINITY)

    def look(costs: np.ndarray | None = None) -> None:
        if costs is not None:
            program.cost(costs)
        found = program.solve()
        if found is None:
            raise ValueError("what is told contradicts itself")
        np.minimum(least, found, out=least)
        np.maximum(most, found, out=most)

    # Two solutions at the ends of everything answer for many numbers at once.
    look(np.ones(len(limits)))
    if upwards:
        look(-np.ones(len(limits)))
    program.cost(np.zeros(len(limits)))
    for one in (number for number, asked in enumerate(wanted) if asked):
        # A solution that was seen already and lies at the limit needs no search.
        for side, reached in ((1.0, least[one] <= low[one] + CLOSE), (-1.0, most[one] >= high[one] - CLOSE)):
            if not reached and (upwards or side > 0):
                program.cost_of(one, side)
                look()
        program.cost_of(one, 0.0)
    return [
        (
            -INFINITY if least[one] <= -FAR / 2 else float(least[one] * scale),
            INFINITY if most[one] >= FAR / 2 else float(most[one] * scale),
        )
        for one in range(len(limits))
    ]
