"""How long citizens have been on benefit before support, and how long the support lasts, as rules.md section 3 says.

With R11-R13 and C4-C8. Bands are those of Figur 5 and 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from calendar_by_rules import monday_of, months_later, runs
from courses_by_rules import Course
from rows_by_rules import biflis_day, clean
from state_by_rules import State

LAST = date(2015, 9, 30)
PRIOR = ["0-3 mdr", "4-6 mdr", "7-12 mdr", "over 1 år", "over 3 år", "ingen"]
TOTAL = {"0-3 mdr": (-1, 91), "3-6 mdr": (91, 184), "6-12 mdr": (184, 365), "mere end 1 år": (365, 10**6)}


def prior_start(state: State, cpr: str, day: date) -> date | None:
    """R11: since when she has been on kontant- or uddannelseshjælp without a break on `day`; None when she is not.

    A break is more than one day between two rows.
    """
    held = [
        (first, biflis_day(row["slut_dato"]))
        for row in state.member("kontaktforloeb")
        if clean(row["cpr"]) == cpr and row["ydelse"] in ("kontanthjaelp", "uddannelseshjaelp")
        if (first := biflis_day(row["start_dato"]))
    ]
    since = min((first for first, last in held if runs(first, last, day)), default=None)
    while since:
        near = [since - timedelta(days=1), since - timedelta(days=2)]
        earlier = [first for first, last in held if first < since and any(runs(first, last, one) for one in near)]
        if not earlier:
            break
        since = min(earlier)
    return since


def prior_start_in_dream(state: State, course: Course, on_benefit: Callable[[str], bool]) -> date | None:
    """The Monday since which she has had such a benefit, with up to four weeks without; None when she has none.

    Looked back from the week of the start, which is itself no week without.
    """
    weeks, monday = state.weeks[course.cpr], monday_of(course.start)
    since, missing = None, -1
    while missing <= 4 and monday >= state.covered[0]:
        missing = 0 if on_benefit(weeks[monday]) else missing + 1
        since = monday if on_benefit(weeks[monday]) else since
        monday -= timedelta(weeks=1)
    return since


def prior_bands(since: date | None, start: date) -> list[str]:
    """The bands of Figur 5 in completed months; over 3 år is part of over 1 år."""
    if since is None:
        return ["ingen"]
    if months_later(since, 12) < start:
        return ["over 1 år", "over 3 år"] if months_later(since, 36) < start else ["over 1 år"]
    if months_later(since, 7) <= start:
        return ["7-12 mdr"]
    return ["4-6 mdr"] if months_later(since, 4) <= start else ["0-3 mdr"]


def counted_days(course: Course) -> int:
    """R13: of a course ended by the end of the study its own length; one that runs then is 182 days."""
    return (course.end - course.start).days if course.end and course.end <= LAST else 182


def courses_of(state: State, cpr: str) -> list[Course]:
    """R13: all her helhedsorienterede courses begun by the end of the study."""
    found = state.of_kind("helhedsorienteret")
    return [course for course in found if course.cpr == cpr and course.start <= LAST]


def full_courses(courses: Iterable[Course]) -> int:
    """How many last 26 weeks or more, first and last day included."""
    return sum(counted_days(course) + bool(course.end and course.end <= LAST) >= 182 for course in courses)
