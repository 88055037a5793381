"""A reader of deliveries who wants to know what is hidden: written of the published tables alone, apart from the code
that protects them, with another solver's interface. Everything that was told, the sums, that counts are whole and not
negative, and the guess that a number which is hidden twice and has not changed is the same number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from math import ceil

import numpy as np
from random_tables import Delivery
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from mentor_dw.delivery.disclosure.cells import Cell, Relation, Rule

#: Beside it two bounds are the same.
NEAR = 1e-3


@dataclass
class Release:
    """A delivery as it was published: what was shown of each number (None: hidden), and sums into earlier releases.

    `untold`: nothing of it was, not even which numbers are zero.
    """

    delivery: Delivery
    shown: Mapping[str, int | Decimal | None]
    more: tuple[Relation, ...] = ()
    untold: bool = False


class Reader:
    """Everything that follows from some releases to one receiver."""

    def __init__(self, releases: list[Release], rule: Rule) -> None:
        self._releases, self._rule = releases, rule
        self._column: dict[tuple[str, object], int] = {}
        self._low: list[float] = []
        self._high: list[float] = []
        self._told: dict[tuple[str, object], float] = {}
        for release in releases:
            for cell in release.delivery.cells:
                self._read(cell, release.shown[cell.key], release.untold)
        self._equal: set[tuple[tuple[int, ...], tuple[int, ...], float]] = set()
        self._below: set[tuple[int | None, int | None, float]] = set()
        latest: dict[str, object] = {}
        for release in releases:
            values = {cell.key: cell.value for cell in release.delivery.cells}
            latest |= values
            for relation in release.delivery.relations:
                self._sum(relation, values)
            for relation in release.more:
                if sum(latest[part] for part in relation.parts) == latest[relation.total]:
                    self._sum(relation, latest)
            for told in values:
                read = json.loads(told)
                rows = json.dumps(read | {"measure": "rows"}, sort_keys=True, ensure_ascii=False)
                if read["measure"] == "persons" and rows in values:
                    self._persons_have_rows((told, values[told]), (rows, values[rows]))

    @cached_property
    def knowing_zeros(self) -> Reader:
        """Who knows nothing of these releases but which numbers are told as zero."""
        hidden = [
            replace(one, shown={key: 0 if value == 0 else None for key, value in one.shown.items()})
            for one in self._releases
        ]
        return Reader(hidden, self._rule)

    def _read(self, cell: Cell, shown: int | Decimal | None, untold: bool) -> None:
        name = (cell.key, cell.value)
        count, base = cell.kind == "count", self._rule.base
        if shown is None:
            if name not in self._told and name not in self._column:
                # Zero is told, but for columns in which it may be hidden.
                self._open(name, 1.0 if count and cell.group_of is None and not untold else 0.0, np.inf)
        elif count and self._rule.method == "round" and shown != 0:
            low = 1 if shown == base else shown - base // 2
            if name not in self._column:
                self._open(name, low, shown + ceil(base / 2) - 1)
            else:
                self._low[self._column[name]] = low
                self._high[self._column[name]] = shown + ceil(base / 2) - 1
        else:
            self._told[name] = float(shown)

    def _open(self, name: tuple[str, object], low: float, high: float) -> None:
        self._column[name] = len(self._low)
        self._low.append(low)
        self._high.append(high)

    def _sum(self, relation: Relation, values: Mapping[str, object]) -> None:
        plus, minus, known = [], [], 0.0
        for side, factor, keys in ((plus, 1, (relation.total,)), (minus, -1, relation.parts)):
            for one in keys:
                name = (one, values[one])
                if name in self._told:
                    known += factor * self._told[name]
                else:
                    side.append(self._column[name])
        if plus or minus:
            self._equal.add((tuple(plus), tuple(sorted(minus)), -known))

    def _persons_have_rows(self, persons: tuple[str, object], rows: tuple[str, object]) -> None:
        sides = [None if name in self._told else self._column[name] for name in (persons, rows)]
        room = self._told.get(rows, 0.0) - self._told.get(persons, 0.0)
        if sides != [None, None]:
            self._below.add((sides[0], sides[1], room))

    def bounds(self, cell: Cell, beside: Cell | None = None) -> tuple[float, float]:
        """The smallest and largest value of a number, or of what it has less than `beside`."""
        costs, known = np.zeros(len(self._low)), 0.0
        for one, factor in ((cell, 1.0 if beside is None else -1.0), (beside, 1.0)):
            if one is not None and (one.key, one.value) in self._told:
                known += factor * self._told[one.key, one.value]
            elif one is not None:
                costs[self._column[one.key, one.value]] += factor
        if not costs.any():
            return known, known
        return known + self._extreme(costs), known - self._extreme(-costs)

    def _extreme(self, costs: np.ndarray) -> float:
        if not hasattr(self, "_matrices"):
            equal, below = sorted(self._equal), sorted(self._below, key=str)
            entries = [(row, one, 1.0) for row, (plus, _, _) in enumerate(equal) for one in plus]
            entries += [(row, one, -1.0) for row, (_, minus, _) in enumerate(equal) for one in minus]
            under = [(row, one[0], 1.0) for row, one in enumerate(below) if one[0] is not None]
            under += [(row, one[1], -1.0) for row, one in enumerate(below) if one[1] is not None]
            self._matrices = {
                "A_eq": _matrix(entries, len(equal), len(costs)) if equal else None,
                "b_eq": [one[2] for one in equal] or None,
                "A_ub": _matrix(under, len(below), len(costs)) if below else None,
                "b_ub": [one[2] for one in below] or None,
                "bounds": list(zip(self._low, self._high, strict=True)),
            }
        found = linprog(costs, **self._matrices, method="highs")
        if found.status == 3:
            return -np.inf
        assert found.status == 0, found.message
        return float(found.fun)


def _matrix(entries: list[tuple[int, int, float]], rows: int, columns: int) -> coo_matrix:
    row, column, factor = zip(*entries, strict=True)
    return coo_matrix((factor, (row, column)), shape=(rows, columns)).tocsr()


def is_primary(cell: Cell, cells: Mapping[str, Cell], rule: Rule) -> str | None:
    """`small`, `few`, `dominance` or `group`: as rules.md V6, V8 and V11 say it."""
    if cell.persons and cell.persons < rule.threshold:
        return "small"
    if any(number and number < rule.threshold for number in (cell.mentors, cell.companies)):
        return "few"
    if cell.kind == "amount" and cell.persons:
        if cell.persons < rule.dominance_contributors:
            return "dominance"
        if cell.value and sum(cell.largest[:2]) >= rule.dominance_share * cell.value:
            return "dominance"
    return "group" if whole_group(cell, cells) else None


def whole_group(cell: Cell, cells: Mapping[str, Cell]) -> bool:
    return bool(cell.group_of and cell.persons and cell.persons == cells[cell.group_of].persons)


def breaches(releases: list[Release], rule: Rule) -> list[str]:
    """Where the promise is broken by all releases together, and was not by all but the last; each in words."""
    whole = Reader(releases, rule)
    earlier: tuple[Reader, Reader] | None = None
    found, seen = [], set()
    for release in releases:
        cells = release.delivery.by_key()
        for cell in release.delivery.cells:
            if (cell.key, cell.value) in seen or (cell.value == 0 and release.shown[cell.key] == 0):
                continue
            seen.add((cell.key, cell.value))
            if release.shown[cell.key] is not None and (rule.method == "suppress" or cell.kind == "amount"):
                if is_primary(cell, cells, rule) and not _told_before(cell, release, releases):
                    found.append(f"told: {cell.key}")
                continue
            for wrong in broken(whole, cell, cells, rule):
                if len(releases) > 1:
                    # What follows before anything of the last delivery is told, or from its zeros, is not its doing;
                    # but that a number is known exactly may not come from zeros either.
                    last = releases[-1]
                    nothing = replace(last, shown=dict.fromkeys(last.shown), untold=True)
                    zeros = replace(last, shown={key: 0 if one == 0 else None for key, one in last.shown.items()})
                    earlier = earlier or (
                        Reader([*releases[:-1], nothing], rule),
                        Reader([*releases[:-1], zeros], rule),
                    )
                    low, high = whole.bounds(cell)
                    known = earlier[0] if wrong == "exact" or high - low < 1 - NEAR else earlier[1]
                    if wrong in broken(known, cell, cells, rule):
                        continue
                found.append(f"{wrong}: {cell.key}")
    return found


def _told_before(cell: Cell, release: Release, releases: list[Release]) -> bool:
    earlier = releases[: releases.index(release)]
    return any(
        one.key == cell.key and one.value == cell.value and before.shown[one.key] is not None
        for before in earlier
        for one in before.delivery.cells
    )


def broken(reader: Reader, cell: Cell, cells: Mapping[str, Cell], rule: Rule) -> list[str]:
    """Which promises about a hidden number are broken."""
    low, high = reader.bounds(cell)
    value, reason, found = float(cell.value), is_primary(cell, cells, rule), []
    if cell.kind == "amount":
        free = 0.1 * value if reason else 0.0
        if low > max(0.0, value - free) + NEAR * max(1.0, free) or high < value + free - NEAR * max(1.0, free):
            found.append("amount")
        if high - low < NEAR:
            found.append("exact")
    elif reason == "small" or (reason and value < rule.threshold):
        # Zeros are told, so a total is at least as many as the places in which there is somebody.
        least = max(1.0, reader.knowing_zeros.bounds(cell)[0]) if low > 1 + NEAR else 1.0
        if low > least + NEAR or high < least + rule.threshold - 1 - NEAR:
            found.append("small")
    elif reason and rule.method == "suppress":
        if high - low < min(rule.threshold, value) - NEAR:
            found.append("narrow")
    elif high - low < 1 - NEAR:
        found.append("exact")
    if whole_group(cell, cells):
        _, others = reader.bounds(cell, beside=cells[cell.group_of])
        needed = min(rule.threshold, value) if cell.kind == "count" else min(1.0, value)
        if others < needed - NEAR:
            found.append("group")
    return found
