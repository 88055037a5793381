"""The tables of a built schema and what the rules say stands in them, in one form: sets of rows with people nicknamed.

A row is text, so that a difference can be shown; what is personal is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from borger_by_rules import Citizens, Version
from courses_by_rules import Course, courses, efforts, periods, stock
from ledger_by_rules import Ledger
from psycopg import sql
from register_people import nickname
from rows_by_rules import clean
from weeks_by_rules import end_of_weeks, jobs, month_after, spells

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.identity.keys import load_keys

Marts = dict[str, set[str]]

_QUERIES = {
    "dim_borger": """
        select person_key, gyldig_fra, gyldig_til, er_gaeldende, koen_code, foedselsaar, herkomst_code,
            civilstand_code, kommune_code, uddannelse_code, er_erstatningsnummer, kilder
        from {0}.dim_borger
    """,
    "fct_forsoergelse_spell": """
        select f.person_key, f.ydelse_code, f.fra_dato, f.til_dato, f.antal_uger, f.er_afskaaret, b.gyldig_fra
        from {0}.fct_forsoergelse_spell as f
        left join {0}.dim_borger as b on f.borger_key = b.borger_key
    """,
    "fct_beskaeftigelse_spell": """
        select f.person_key, f.fra_dato, f.til_dato, f.branche, f.grad, f.er_i_job, b.gyldig_fra
        from {0}.fct_beskaeftigelse_spell as f
        left join {0}.dim_borger as b on f.borger_key = b.borger_key
    """,
    "fct_mentorforloeb": """
        select f.person_key, f.kilde, f.kilde_forloeb_id, f.mentortype_code, f.start_dato, f.slut_dato, f.kommune_code,
            b.gyldig_fra
        from {0}.fct_mentorforloeb as f
        left join {0}.dim_borger as b on f.borger_key = b.borger_key
    """,
    "fct_bestand_maaned": """
        select coalesce(f.mentortype_code, f.tilbudstype_code) as kind, f.maaned, f.kommune_code,
            sum(f.antal_loebende) as running, sum(f.antal_startede) as started,
            sum(f.antal_afsluttede) as ended
        from {0}.fct_bestand_maaned as f
        group by kind, f.maaned, f.kommune_code
    """,
    "fct_stoetteperiode": """
        select p.person_key, p.kilde, p.start_dato, p.slut_dato, p.er_loebende, p.antal_forloeb,
            (
                select string_agg(f.kilde_forloeb_id, '+' order by length(f.kilde_forloeb_id), f.kilde_forloeb_id)
                from {0}.fct_mentorforloeb as f
                where f.stoetteperiode_key = p.stoetteperiode_key
            ) as forloeb
        from {0}.fct_stoetteperiode as p
    """,
}

#: What is looked at.
TABLES = list(_QUERIES)


def marts_of(home: Settings, schema: str, people: Iterable[str]) -> Marts:
    """What stands in `schema`. `people`: the CPR numbers that may be in it."""
    return tables_of(_QUERIES, home, schema, people)


def tables_of(queries: dict[str, str], home: Settings, schema: str, people: Iterable[str]) -> Marts:
    """What `queries` (by table; {0} is the schema) find in `schema`, with nicknames for its `people`."""
    names = _names_of(home, people)
    found: Marts = {}
    with connect("transformer") as connection:
        for table, query in queries.items():
            rows = connection.execute(sql.SQL(query).format(sql.Identifier(schema))).fetchall()
            found[table] = rows_as_text(
                (names.get(value, "a stranger") if name == "person_key" else value for name, value in row.items())
                for row in rows
            )
    return found


def _names_of(home: Settings, people: Iterable[str]) -> dict[int, str]:
    """Nicknames by person_key, of those CPR numbers that the vault knows."""
    keys = load_keys(home.secrets)
    by_hmac = {keys.lookup(cpr)[1]: nickname(cpr) for cpr in people}
    with connect("loader") as connection:
        rows = connection.execute("select cpr_hmac, person_key from vault.cpr").fetchall()
    return {row["person_key"]: by_hmac[bytes(row["cpr_hmac"])] for row in rows if bytes(row["cpr_hmac"]) in by_hmac}


def marts_by_rules(ledger: Ledger, moment: int, asked: int) -> Marts:
    """The same by the rules, as known at `moment`, asked after step `asked`."""
    citizens = Citizens(ledger, moment, asked)
    held = courses(ledger, moment)
    weeks, months = _dream(ledger, moment, asked, citizens)
    return {
        "dim_borger": rows_as_text(
            (nickname(cpr), one.start, one.end, one.end is None, *_shown(one), True, _sources(one))
            for cpr, versions in citizens.versions.items()
            for one in versions
        ),
        "fct_forsoergelse_spell": weeks,
        "fct_beskaeftigelse_spell": months,
        "fct_mentorforloeb": rows_as_text(
            (nickname(one.cpr), one.source, one.number, one.kind or None, one.start, one.end)
            + (kommune(one, citizens), citizens.at(one.cpr, one.start).start)
            for one in held
        ),
        "fct_bestand_maaned": rows_as_text(_stock(ledger, moment, citizens)),
        "fct_stoetteperiode": rows_as_text(
            (nickname(one.cpr), one.source, one.start, one.end, one.end is None, len(one.courses))
            + ("+".join(sorted(one.courses, key=int)),)
            for one in periods(held)
        ),
    }


def _shown(version: Version) -> tuple[object, ...]:
    values = dict(version.values)
    born = values["born"]
    assert isinstance(born, date)
    rest = [values[name] for name in ("herkomst", "civilstand", "kommune", "uddannelse")]
    return (values["koen"], born.year, *rest)


def _sources(version: Version) -> str:
    return str(dict(version.values)["kilder"]).replace(",", ", ")


def kommune(one: Course, citizens: Citizens) -> str:
    """The municipality of a course: of a web registration the jobcentre's (R24); there is one."""
    return citizens.place(one.cpr, one.start) if one.source == "biflis" else "163"


