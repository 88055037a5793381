"""Every hostile file there is, by name: made by code, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator

import archives
import places
import texts
import values
import wide_files
from cases import Case


def _every() -> Iterator[Case]:
    for module in (archives, texts, values, places, wide_files):
        yield from module.cases()


def _by_name() -> dict[str, Case]:
    found: dict[str, Case] = {}
    for case in _every():
        if case.name in found:
            raise ValueError(f"two cases are called {case.name}")
        found[case.name] = case
    return found


CASES = _by_name()
