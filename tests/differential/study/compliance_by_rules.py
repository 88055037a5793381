"""Whether the law was kept, day by day and week by week, as rules.md sections 5 and 6 say; from BIFLIS alone.

Where the law leaves a choice the reading is the one that docs/compliance.md states.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import holidays
from calendar_by_rules import monday_of, runs
from courses_by_rules import Course
from rows_by_rules import biflis_day
from state_by_rules import State

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
FIELDS = ["formaal", "mentor_kontakt", "opgaver", "varighed_uger", "timetal", "klagevejledning"]
LEFT_THE_TARGET_GROUP = {"job", "uddannelse", "anden_ydelse", "ude_af_maalgruppe"}
FREE_DAYS = holidays.country_holidays("DK", years=range(2013, 2018))


def agreements(state: State) -> Iterator[tuple[Course, dict[str, str] | None, int]]:
    """Each mentor course, its written agreement and how many of the six fields are empty."""
    held = {row["mentorforloeb_id"]: row for row in state.member("mentoraftale")}
    for course in state.courses:
        if course.source == "biflis":
            row = held.get(course.number)
            yield course, row, sum(not row[name] for name in FIELDS) if row else len(FIELDS)


def contact_days(state: State) -> dict[str, list[tuple[date, bool]]]:
    """By course: the days of contact, and whether it was face to face."""
    found: dict[str, list[tuple[date, bool]]] = {}
    for row in state.member("mentorkontakt"):
        day = biflis_day(row["dato"])
        assert day is not None
        found.setdefault(row["mentorforloeb_id"], []).append((day, int(row["minutter"]) > 0))
    return found


def followed(state: State, course: Course) -> date:
    """The last day that is looked at: its end, at most the covered day."""
    return min(course.end or state.covered_day, state.covered_day)


def contact_weeks(state: State) -> Iterator[tuple[Course, date, str, int, int, bool | None, bool | None]]:
    """Each helhedsorienterede course and week: rule, contacts face to face, others, kept, kept face to face.

    Kept is None when nothing is required: of a first or last week that is not whole; from 2016 of one without a whole
    week of 2016 before it, for two weeks are judged together.
    """
    contacts = contact_days(state)
    for course in state.of_kind("helhedsorienteret"):
        last, monday = followed(state, course), monday_of(course.start)
        while monday <= last:
            two = monday + 3 * DAY >= date(2016, 1, 1)
            before = monday - WEEK
            weeks = [monday, before] if two else [monday]
            whole = all(course.start <= week and week + 6 * DAY <= last for week in weeks)
            required = whole and (not two or before + 3 * DAY >= date(2016, 1, 1))
            held = [
                (monday_of(day), face) for day, face in contacts.get(course.number, []) if course.start <= day <= last
            ]
            kept = any(week in weeks for week, _ in held) if required else None
            personal = any(week in weeks and face for week, face in held) if required else None
            own = [face for week, face in held if week == monday]
            rule = "hver_anden_uge" if two else "hver_uge"
            yield course, monday, rule, sum(own), len(own) - sum(own), kept, personal
            monday += WEEK


def longest_gap(course: Course, contacts: list[tuple[date, bool]], last: date) -> int:
    """Most days in a row without contact of any kind, from the first day to `last`."""
    seen = {day for day, _ in contacts}
    longest = run = 0
    for day in _days(course.start, last):
        run = 0 if day in seen else run + 1
        longest = max(longest, run)
    return longest


def working_day_after(day: date) -> date:
    """The first Monday to Friday after `day` that is no public holiday."""
    after = day + DAY
    while after.weekday() >= 5 or after in FREE_DAYS:
        after += DAY
    return after


def after_the_end(state: State) -> Iterator[tuple[Course, dict[str, object]]]:
    """Each helhedsorienterede course that has ended, and what came right after it."""
    helhed = state.of_kind("helhedsorienteret")
    for course in helhed:
        if course.end is None or course.end > state.covered_day:
            continue
        others = [one for one in helhed if one.cpr == course.cpr and one is not course]
        offer = _next(state, course.end, [one for one in state.offers if one.cpr == course.cpr])
        again = _next(state, course.end, others)
        due = working_day_after(course.end)
        excused = None
        if state.row[course.number]["afslutning"] in LEFT_THE_TARGET_GROUP:
            excused = "afslutning"
        elif not _activated(state, course.cpr, course.end + DAY):
            excused = "visitation"
        begun = min((day for day in (offer, again) if day), default=state.covered_day + DAY)
        # Who stops being aktivitetsparat needs nothing from then on.
        alone = course.end
        while alone + DAY < begun and _activated(state, course.cpr, alone + DAY):
            alone += DAY
        found = excused is None and alone >= due
        yield (
            course,
            {
                "frist": due,
                "tilbud": offer,
                "forloeb": again,
                "fritagelse": excused,
                "dage": None if excused else (alone - course.end).days,
                "fund": found,
                "aaben": found and alone == state.covered_day,
            },
        )


def _next(state: State, end: date, found: list[Course]) -> date | None:
    """The first day after `end` on which one of `found` runs that has begun by the covered day."""
    begun = [one for one in found if one.start <= state.covered_day and (one.end is None or one.end > end)]
    return min((max(one.start, end + DAY) for one in begun), default=None)


def left_alone(state: State) -> Iterator[tuple[str, date, date | None]]:
    """Spells of days on which a citizen is aktivitetsparat and has neither offer nor mentor; None still lasts."""
    for cpr, since in state.categorized().items():
        support = [one for one in [*state.offers, *state.courses] if one.cpr == cpr and one.source == "biflis"]
        begun = None
        for day in _days(since, state.covered_day):
            alone = _activated(state, cpr, day) and not any(runs(one.start, one.end, day) for one in support)
            if alone and begun is None:
                begun = day
            elif not alone and begun is not None:
                yield cpr, begun, day
                begun = None
        if begun is not None:
            yield cpr, begun, None


def outside_the_target_group(state: State) -> Iterator[tuple[Course, str]]:
    """R22: the first helhedsorienterede course from 2014 on of each citizen, and her category that day."""
    first: dict[str, Course] = {}
    for course in sorted(state.of_kind("helhedsorienteret"), key=lambda one: (one.start, int(one.number))):
        if course.start >= date(2014, 1, 1):
            first.setdefault(course.cpr, course)
    for course in first.values():
        yield course, state.category(course.cpr, course.start)


def still_running(state: State, course: Course) -> bool:
    """Begun, and not ended, on the covered day."""
    return course.start <= state.covered_day and (course.end is None or course.end > state.covered_day)


def overdue(state: State) -> Iterator[tuple[Course, str, date]]:
    """Each course and kind of duty that is overdue on the covered day, and the last day on which it was in time."""
    for course, row, _ in agreements(state):
        if row is None and still_running(state, course):
            yield course, "aftale", course.start
    for course, found in after_the_end(state):
        if found["aaben"]:
            yield course, "tilbud", found["frist"]
    contacts = contact_days(state)
    unmet: dict[Course, list[date]] = {}
    for course, monday, _, _, _, kept, _ in contact_weeks(state):
        if kept is False and still_running(state, course):
            unmet.setdefault(course, []).append(monday + 6 * DAY)
    for course, sundays in unmet.items():
        held = [day for day, _ in contacts.get(course.number, []) if course.start <= day <= state.covered_day]
        late = [sunday for sunday in sundays if not any(day > sunday for day in held)]
        if late:
            yield course, "kontakt", min(late)


def _activated(state: State, cpr: str, day: date) -> bool:
    return state.category(cpr, day) == "aktivitetsparat"


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + number * DAY