def _dream(ledger: Ledger, moment: int, asked: int, citizens: Citizens) -> tuple[set[str], set[str]]:
    entry = ledger.effective("dream", moment)
    if entry is None:
        return set(), set()
    columns = entry.delivery.columns[""]
    there = ledger.kept(entry, asked) & ledger.known(moment)
    rows = {cpr: row for row in entry.rows[""] if (cpr := clean(row["pnr"])) in there}
    ends = end_of_weeks(columns)
    weeks = rows_as_text(
        (nickname(cpr), one.code, one.start, one.end, (one.end - one.start).days // 7, one.end == ends)
        + (citizens.at(cpr, one.start).start,)
        for cpr, row in rows.items()
        for one in spells(columns, row)
    )
    months = rows_as_text(
        (nickname(cpr), one.start, one.end, one.branche, one.grad, one.employed, citizens.at(cpr, one.start).start)
        for cpr, row in rows.items()
        for one in jobs(columns, row)
    )
    return weeks, months


def _stock(ledger: Ledger, moment: int, citizens: Citizens) -> Iterator[tuple[object, ...]]:
    """From the month in which the first effort begins to the one that BIFLIS covers."""
    found, biflis = efforts(ledger, moment), ledger.effective("biflis", moment)
    month = min((one.start for one in found), default=date.max).replace(day=1)
    while biflis and month <= biflis.day:
        for (kind, place), numbers in stock(found, month, citizens.place).items():
            yield kind, month, place, *numbers
        month = month_after(month)


def differences(got: Marts, want: Marts) -> list[str]:
    """A line for every row that only one of the two has."""
    return [
        f"{table}: {side}: {row}"
        for table in want
        for side, rows in (("the house", got[table] - want[table]), ("the rules", want[table] - got[table]))
        for row in sorted(rows)
    ]


def rows_as_text(rows: Iterable[Iterable[object]]) -> set[str]:
    """Rows as text that can be compared and shown."""
    found: set[str] = set()
    for row in rows:
        line = " | ".join(_text(value) for value in row)
        # A row that stands twice is a difference too.
        while line in found:
            line += " (again)"
        found.add(line)
    return found


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "-" if value is None else str(value)
