"""The tables of compliance as they stand in a schema, and what the rules say stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import compliance_by_rules as law
import levels_by_rules as catalogues
from courses_by_rules import Course
from register_people import nickname
from state_by_rules import State
from stocks_by_rules import LONG, alone_on, findings

Rows = Iterator[tuple[object, ...]]

QUERIES = {
    "compliance_aftale": """
        select c.person_key, f.kilde_forloeb_id, c.har_aftale, c.har_formaal, c.har_mentor_kontakt, c.har_opgaver,
            c.har_varighed, c.har_timetal, c.har_klagevejledning, c.antal_mangler, c.er_fuldstaendig,
            c.er_uden_klagevejledning
        from {0}.compliance_aftale as c
        inner join {0}.fct_mentorforloeb as f on c.forloeb_key = f.forloeb_key
    """,
    "compliance_kontakt_uge": """
        select c.person_key, f.kilde_forloeb_id, c.mandag, c.krav, c.antal_personlige, c.antal_andre, c.er_undtaget,
            c.er_opfyldt, c.er_opfyldt_personligt
        from {0}.compliance_kontakt_uge as c
        inner join {0}.fct_mentorforloeb as f on c.forloeb_key = f.forloeb_key
    """,
    "compliance_kontakt": """
        select c.person_key, f.kilde_forloeb_id, c.antal_uger, c.antal_krav, c.antal_opfyldt,
            c.antal_opfyldt_personligt, c.sidste_kontakt_dato, c.laengste_ophold_dage
        from {0}.compliance_kontakt as c
        inner join {0}.fct_mentorforloeb as f on c.forloeb_key = f.forloeb_key
    """,
    "compliance_tilbud_efter_forloeb": """
        select c.person_key, f.kilde_forloeb_id, c.frist_dato, c.naeste_tilbud_dato, c.naeste_forloeb_dato,
            c.fritagelse, c.dage_uden, c.er_fund, c.er_aaben
        from {0}.compliance_tilbud_efter_forloeb as c
        inner join {0}.fct_mentorforloeb as f on c.forloeb_key = f.forloeb_key
    """,
    "compliance_aktivitetsparat_uden_stoette": """
        select c.person_key, c.fra_dato, c.til_dato, c.er_loebende
        from {0}.compliance_aktivitetsparat_uden_stoette as c
    """,
    "compliance_maalgruppe": """
        select c.person_key, f.kilde_forloeb_id, c.visitationskategori_code, c.er_fund
        from {0}.compliance_maalgruppe as c
        inner join {0}.fct_mentorforloeb as f on c.forloeb_key = f.forloeb_key
    """,
    "compliance_serviceniveau": """
        select c.person_key, f.kilde_forloeb_id, c.katalog, c.kommune_code, c.katalog_kommune_code, c.er_egen_kommune,
            c.er_krydsliste, c.afdeling, c.minutter_min, c.minutter_max, c.bevilget_minutter_pr_uge,
            round(c.leveret_minutter_pr_uge, 9) as leveret, c.bevilget_vurdering, c.leveret_vurdering,
            c.er_bevilget_under, c.er_leveret_under
        from {0}.compliance_serviceniveau as c
        inner join {0}.fct_mentorforloeb as f on c.forloeb_key = f.forloeb_key
    """,
    "compliance_serviceniveau_lov": """
        select c.katalog, c.afdeling, c.niveautype, c.mentortype_code, c.maaneder_max, c.lov_mindst_maaneder,
            c.vurdering, c.er_fund
        from {0}.compliance_serviceniveau_lov as c
    """,
    "compliance_overdue": """
        select c.person_key, c.art, c.frist_dato, c.opgoerelse_dato, c.dage_overskredet, c.antal_forloeb,
            case when c.antal_forloeb = 1 then f.kilde_forloeb_id end as forloeb,
            case when c.antal_forloeb = 1 then c.kommune_code end as kommune
        from {0}.compliance_overdue as c
        inner join {0}.fct_mentorforloeb as f on c.forloeb_key = f.forloeb_key
    """,
    "stock_uden_stoette_maaned": """
        select s.maaned, s.kommune_code, s.opgoerelse_dato, s.antal_aktivitetsparate, s.antal_uden_stoette,
            s.antal_uden_over_4_uger, s.antal_uden_over_13_uger, s.antal_uden_over_26_uger, s.median_dage_uden
        from {0}.stock_uden_stoette_maaned as s
    """,
    "stock_compliance_maaned": """
        select s.maaned, s.kommune_code, s.art, s.antal_fund, s.antal_i_alt
        from {0}.stock_compliance_maaned as s
    """,
}


def _agreements(state: State) -> Rows:
    for course, row, missing in law.agreements(state):
        filled = [bool(row and row[name]) for name in law.FIELDS]
        told_no_way = row is not None and row["klagevejledning"] == "nej"
        yield nickname(course.cpr), course.number, row is not None, *filled, missing, missing == 0, told_no_way


def contact_weeks(state: State) -> Rows:
    """compliance_kontakt_uge: every week of every helhedsorienteret course."""
    for course, *rest, kept, personal in law.contact_weeks(state):
        yield nickname(course.cpr), course.number, *rest, kept is None, kept, personal


def _contact(state: State) -> Rows:
    contacts = law.contact_days(state)
    weeks: dict[Course, list[tuple[bool | None, bool | None]]] = {}
    for course, *_, kept, personal in law.contact_weeks(state):
        weeks.setdefault(course, []).append((kept, personal))
    for course, found in weeks.items():
        required = [one for one in found if one[0] is not None]
        counts = (
            len(found),
            len(required),
            sum(one[0] or False for one in required),
            sum(one[1] or False for one in required),
        )
        last = law.followed(state, course)
        held = [one for one in contacts.get(course.number, []) if course.start <= one[0] <= last]
        latest = max((day for day, _ in held), default=None)
        yield nickname(course.cpr), course.number, *counts, latest, law.longest_gap(course, held, last)


def after_the_end(state: State) -> Rows:
    """compliance_tilbud_efter_forloeb: every ended helhedsorienteret course."""
    for course, found in law.after_the_end(state):
        yield nickname(course.cpr), course.number, *found.values()


def left_alone(state: State) -> Rows:
    """compliance_aktivitetsparat_uden_stoette: every spell."""
    for cpr, first, after in law.left_alone(state):
        yield nickname(cpr), first, after, after is None


def _target_group(state: State) -> Rows:
    for course, category in law.outside_the_target_group(state):
        yield nickname(course.cpr), course.number, category or "uoplyst", category != "aktivitetsparat"


def service_levels(state: State) -> Rows:
    """compliance_serviceniveau: every course and catalogue."""
    for one in catalogues.compared(state):
        level, delivered = one.level, one.delivered
        yield (
            nickname(one.course.cpr), one.course.number, level.catalogue, one.place, level.place, one.own,
            level.catalogue == "slagelse", level.department, level.least, level.most, one.granted,
            None if delivered is None else _rounded(delivered), one.verdict(one.granted), one.verdict(delivered),
            one.own and one.verdict(one.granted) == "under", one.own and one.verdict(delivered) == "under",
        )  # fmt: skip


def _rounded(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / value.denominator).quantize(Decimal("1e-9"), ROUND_HALF_UP)


def _below_the_law(_: State) -> Rows:
    for department, name, most, asked, verdict in catalogues.below_the_law():
        kind = catalogues.CROSSWALK.get(name, "fastholdelse") if name else None
        yield "slagelse", department, name, kind, most, asked, verdict, verdict == "under_loven"


def overdue(state: State) -> Rows:
    """compliance_overdue: every citizen and kind of duty. Which course is shown is looked at where there is one only.

    Of several that are equally late no rule says which.
    """
    found: dict[tuple[str, str], list[tuple[date, Course]]] = {}
    for course, kind, due in law.overdue(state):
        found.setdefault((course.cpr, kind), []).append((due, course))
    for (cpr, kind), late in found.items():
        due = min(day for day, _ in late)
        only = late[0][1] if len(late) == 1 else None
        shown = (only.number, state.citizens.place(cpr, only.start)) if only else (None, None)
        yield nickname(cpr), kind, due, state.covered_day, (state.covered_day - due).days, len(late), *shown


def left_alone_by_month(state: State) -> Rows:
    """stock_uden_stoette_maaned: every month and municipality in which somebody is aktivitetsparat."""
    for day, place, waited, activated in alone_on(state):
        longer = [sum(days > limit for days in waited) for limit in LONG]
        median = waited[(len(waited) - 1) // 2] if waited else None
        yield day.replace(day=1), place, day, activated, len(waited), *longer, median


def _findings_by_month(state: State) -> Rows:
    for key, counted in findings(state).items():
        yield *key, *counted


BY_RULES = {
    "compliance_aftale": _agreements,
    "compliance_kontakt_uge": contact_weeks,
    "compliance_kontakt": _contact,
    "compliance_tilbud_efter_forloeb": after_the_end,
    "compliance_aktivitetsparat_uden_stoette": left_alone,
    "compliance_maalgruppe": _target_group,
    "compliance_serviceniveau": service_levels,
    "compliance_serviceniveau_lov": _below_the_law,
    "compliance_overdue": overdue,
    "stock_uden_stoette_maaned": left_alone_by_month,
    "stock_compliance_maaned": _findings_by_month,
}
