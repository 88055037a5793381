"""Where a citizen is so long after her course began, step by step as rules.md section 4 says, with R7-R10."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from calendar_by_rules import monday_of, month_of_week, months_later
from courses_by_rules import Course
from state_by_rules import State

HORIZONS = [1, 3, 6, 7, 12, 24]
BETTER = {"jobparat", "uddannelsesparat", "aabenlyst_uddannelsesparat"}


@dataclass(frozen=True)
class Status:
    """A status of Tabel 4, its sub-state, and the code of the week (both may be empty)."""

    status: str
    sub: str = ""
    code: str = ""


def group_of(code: str) -> str:
    """The status group of a code of the table in sources.md 2.2 (997 and 999 have their own step)."""
    number = int(code)
    if 771 <= number <= 774 or 781 <= number <= 783 or number == 998:
        return "pension"
    if number in (651, 652, 661):
        return "uddannelse"
    return "fortsat" if 130 <= number <= 149 else "anden"


def status_in(state: State, cpr: str, monday: date) -> Status:
    """Steps 2 to 9 for the week of `monday`, without the sub-state of R10."""
    if cpr not in state.weeks:
        return Status("ikke_opfulgt", "ikke_i_dream")
    if monday > state.covered[-1]:
        return Status("ikke_opfulgt", "efter_registret")
    if monday < state.covered[0]:
        return Status("ikke_opfulgt", "foer_registret")
    weeks = state.weeks[cpr]
    code = weeks[monday]
    if state.died.get(cpr, date.max) <= monday:
        return Status("selv", "doed", code)
    if code == "997":
        return Status("selv", "udvandret", code)
    if code:
        return Status(group_of(code), "", code)
    employed = state.employed(cpr, month_of_week(monday))
    if employed is None:
        return Status("ikke_opfulgt", "beskaeftigelse_ukendt")
    return Status("beskaeftigelse" if employed else "selv")


def status_at(state: State, course: Course, months: int) -> Status:
    """The nine steps for a course and a horizon in calendar months."""
    day = months_later(course.start, months)
    found = status_in(state, course.cpr, monday_of(day))
    begun, then = (state.category(course.cpr, one) for one in (course.start, day))
    if found.status == "fortsat" and begun == "aktivitetsparat" and then in BETTER:
        return Status("fortsat", "opmatchet", found.code)
    return found


def in_job_by_star(state: State, cpr: str, monday: date) -> bool | None:
    """In a job in the week, and so in the three before it: no benefit, and employed in their months.

    None when it is not followed up, or when what is known does not settle it.
    """
    now = status_in(state, cpr, monday).status
    if now == "ikke_opfulgt":
        return None
    if now != "beskaeftigelse":
        return False
    known: list[bool | None] = []
    for week in (monday - timedelta(weeks=back) for back in (1, 2, 3)):
        code = state.weeks[cpr].get(week)
        known.append(None if code is None else not code and state.employed(cpr, month_of_week(week)))
    return False if False in known else None if None in known else True


@dataclass(frozen=True)
class Waiting:
    """Weeks from the week of the start, which is 0, to the event or the last one in view; None when not followed up.

    `event` is job, uddannelse, censureret or ikke_opfulgt; `reason` why nothing was seen.
    """

    weeks: int | None
    event: str
    reason: str = ""


ENDS = {"997": "udvandret", "998": "folkepension", "999": "doed"}


def survival(state: State, course: Course) -> Waiting:
    """Week by week from the start until job or education, the end of observation (997-999) or of what is known."""
    first = monday_of(course.start)
    now = status_in(state, course.cpr, first)
    if now.status == "ikke_opfulgt":
        return Waiting(None, "ikke_opfulgt", now.sub)
    weeks = [monday for monday in state.covered if monday >= first]
    for passed, monday in enumerate(weeks):
        now = status_in(state, course.cpr, monday)
        if now.sub == "doed" or now.code in ENDS:
            return Waiting(passed, "censureret", "doed" if now.sub == "doed" else ENDS[now.code])
        if now.status in ("beskaeftigelse", "uddannelse"):
            return Waiting(passed, "job" if now.status == "beskaeftigelse" else "uddannelse")
        if now.status == "ikke_opfulgt":
            return Waiting(passed - 1, "censureret", now.sub)
    return Waiting(len(weeks) - 1, "censureret", "registrets_slut")


def retention(state: State, course: Course, months: int) -> tuple[str, str, str]:
    """Status in the week of the last day, again so many months after it, and what that says of job or education."""
    assert course.end is not None
    days = course.end, months_later(course.end, months)
    then, now = (status_in(state, course.cpr, monday_of(day)).status for day in days)
    held = [status in ("beskaeftigelse", "uddannelse") for status in (then, now)]
    if then == "ikke_opfulgt" or (held[0] and now == "ikke_opfulgt"):
        return then, now, "ikke_opfulgt"
    return then, now, "intet_at_fastholde" if not held[0] else "fastholdt" if held[1] else "ikke_fastholdt"


def kaplan_meier(times: list[tuple[int, bool]]) -> list[tuple[int, int, int, int, Fraction, float | None]]:
    """Every week from 0 on: at risk, with the event, censored, the share left without it, its standard error.

    `times` are weeks and whether the event was seen then. The error is Greenwood's; None when nobody is left.
    """
    curve: list[tuple[int, int, int, int, Fraction, float | None]] = []
    left, variance = Fraction(1), Fraction(0)
    for week in range(max((time for time, _ in times), default=-1) + 1):
        risk = sum(time >= week for time, _ in times)
        events = sum(time == week and event for time, event in times)
        left *= Fraction(risk - events, risk)
        if risk > events:
            variance += Fraction(events, risk * (risk - events))
        error = float(left) * math.sqrt(variance) if left else None
        curve.append((week, risk, events, sum(time == week and not event for time, event in times), left, error))
    return curve
