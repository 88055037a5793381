"""Where the citizens of the study are seven months after their first start; their contact courses and categories."""

from __future__ import annotations

import random
from datetime import date

from . import targets_study as targets
from .allocation import deal
from .days import FIRST_MONDAY, birthday
from .study_model import Category, Contact, Resident
from .targets_study import OLD, YOUNG
from .webreg_model import Ids

#: The kontanthjælp reform: categories and uddannelseshjælp begin.
REFORM = date(2014, 1, 1).toordinal()
#: Nothing of the history happens after this day, except planned ends.
LAST_DAY = date(2016, 7, 31).toordinal()
_OUTCOMES = {
    "anden": "anden_ydelse",
    "beskaeftigelse": "job",
    "uddannelse": "uddannelse",
    "pension": "ude_af_maalgruppe",
    "selvforsoergelse": "ude_af_maalgruppe",
}
#: Citizens under 30 who were not aktivitetsparat on the day of their first start: a finding (rules.md R22).
_NOT_READY = 5
_MATCHED_UP = {
    YOUNG: ("uddannelsesparat", "uddannelsesparat", "aabenlyst_uddannelsesparat", "jobparat"),
    OLD: ("jobparat",),
}


def settle_status(residents: list[Resident], rng: random.Random) -> None:
    """Give every citizen the status of Tabel 4; who is no longer on benefit has left after the last forløb."""
    for group in (YOUNG, OLD):
        citizens = [resident for resident in residents if resident.group == group]
        leavers = [resident for resident in citizens if _latest_monday(resident) >= _earliest_monday(resident)]
        rng.shuffle(leavers)
        counts = dict(zip(targets.STATUSES, targets.STATUS[group], strict=True))
        leaving = [status for status, count in counts.items() if status != "fortsat" for _ in range(count)]
        if len(leavers) < len(leaving):
            raise ValueError("too few citizens have ended their forløb to leave")
        for resident, status in zip(leavers, leaving, strict=False):
            resident.status = status
            earliest, latest = _earliest_monday(resident), _latest_monday(resident)
            resident.leaves = earliest + 7 * rng.randrange((latest - earliest) // 7 + 1)
            resident.courses[-1].outcome = _OUTCOMES[status]
        for resident in leavers[len(leaving) :] + [r for r in citizens if not r.status]:
            resident.status = "fortsat"
            earliest = max(resident.reading + 14, resident.last_course_end() + 14)
            if rng.random() < 0.3 and earliest < LAST_DAY:
                resident.leaves = _monday(rng.randint(earliest, LAST_DAY) + 7)


def _monday(day: int) -> int:
    return day - (day - FIRST_MONDAY) % 7


def _earliest_monday(resident: Resident) -> int:
    return _monday(max(resident.last_course_end(), resident.first) + 14)


def _latest_monday(resident: Resident) -> int:
    """The week that Tabel 4 reads."""
    return _monday(resident.reading)


def open_contacts(resident: Resident, ids: Ids, rng: random.Random) -> None:
    """The contact course at the first start, as one row or as adjoining rows of both benefits (rules.md R11)."""
    since, end = resident.since, None if resident.leaves is None else resident.leaves - 1
    student = resident.group == YOUNG and rng.random() < 0.8
    _earlier(resident, ids, rng)
    changes = [(since, "uddannelseshjaelp" if student and since >= REFORM else "kontanthjaelp")]
    if student and since < REFORM:
        changes.append((REFORM, "uddannelseshjaelp"))
    thirty = birthday(resident.person.birth, 30)
    if student and thirty > resident.first and (end is None or thirty < end):
        changes.append((thirty, "kontanthjaelp"))
    for (start, benefit), following in zip(changes, [*changes[1:], None], strict=True):
        # A day without benefit between two rows does not interrupt the contact course.
        last = end
        if following is not None:
            gap = rng.random() < 0.1 and following[0] - 1 != resident.first and following[0] - 2 >= start
            last = following[0] - (2 if gap else 1)
        resident.contacts.append(Contact(ids.take("kontaktforloeb"), benefit, start, last))


def _earlier(resident: Resident, ids: Ids, rng: random.Random) -> None:
    """Contact courses before that do not count: the same benefit after a gap, or another benefit without one."""
    chance = rng.random()
    grown = birthday(resident.person.birth, 18)
    if chance < 0.2:
        last, benefit = resident.since - 3 - rng.choice((0, 0, 30, 200, 700)), "kontanthjaelp"
    elif chance < 0.35:
        last, benefit = resident.since - 1, rng.choice(("dagpenge", "sygedagpenge"))
    else:
        return
    start = max(grown, last - rng.randint(60, 900))
    if start < last:
        resident.contacts.append(Contact(ids.take("kontaktforloeb"), benefit, start, last))


def categorise(residents: list[Resident], rng: random.Random) -> None:
    """Aktivitetsparat from the reform or the contact course on; so many are matched up by the seventh month."""
    for resident in residents:
        end = None if resident.leaves is None else resident.leaves - 1
        resident.categories.append(Category("aktivitetsparat", max(resident.since, REFORM), end))
    for group in (YOUNG, OLD):
        better = deal(_MATCHED_UP[group], rng)
        still = [r for r in residents if r.group == group and r.status == "fortsat"]
        early = [r for r in still if r.last_course_end() + 21 < r.reading]
        for resident in rng.sample(early, targets.MATCHED_UP[group]):
            _change(
                resident,
                rng.randint(max(resident.last_course_end() + 1, resident.first + 30), resident.reading),
                next(better),
            )
        for resident in still:
            day = max(resident.reading, resident.last_course_end()) + rng.randint(10, 200)
            if len(resident.categories) == 1 and rng.random() < 0.06 and (resident.leaves or LAST_DAY) > day + 30:
                _change(resident, day, next(better))
    young = [r for r in residents if r.group == YOUNG and r.since + 40 < r.first and r.first > REFORM + 10]
    for resident in rng.sample([r for r in young if len(r.categories) == 1 and len(r.courses) == 1], _NOT_READY):
        only = resident.categories[0]
        first = Category("uddannelsesparat", only.start, resident.first + 20)
        resident.categories = [first, Category("aktivitetsparat", resident.first + 21, only.end)]


def _change(resident: Resident, day: int, category: str) -> None:
    """Another category from `day` on."""
    only = resident.categories[-1]
    resident.categories.append(Category(category, day, only.end))
    only.end = day - 1


def set_target_groups(residents: list[Resident], rng: random.Random) -> None:
    """LAB number on the day of the agreement; a few agreements do not say it."""
    for resident in residents:
        for course in resident.courses:
            benefit = next(
                (
                    c.benefit
                    for c in resident.contacts
                    if c.start <= course.start and (c.end or LAST_DAY) >= course.start
                ),
                "kontanthjaelp",
            )
            number = "13" if benefit == "uddannelseshjaelp" else "3"
            course.target_group = "" if rng.random() < 0.006 else number
