"""What `make bench` divides into shares: whole benchmarks, and the cases of those that have many."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple


class Unit(NamedTuple):
    """One thing to measure: a benchmark as a whole (`case` is None) or one case of it."""

    benchmark: str
    case: str | None


def units(benchmarks: Sequence[str]) -> list[Unit]:
    """Everything there is to measure, in order. A module with `cases()` is measured case by case."""
    found = []
    for name in benchmarks:
        cases = getattr(import_module(name), "cases", None)
        found += [Unit(name, case) for case in cases()] if cases else [Unit(name, None)]
    return found


def share(every: Sequence[Unit], wanted: str) -> list[Unit]:
    """The part `wanted` (`i/N`, counted from 1). Raises SystemExit when that is no share.

    Benchmarks and cases are dealt out apart, so that a share has its part of both.
    """
    try:
        part, parts = (int(number) for number in wanted.split("/"))
    except ValueError:
        raise SystemExit(f"{wanted}: a share is written i/N, such as 1/2") from None
    if not 1 <= part <= parts:
        raise SystemExit(f"{wanted}: the share must lie between 1 and {parts}")
    whole = [unit for unit in every if unit.case is None]
    cases = [unit for unit in every if unit.case is not None]
    return [*whole[part - 1 :: parts], *cases[part - 1 :: parts]]
