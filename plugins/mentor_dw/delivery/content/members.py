"""The places of a table: which codes of each dimension occur, at which levels, and which levels are told together.

A place is told as one code per column of the table. It is thought of here as one number per dimension (the position of
its member in the list of that level), so that sums over a dimension are found by counting instead of comparing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

from mentor_dw.delivery.specification.model import Dimension, TableSpec
from mentor_dw.delivery.tables import TOTAL
from mentor_dw.errors import MentorDwError

#: A level per dimension: 0 is its own code, the highest the total. A place in it: a position per dimension.
Levels = tuple[int, ...]
Place = tuple[int, ...]


@dataclass(frozen=True)
class Members:
    """The members of one dimension by level, lowest first: each as its codes in the told columns.

    `up[level][i]` is the position one level higher of member i, `down[level][i]` those one level lower. The last level
    is the total.
    """

    dimension: Dimension
    by_level: tuple[tuple[tuple[str, ...], ...], ...]
    up: tuple[tuple[int, ...], ...]
    down: tuple[tuple[tuple[int, ...], ...], ...]

    @property
    def total(self) -> int:
        """The level of the total."""
        return len(self.by_level) - 1

    def where(self, level: int, member: int) -> dict[str, str]:
        """The column and code that choose the rows of a member; nothing for the total."""
        codes = self.by_level[level][member]
        if level == self.total:
            return {}
        if level == 0:
            return {self.dimension.column: codes[-1]}
        return {self.dimension.above or "": codes[0]}


def members_of(table: TableSpec, dimension: Dimension, met: Iterable[tuple[str, ...]]) -> Members:
    """The members of a dimension, from the codes `met` in rows (the level above first), sorted.

    Raises MentorDwError when a code stands below two of the level above.
    """
    codes = tuple(sorted(set(met)))
    total = ((TOTAL,) * len(dimension.told_columns),)
    if dimension.above is None:
        return Members(dimension, (codes, total), ((0,) * len(codes),), ((), (tuple(range(len(codes))),)))
    if len({code for _, code in codes}) < len(codes):
        seen: set[str] = set()
        doubled = sorted({code for _, code in codes if code in seen or seen.add(code)})
        raise MentorDwError(
            f"{table.model}: {', '.join(doubled)} of {dimension.column} stands below two codes of {dimension.above}.",
            "A code has one code above it; mend the model.",
        )
    above = tuple(sorted({one for one, _ in codes}))
    position = {one: index for index, one in enumerate(above)}
    below = tuple(tuple(i for i, (one, _) in enumerate(codes) if one == name) for name in above)
    return Members(
        dimension,
        (codes, tuple((one, TOTAL) for one in above), total),
        (tuple(position[one] for one, _ in codes), (0,) * len(above)),
        ((), below, (tuple(range(len(above))),)),
    )


@dataclass(frozen=True)
class Layout:
    """All places of a table: the members of its dimensions, and the levels that are told together."""

    members: tuple[Members, ...]
    levels: tuple[Levels, ...]

    @property
    def totals(self) -> Levels:
        """The levels of the one place where everybody is."""
        return tuple(one.total for one in self.members)

    @property
    def everybody(self) -> Place:
        """The one place where everybody is."""
        return (0,) * len(self.members)

    def margin(self, levels: Levels, place: Place, index: int) -> tuple[Levels, Place]:
        """The place with all members of dimension `index`, else the same."""
        total = self.members[index].total
        return (*levels[:index], total, *levels[index + 1 :]), (*place[:index], 0, *place[index + 1 :])

    def sizes(self, levels: Levels) -> tuple[int, ...]:
        """How many members each dimension has at these levels."""
        return tuple(len(one.by_level[level]) for one, level in zip(self.members, levels, strict=True))

    def places(self, levels: Levels) -> Iterator[Place]:
        """Every place at these levels, whether something stands there or not, the last dimension fastest."""
        return product(*(range(size) for size in self.sizes(levels)))

    def count(self) -> int:
        """How many places the table has."""
        return sum(prod(self.sizes(levels)) for levels in self.levels)

    def codes(self, levels: Levels, place: Place) -> tuple[str, ...]:
        """What a place is told as: a code per column of the table."""
        parts = zip(self.members, levels, place, strict=True)
        return tuple(code for one, level, member in parts for code in one.by_level[level][member])

    def where(self, levels: Levels, place: Place) -> dict[str, str]:
        """The columns and codes that choose the rows of a place."""
        chosen: dict[str, str] = {}
        for one, level, member in zip(self.members, levels, place, strict=True):
            chosen |= one.where(level, member)
        return chosen

    def sums(self) -> Iterator[tuple[Levels, Levels, int]]:
        """Levels, the levels of their parts, and the dimension that they are added up over, for every told sum."""
        told = set(self.levels)
        for levels in self.levels:
            for index, level in enumerate(levels):
                lower = (*levels[:index], level - 1, *levels[index + 1 :])
                if level and lower in told:
                    yield levels, lower, index


def layout(table: TableSpec, members: tuple[Members, ...]) -> Layout:
    """The places of `table`: each combination of dimensions with all its margins and levels above."""
    names = [one.name for one in table.dimensions]
    told: set[Levels] = set()
    for combination in table.combinations or (tuple(names),):
        told |= set(
            product(*(range(one.total + 1) if one.dimension.name in combination else (one.total,) for one in members))
        )
    # The finest first: coarser ones are added up from them.
    return Layout(members, tuple(sorted(told, key=lambda levels: (sum(levels), levels))))
