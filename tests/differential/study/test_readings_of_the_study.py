"""The plain implementation itself, held against what another program computed, and against other readings of the rules.

A reading that nothing tells apart in the population that always runs would be agreed on by chance.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import calendar_by_rules
import compliance_by_rules
import compliance_tables
import durations_by_rules
import economy_by_rules
import levels_by_rules
import money_by_rules
import money_tables
import outcomes_by_rules
import pytest
import study_by_rules
import study_tables
from courses_by_rules import Course
from delivered import read_delivery
from histories import Step
from ledger_by_rules import Ledger
from marts import rows_as_text
from state_by_rules import State
from study_by_rules import Study
from study_history import CHANGES, PEOPLE, USUAL, tell_study

WAVES = Path(__file__).parents[2] / "fixtures" / "waves"


def test_the_figures_of_the_first_wave_are_those_of_another_program() -> None:
    paths = [path for path in (WAVES / "wave1" / "step1").iterdir() if path.suffix != ".sha256"]
    ledger = Ledger([Step(read_delivery(path)) for path in sorted(paths)])
    figures = Study(State(ledger, ledger.last, ledger.last)).figures()
    got = {(measure, tuple(sorted(keys.items()))): value for measure, keys, value in figures}
    wanted = json.loads((WAVES / "expected_wave1.json").read_text(encoding="utf-8"))["figures"]
    measures = {measure for measure, _ in got}
    rows = [row for row in wanted if row["id"].startswith("K-") and row["measure"] in measures]
    wrong = [
        row["id"]
        for row in rows
        if abs(float(got.get((row["measure"], tuple(sorted(row["dimensions"].items())))) or 0) - row["raw"]) > 1e-9
    ]
    assert (len(rows), wrong) == (122, [])


@pytest.fixture(scope="module")
def states() -> list[State]:
    """The population that always runs: as known at first, and at the end."""
    ledger = Ledger(tell_study(Random(USUAL), 0, PEOPLE, CHANGES), [2 + CHANGES])
    return [State(ledger, moment, ledger.last) for moment in (2, ledger.last)]


def rolled_over(day: date, months: int) -> date:
    """A missing day becomes one of the next month."""
    first = calendar_by_rules.months_later(day.replace(day=1), months)
    return first + timedelta(days=day.day - 1)


def employed_by_any_degree(state: State, cpr: str, month: date) -> bool | None:
    """A degree of 0 counts."""
    if month not in state.covered_months:
        return None
    return any(state.jobs[cpr].get(f"{group}_{month:%Y_%m}") for group in ("branche", "grad"))


def by_text(state: State) -> list[Course]:
    """Ties by the id as text."""
    first: dict[str, Course] = {}
    for course in sorted(state.of_kind("helhedsorienteret"), key=lambda course: (course.start, course.number)):
        if study_by_rules.FIRST <= course.start <= study_by_rules.LAST:
            first.setdefault(course.cpr, course)
    return list(first.values())


def born_a_day(days: int) -> Callable[[date, date], int]:
    """Birthdays so many days later than they are."""
    return lambda born, day: calendar_by_rules.age(born, day - timedelta(days=days))


def common_year_in_march(born: date, day: date) -> int:
    """Who is born on 29 February has birthday on 1 March."""
    years = day.year - born.year
    return years - ((day.month, day.day) < (born.month, born.day))


def a_month_off(months: int) -> Callable[[str, str, str], money_by_rules.Refusion]:
    """The rule of another month."""

    def found(month: str, kind: str, target: str) -> money_by_rules.Refusion:
        other = calendar_by_rules.months_later(date.fromisoformat(f"{month}-01"), months)
        return money_by_rules.refusion(f"{other:%Y-%m}", kind, target)

    return found


def up_to_the_end(start: date, end: date | None, day: date) -> bool:
    """The last day does not belong to it."""
    return start <= day and (end is None or end > day)


_group_of, _counted_days = outcomes_by_rules.group_of, durations_by_rules.counted_days
_account_by_rule, _frame = money_by_rules.account_by_rule, money_by_rules._frame

#: What is looked at, where, and what another reading has in its place.
READINGS: dict[str, tuple[str, object, str, object]] = {
    "a missing day rolls over": ("outcomes", outcomes_by_rules, "months_later", rolled_over),
    "the month of the Monday": ("outcomes", outcomes_by_rules, "month_of_week", lambda monday: monday.replace(day=1)),
    "a degree of 0 is a job": ("outcomes", State, "employed", employed_by_any_degree),
    "folkepension is another benefit": (
        "outcomes", outcomes_by_rules, "group_of", lambda code: "anden" if code == "998" else _group_of(code),
    ),
    "kontanthjælp to 148": (
        "outcomes", outcomes_by_rules, "group_of", lambda code: "anden" if code == "149" else _group_of(code),
    ),
    "only jobparat is better": ("outcomes", outcomes_by_rules, "BETTER", {"jobparat"}),
    "the first course ever": ("figures", study_by_rules, "FIRST", date(1900, 1, 1)),
    "a study that ends a day before": ("figures", study_by_rules, "LAST", date(2015, 9, 29)),
    "ties by text": ("outcomes", study_tables, "first_courses", by_text),
    "fyldt 30 the day after": ("figures", study_by_rules, "age", born_a_day(1)),
    "29 February on 1 March": ("figures", study_by_rules, "age", common_year_in_march),
    "a year of benefit to the day": (
        "figures", durations_by_rules, "months_later",
        lambda day, months: calendar_by_rules.months_later(day, months) - timedelta(days=months == 12),
    ),
    "ended courses as planned": ("figures", study_by_rules, "counted_days", lambda course: 182),
    "courses with both end days": ("figures", study_by_rules, "counted_days", lambda course: _counted_days(course) + 1),
    "courses as they ended later": (
        "figures", study_by_rules, "counted_days",
        lambda course: (course.end - course.start).days if course.end else 182,
    ),
    "last days do not run": ("figures", study_by_rules, "runs", up_to_the_end),
    "nytteindsats under Øvrige": (
        "figures", study_by_rules, "TABEL_2",
        study_by_rules.TABEL_2 | {"Virksomhedspraktik": {"virksomhedspraktik"}, "Øvrige": {"oevrige", "nytteindsats"}},
    ),
    "the rule of the month before": ("money", economy_by_rules, "refusion", a_month_off(-1)),
    "the rule of the month after": ("money", economy_by_rules, "refusion", a_month_off(1)),
    "discharge by target group": (
        "money", economy_by_rules, "refusion", lambda month, kind, target: money_by_rules.refusion(month, "", target),
    ),
    "half is 45 pct": ("money", money_by_rules, "HALF", Decimal("0.45")),
    "offers on the last day end before it": ("law", compliance_by_rules, "runs", up_to_the_end),
    "no public holidays": ("law", compliance_by_rules, "FREE_DAYS", {}),
    "who got a job is still waiting": ("law", compliance_by_rules, "LEFT_THE_TARGET_GROUP", {"ude_af_maalgruppe"}),
    "weeks begin on Sunday": (
        "law", compliance_by_rules, "monday_of",
        lambda day: calendar_by_rules.monday_of(day + timedelta(days=1)) - timedelta(days=1),
    ),
    "one frame from 2016": ("frames", money_by_rules, "_frame", lambda month, frame: _frame(month, "118")),
    "lost from 2019 too": ("economy", economy_by_rules, "lost", lambda month, found: money_by_rules.HALF),
    "another benefit is a success": ("economy", economy_by_rules, "SUCCESS", {"job", "uddannelse", "anden_ydelse"}),
    "discharge on the account of the group": (
        "accounts", money_by_rules, "account_by_rule", lambda month, kind, target: _account_by_rule(month, "", target),
    ),
    "90 minutes from the middle of 2014": ("levels", levels_by_rules, "NINETY_MINUTES", date(2014, 7, 1)),
    "90 minutes from the day after": ("levels", levels_by_rules, "NINETY_MINUTES", date(2015, 5, 2)),
    "Slagelse from the day after": ("levels", levels_by_rules, "SLAGELSE_FIRST", date(2015, 8, 25)),
    "Slagelse has levels for everybody": ("levels", levels_by_rules, "INDIVIDUAL", set()),
    "Unge to thirty and a day": ("levels", levels_by_rules, "age", born_a_day(1)),
    "a level ends before its last day": ("levels", levels_by_rules, "runs", up_to_the_end),
    "who ends on the day is late": (
        "overdue", compliance_by_rules, "still_running",
        lambda state, course: up_to_the_end(course.start, course.end, state.covered_day - timedelta(days=1)),
    ),
    "four weeks are more than four weeks": ("alone", compliance_tables, "LONG", (27, 90, 181)),
}  # fmt: skip


def said(what: str, states: list[State]) -> list[object]:
    """What the plain implementation says of the states."""
    tables = {
        "outcomes": study_tables.outcomes,
        "money": money_tables.money,
        "frames": money_tables.BY_RULES["stock_refusionsramme"],
        "economy": money_tables.BY_RULES["fct_forloebsoekonomi"],
        "accounts": money_tables.accounts,
        "levels": compliance_tables.service_levels,
        "overdue": compliance_tables.overdue,
        "alone": compliance_tables.left_alone_by_month,
    }
    if what == "figures":
        return [list(Study(state).figures()) for state in states]
    if what == "law":
        rows = (compliance_tables.contact_weeks, compliance_tables.after_the_end, compliance_tables.left_alone)
        return [rows_as_text(one(state)) for state in states for one in rows]
    return [rows_as_text(tables[what](state)) for state in states]


@pytest.fixture(scope="module")
def by_the_rules(states: list[State]) -> dict[str, list[object]]:
    """What is said by the rules."""
    return {what: said(what, states) for what in dict.fromkeys(what for what, *_ in READINGS.values())}


@pytest.mark.parametrize("reading", READINGS)
def test_another_reading_would_show(
    reading: str, states: list[State], by_the_rules: dict[str, list[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    what, where, name, other = READINGS[reading]
    monkeypatch.setattr(where, name, other)
    assert said(what, states) != by_the_rules[what]


def test_other_deliveries_are_told_apart(states: list[State], by_the_rules: dict[str, list[object]]) -> None:
    assert all(found[: len(found) // 2] != found[len(found) // 2 :] for found in by_the_rules.values())
