"""Which more numbers are hidden so that a hidden one can be something else: the cheapest pattern around it.

For every number that must be free to move, a linear program looks for the cheapest way in which the numbers around it
could move with it and every sum still hold; what moves is hidden, and what was hidden already moves for nothing. Then
each number that was hidden only for others is told again where they find another way. The method is the relaxation of
Fischetti and Salazar-Gonzalez's model ("Models and Algorithms for Optimizing Cell Suppression in Tabular Data with
Linear Constraints", JASA 95, 2000), one number at a time as in Kelly, Golden and Assad (Networks 22, 1992).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING

from mentor_dw.delivery.disclosure.facts import Unknown
from mentor_dw.delivery.disclosure.solver import CLOSE, INFINITY, MOST, Program, Row

if TYPE_CHECKING:
    import numpy as np

#: What it costs to move a number that is hidden anyhow, beside 1 for one that is told.
FREE = 1e-3


@dataclass(frozen=True)
class Goal:
    """The reader must not be able to rule out that `unknown` is larger (or, `up` false, smaller) by `amount`.

    With `either`, the other direction does as well.
    """

    unknown: int
    up: bool
    amount: float
    either: bool = False


@dataclass(frozen=True)
class Pattern:
    """A way to reach a goal: how far numbers move, and which of them leave what would be told of them."""

    moves: dict[int, float]
    beyond: frozenset[int]


class Surroundings:
    """The numbers that sums connect, and how they can move together."""

    def __init__(
        self,
        unknowns: Sequence[Unknown],
        members: Sequence[int],
        relations: Iterable[tuple[int, tuple[int, ...]]],
        at_most: Iterable[tuple[int, int]],
        *,
        movable: Collection[int],
        hidden: Collection[int],
    ) -> None:
        """`movable`: numbers of `members` that may leave what would be told of them; `hidden`: those that do it for
        nothing. The others move within what is told of them, or not at all."""
        import numpy as np

        self._unknowns = [unknowns[one] for one in members]
        self._members, self._place = list(members), {one: place for place, one in enumerate(members)}
        size = self._size = len(members)
        self._scale = max(1.0, max(abs(one.value) for one in self._unknowns) / MOST)
        self._free = np.array([one in hidden for one in members])
        self._weights = np.array([weight(one.value) for one in self._unknowns])
        within = [
            place for place, one in enumerate(self._unknowns) if one.seen[0] < one.seen[1] and not self._free[place]
        ]
        # Columns: up, down, and for what is told as something between two numbers, the way within these.
        self._within = {place: 2 * size + number for number, place in enumerate(within)}
        self._low, self._high = np.zeros(2 * size + len(within)), np.zeros(2 * size + len(within))
        for place, one in enumerate(self._unknowns):
            least = one.value
            if place in self._within:
                least = one.seen[0]
                self._low[self._within[place]] = (one.seen[0] - one.value) / self._scale
                self._high[self._within[place]] = (one.seen[1] - one.value) / self._scale
            if members[place] in movable:
                self._high[place] = INFINITY
                self._high[size + place] = max(0.0, (least - one.floor) / self._scale)
        rows: list[Row] = []
        for total, parts in relations:
            rows.append((self._factors([(total, 1.0), *((part, -1.0) for part in parts)]), 0.0, 0.0))
        for lesser, greater in at_most:
            room = (unknowns[greater].value - unknowns[lesser].value) / self._scale
            rows.append((self._factors([(lesser, 1.0), (greater, -1.0)]), -INFINITY, room))
        self._program = Program(self._low, self._high, [row for row in rows if row[0]])
        self._priced: float | None = None
        self._held: dict[int, float] = {}

    def _factors(self, terms: Iterable[tuple[int, float]]) -> dict[int, float]:
        factors: dict[int, float] = {}
        for one, factor in terms:
            place = self._place.get(one)
            if place is None:
                continue
            factors[place] = factors.get(place, 0.0) + factor
            factors[self._size + place] = factors.get(self._size + place, 0.0) - factor
            if place in self._within:
                factors[self._within[place]] = factors.get(self._within[place], 0.0) + factor
        return factors

    def reach(self, goal: Goal) -> Pattern | None:
        """The cheapest way to reach a goal, None when there is none."""
        place, amount = self._place[goal.unknown], goal.amount / self._scale
        if self._priced != amount:
            self._price(amount)
        ours, other = (place, self._size + place) if goal.up else (self._size + place, place)
        touched = [ours, other]
        if place in self._within:
            column = self._within[place]
            touched.append(column)
            low, high = self._low[column], self._high[column]
            self._program.bound(column, *((min(amount, high), high) if goal.up else (low, max(-amount, low))))
            amount = max(0.0, amount - (high if goal.up else -low))
        found = None
        if amount <= self._high[ours] + CLOSE:
            self._program.bound(ours, min(amount, self._high[ours]), self._high[ours])
            self._program.bound(other, 0.0, 0.0)
            # From where nothing moves it is a few steps; from another number's pattern it is many.
            found = self._program.solve(afresh=True)
        for column in touched:
            self._program.bound(column, self._low[column], self._high[column])
        return None if found is None else self._pattern(found)

    def _pattern(self, found: np.ndarray) -> Pattern:
        up, down = found[: self._size], found[self._size : 2 * self._size]
        steps = up - down
        for place, column in self._within.items():
            steps[place] += found[column]
        return Pattern(
            {self._members[one]: float(steps[one] * self._scale) for one in (abs(steps) > CLOSE).nonzero()[0]},
            frozenset(self._members[one] for one in (up + down > CLOSE).nonzero()[0]),
        )

    def _price(self, amount: float) -> None:
        """As if a number that moves were hidden once: to move as far as it must, or can, costs its weight."""
        import numpy as np

        self._priced = amount
        costs = np.zeros(len(self._high))
        room = np.minimum(self._high[self._size : 2 * self._size], amount)
        price = np.where(self._free, FREE, self._weights)
        costs[: self._size] = price / amount
        costs[self._size : 2 * self._size] = price / np.where(room > CLOSE, room, 1.0)
        self._program.cost(costs)

    def hide(self, unknowns: Iterable[int]) -> None:
        """From now on these move for nothing."""
        for one in unknowns:
            self._free[self._place[one]] = True
        self._priced = None

    def hold(self, unknown: int, *, still: bool) -> None:
        """Keep a number within what would be told of it, or let it move again."""
        for column in (self._place[unknown], self._size + self._place[unknown]):
            if still:
                self._held[column], self._high[column] = self._high[column], 0.0
            else:
                self._high[column] = self._held.pop(column)
            self._program.bound(column, 0.0, self._high[column])


def weight(value: float) -> float:
    """What is lost when a number is hidden: one number, and a little more of it the larger it is."""
    return 1.0 + 0.1 * log10(1.0 + abs(value))
