"""What the key of a number says about it: the same number for another period, its margins, its measure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache

from mentor_dw.delivery.disclosure.cells import CellKey

PARTS = {"measure", "model", "period", "where"}


@lru_cache(maxsize=200_000)
def read_key(key: CellKey) -> tuple[str, str, str, tuple[tuple[str, str], ...]] | None:
    """Measure, model, period and place (sorted pairs of column and code) of a key; None for a key of another form."""
    try:
        told = json.loads(key)
    except ValueError:
        return None
    if not isinstance(told, dict) or set(told) != PARTS:
        return None
    return told["measure"], told["model"], told["period"], tuple(sorted(told["where"].items()))


def make_key(measure: str, model: str, period: str, where: Iterable[tuple[str, str]]) -> CellKey:
    """The key of a number, such as `read_key` reads."""
    told = {"measure": measure, "model": model, "period": period, "where": dict(where)}
    return json.dumps(told, sort_keys=True, ensure_ascii=False)


def in_period(key: CellKey, period: str) -> CellKey:
    """The key of the same number in another period; a key of another form is its own."""
    read = read_key(key)
    return key if read is None else make_key(read[0], read[1], period, read[3])


def measure_of(key: CellKey) -> str | None:
    """`rows`, `persons` or `amount:<column>`; None for a key of another form."""
    read = read_key(key)
    return None if read is None else read[0]


def columns_of(key: CellKey) -> tuple[str, ...]:
    """What a number is told by, whatever the period and the codes: measure, model and columns."""
    read = read_key(key)
    return (key,) if read is None else (read[0], read[1], *(column for column, _ in read[3]))


def in_words(keys: Iterable[CellKey]) -> str:
    """What numbers these are, without any code or value: measures, models, periods and the columns they are told by."""
    found = set()
    for key in keys:
        read = read_key(key)
        if read is None:
            found.add("numbers without a description")
        else:
            measure, model, period, where = read
            by = ", ".join(column for column, _ in where) or "nothing"
            found.add(f"{measure} of {model} for {period} by {by}")
    return "; ".join(sorted(found))
