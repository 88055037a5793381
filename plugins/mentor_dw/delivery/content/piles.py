"""Rows gathered by place: how many, of whom, and what each contributed; added up from fine places to coarse ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import nlargest

from mentor_dw.delivery.content.members import Layout, Levels, Place

#: So many of the largest contributions of persons are told to disclosure control (rules.md V8 looks at two).
LARGEST = 5


@dataclass
class Behind:
    """Who stands behind a number: keys of persons, mentors and companies."""

    persons: set[int] = field(default_factory=set)
    mentors: set[int] = field(default_factory=set)
    companies: set[int] = field(default_factory=set)

    def add(self, other: Behind) -> None:
        """Those of `other` too."""
        self.persons |= other.persons
        self.mentors |= other.mentors
        self.companies |= other.companies


@dataclass
class Amount:
    """A sum and its contributions. What contributes nothing, null or 0, has no part in it."""

    total: Decimal = Decimal(0)
    contributions: int = 0
    by_person: dict[int, Decimal] = field(default_factory=dict)
    behind: Behind = field(default_factory=Behind)

    def add(self, other: Amount) -> None:
        """The contributions of `other` too."""
        self.total += other.total
        self.contributions += other.contributions
        mine = self.by_person
        for person, value in other.by_person.items():
            mine[person] = mine[person] + value if person in mine else value
        self.behind.add(other.behind)

    def largest(self) -> tuple[Decimal, ...]:
        """The largest contributions of single persons, by size without sign, largest first."""
        return tuple(nlargest(LARGEST, map(abs, self.by_person.values())))


@dataclass
class Pile:
    """The rows of a place. `amounts` in the order of the table's amount columns."""

    amounts: tuple[Amount, ...]
    rows: int = 0
    behind: Behind = field(default_factory=Behind)

    def add(self, other: Pile) -> None:
        """The rows of `other` too."""
        self.rows += other.rows
        self.behind.add(other.behind)
        for mine, its in zip(self.amounts, other.amounts, strict=True):
            mine.add(its)


def empty_pile(amounts: int) -> Pile:
    """A place without rows, with so many amount columns."""
    return Pile(tuple(Amount() for _ in range(amounts)))


def add_up(layout: Layout, finest: dict[Place, Pile], amounts: int) -> dict[Levels, dict[Place, Pile]]:
    """The piles of every place of `layout` that has rows, from those of the places at level 0 of all dimensions."""
    lowest = (0,) * len(layout.members)
    done: dict[Levels, dict[Place, Pile]] = {lowest: finest}
    for levels in layout.levels:
        if levels not in done:
            done[levels] = _from(layout, *_nearest(done, levels), levels, amounts)
    return done


def _nearest(done: dict[Levels, dict[Place, Pile]], levels: Levels) -> tuple[Levels, dict[Place, Pile]]:
    """Of the levels that are added up and nowhere coarser than `levels`, those with the fewest piles."""
    finer = (one for one in done.items() if all(low <= high for low, high in zip(one[0], levels, strict=True)))
    return min(finer, key=lambda one: len(one[1]))


def _from(layout: Layout, lower: Levels, piles: dict[Place, Pile], levels: Levels, amounts: int) -> dict[Place, Pile]:
    moves = [
        _move(one.up[low:high], len(one.by_level[low]))
        for one, low, high in zip(layout.members, lower, levels, strict=True)
    ]
    added: dict[Place, Pile] = {}
    for place, pile in piles.items():
        target = tuple([move[member] for move, member in zip(moves, place, strict=True)])
        there = added.get(target)
        if there is None:
            there = added[target] = empty_pile(amounts)
        there.add(pile)
    return added


def _move(steps: Iterable[tuple[int, ...]], size: int) -> list[int]:
    """Where each member comes to lie after going up these steps."""
    moved = list(range(size))
    for step in steps:
        moved = [step[member] for member in moved]
    return moved
