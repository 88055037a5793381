"""The history of the web database that all its deliveries are snapshots of.

A snapshot for day D drawn on day K (D or later) shows what happened by D and was registered by K. `seen` is the day
of a late registration; without it a thing is registered on the day it happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time

import holidays

from .population import Person


@dataclass(slots=True)
class Mentor:
    """A mentor; `full_time` is ja, nej or empty."""

    mentor_id: int
    jobcentre: str
    full_time: str
    start: date
    end: date | None = None

    def employed(self, day: date) -> bool:
        """Whether `day` lies in the employment."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(slots=True)
class Citizen:
    """A citizen as registered. `changes` holds (day, field, new value); `gone` is the day the rows were deleted."""

    borger_id: int
    cpr: str
    sex: str
    age: int | None
    education: str
    gone: date | None = None
    changes: list[tuple[date, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Course:
    """One forløb. `ended_by` says where the end is written: slut_dato, BEG18 or both."""

    forloeb_id: int
    citizen: Citizen
    mentor: Mentor
    start: date
    end: date | None
    ended_by: str
    outcome: str
    support: str
    support_2008: str
    goal: str
    seen: date | None = None
    end_seen: date | None = None


@dataclass(slots=True)
class Company:
    """A company in the register since `since`; its branch is registered on `branch_seen` when that is set."""

    virksomhed_id: int
    name: str
    kind: str
    branch: str
    experience: str
    since: date
    branch_seen: date | None = None


@dataclass(slots=True)
class Tie:
    """A citizen's tie to a company during a course."""

    course: Course
    company: Company
    start: date
    end: date | None
    kind: str


@dataclass(slots=True)
class Entry:
    """Time spent: `minutes` in multiples of five, `transport` minutes of them or None."""

    tid_id: int
    course: Course
    mentor: Mentor
    day: date
    start: time
    minutes: int
    transport: int | None
    kind: str
    seen: date | None = None


@dataclass(slots=True)
class Task:
    """A task done by a mentor."""

    opgave_id: int
    course: Course
    mentor: Mentor
    day: date
    code: str
    seen: date | None = None


@dataclass(slots=True)
class Event:
    """Something that happened during a course."""

    begivenhed_id: int
    course: Course
    day: date
    end: date | None
    code: str
    company: Company | None = None


@dataclass(slots=True)
class History:
    """Everything one cohort of the web database will ever hold."""

    mentors: list[Mentor] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    efforts: list[tuple[Course, str]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    companies: list[Company] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    #: who a citizen is, by borger_id
    persons: dict[int, Person] = field(default_factory=dict)


class Ids:
    """The next free id of each kind; never as long as a CPR number."""

    _FIRST = {"mentor": 101, "borger": 10001, "forloeb": 50001, "virksomhed": 301}

    def __init__(self) -> None:
        self._next = dict(self._FIRST)

    def take(self, kind: str) -> int:
        """A new id; kinds without a first id of their own begin at 1000001."""
        value = self._next.get(kind, 1000001)
        self._next[kind] = value + 1
        return value


_HOLIDAYS = frozenset(holidays.country_holidays("DK", years=range(2008, 2012)))


def working_days(first: date, last: date) -> Sequence[date]:
    """Monday to Friday without Danish holidays, both ends included."""
    return _WORKING_DAYS[_position(first) : _position(date.fromordinal(last.toordinal() + 1))]


def is_working_day(day: date) -> bool:
    """Monday to Friday and no Danish holiday."""
    return day.weekday() < 5 and day not in _HOLIDAYS


_FIRST_DAY = date(2008, 1, 1).toordinal()
_ALL_DAYS = [date.fromordinal(_FIRST_DAY + i) for i in range(4 * 366)]
_WORKING_DAYS = [day for day in _ALL_DAYS if is_working_day(day)]
_COUNT_BEFORE = [0]
for _day in _ALL_DAYS:
    _COUNT_BEFORE.append(_COUNT_BEFORE[-1] + is_working_day(_day))


def _position(day: date) -> int:
    """How many working days lie before `day`."""
    return _COUNT_BEFORE[min(max(day.toordinal() - _FIRST_DAY, 0), len(_ALL_DAYS))]
