"""The charts of the page Outcomes: who gets support, when and what for, what became of them, was the law kept.

Each reads with the viewer's rights, so a viewer of one area has the numbers of it alone, and reads no column that a
login of an area may not (docs/roles.md).
"""

from __future__ import annotations

from typing import Any

import psycopg

from mentor_dw.portal.charts import Chart, Column, bars, grid, lines
from mentor_dw.portal.language import Words
from mentor_dw.portal.series import Asked, ahead_or_of_facts, named, reforms_within, rows_of

Connection = psycopg.Connection[dict[str, Any]]

#: Months of rules.md C12 and of Tabel 4 of the Copenhagen study: the status so long after the start.
_HORIZON = 7
#: Lengths in the histogram, in days, and how many steps are drawn; what is longer is in the last.
_STEP, _STEPS = 30, 25
#: What the compliance chart follows: each has its own line of the law (docs/compliance.md).
_FINDINGS = ("aftale_mangler", "kontakt", "tilbud_efter_forloeb", "uden_tilbud_og_mentor")

_SOURCES = ("webreg", "biflis")
#: Age at the start in the bands of stock_start_maaned, and the order of the bands.
_BAND = """
    case
        when f.alder_ved_start is null then 'uoplyst'
        when f.alder_ved_start < 30 then 'under 30'
        when f.alder_ved_start < 40 then '30-39'
        when f.alder_ved_start < 50 then '40-49'
        else '50+'
    end
"""
_WHO = """
    select *
    from (
        select f.aldersbaand as alder, k.label_da as koen_da, k.label_en as koen_en, k.sortering as koen_plads,
            sum(f.antal_forloeb) as antal
        from stock_start_maaned as f
        inner join dim_koen as k on f.koen_code = k.kode
        where f.kilde = %(kilde)s and {biflis}
        group by 1, 2, 3, 4
    ) as counted
    order by alder <> 'under 30', alder, koen_plads
"""
_WHO_OF_A_JOBCENTRE = f"""
    select *
    from (
        select {_BAND} as alder, k.label_da as koen_da, k.label_en as koen_en, k.sortering as koen_plads,
            count(*) as antal
        from fct_mentorforloeb as f
        inner join dim_borger as b on f.borger_key = b.borger_key
        inner join dim_koen as k on b.koen_code = k.kode
        where f.kilde = %(kilde)s
        group by 1, 2, 3, 4
    ) as counted
    order by alder <> 'under 30', alder, koen_plads
"""
_HOURS = """
    select
        o.label_da as opgavetype_da,
        o.label_en as opgavetype_en,
        i.label_da as tid_da,
        i.label_en as tid_en,
        sum(f.minutter) / 60.0 as timer
    from fct_tidsforbrug as f
    inner join dim_opgavetype as o on f.opgavetype_code = o.kode
    inner join dim_tidsinterval as i on f.tidsinterval_code = i.kode
    where {webreg}
    group by o.label_da, o.label_en, o.sortering, i.label_da, i.label_en, i.sortering
    order by o.sortering, i.sortering
"""
_STATUS = """
    select
        f.aldersgruppe_30 as alder,
        s.label_da as status_da,
        s.label_en as status_en,
        sum(f.antal_studiets_borgere) as antal,
        100.0 * sum(f.antal_studiets_borgere)
        / sum(sum(f.antal_studiets_borgere)) over (partition by f.aldersgruppe_30) as pct
    from stock_udfald as f
    inner join dim_status as s on f.status_code = s.status_code
    where
        f.horisont_maaneder = %(horisont)s and f.antal_studiets_borgere > 0 and s.er_offentliggjort and {biflis}
    group by f.aldersgruppe_30, s.label_da, s.label_en, s.sortering
    order by f.aldersgruppe_30 desc, s.sortering
"""
_DURATIONS = """
    select least(f.fra_dage, %(step)s * %(steps)s) as fra_dag, sum(f.antal_perioder) as antal
    from stock_varighed as f
    where f.kilde = %(kilde)s and {biflis}
    group by 1
"""
_DURATIONS_OF_A_JOBCENTRE = """
    select least(f.faktiske_dage / %(step)s, %(steps)s) * %(step)s as fra_dag, count(*) as antal
    from fct_stoetteperiode as f
    where f.kilde = %(kilde)s and not f.er_loebende
    group by 1
"""
_MONTHS = """
    select
        maaned,
        sum(antal_loebende) as loebende,
        sum(antal_startede) as startede,
        sum(antal_afsluttede) as afsluttede
    from fct_bestand_maaned as f
    where indsats = 'mentor' and {biflis}
    group by maaned
    order by maaned
"""
_SURVIVAL = (
    "select aldersgruppe_30 as alder, uge, antal_under_risiko, overlevelse from stock_overlevelse_kurve"
    " order by alder, uge"
)
_FOUND = """
    select maaned, art, sum(antal_fund) as fund, sum(antal_i_alt) as i_alt,
        100.0 * sum(antal_fund) / sum(antal_i_alt) as pct
    from stock_compliance_maaned as f
    where art = any(%(arts)s) and {biflis}
    group by maaned, art
    having sum(antal_i_alt) > 0
    order by art, maaned
"""
_WITHOUT = """
    select
        maaned,
        sum(antal_uden_over_4_uger) as over_4,
        sum(antal_uden_over_13_uger) as over_13,
        sum(antal_uden_over_26_uger) as over_26
    from stock_uden_stoette_maaned as f
    where {biflis}
    group by maaned
    order by maaned
"""


