"""The tables of costs, refusion and budgets as they stand in a schema, and what the rules say stands in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import economy_by_rules as economy
from money_by_rules import account, account_by_rule, cost_kind
from register_people import nickname
from state_by_rules import State

Rows = Iterator[tuple[object, ...]]

QUERIES = {
    "fct_refusion": """
        select r.person_key, f.kilde_forloeb_id, r.periode, r.aar, r.ordning_code, r.maalgruppe_code, r.konto_code,
            r.kommune_code, r.beloeb_dkk, r.refusionsstatus_code, r.refusionssats, r.refusion_foer_ramme_dkk,
            r.netto_foer_ramme_dkk, r.tabt_refusion_dkk, r.er_uden_for_ramme, r.ramme_code
        from {0}.fct_refusion as r
        inner join {0}.fct_mentorforloeb as f on r.forloeb_key = f.forloeb_key
    """,
    "fct_forloebsoekonomi": """
        select o.person_key, f.kilde_forloeb_id, o.kommune_code, o.ordning_code, o.maalgruppe_code, o.start_dato,
            o.start_aar, o.slut_dato, o.er_loebende, o.er_vellykket, o.antal_bilag, o.beloeb_dkk, o.opkvalificering_dkk,
            o.refusion_foer_ramme_dkk, o.netto_foer_ramme_dkk, o.tabt_refusion_dkk, o.personlige_minutter
        from {0}.fct_forloebsoekonomi as o
        inner join {0}.fct_mentorforloeb as f on o.forloeb_key = f.forloeb_key
    """,
    "stock_oekonomi_maaned": """
        select s.periode, s.kommune_code, s.ordning_code, s.maalgruppe_code, s.aar, s.antal_bilag, s.beloeb_dkk,
            s.mentorstoette_dkk, s.opkvalificering_dkk, s.ukendt_art_dkk, s.refunderes_dkk, s.refunderes_ikke_dkk,
            s.ingen_regel_dkk, s.ukendt_maalgruppe_dkk, s.refusion_foer_ramme_dkk, s.netto_foer_ramme_dkk,
            s.tabt_refusion_dkk, s.antal_startede, s.antal_afsluttede, s.antal_vellykkede, s.personlige_minutter
        from {0}.stock_oekonomi_maaned as s
    """,
    "stock_refusionsramme": """
        select s.kommune_code, s.aar, s.ramme_code, s.ramme_dkk, s.forbrug_dkk, s.tilbage_dkk, s.over_dkk,
            s.refusion_foer_ramme_dkk, s.refusion_efter_ramme_dkk
        from {0}.stock_refusionsramme as s
    """,
    "stock_budget_forbrug": """
        select s.aar, s.ordning_code, s.budget_dkk, s.implementering_dkk, s.forbrug_dkk, s.rest_dkk,
            s.refusion_foer_ramme_dkk, s.netto_foer_ramme_dkk, s.antal_bilag, s.antal_forloeb_med_bilag
        from {0}.stock_budget_forbrug as s
    """,
    "compliance_konto": """
        select c.person_key, f.kilde_forloeb_id, c.periode, c.mentortype_code, c.maalgruppe_code, c.konto_code,
            c.regel_konto_code, c.refusionsstatus_code, c.beloeb_dkk, c.er_uden_for_kontoplan, c.er_konto_ikke_i_kraft,
            c.er_anden_konto_end_reglens, c.er_refusion_imod_reglen, c.er_uden_refusion_imod_reglen,
            c.er_uden_for_forloebet, c.er_fund
        from {0}.compliance_konto as c
        inner join {0}.fct_mentorforloeb as f on c.forloeb_key = f.forloeb_key
    """,
}


def money(state: State) -> Rows:
    """fct_refusion: every voucher."""
    for one in economy.vouchers(state):
        yield (
            nickname(one.course.cpr), one.course.number, one.first, one.first.year, one.course.kind,
            one.target or "uoplyst", one.account, one.place, one.amount, one.rule.status, one.rule.rate,
            *economy.totals([one])[1:], one.rule.outside_frame, one.rule.frame,
        )  # fmt: skip


def _by_course(state: State) -> Rows:
    for course, paid, minutes in economy.by_course(state):
        cost, *refunds = economy.totals(paid)
        yield (
            nickname(course.cpr), course.number, state.citizens.place(course.cpr, course.start), course.kind,
            state.row[course.number]["maalgruppe"] or "uoplyst", course.start, course.start.year, course.end,
            course.end is None, economy.succeeded(state, course), len(paid), cost, Decimal(0), *refunds, minutes,
        )  # fmt: skip


def by_month(state: State) -> Rows:
    """stock_oekonomi_maaned: every month, municipality, scheme and target group."""
    for (month, *cell), one in economy.by_month(state).items():
        cost, *refunds = economy.totals(one.paid)
        kinds = [
            sum((paid.amount for paid in one.paid if cost_kind(paid.account) == kind), Decimal(0))
            for kind in ("mentorstoette", "opkvalificering", "ukendt")
        ]
        by_status = [
            sum((paid.amount for paid in one.paid if paid.rule.status == status), Decimal(0))
            for status in economy.STATUSES
        ]
        yield (
            month, *cell, month.year, len(one.paid), cost, *kinds, *by_status, *refunds,
            one.started, one.ended, one.succeeded, one.minutes,
        )  # fmt: skip


def _frames(state: State) -> Rows:
    """No source prints the size of a frame, so what is left and what is above is not known."""
    used: defaultdict[tuple[str, int, str], list[economy.Voucher]] = defaultdict(list)
    for one in economy.vouchers(state):
        if one.rule.frame:
            used[one.place, one.first.year, one.rule.frame].append(one)
    for key, found in used.items():
        cost, refund, *_ = economy.totals(found)
        yield *key, None, cost, None, None, refund, None


def _budgets(state: State) -> Rows:
    budgets = economy.budgets(state)
    spent: defaultdict[tuple[int, str], list[economy.Voucher]] = defaultdict(list)
    for one in economy.vouchers(state):
        spent[one.first.year, one.course.kind].append(one)
    for key in budgets.keys() | spent.keys():
        budget, part = budgets.get(key, (None, None))
        cost, refund, net, _ = economy.totals(spent[key])
        courses = {one.course.number for one in spent[key]}
        left = None if budget is None else budget - cost
        yield *key, budget, part, cost, left, refund, net, len(spent[key]), len(courses)


def accounts(state: State) -> Rows:
    """compliance_konto: every voucher."""
    for one in economy.vouchers(state):
        case, start, end = (one.month, one.course.kind, one.target), one.course.start, one.course.end
        found = account(*case, one.account)
        outside = one.month < f"{start:%Y-%m}" or (end is not None and one.month > f"{end:%Y-%m}")
        wrong = (
            found.unknown, found.not_in_force, found.another, found.gives_against_the_rule,
            found.gives_not_against_the_rule, outside,
        )  # fmt: skip
        yield (
            nickname(one.course.cpr), one.course.number, one.first, one.course.kind, one.target or "uoplyst",
            one.account, account_by_rule(*case), one.rule.status, one.amount, *wrong, any(wrong),
        )  # fmt: skip


BY_RULES = {
    "fct_refusion": money,
    "fct_forloebsoekonomi": _by_course,
    "stock_oekonomi_maaned": by_month,
    "stock_refusionsramme": _frames,
    "stock_budget_forbrug": _budgets,
    "compliance_konto": accounts,
}
