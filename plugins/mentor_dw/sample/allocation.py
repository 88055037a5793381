"""Exact division of whole units: margins become a table, a cell of the table becomes entries."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

R = TypeVar("R", bound=Hashable)
C = TypeVar("C", bound=Hashable)
T = TypeVar("T")


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Whole numbers that add up to `total`, in proportion to `weights`, largest remainders first.

    No share exceeds its proportional part rounded up. Raises ValueError when there is something to give and nobody
    to take it.
    """
    whole = sum(weights)
    if whole <= 0:
        if total:
            raise ValueError("nobody can take what is to be divided")
        return [0 for _ in weights]
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares


def contingency(
    rows: Mapping[R, int], columns: Mapping[C, int], allowed: Callable[[R, C], bool]
) -> dict[tuple[R, C], int]:
    """A table of whole numbers with the given margins; zero where `allowed` says no.

    Columns are filled in their order, each in proportion to what its allowed rows have left, so the columns with the
    fewest allowed rows come first. Raises ValueError when the margins do not agree or cannot be met.
    """
    if sum(rows.values()) != sum(columns.values()):
        raise ValueError("the margins of a table must have the same sum")
    left = dict(rows)
    table: dict[tuple[R, C], int] = {}
    for column, total in columns.items():
        takers = [row for row in left if allowed(row, column)]
        if total > sum(left[row] for row in takers):
            raise ValueError(f"the rows that may take column {column} have too little left")
        for row, part in zip(takers, apportion(total, [left[row] for row in takers]), strict=True):
            table[row, column] = part
            left[row] -= part
    return table


def pieces(total: int, sizes: Sequence[int], rng: random.Random) -> list[int]:
    """`total` units cut into pieces of the usual `sizes`; the last one is what remains (1 or more)."""
    cut = []
    while total > 0:
        piece = min(rng.choice(sizes), total)
        cut.append(piece)
        total -= piece
    return cut


def expand(counts: Mapping[T, int], rng: random.Random) -> list[T]:
    """Every key as often as its count says, in random order."""
    values = [value for value, count in counts.items() for _ in range(count)]
    rng.shuffle(values)
    return values


def deal(values: Sequence[T], rng: random.Random) -> Iterator[T]:
    """Endless draws from a deck that is shuffled anew when it is used up, so every value comes up."""
    while True:
        deck = list(values)
        rng.shuffle(deck)
        yield from deck