def outcome_charts(connection: Connection, words: Words, asked: Asked, *, all_areas: bool) -> list[Chart]:
    """The charts that have something to show. `all_areas`: the viewer may see what is told of all areas only."""
    charts = [
        *(who(connection, words, asked, kilde) for kilde in _SOURCES),
        hours(connection, words, asked),
        status(connection, words, asked),
        *(durations(connection, words, asked, kilde) for kilde in _SOURCES),
        *months(connection, words, asked),
    ]
    if all_areas and not asked.kommune:
        charts.append(survival(connection, words))
    charts += [findings(connection, words, asked), without_support(connection, words, asked)]
    return [chart for chart in charts if chart.rows]


def who(connection: Connection, words: Words, asked: Asked, kilde: str) -> Chart:
    """Forløb by age at the start and sex, of one source."""
    age, sex, count = words("charts.age"), words("charts.sex"), words("charts.forloeb")
    x, colour, y = Column("alder", age), Column("koen", sex), Column("antal", count, 0)
    found = ahead_or_of_facts(connection, _WHO, _WHO_OF_A_JOBCENTRE, asked, kilde=kilde)
    rows = [
        {"alder": words.of("ages", row["alder"]), "koen": words.pick(row, "koen"), "antal": row["antal"]}
        for row in found
    ]
    sexes = named([{"koen": words.pick(row, "koen")} for row in sorted(found, key=_place_of_sex)], "koen")
    return Chart(
        f"who_{kilde}",
        words("charts.who", kilde=words(f"charts.{kilde}")),
        words("charts.who_about"),
        (x, colour, y),
        rows,
        bars(x, y, colour=colour, colours=sexes),
        words.language,
    )


def _place_of_sex(row: dict[str, Any]) -> int:
    return row["koen_plads"]


def hours(connection: Connection, words: Words, asked: Asked) -> Chart:
    """Hours by type of task and time of day (rules.md R6)."""
    x, y = Column("tid", words("charts.time_of_day")), Column("opgavetype", words("charts.task"))
    value = Column("timer", words("charts.hours"), 1)
    rows = [
        {"opgavetype": words.pick(row, "opgavetype"), "tid": words.pick(row, "tid"), "timer": row["timer"]}
        for row in rows_of(connection, _HOURS, asked)
    ]
    return Chart(
        "hours",
        words("charts.hours_title"),
        words("charts.hours_about"),
        (y, x, value),
        rows,
        grid(x, y, value),
        words.language,
    )


def status(connection: Connection, words: Words, asked: Asked) -> Chart:
    """Where the citizens of the Copenhagen study are 7 months after their start, by age (rules.md R9, Tabel 4)."""
    x, colour = Column("alder", words("charts.age")), Column("status", words("charts.status"))
    share, count = Column("pct", words("charts.pct"), 1), Column("antal", words("charts.citizens"), 0)
    rows = [
        {
            "alder": words.of("ages", row["alder"]),
            "status": words.pick(row, "status"),
            "antal": row["antal"],
            "pct": row["pct"],
        }
        for row in rows_of(connection, _STATUS, asked, horisont=_HORIZON)
    ]
    return Chart(
        "status",
        words("charts.status_title"),
        words("charts.status_about"),
        (x, colour, count, share),
        rows,
        bars(x, share, colour=colour, colours=named(rows, "status")),
        words.language,
    )


