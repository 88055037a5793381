"""Time entries. Up to the cut of 2008 they meet the published hours to the unit; afterwards they are plain samples.

A unit is five minutes, the smallest entry. The way: hours of each jobcentre by type (published shares), of these the
part after 10 September (what the national table does not have), each cell divided over the hours of the clock, and
every cell of that table cut into entries of a usual length on the courses of the jobcentre.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, time, timedelta
from itertools import accumulate

from . import targets
from .allocation import apportion, contingency, pieces
from .webreg_model import Course, Entry, History, Ids, Mentor, is_working_day, working_days
from .webreg_people import employed, first_courses

UNIT = 5
UNITS_PER_HOUR = 60 // UNIT

_SIZES = {  # usual lengths in units
    "HJEM": (6, 9, 9, 12, 12, 15, 18, 18, 24, 30),
    "ARBEJDE": (6, 9, 12, 12, 18, 24, 24, 36),
    "KONTAKT": (1, 1, 2, 2, 3, 3, 4, 6, 6, 9, 12),
    "ANDET": (6, 9, 12, 12, 18, 18, 24, 36, 48),
}
_LATER_TYPES = ("HJEM", "HJEM", "ARBEJDE", "KONTAKT", "KONTAKT", "KONTAKT", "ANDET")
_LATER_EVERY_DAYS = 14
#: Citizens who take far more time than others (M-096, M-097).
_HEAVY = {"Herlev": 5, "Viborg": 1, "Odense": 4}
_EARLY, _LATE = "to 10 September", "11 to 15 September"

Cell = tuple[str, str, str]


def hours_by_type(rng: random.Random) -> dict[str, dict[str, int]]:
    """Units up to 15 September by jobcentre and type: totals exact, every share rounds to the printed one.

    Home, work and contact must reach at least what the national table has five days before; what that takes comes
    from "Andet", where the cell has most room before its printed share would change.
    """
    table = {}
    for jobcentre in targets.JOBCENTRES:
        shares = targets.TYPE_SHARES[jobcentre]
        units = targets.JOBCENTRE_HOURS[jobcentre] * UNITS_PER_HOUR
        table[jobcentre] = dict(zip(shares, apportion(units, list(shares.values())), strict=True))

    def room(jobcentre: str, kind: str) -> float:
        """Units that may still move from "Andet" to `kind` before a printed share changes."""
        units = targets.JOBCENTRE_HOURS[jobcentre] * UNITS_PER_HOUR / 100
        shares = targets.TYPE_SHARES[jobcentre]
        up = (shares[kind] + 0.5) * units - table[jobcentre][kind]
        return min(up, table[jobcentre]["ANDET"] - (shares["ANDET"] - 0.5) * units) - 1

    for kind in ("HJEM", "ARBEJDE", "KONTAKT"):
        wanted = targets.NATIONAL_HOURS[kind] * UNITS_PER_HOUR + rng.randrange(7)
        while sum(row[kind] for row in table.values()) < wanted:
            jobcentre = max(targets.JOBCENTRES, key=lambda name: room(name, kind))
            if room(jobcentre, kind) <= 0:
                raise ValueError(f"the published shares leave no room for {kind}")
            table[jobcentre][kind] += 1
            table[jobcentre]["ANDET"] -= 1
    return table


def cells_2008(rng: random.Random) -> dict[tuple[Cell, str], int]:
    """Units by (jobcentre, type, before or after 10 September) and interval of the clock."""
    table = hours_by_type(rng)
    rows: dict[Cell, int] = {}
    for kind in targets.TASK_TYPES:
        column = [table[jobcentre][kind] for jobcentre in targets.JOBCENTRES]
        late = apportion(sum(column) - targets.NATIONAL_HOURS[kind] * UNITS_PER_HOUR, column)
        for jobcentre, units, after in zip(targets.JOBCENTRES, column, late, strict=True):
            rows[jobcentre, kind, _EARLY] = units - after
            rows[jobcentre, kind, _LATE] = after
    clock = apportion(sum(rows.values()), list(targets.CLOCK.values()))
    columns = dict(zip(targets.CLOCK, clock, strict=True))
    return contingency(rows, columns, lambda cell, hours: cell[1] == "HJEM" or hours in targets.DAY_INTERVALS)


def register_2008(history: History, ids: Ids, rng: random.Random) -> None:
    """All entries up to the cut, in order of time."""
    choices = _Choices(history, rng)
    drawn = []
    for ((jobcentre, kind, phase), hours), units in cells_2008(rng).items():
        for piece in pieces(units, _SIZES[kind], rng):
            course, day = choices.draw(jobcentre, phase, at_home=kind == "HJEM")
            drawn.append((day, _clock(hours, rng), course, kind, piece))
    drawn.sort(key=lambda row: (row[0], row[1], row[2].forloeb_id, row[4]))
    for day, start, course, kind, piece in drawn:
        _add(history, ids, rng, course, day, start, kind, piece * UNIT)


def register_later(history: History, ids: Ids, rng: random.Random) -> None:
    """Entries after the cut, about one in two weeks for every running course."""
    first_day = targets.CUT + timedelta(days=1)
    for course in history.courses:
        days = working_days(max(course.start, first_day), min(course.end or targets.LAST_DAY, targets.LAST_DAY))
        if not days:
            continue
        count = max(1, min(40, (days[-1] - days[0]).days // _LATER_EVERY_DAYS))
        for day in sorted(rng.choices(days, k=count)):
            kind = rng.choice(_LATER_TYPES)
            outside = day.year > 2008 or kind == "HJEM"
            hours = rng.choices(list(targets.CLOCK), list(targets.CLOCK.values()))[0] if outside else "09-12"
            minutes = rng.choice(_SIZES[kind]) * UNIT
            _add(history, ids, rng, course, day, _clock(hours, rng), kind, minutes)


def _add(
    history: History, ids: Ids, rng: random.Random, course: Course, day: date, start: time, kind: str, minutes: int
) -> None:
    transport = None
    if kind == "ANDET" and rng.random() < 0.4:
        transport = rng.randrange(0, minutes // 2 + 1, UNIT)
    # Some entries of later days reach the database only weeks after; those of the report were all there in time.
    late = day > targets.CUT and rng.random() < 0.03
    history.entries.append(
        Entry(
            ids.take("tid"),
            course,
            _who(history, course, day, rng),
            day,
            start,
            minutes,
            transport,
            kind,
            seen=day + timedelta(days=30) if late else None,
        )
    )


def _who(history: History, course: Course, day: date, rng: random.Random) -> Mentor:
    """The citizen's mentor, now and then a colleague of the same jobcentre, always somebody employed that day."""
    if course.mentor.employed(day) and rng.random() >= 0.03:
        return course.mentor
    return rng.choice(employed(history, course.mentor.jobcentre, day))


