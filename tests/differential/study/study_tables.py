"""The tables of outcomes, money and compliance as they stand in a schema, and what the rules say stands in them.

Both are sets of rows as text with people nicknamed, as `marts` has them. Figures are compared as numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import compliance_tables
import money_tables
from calendar_by_rules import age, monday_of, months_later
from courses_by_rules import Course
from marts import Marts, kommune, rows_as_text, tables_of
from outcomes_by_rules import HORIZONS, in_job_by_star, kaplan_meier, retention, status_at, survival
from psycopg import sql
from register_people import nickname
from state_by_rules import State
from study_by_rules import GROUPS, Study, age_group, first_courses

from mentor_dw.config import Settings
from mentor_dw.database import connect

Rows = Iterator[tuple[object, ...]]

_QUERIES = {
    "fct_udfald": """
        select u.person_key, f.kilde, f.kilde_forloeb_id, u.horisont_maaneder, u.start_dato, u.laese_dato, u.laese_uge,
            u.status_code, u.understatus_code, u.ydelse_code, u.er_opmatchet, u.er_foerste_forloeb,
            u.er_studiets_foerste, u.mentortype_code, u.kommune_code, u.alder_ved_start, u.aldersgruppe_30,
            u.er_job_efter_star
        from {0}.fct_udfald as u
        inner join {0}.fct_mentorforloeb as f on u.forloeb_key = f.forloeb_key
    """,
    "fct_overlevelse": """
        select o.person_key, f.kilde, f.kilde_forloeb_id, o.uger, o.haendelse, o.aarsag
        from {0}.fct_overlevelse as o
        inner join {0}.fct_mentorforloeb as f on o.forloeb_key = f.forloeb_key
    """,
    "fct_fastholdelse": """
        select h.person_key, f.kilde, f.kilde_forloeb_id, h.horisont_maaneder, h.slut_dato, h.laese_dato,
            h.status_ved_slut_code, h.status_code, h.fastholdelse
        from {0}.fct_fastholdelse as h
        inner join {0}.fct_mentorforloeb as f on h.forloeb_key = f.forloeb_key
    """,
    "stock_overlevelse_kurve": """
        select aldersgruppe_30, uge, antal_under_risiko, antal_haendelser, antal_censurerede,
            round(overlevelse, 9) as overlevelse, round(standardfejl, 9) as standardfejl
        from {0}.stock_overlevelse_kurve
    """,
    **money_tables.QUERIES,
    **compliance_tables.QUERIES,
}

#: What is looked at, and what has to be built for it.
TABLES = [*_QUERIES, "figure"]


def tables_of_the_study(home: Settings, schema: str, people: Iterable[str]) -> Marts:
    """What stands in `schema`. `people`: the CPR numbers that may be in it."""
    return tables_of(_QUERIES, home, schema, people)


def tables_by_rules(state: State) -> Marts:
    """The same by the rules."""
    found: dict[str, Callable[[State], Rows]] = {
        "fct_udfald": outcomes,
        "fct_overlevelse": _waiting,
        "fct_fastholdelse": _retention,
        "stock_overlevelse_kurve": _curve,
        **money_tables.BY_RULES,
        **compliance_tables.BY_RULES,
    }
    return {table: rows_as_text(rows(state)) for table, rows in found.items()}


def outcomes(state: State) -> Rows:
    """fct_udfald: every course at every horizon."""
    studied = {course.number for course in first_courses(state)}
    first: dict[tuple[str, str], str] = {}
    for course in sorted(state.courses, key=lambda one: (one.start, int(one.number))):
        first.setdefault((course.source, course.cpr), course.number)
    for course in state.courses:
        for months in HORIZONS:
            one, day = status_at(state, course, months), months_later(course.start, months)
            years = age_at_start(state, course)
            yield (
                nickname(course.cpr), course.source, course.number, months, course.start, day, f"{day:%G%V}",
                one.status, one.sub or None, one.code or None, one.sub == "opmatchet",
                first[course.source, course.cpr] == course.number,
                course.source == "biflis" and course.number in studied, course.kind or None,
                kommune(course, state.citizens), years,
                "uoplyst" if years is None else "under 30" if years < 30 else "fyldt 30",
                in_job_by_star(state, course.cpr, monday_of(day)),
            )  # fmt: skip


def _waiting(state: State) -> Rows:
    for course in state.courses:
        one = survival(state, course)
        yield nickname(course.cpr), course.source, course.number, one.weeks, one.event, one.reason or None


def _retention(state: State) -> Rows:
    for course in state.courses:
        for months in (3, 6) if course.end else ():
            day = months_later(course.end, months)
            found = retention(state, course, months)
            yield nickname(course.cpr), course.source, course.number, months, course.end, day, *found


def _curve(state: State) -> Rows:
    for group in GROUPS:
        found = [
            survival(state, course)
            for course in first_courses(state)
            if group in ("alle", age_group(age(state.born(course.cpr), course.start)))
        ]
        times = [(one.weeks, one.event != "censureret") for one in found if one.weeks is not None]
        for *counts, left, error in kaplan_meier(times):
            yield group, *counts, _rounded(float(left)), None if error is None else _rounded(error)


def _rounded(value: float) -> Decimal:
    """To nine decimals by way of the twelve that are stored."""
    return Decimal(value).quantize(Decimal("1e-12"), ROUND_HALF_UP).quantize(Decimal("1e-9"), ROUND_HALF_UP)


def age_at_start(state: State, course: Course) -> int | None:
    """Of a web registration the age that is registered; None when it is not."""
    if course.source == "biflis":
        return age(state.born(course.cpr), course.start)
    told = state.registered_age[course.number]
    return int(told) if told else None


def figures_of(schema: str) -> dict[str, float | None]:
    """Every figure in `schema`, named by measure and dimensions."""
    query = sql.SQL("select measure, dimensions, value from {}.figure").format(sql.Identifier(schema))
    with connect("transformer") as connection:
        return {_named(row["measure"], row["dimensions"]): row["value"] for row in connection.execute(query)}


def figure_differences(got: dict[str, float | None], state: State) -> list[str]:
    """Where the figures of the study are not those of the rules, or there are other ones than these."""
    found = list(Study(state).figures())
    want = {_named(measure, keys): value for measure, keys, value in found}
    shapes = tuple({f"{measure} " for measure, _, _ in found})
    # A member that nobody has may stand there; the groups to compare with are delivered, not counted.
    more = {name for name in got if name.startswith(shapes) and got[name] and "alle aktivitetsparate" not in name}
    return [
        f"figure: {name}: the house {got.get(name, 'has none')}, the rules {want.get(name, 'have none')}"
        for name in sorted(want.keys() | more)
        if name not in got or name not in want or not _same(got[name], want[name])
    ]


def _named(measure: str, keys: dict[str, str]) -> str:
    return f"{measure} {json.dumps(keys, sort_keys=True, ensure_ascii=False)}"


def _same(got: float | None, want: Fraction | None) -> bool:
    if got is None or want is None:
        return got is want
    return abs(float(got) - float(want)) < 1e-9
