"""Code lists as receivers get them: codes with their Danish labels, in the order of the list."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from mentor_dw.delivery.content.counted import UNKNOWN
from mentor_dw.delivery.specification.models import PROJECT
from mentor_dw.errors import MentorDwError

#: Code -> Danish label, in the list's order.
CodeList = Mapping[str, str]
#: What the code of a margin is called.
TOTAL_LABEL = "I alt"

#: What the columns of a list may be called; the first that is there counts. A list with no such code column has its
#: code in the first column.
_CODE, _LABEL, _ORDER, _SINCE = ("kode",), ("label_da", "navn"), ("sortering",), ("gyldig_fra",)


def read_codes(connection: Connection[dict[str, Any]], schema: str, names: Iterable[str]) -> dict[str, CodeList]:
    """The code lists `names`, seeds or dimensions in `schema`, by name.

    Of a code with several labels over time, the newest. Raises MentorDwError for a relation that is no code list.
    """
    return {name: _read(connection, schema, name) for name in names}


def seed_codes(name: str) -> CodeList | None:
    """The code list as its seed has it, without the database; None when it comes from a source.

    A dimension `dim_x` is looked for as seed `x`.
    """
    for path in sorted((PROJECT / "seeds").rglob(f"{name.removeprefix('dim_')}.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if rows:
            return _listed(name, list(rows[0]), rows)
    return None


def labels_of(place: str, name: str, listed: CodeList, met: Iterable[str]) -> dict[str, str]:
    """The codes of the list `name` with their labels, and `uoplyst` when it was `met` and the list has none.

    Raises MentorDwError when another code was met at `place` that the list does not hold.
    """
    more = set(met) - set(listed)
    if unknown := sorted(more - {UNKNOWN}):
        raise MentorDwError(
            f"{place} holds codes that are not in {name}: {', '.join(unknown)}.",
            "Add them to the list, or mend the model.",
        )
    return {**listed, **({UNKNOWN: "Uoplyst"} if more else {})}


def _read(connection: Connection[dict[str, Any]], schema: str, name: str) -> CodeList:
    relation = Identifier(schema, name)
    with connection.cursor() as cursor:
        cursor.execute(SQL("select * from {} limit 0").format(relation))
        columns = [column.name for column in cursor.description or ()]
        # As text: a list may have columns beside that Python has no type for, such as the time 24:00.
        read = [columns[0], *(one for one in (*_CODE, *_LABEL, *_ORDER, *_SINCE) if one in columns[1:])]
        chosen = SQL(", ").join(SQL("{0}::text as {0}").format(Identifier(column)) for column in read)
        cursor.execute(SQL("select {} from {}").format(chosen, relation))
        return _listed(name, read, cursor.fetchall())


def _listed(name: str, columns: list[str], rows: Iterable[Mapping[str, Any]]) -> CodeList:
    code = _first(columns, _CODE) or columns[0]
    label = _first(columns, _LABEL)
    if label is None:
        raise MentorDwError(
            f"{name} is not a code list: it has no column {' or '.join(_LABEL)}.", "Name another in the specification."
        )
    order, since = _first(columns, _ORDER), _first(columns, _SINCE)
    by_age = sorted(rows, key=lambda row: str(row[since]) if since else "")
    newest = {str(row[code]): row for row in by_age}
    return {
        one: str(row[label])
        for one, row in sorted(newest.items(), key=lambda item: _order(item[0], item[1][order] if order else None))
    }


def _first(columns: list[str], wanted: tuple[str, ...]) -> str | None:
    return next((column for column in wanted if column in columns), None)


def _order(code: str, given: Any) -> tuple[bool, int, str]:
    """Where a code stands: by the list's own order, else by number, else by text; a missing value last."""
    place = str(code if given in (None, "") else given)
    return code == UNKNOWN, int(place) if place.isdecimal() else 0, code