def durations(connection: Connection, words: Words, asked: Asked, kilde: str) -> Chart:
    """How long ended periods of support lasted, in steps of thirty days (rules.md R13)."""
    x, y = Column("dage", words("charts.days")), Column("antal", words("charts.periods"), 0)
    counted = {
        row["fra_dag"]: row["antal"]
        for row in ahead_or_of_facts(
            connection, _DURATIONS, _DURATIONS_OF_A_JOBCENTRE, asked, kilde=kilde, step=_STEP, steps=_STEPS
        )
    }
    rows = [
        {"dage": f"{day}–{day + _STEP - 1}" if day < _STEP * _STEPS else f"{day}+", "antal": counted.get(day, 0)}
        for day in range(0, max(counted, default=-1) + 1, _STEP)
    ]
    drawn = bars(x, y)
    drawn["encoding"]["x"]["axis"] = {"labelAngle": -45}
    return Chart(
        f"durations_{kilde}",
        words("charts.durations", kilde=words(f"charts.{kilde}")),
        words("charts.durations_about"),
        (x, y),
        rows,
        drawn,
        words.language,
    )


def months(connection: Connection, words: Words, asked: Asked) -> list[Chart]:
    """Running on the last day of each month, and started and ended in it, with the reforms of those years."""
    found = rows_of(connection, _MONTHS, asked)
    reforms = reforms_within(connection, words, [row["maaned"] for row in found])
    x, kind = Column("maaned", words("charts.month")), Column("art", words("charts.kind"))
    running, count = Column("loebende", words("charts.running"), 0), Column("antal", words("charts.forloeb"), 0)
    moved = [
        {"maaned": row["maaned"].isoformat(), "art": words(f"charts.{art}"), "antal": row[art]}
        for row in found
        for art in ("startede", "afsluttede")
    ]
    stock = [{"maaned": row["maaned"].isoformat(), "loebende": row["loebende"]} for row in found]
    return [
        Chart(
            "stock",
            words("charts.stock_title"),
            words("charts.stock_about"),
            (x, running),
            stock,
            lines(x, running, marked=reforms.marks),
            words.language,
            reforms.words,
        ),
        Chart(
            "starts",
            words("charts.starts_title"),
            words("charts.starts_about"),
            (x, kind, count),
            moved,
            lines(x, count, colour=kind, colours=named(moved, "art"), marked=reforms.marks),
            words.language,
            reforms.words,
        ),
    ]


def survival(connection: Connection, words: Words) -> Chart:
    """The share that has not yet come into job or education, by weeks after the start (Kaplan-Meier)."""
    x, colour = Column("uge", words("charts.weeks"), 0), Column("alder", words("charts.age"))
    left, risk = Column("pct", words("charts.without_event"), 1), Column("i_risiko", words("charts.at_risk"), 0)
    rows = [
        {
            "alder": words.of("ages", row["alder"]),
            "uge": row["uge"],
            "i_risiko": row["antal_under_risiko"],
            "pct": 100 * row["overlevelse"],
        }
        for row in connection.execute(_SURVIVAL).fetchall()
    ]
    return Chart(
        "survival",
        words("charts.survival_title"),
        words("charts.survival_about"),
        (colour, x, risk, left),
        rows,
        lines(x, left, colour=colour, colours=named(rows, "alder"), kind="quantitative", dots=False),
        words.language,
    )


def findings(connection: Connection, words: Words, asked: Asked) -> Chart:
    """How often a duty was not kept, by month: the share of all that was looked at (docs/compliance.md)."""
    x, colour = Column("maaned", words("charts.month")), Column("art", words("charts.kind"))
    share = Column("pct", words("charts.pct"), 1)
    seen = (Column("fund", words("charts.found"), 0), Column("i_alt", words("charts.looked_at"), 0))
    rows = [
        row | {"maaned": row["maaned"].isoformat(), "art": words.of("findings", row["art"])}
        for row in rows_of(connection, _FOUND, asked, arts=list(_FINDINGS))
    ]
    return Chart(
        "compliance",
        words("charts.compliance_title"),
        words("charts.compliance_about"),
        (colour, x, *seen, share),
        rows,
        lines(x, share, colour=colour, colours=named(rows, "art")),
        words.language,
    )


def without_support(connection: Connection, words: Words, asked: Asked) -> Chart:
    """Aktivitetsparate who have had neither offer nor mentor for so many weeks, by month: what is overdue."""
    x, colour = Column("maaned", words("charts.month")), Column("uger", words("charts.overdue_since"))
    count = Column("antal", words("charts.citizens"), 0)
    rows = [
        {"maaned": row["maaned"].isoformat(), "uger": words(f"charts.{name}"), "antal": row[name]}
        for row in rows_of(connection, _WITHOUT, asked)
        for name in ("over_4", "over_13", "over_26")
    ]
    return Chart(
        "overdue",
        words("charts.overdue_title"),
        words("charts.overdue_about"),
        (x, colour, count),
        rows,
        lines(x, count, colour=colour, colours=named(rows, "uger")),
        words.language,
    )