def _clock(hours: str, rng: random.Random) -> time:
    """A start in the interval, on a multiple of five minutes."""
    first, last = targets.CLOCK_HOURS[hours]
    return time(rng.randrange(first, last), rng.randrange(0, 60, UNIT))


class _Choices:
    """Where an entry of a jobcentre and phase may lie: its courses with their working days, weighted by length."""

    def __init__(self, history: History, rng: random.Random) -> None:
        self._rng = rng
        self._found: dict[tuple[str, str], tuple[list[Course], list[Sequence[date]], list[int]]] = {}
        for jobcentre in targets.JOBCENTRES:
            courses = [course for course in first_courses(history) if course.mentor.jobcentre == jobcentre]
            heavy = {course.forloeb_id for course in rng.sample(courses, _HEAVY[jobcentre])}
            after = targets.NATIONAL_CUT + timedelta(days=1)
            self._keep(jobcentre, _EARLY, courses, heavy, targets.FIRST_ENTRY[jobcentre], targets.NATIONAL_CUT)
            self._keep(jobcentre, _LATE, courses, heavy, after, targets.CUT)

    def _keep(
        self, jobcentre: str, phase: str, courses: list[Course], heavy: set[int], first: date, last: date
    ) -> None:
        spans = [working_days(max(c.start, first), min(c.end or last, last)) for c in courses]
        open_ones = [(course, days) for course, days in zip(courses, spans, strict=True) if days]
        weights = [len(days) * (4 if course.forloeb_id in heavy else 1) for course, days in open_ones]
        self._found[jobcentre, phase] = (
            [course for course, _ in open_ones],
            [days for _, days in open_ones],
            list(accumulate(weights)),
        )

    def draw(self, jobcentre: str, phase: str, *, at_home: bool) -> tuple[Course, date]:
        """A course and a day on which it ran; work at home now and then falls on a day off."""
        courses, spans, weights = self._found[jobcentre, phase]
        index = self._rng.choices(range(len(courses)), cum_weights=weights)[0]
        day = self._rng.choice(spans[index])
        if at_home and self._rng.random() < 0.04:
            other = day + timedelta(days=1)
            if not is_working_day(other) and spans[index][0] < other < spans[index][-1]:
                day = other
        return courses[index], day
