"""What the pages with charts share: the kommune that is asked for, and the reforms beside a series of months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from mentor_dw.portal.language import Words

Connection = psycopg.Connection[dict[str, Any]]

#: How a query is held to the kommune: by the row, or by the jobcentre of the web registrations.
_BIFLIS = "(%(kommune)s::text is null or f.kommune_code = %(kommune)s::text)"
_WEBREG = (
    "(%(kommune)s::text is null or f.jobcenter_key in"
    " (select jobcenter_key from dim_jobcenter where kommune_code = %(kommune)s::text))"
)
_KOMMUNER = """
    select kode, navn from dim_kommune
    where kode in (select kommune_code from dim_jobcenter union select kommune_code from fct_bestand_maaned)
    order by navn
"""
_REFORMS = "select dato, navn_da, navn_en from dim_reform where dato between %s and %s order by dato"


@dataclass(frozen=True)
class Asked:
    """What a page is asked to show: one kommune (three digits), or all that the viewer sees."""

    kommune: str | None = None


@dataclass(frozen=True)
class Reforms:
    """Marks of a chart (`day`, `number`), and the words for each."""

    marks: Sequence[dict[str, str]]
    words: Sequence[str]


def rows_of(connection: Connection, query: str, asked: Asked, **values: object) -> list[dict[str, Any]]:
    """The rows of `query`; its {biflis} or {webreg} holds its table `f` to the kommune that is asked for."""
    text = query.format(biflis=_BIFLIS, webreg=_WEBREG)
    return connection.execute(text, {"kommune": asked.kommune} | values).fetchall()


def ahead_or_of_facts(
    connection: Connection, ahead: str, of_facts: str, asked: Asked, **values: object
) -> list[dict[str, Any]]:
    """The rows of `ahead`, which counts by kommune; of `of_facts` for a login of a jobcentre, which sees none of those.

    Its facts are few enough to be counted anew.
    """
    return rows_of(connection, ahead, asked, **values) or rows_of(connection, of_facts, asked, **values)


def kommuner(connection: Connection) -> list[dict[str, Any]]:
    """The kommuner that have anything to show: kode, navn."""
    return connection.execute(_KOMMUNER).fetchall()


def named(rows: Sequence[dict[str, Any]], name: str) -> list[str]:
    """The values of a column, each once, in the order of the rows."""
    return list(dict.fromkeys(row[name] for row in rows))


def reforms_within(connection: Connection, words: Words, days: Sequence[date]) -> Reforms:
    """The reforms between the first and the last of `days`, numbered: marks of a chart, and what they are."""
    rows = connection.execute(_REFORMS, (min(days), max(days))).fetchall() if days else []
    return Reforms(
        [{"day": row["dato"].isoformat(), "number": str(place)} for place, row in enumerate(rows, 1)],
        [f"{row['dato']} {words.pick(row, 'navn')}" for row in rows],
    )
