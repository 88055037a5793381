"""Hours granted and delivered against three catalogues of service levels, as rules.md section 7 says.

Where the sources leave a choice the reading is the one that docs/compliance.md states.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import compliance_by_rules as law
from calendar_by_rules import age, runs
from courses_by_rules import Course
from rows_by_rules import biflis_day
from state_by_rules import State

COPENHAGEN, SLAGELSE = "101", "330"
COPENHAGEN_FIRST, NINETY_MINUTES = date(2014, 1, 1), date(2015, 5, 1)
SLAGELSE_FIRST = date(2015, 8, 24)
INDIVIDUAL = {"4", "5", "7", "11"}
_COORDINATOR = "Studiestartskoordinator til unge under 30 år der er enlige forsørgere i overgangen til uddannelse"
_IN_EDUCATION = "Uddannelsesmentor til unge under 30 år i uddannelse (de modtager ikke ydelse)"
#: Slagelse's catalogue by department and type: least and most hours a week, and most months where they are printed.
SLAGELSES: dict[str, dict[str, tuple[int, int, int | None]]] = {
    "Unge": {
        "Uddannelsesmentor til unge under 30 år i overgang til uddannelse": (1, 2, None),
        _IN_EDUCATION: (1, 2, None),
        _COORDINATOR: (1, 2, 12),
        "Virksomhedsmentor": (1, 2, None),
        "Social mentor": (1, 3, 6),
        "Ret og pligtmentor": (1, 3, 6),
        "Udskrivningskoordinator": (1, 3, 3),
        "Udslusningskoordinator": (1, 3, 3),
        "Efterværn til aktivitetsparate": (1, 3, None),
    },
    "Voksen": {
        "Virksomhedsmentor": (2, 5, None),
        "Tilbudsmentor": (2, 10, None),
        "Social mentor": (1, 5, None),
        "Ret og pligtmentor": (1, 5, None),
        "Udskrivningskoordinator": (1, 3, None),
        "Udslusningskoordinator": (1, 3, None),
    },
}
#: By crosswalk; every other type is fastholdelse.
CROSSWALK = {
    "Ret og pligtmentor": "helhedsorienteret",
    "Udskrivningskoordinator": "udskrivning",
    "Udslusningskoordinator": "udslusning",
}
#: What the law asks for at least, in months (section 6).
BY_LAW = {"Ret og pligtmentor": 6, "Udskrivningskoordinator": 6, _COORDINATOR: 12}


@dataclass(frozen=True)
class Level:
    """Minutes a week of a catalogue, whose it is, and its department where it has such."""

    catalogue: str
    place: str
    least: int
    most: int
    department: str | None = None


@dataclass(frozen=True)
class Compared:
    """A course against a level: minutes granted and delivered a week, each with its verdict."""

    course: Course
    level: Level
    place: str
    granted: int
    delivered: Fraction | None

    @property
    def own(self) -> bool:
        """The catalogue is that of her own municipality."""
        return self.level.place == self.place

    def verdict(self, minutes: Fraction | int | None) -> str | None:
        """Of minutes a week."""
        if minutes is None:
            return None
        return "under" if minutes < self.level.least else "over" if minutes > self.level.most else "inden_for"


def compared(state: State) -> Iterator[Compared]:
    """Every course begun by the covered day against every catalogue that has a level for it on its first day."""
    contacts = state.member("mentorkontakt")
    spent: dict[str, list[tuple[date, int]]] = {}
    for row in contacts:
        day = biflis_day(row["dato"])
        assert day is not None
        spent.setdefault(row["mentorforloeb_id"], []).append((day, int(row["minutter"])))
    for course in state.courses:
        if course.source == "biflis" and course.start <= state.covered_day:
            place, last = state.citizens.place(course.cpr, course.start), law.followed(state, course)
            days = (last - course.start).days + 1
            minutes = sum(minutes for day, minutes in spent.get(course.number, []) if course.start <= day <= last)
            delivered = Fraction(7 * minutes, days) if days >= 7 else None
            granted = int(state.row[course.number]["minutter_pr_uge"])
            for level in levels(state, course, place):
                yield Compared(course, level, place, granted, delivered)


def levels(state: State, course: Course, place: str) -> Iterator[Level]:
    """The levels of the first day of a course."""
    told = [
        (first, int(row["minutter_pr_uge"]))
        for row in state.member("serviceniveau")
        if (row["kommunekode"], row["mentortype"]) == (place, course.kind)
        if (first := biflis_day(row["gyldig_fra"])) and runs(first, biflis_day(row["gyldig_til"]), course.start)
    ]
    if told:
        yield Level("biflis", place, max(told)[1], max(told)[1])
    if course.kind == "helhedsorienteret" and course.start >= COPENHAGEN_FIRST:
        minutes = 90 if course.start >= NINETY_MINUTES else 45
        yield Level("koebenhavn", COPENHAGEN, minutes, minutes)
    if course.start >= SLAGELSE_FIRST and state.row[course.number]["maalgruppe"] not in INDIVIDUAL:
        department = "Unge" if age(state.born(course.cpr), course.start) < 30 else "Voksen"
        types = SLAGELSES[department].items()
        hours = [found for name, found in types if CROSSWALK.get(name, "fastholdelse") == course.kind]
        least, most = min(found[0] for found in hours), max(found[1] for found in hours)
        yield Level("slagelse", SLAGELSE, 60 * least, 60 * most, department)


def below_the_law() -> Iterator[tuple[str, str | None, int | None, int | None, str]]:
    """Each level of Slagelse's: department, type, most months, least months by law, verdict."""
    for department, types in SLAGELSES.items():
        for name, (_, _, most) in types.items():
            asked = BY_LAW.get(name)
            verdict = "intet_lovkrav" if asked is None else "varighed_ikke_oplyst"
            if asked and most:
                verdict = "under_loven" if most < asked else "opfylder_loven"
            yield department, name, most, asked, verdict
    # The third department has no types, and a duration for all.
    yield "Arbejdsfastholdelse", None, 6, None, "intet_lovkrav"
