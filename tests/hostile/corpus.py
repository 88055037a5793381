"""Every hostile file there is, by name: made by code, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator

import archives
import odd_places
import texts
import values
import wide_files
from cases import Case


def _every() -> Iterator[Case]:
    for module in (archives, texts, values, odd_places, wide_files):
        yield from module.cases()


def _by_name() -> dict[str, Case]:
    found: dict[str, Case] = {}
    for case in _every():
        if case.name in found:
            raise ValueError(f"two cases are called {case.name}")
        found[case.name] = case
    return found


CASES = _by_name()

#: Families of many files that are one thing at many places: a value in each field, a cut after each block.
_FAMILIES = ("text", "number", "day", "encoding", "header", "name", "path", "quotes", "cut", "lines")


#: How many of such a family each run of the tests takes one of.
_ONE_IN = 4


def small(*, every: bool) -> list[str]:
    """The names of the small files: all, or what each run of the tests takes.

    That is one in four of large families, and of what is done to both ZIP sources in the same way the webreg one: one
    reader reads both.
    """
    names = [case.name for case in CASES.values() if not case.long]
    if every:
        return names
    passed: dict[str, int] = {}
    kept = []
    for name in names:
        source, _, what = name.partition("-")
        if source == "biflis" and f"webreg-{what}" in CASES:
            continue
        # dream-koen-0, dream-koen-1, ...: one thing at the columns of a register.
        is_one_of_a_row = name[-1].isdigit() and name.count("-") == 2
        family = source if is_one_of_a_row else "-".join(name.split("-")[:2])
        passed[family] = passed.get(family, -1) + 1
        if not (is_one_of_a_row or name.split("-")[1] in _FAMILIES) or passed[family] % _ONE_IN == 0:
            kept.append(name)
    return kept
