"""What happens around a course: efforts at its start, tasks, events, companies and the ties to them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from . import targets
from .allocation import deal, expand
from .webreg_model import Company, Course, Event, History, Ids, Task, Tie, working_days
from .webreg_people import first_courses

_NONE_RUNNING = "PAR8"
_EFFORTS = ("PAR1", "PAR2", "PAR3", "PAR4", "PAR5", "PAR6", "PAR7", _NONE_RUNNING, _NONE_RUNNING, "PAR9")
_TASKS = {
    "HJEM": ("OPG01", "OPG09", "OPG08", "OPG05", "OPG10"),
    "ARBEJDE": ("OPG04", "OPG01", "OPG08"),
    "KONTAKT": ("OPG01", "OPG03", "OPG02", "OPG08"),
    "ANDET": ("OPG06", "OPG02", "OPG03", "OPG05", "OPG07", "OPG10"),
}
_EVENTS = tuple(f"BEG{number:02d}" for number in range(1, 18))
_ENDS_COURSE = "BEG18"
_AT_COMPANY = frozenset({"BEG06", "BEG09", "BEG10", "BEG12", "BEG13", "BEG14", "BEG15"})
_WITH_LENGTH = frozenset({"BEG01", "BEG02", "BEG04", "BEG07", "BEG08", "BEG09", "BEG10", "BEG11"})
_LATER_COMPANIES = 60

#: Names that a reader must survive: delimiter, quotes, a line break, letters outside ASCII.
_ODD_NAMES = (
    "Sørensen & Søn; tømrer og snedker",
    'Café "Den Blå Ørn"',
    "Kantinen ved Åen\nafdeling Syd",
    'Ældrecentret "Ågården"; køkkenet',
    "Økologisk Gartneri Østervang",
)
_FIRST = ("Nord", "Syd", "Øster", "Vester", "Å", "Sø", "Skov", "Eng", "Bakke", "Mølle", "Kirke", "Have")
_SECOND = ("parkens", "gårdens", "byens", "dalens", "torvets", "vangens", "bakkens", "lundens")
_BRANCHES = {
    "boligselskab": "Boligselskab",
    "restauration": "Restaurant",
    "ældrepleje": "Ældrecenter",
    "gartneri": "Gartneri",
    "kantine": "Kantine",
    "dagligvarer": "Købmand",
    "hotel": "Hotel",
    "forvaltning": "Forvaltning",
    "fabrik": "Fabrik",
    "daginstitution": "Børnehave",
    "": "Værksted",
}


def note_efforts(history: History, rng: random.Random) -> None:
    """One to three other efforts per course, or the code that says there are none."""
    efforts = deal(_EFFORTS, rng)
    for course in history.courses:
        codes = {next(efforts) for _ in range(rng.choice((1, 1, 2, 3)))}
        if len(codes) > 1:
            codes.discard(_NONE_RUNNING)
        history.efforts.extend((course, code) for code in sorted(codes))


def do_tasks(history: History, ids: Ids, rng: random.Random) -> None:
    """Two tasks for every three entries of time, on the day of the entry, by the same mentor."""
    decks = {kind: deal(codes, rng) for kind, codes in _TASKS.items()}
    for entry in history.entries:
        if rng.random() < 0.65:
            code = next(decks[entry.kind])
            history.tasks.append(Task(ids.take("opgave"), entry.course, entry.mentor, entry.day, code, entry.seen))


def open_companies(history: History, ids: Ids, rng: random.Random) -> None:
    """The companies of the 2008 report with their margins, two that nobody is tied to, and those of later years."""
    kinds, experience = expand(targets.COMPANY_TYPES, rng), expand(targets.COMPANY_EXPERIENCE, rng)
    names = _names(rng)

    def add(kind: str, known: str, since: date) -> Company:
        name, branch = next(names)
        company = Company(ids.take("virksomhed"), name, kind, branch, known, since)
        if branch and rng.random() < 0.1:
            company.branch_seen = since + timedelta(days=400)
        history.companies.append(company)
        return company

    tied = [add(kind, known, date(2008, 2, 4)) for kind, known in zip(kinds, experience, strict=True)]
    # Registered early, but nobody is tied to them by the cut: the report counts ties, not rows (rules.md R4).
    add("privat", "ja", date(2008, 5, 5))
    add("", "nej", date(2008, 9, 8))
    later_kinds = deal(("offentlig", "privat", "privat", "forening", ""), rng)
    later_experience = deal(("ja", "nej", "nej", ""), rng)
    for _ in range(_LATER_COMPANIES):
        add(next(later_kinds), next(later_experience), date(2008, 9, 16) + timedelta(days=rng.randrange(700)))
    _tie_2008(history, tied, rng)
    _tie_later(history, rng)


def _names(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Names with their branch; the odd ones first."""
    branches = deal(list(_BRANCHES), rng)
    for name in _ODD_NAMES:
        yield name, next(branches)
    while True:
        branch = next(branches)
        yield f"{rng.choice(_FIRST)}{rng.choice(_SECOND)} {_BRANCHES[branch]}", branch


