"""Each measure of `figure` once more, by the plain SQL of docs/measures on the published tables."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from psycopg import Connection

from mentor_dw.config import PROJECT_ROOT

PAGES = PROJECT_ROOT / "docs" / "measures"
#: Shares of plain SQL are as exact as PostgreSQL divides, some sixteen digits.
EXACT_TO = Decimal("1e-9")

Member = frozenset[tuple[str, str]]
Values = dict[str, dict[Member, Decimal | None]]


@dataclass(frozen=True)
class Query:
    """One query and the measures that the comment above it names."""

    file: str
    measures: tuple[str, ...]
    sql: str


def queries() -> list[Query]:
    """All queries of docs/measures."""
    found = []
    for page in sorted(PAGES.glob("*.sql")):
        for comment, sql in re.findall(r"((?:^--.*\n)+)((?:^(?!--).*\n)+)", page.read_text(encoding="utf-8"), re.M):
            named = [line for line in comment.splitlines() if re.fullmatch(r"-- [a-z0-9_]+(, [a-z0-9_]+)*", line)]
            found.append(Query(page.name, tuple(re.findall(r"[a-z0-9_]+", " ".join(named))), sql))
    return found


def figures(connection: Connection[dict]) -> Values:
    """What `figure` says."""
    found: Values = defaultdict(dict)
    for row in connection.execute("select measure, dimensions, value from bi.figure").fetchall():
        found[row["measure"]][frozenset(row["dimensions"].items())] = row["value"]
    return found


def recomputed(connection: Connection[dict]) -> Values:
    """What the queries say. A column named as a measure of the query holds its value, the others are dimensions."""
    found: Values = defaultdict(dict)
    for query in queries():
        for row in connection.execute(query.sql).fetchall():
            for measure, member, value in told(query, row):
                if member in found[measure]:
                    raise AssertionError(f"{query.file}: {measure} has {dict(member)} twice")
                found[measure][member] = value
    return found


def told(query: Query, row: dict[str, Any]) -> list[tuple[str, Member, Decimal | None]]:
    """Measure, member and value of each number in `row`."""
    if "measure" in row:
        return [(row["measure"], frozenset(row["dimensions"].items()), row["value"])]
    member = frozenset((name, str(value)) for name, value in row.items() if name not in query.measures)
    return [
        (measure, member, None if row[measure] is None else Decimal(row[measure]))
        for measure in query.measures
        if measure in row
    ]


def differences(connection: Connection[dict]) -> list[str]:
    """Where `figure` and the queries say something else; a member without rows has no row in plain SQL."""
    told_by_figure, told_by_sql = figures(connection), recomputed(connection)
    found = [f"{measure}: no query" for measure in told_by_figure.keys() - told_by_sql.keys()]
    for measure, members in told_by_sql.items():
        printed = told_by_figure.get(measure, {})
        found += [f"{measure}: figure has no {dict(member)}" for member in members.keys() - printed.keys()]
        for member, value in printed.items():
            if not is_same(value, members.get(member)):
                found.append(f"{measure} {dict(member)}: figure {value}, plain SQL {members.get(member)}")
    return sorted(found)


def is_same(value: Decimal | None, plain: Decimal | None) -> bool:
    """Whether both are one number; nothing and zero are one, since nothing was counted."""
    return abs((value or 0) - (plain or 0)) <= EXACT_TO
