"""Mentors, citizens and their courses: the 91 of the 2008 report, and those who came later."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice

from . import targets
from .allocation import deal, expand
from .population import Population, born_at_age
from .webreg_model import Citizen, Course, History, Ids, Mentor, working_days

#: Citizens after the cut: how many, how many of them end, how many of the first ones end after the cut.
LATER = 124
LATER_ENDED = 57
EARLY_ENDED_LATER = targets.PERSONS_COMPLETED - targets.ENDED_BY_CUT - LATER_ENDED
#: Registered by mistake in September 2008 and deleted in the winter after.
MISTAKES = 3
_MISTAKES_DELETED = date(2009, 2, 2)
_FAILING_NUMBERS = 3
_SECOND_COURSES = 6

_SUPPORT = {  # what the five groups of 2008 hold of the later list
    "offentlig": ("FOR4", "FOR4", "FOR4", "FOR5", "FOR6", "FOR9"),
    "dagpenge": ("FOR2", "FOR3", "FOR3"),
    "loen": ("FOR9",),
    "fleksjob": ("FOR1",),
    "familie": ("FOR8",),
}
_GROUP = {"FOR1": "fleksjob", "FOR2": "dagpenge", "FOR3": "dagpenge", "FOR8": "familie"}
_REASONS_2008 = ("bedring", "viderevisiteret", "udeblevet")
_NO_SUCCESS = (*_REASONS_2008, "andet")
_ENDED_BY = ("slut_dato", "slut_dato", "both", "BEG18")


def hire(history: History, ids: Ids, rng: random.Random) -> None:
    """Mentors: those of 15 September 2008, one who had left, one who came a week later, and the widening of 2009."""

    def add(jobcentre: str, full_time: str, start: date, end: date | None = None) -> None:
        history.mentors.append(Mentor(ids.take("mentor"), jobcentre, full_time, start, end))

    add("Odense", "ja", date(2008, 1, 28))
    add("Herlev", "ja", date(2008, 2, 1))
    add("Odense", "ja", date(2008, 8, 1))
    part_time = deal(("nej", "nej", "nej", "ja", ""), rng)
    for number in range(targets.MENTORS["Viborg"]):
        start = date(2008, 3, 3) if number < 4 else date(2008, 3, 3) + timedelta(days=rng.randrange(0, 110))
        add("Viborg", next(part_time), start)
    add("Viborg", "nej", date(2008, 3, 3), date(2008, 6, 30))
    add("Odense", "nej", date(2008, 9, 22))
    add("Herlev", "ja", date(2009, 1, 5))
    add("Herlev", "nej", date(2009, 8, 3), date(2010, 10, 29))
    add("Odense", "ja", date(2009, 2, 2))
    add("Odense", "", date(2009, 9, 1), date(2010, 6, 30))
    add("Viborg", "nej", date(2009, 4, 1))


def employed(history: History, jobcentre: str, day: date) -> list[Mentor]:
    """Mentors of a jobcentre on a day."""
    return [mentor for mentor in history.mentors if mentor.jobcentre == jobcentre and mentor.employed(day)]


def enrol_2008(history: History, population: Population, ids: Ids, rng: random.Random) -> None:
    """The citizens of the report, each trait with its published margins, ten of them ended by the cut."""
    sexes = expand(targets.SEX, rng)
    ages = [band for band, count in targets.AGES for _ in range(count)]
    rng.shuffle(ages)
    education = expand(targets.EDUCATION, rng)
    income = expand(targets.INCOME, rng)
    support = {group: deal(codes, rng) for group, codes in _SUPPORT.items()}
    failing = set(rng.sample(range(len(sexes)), _FAILING_NUMBERS))
    # One man and one woman whose number says the other sex: a warning that moves no figure. Two above 40 whose
    # age differs from the number by three years, within the same band.
    other_sex = {sexes.index("M"), sexes.index("K")}
    other_age = {index for index, _ in zip((i for i, band in enumerate(ages) if band == (41, 60)), "12", strict=False)}
    places = [(jobcentre, goal) for jobcentre in targets.JOBCENTRES for goal in expand(targets.GOALS[jobcentre], rng)]
    ended = set(rng.sample(range(len(places)), targets.ENDED_BY_CUT))
    for index, (jobcentre, goal) in enumerate(places):
        first = max(targets.FIRST_ENTRY[jobcentre] + timedelta(days=2), date(2008, 2, 4))
        last = date(2008, 6, 13) if index in ended else targets.CUT
        start = rng.choice(working_days(first, last))
        band = ages[index]
        age = rng.randrange(band[0], band[1] + 1) if band else None
        number_age = rng.randrange(20, 59) if age is None else age + 3 if index in other_age else age
        sex = sexes[index]
        number_sex = sex if index not in other_sex else "K" if sex == "M" else "M"
        birth = born_at_age(rng, number_age, start)
        person = population.draw(rng, birth, number_sex, valid=index not in failing)
        citizen = Citizen(ids.take("borger"), _written(person.cpr, rng), sex, age, education[index])
        group = income[index]
        course = Course(
            ids.take("forloeb"), citizen, rng.choice(employed(history, jobcentre, start)), start, None, "", "",
            next(support[group]), group, goal,
        )  # fmt: skip
        if index in ended:
            days = working_days(start + timedelta(days=30), date(2008, 9, 9))
            _end(course, rng.choice(days), rng.choice(_REASONS_2008), "BEG18" if len(history.courses) % 4 == 0 else "")
        history.courses.append(course)
        history.persons[citizen.borger_id] = person


def enrol_later(history: History, population: Population, ids: Ids, rng: random.Random) -> None:
    """Citizens who came after the cut: some at once, some registered late, three by mistake, most over two years."""
    education = deal(("UDD1", "UDD2", "UDD2", "UDD3", "UDD4", "UDD4", "UDD5", "UDD6", "UDD7", ""), rng)
    support = deal(("FOR1", "FOR2", "FOR3", "FOR4", "FOR4", "FOR5", "FOR6", "FOR7", "FOR8", "FOR9", ""), rng)
    goals = deal(("BAG1", "BAG2", "BAG2", "BAG3", "BAG4", "BAG3", ""), rng)
    sexes = deal(("M", "K", "M", "K", "M", "K", "M", "K", ""), rng)
    september = working_days(date(2008, 9, 16), date(2008, 9, 30))
    june_2009 = working_days(date(2009, 6, 8), date(2009, 6, 26))
    after = working_days(date(2008, 10, 1), date(2011, 1, 31))
    for index in range(LATER + MISTAKES):
        start = rng.choice(june_2009 if index in (30, 31) else september if index < MISTAKES + 7 else after)
        jobcentre = rng.choice(("Herlev", "Viborg", "Odense", "Odense"))
        sex = next(sexes)
        number_sex = sex or rng.choice("MK")
        real_age = rng.choice((18, 19, *range(20, 63)))
        age = None if rng.random() < 0.1 else max(15, real_age - 10) if index == 20 else real_age
        person = population.draw(rng, born_at_age(rng, real_age, start), number_sex, valid=index % 40 != 11)
        citizen = Citizen(ids.take("borger"), _written(person.cpr, rng), sex, age, next(education))
        if not sex and index >= MISTAKES:
            citizen.changes.append((start + timedelta(days=200), "koen", person.sex))
        code = next(support)
        # Some came into the database weeks late: three of September 2008, two of June 2009 (only the corrected delivery
        # of that month has them), and one in twelve of the others.
        late = MISTAKES + 4 <= index < MISTAKES + 7 or index in (30, 31) or (index >= MISTAKES + 7 and index % 12 == 0)
        course = Course(
            ids.take("forloeb"), citizen, rng.choice(employed(history, jobcentre, start)), start, None, "", "",
            code, _GROUP.get(code, "offentlig") if code and start.year < 2010 else "", next(goals),
            seen=start + timedelta(days=24 if index in (30, 31) else 45) if late else None,
        )  # fmt: skip
        if index < MISTAKES:
            citizen.gone = _MISTAKES_DELETED
        history.courses.append(course)
        history.persons[citizen.borger_id] = person


def finish(history: History, ids: Ids, rng: random.Random) -> None:
    """Ends up to the last delivery: so many persons with an ended course, half of them with success.

    Afterwards a few of those who ended get a second course, some with a mentor of another jobcentre.
    """
    kept = [course for course in history.courses if course.citizen.gone is None]
    early, later = kept[: len(kept) - LATER], kept[len(kept) - LATER :]
    ended_2008 = [course for course in early if course.end]
    running = [course for course in early if not course.end]
    candidates = [course for course in later if course.start <= date(2010, 12, 1)]
    ending = rng.sample(running, EARLY_ENDED_LATER) + rng.sample(candidates, LATER_ENDED)
    second = rng.sample(ended_2008, 2)
    success = {course.forloeb_id for course in rng.sample(ending, targets.PERSONS_WITH_SUCCESS - len(second))}
    good, bad, ways = deal(targets.SUCCESS, rng), deal(_NO_SUCCESS, rng), deal(_ENDED_BY, rng)
    for course in ending:
        earliest = max(course.start + timedelta(days=28), date(2008, 9, 17))
        length = rng.choice((60, 120, 182, 182, 240, 365, 540))
        latest = min(earliest + timedelta(days=length), date(2011, 2, 25))
        _end(
            course,
            rng.choice(working_days(earliest, latest)),
            next(good if course.forloeb_id in success else bad),
            next(ways),
        )
    second += rng.sample([c for c in ending if c.end and c.end < date(2009, 12, 1)], _SECOND_COURSES - len(second))
    for number, first in enumerate(second):
        _return(history, ids, first, success if number >= 2 else None, number % 2 == 0, rng)
    _learn(kept, rng)
    _register_ends_late(ending)


def _return(
    history: History, ids: Ids, first: Course, success: set[int] | None, moved: bool, rng: random.Random
) -> None:
    """A second course. The first two (`success` is None) end well; the others do as their first one did, or run."""
    start = max(first.end or first.start, date(2008, 9, 30)) + timedelta(days=rng.randrange(60, 120))
    start = next(iter(working_days(start, start + timedelta(days=14))))
    home = first.mentor.jobcentre
    elsewhere = [jobcentre for jobcentre in targets.JOBCENTRES if jobcentre != home]
    mentor = rng.choice(employed(history, rng.choice(elsewhere) if moved else home, start))
    again = replace(
        first, forloeb_id=ids.take("forloeb"), mentor=mentor, start=start, end=None, ended_by="", outcome="",
        goal="BAG2", seen=None, end_seen=None, support_2008=first.support_2008 if start.year < 2010 else "",
    )  # fmt: skip
    end = rng.choice(working_days(start + timedelta(days=60), start + timedelta(days=300)))
    if success is None:
        _end(again, end, "nyt_job", "slut_dato")
    elif first.forloeb_id in success:
        _end(again, end, "uddannelse", "both")
    history.courses.append(again)


def _end(course: Course, day: date, outcome: str, ended_by: str) -> None:
    course.end, course.outcome, course.ended_by = day, outcome, ended_by or "slut_dato"


def _learn(courses: list[Course], rng: random.Random) -> None:
    """Education that changes: within "folkeskole eller ingen" for the citizens of the report, freely for later ones."""
    for course in courses:
        citizen = course.citizen
        if citizen.education == "UDD1" and rng.random() < 0.4:
            citizen.changes.append((date(2009, 3, 2) + timedelta(days=rng.randrange(300)), "uddannelse", "UDD2"))
        elif citizen.education == "UDD2" and course.start > targets.CUT and rng.random() < 0.4:
            citizen.changes.append((course.start + timedelta(days=rng.randrange(90, 300)), "uddannelse", "UDD4"))


def _register_ends_late(courses: list[Course]) -> None:
    """Every eighth end is registered three weeks late, so a corrected delivery differs from the first one."""
    for course in islice(courses, 0, None, 8):
        if course.end and course.end < date(2011, 1, 31) and course.end > date(2008, 10, 1):
            course.end_seen = course.end + timedelta(days=21)


def _written(cpr: str, rng: random.Random) -> str:
    """The number as somebody typed it: mostly plain, sometimes with a hyphen, rarely with a blank."""
    way = rng.random()
    return f"{cpr[:6]}-{cpr[6:]}" if way < 0.1 else f"{cpr[:6]} {cpr[6:]}" if way < 0.13 else cpr


def first_courses(history: History) -> Iterator[Course]:
    """The courses that began by the cut: one for each citizen of the report."""
    return (course for course in history.courses if course.start <= targets.CUT)