def _tie_2008(history: History, companies: list[Company], rng: random.Random) -> None:
    """One company for each of 29 running citizens; four companies have two of them. All last beyond the cut."""
    count = targets.COMPANIES_WITH_ONE_CITIZEN + 2 * targets.COMPANIES_WITH_TWO_CITIZENS
    running = [c for c in first_courses(history) if (c.end or targets.LAST_DAY) > date(2008, 9, 30)]
    held = [c for c in running if c.goal == "BAG1"]
    rng.shuffle(held)
    chosen = held[: count * 2 // 3]
    chosen += rng.sample([c for c in running if c.goal == "BAG2"], count - len(chosen))
    rng.shuffle(companies)
    places = companies + companies[: targets.COMPANIES_WITH_TWO_CITIZENS]
    for course, company in zip(chosen, places, strict=True):
        kind = "fastholdelse" if course.goal == "BAG1" else "indslusning"
        first = course.start if kind == "fastholdelse" else course.start + timedelta(days=20)
        start = min(first, targets.CUT)
        end = None if rng.random() < 0.5 else _within(course, date(2008, 9, 24), 300, rng)
        history.ties.append(Tie(course, company, start, end, kind))


def _tie_later(history: History, rng: random.Random) -> None:
    """Ties that began after the cut: for every second course, some at a company of the report."""
    for course in history.courses:
        if rng.random() < 0.5:
            continue
        first = max(course.start + timedelta(days=rng.randrange(5, 120)), targets.CUT + timedelta(days=2))
        if first > min(course.end or targets.LAST_DAY, targets.LAST_DAY):
            continue
        company = rng.choice([company for company in history.companies if company.since <= first])
        end = _within(course, first, 200, rng) if rng.random() < 0.6 else None
        kind = "fastholdelse" if course.goal == "BAG1" else "indslusning"
        if not any(tie.course is course and tie.company is company for tie in history.ties):
            history.ties.append(Tie(course, company, first, end, kind))


def _within(course: Course, first: date, days: int, rng: random.Random) -> date:
    """A day from `first` on, at most `days` later and no later than the end of the course."""
    last = min(course.end or targets.LAST_DAY, first + timedelta(days=days))
    return first + timedelta(days=rng.randrange(max((last - first).days, 0) + 1))


def record_events(history: History, ids: Ids, rng: random.Random) -> None:
    """Two or three events a course, some at a company, and the one that ends it where the end is written so."""
    codes = deal(_EVENTS, rng)
    drawn: list[tuple[date, Course, str, date | None, Company | None]] = []
    for number, course in enumerate(history.courses):
        days = working_days(course.start, min(course.end or targets.LAST_DAY, targets.LAST_DAY))
        for _ in range(rng.choice((2, 3, 3, 4)) if days else 0):
            code, day = next(codes), rng.choice(days)
            end = _within(course, day, 120, rng) if code in _WITH_LENGTH and rng.random() < 0.7 else None
            near = [tie.company for tie in history.ties if tie.course is course and tie.start <= day]
            company = near[0] if near and code in _AT_COMPANY else None
            drawn.append((day, course, code, end, company))
        if course.end and course.ended_by in ("BEG18", "both"):
            drawn.append((course.end, course, _ENDS_COURSE, None, None))
            # Registered a second time, later: the earliest one counts.
            if course.ended_by == "BEG18" and number % 3 == 0 and course.end < date(2010, 12, 31):
                drawn.append((course.end + timedelta(days=14), course, _ENDS_COURSE, None, None))
    drawn.sort(key=lambda row: (row[0], row[1].forloeb_id, row[2]))
    for day, course, code, end, company in drawn:
        history.events.append(Event(ids.take("begivenhed"), course, day, end, code, company))
