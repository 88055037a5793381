"""The charts of the page Budgets: what was to be spent, what was, what the state refunds, how full the places are."""

from __future__ import annotations

from typing import Any

import psycopg

from mentor_dw.portal.charts import Chart, Column, bars, lines
from mentor_dw.portal.language import Words
from mentor_dw.portal.series import Asked, named, reforms_within, rows_of

Connection = psycopg.Connection[dict[str, Any]]

_KINDS = ("budget", "forbrug", "refusion")
_BUDGET = """
    select
        b.aar, o.label_da as ordning_da, o.label_en as ordning_en, b.budget_dkk as budget, b.forbrug_dkk as forbrug,
        b.refusion_foer_ramme_dkk as refusion
    from stock_budget_forbrug as b
    inner join dim_ordning as o on b.ordning_code = o.kode
    order by b.aar, o.label_da
"""
_MONTHS = """
    select
        periode as maaned, sum(beloeb_dkk) as forbrug, sum(refusion_foer_ramme_dkk) as refusion,
        sum(tabt_refusion_dkk) as tabt
    from stock_oekonomi_maaned as f
    where {biflis}
    group by periode
    order by periode
"""
_KOMMUNER = """
    select coalesce(k.navn, f.kommune_code) as kommune, f.aar, sum(f.beloeb_dkk) as forbrug,
        sum(f.refusion_foer_ramme_dkk) as refusion
    from stock_oekonomi_maaned as f
    left join dim_kommune as k on f.kommune_code = k.kode
    where f.beloeb_dkk <> 0 and {biflis}
    group by coalesce(k.navn, f.kommune_code), f.aar
    order by kommune, f.aar
"""
_PLACES = """
    select f.maaned, j.navn as jobcenter, f.antal_borgere, f.pladser, f.belaegning_pct as pct
    from fct_belaegning_maaned as f
    inner join dim_jobcenter as j on f.jobcenter_key = j.jobcenter_key
    where {webreg}
    order by j.navn, f.maaned
"""
_CASES = """
    select
        maaned,
        avg(antal_borgere) as gennemsnit,
        percentile_cont(0.5) within group (order by antal_borgere) as median,
        max(antal_borgere) as hoejeste
    from fct_sagsmaengde_maaned as f
    where er_ansat and {webreg}
    group by maaned
    order by maaned
"""


def budget_charts(connection: Connection, words: Words, asked: Asked, *, all_areas: bool) -> list[Chart]:
    """The charts that have something to show. `all_areas`: the viewer may see what is told of all areas only."""
    charts = [by_month(connection, words, asked), by_kommune(connection, words, asked)]
    if all_areas and not asked.kommune:
        charts.insert(0, budget(connection, words))
    charts += [places(connection, words, asked), cases(connection, words, asked)]
    return [chart for chart in charts if chart.rows]


def budget(connection: Connection, words: Words) -> Chart:
    """Budget, cost and refusion by scheme and year, all kommuner together: budgets are set no finer (rules.md 8)."""
    x, colour = Column("aar_ordning", words("charts.year_scheme")), Column("art", words("charts.kind"))
    y = Column("mio", words("charts.million_dkk"), 2)
    rows = [
        {
            "aar_ordning": f"{row['aar']} {words.pick(row, 'ordning')}",
            "art": words(f"charts.{art}"),
            "mio": row[art] / 1_000_000,
        }
        for row in connection.execute(_BUDGET).fetchall()
        for art in _KINDS
        if row[art] is not None
    ]
    drawn = bars(x, y, colour=colour, colours=[words(f"charts.{art}") for art in _KINDS], stack=False)
    drawn["encoding"]["x"]["axis"] = {"labelAngle": -30, "labelLimit": 170}
    return Chart(
        "budget",
        words("charts.budget_title"),
        words("charts.budget_about"),
        (x, colour, y),
        rows,
        drawn,
        words.language,
    )


def by_month(connection: Connection, words: Words, asked: Asked) -> Chart:
    """Cost, refusion and lost refusion by month, with the reforms of those years."""
    found = rows_of(connection, _MONTHS, asked)
    reforms = reforms_within(connection, words, [row["maaned"] for row in found])
    x, colour = Column("maaned", words("charts.month")), Column("art", words("charts.kind"))
    y = Column("dkk", words("charts.dkk"), 0)
    rows = [
        {"maaned": row["maaned"].isoformat(), "art": words(f"charts.{art}"), "dkk": row[art]}
        for row in found
        for art in ("forbrug", "refusion", "tabt")
    ]
    return Chart(
        "money_months",
        words("charts.money_title"),
        words("charts.money_about"),
        (x, colour, y),
        rows,
        lines(x, y, colour=colour, colours=named(rows, "art"), marked=reforms.marks),
        words.language,
        reforms.words,
    )


def by_kommune(connection: Connection, words: Words, asked: Asked) -> Chart:
    """Cost by kommune and year."""
    x, colour = Column("kommune", words("charts.kommune")), Column("aar", words("charts.year"))
    y, back = Column("forbrug", words("charts.forbrug_dkk"), 0), Column("refusion", words("charts.refusion_dkk"), 0)
    rows = [row | {"aar": str(row["aar"])} for row in rows_of(connection, _KOMMUNER, asked)]
    return Chart(
        "money_kommuner",
        words("charts.kommuner_title"),
        words("charts.kommuner_about"),
        (x, colour, y, back),
        rows,
        bars(x, y, colour=colour, colours=sorted(named(rows, "aar")), stack=False),
        words.language,
    )


def places(connection: Connection, words: Words, asked: Asked) -> Chart:
    """Occupancy: citizens for each hundred agreed places on the last day of the month, by jobcentre (rules.md R26)."""
    x, colour = Column("maaned", words("charts.month")), Column("jobcenter", words("charts.jobcentre"))
    citizens, agreed = (
        Column("antal_borgere", words("charts.citizens"), 0),
        Column("pladser", words("charts.places"), 0),
    )
    y = Column("pct", words("charts.occupancy"), 1)
    rows = [row | {"maaned": row["maaned"].isoformat()} for row in rows_of(connection, _PLACES, asked)]
    return Chart(
        "places",
        words("charts.places_title"),
        words("charts.places_about"),
        (colour, x, citizens, agreed, y),
        rows,
        lines(x, y, colour=colour, colours=named(rows, "jobcenter")),
        words.language,
    )


def cases(connection: Connection, words: Words, asked: Asked) -> Chart:
    """Caseload: citizens of each employed mentor on the last day of the month; mean, median, highest."""
    x, colour = Column("maaned", words("charts.month")), Column("maal", words("charts.kind"))
    y = Column("borgere", words("charts.citizens_per_mentor"), 1)
    rows = [
        {"maaned": row["maaned"].isoformat(), "maal": words(f"charts.{name}"), "borgere": row[name]}
        for row in rows_of(connection, _CASES, asked)
        for name in ("gennemsnit", "median", "hoejeste")
    ]
    return Chart(
        "cases",
        words("charts.cases_title"),
        words("charts.cases_about"),
        (x, colour, y),
        rows,
        lines(x, y, colour=colour, colours=named(rows, "maal")),
        words.language,
    )
