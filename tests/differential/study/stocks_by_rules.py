"""What was found, month by month and municipality: findings beside all that was looked at, and who is left alone.

Counted from what the other modules say of each course and citizen (docs/compliance.md). Months are those that BIFLIS
covers, from the first effort on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import compliance_by_rules as law
from calendar_by_rules import months_later
from levels_by_rules import compared
from state_by_rules import State

DAY = timedelta(days=1)
#: Kind of finding, the day it belongs to, the municipality, whether it is one.
Looked = tuple[str, date, str, bool]
LONG = (28, 91, 182)


def month_ends(state: State) -> list[date]:
    """The last day of every month."""
    efforts = [*state.offers, *(course for course in state.courses if course.source == "biflis")]
    first, ends = min(one.start for one in efforts).replace(day=1), []
    while first <= state.covered_day:
        first = months_later(first, 1)
        ends.append(first - DAY)
    return ends


def alone_on(state: State) -> Iterator[tuple[date, str, list[int], int]]:
    """By month's end and municipality: days alone of those who are, shortest first, and how many are aktivitetsparate.

    Only where somebody is.
    """
    spells = list(law.left_alone(state))
    for day in month_ends(state):
        activated: defaultdict[str, int] = defaultdict(int)
        waited: defaultdict[str, list[int]] = defaultdict(list)
        for cpr in state.categorized():
            if state.category(cpr, day) == "aktivitetsparat":
                activated[state.citizens.place(cpr, day)] += 1
        for cpr, first, after in spells:
            if first <= day and (after is None or day < after):
                waited[state.citizens.place(cpr, day)].append((day - first).days + 1)
        for place, number in activated.items():
            yield day, place, sorted(waited[place]), number


def looked_at(state: State) -> Iterator[Looked]:
    """Everything that was looked at and belongs to a day."""

    def place(course: law.Course) -> str:
        return state.citizens.place(course.cpr, course.start)

    for course, row, missing in law.agreements(state):
        yield "aftale_mangler", course.start, place(course), row is None
        if row:
            yield "aftale_tomt_felt", course.start, place(course), missing > 0
            yield "aftale_uden_klagevejledning", course.start, place(course), row["klagevejledning"] == "nej"
    for course, monday, _, _, _, kept, _ in law.contact_weeks(state):
        if kept is not None:
            yield "kontakt", monday + 6 * DAY, place(course), not kept
    for course, found in law.after_the_end(state):
        assert course.end is not None
        yield "tilbud_efter_forloeb", course.end, place(course), bool(found["fund"])
    for one in compared(state):
        if one.own:
            name = one.level.catalogue
            yield f"serviceniveau_bevilget_{name}", one.course.start, one.place, one.verdict(one.granted) == "under"
            if one.delivered is not None:
                under = one.verdict(one.delivered) == "under"
                yield f"serviceniveau_leveret_{name}", one.course.start, one.place, under
    for course, category in law.outside_the_target_group(state):
        yield "maalgruppe", course.start, place(course), category != "aktivitetsparat"


def findings(state: State) -> dict[tuple[date, str, str], list[int]]:
    """By month, municipality and kind: findings, and all that was looked at."""
    counted: defaultdict[tuple[date, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for kind, day, place, found in looked_at(state):
        if day <= state.covered_day:
            counted[day.replace(day=1), place, kind][0] += found
            counted[day.replace(day=1), place, kind][1] += 1
    for day, place, waited, activated in alone_on(state):
        counted[day.replace(day=1), place, "uden_tilbud_og_mentor"] = [len(waited), activated]
    return counted
