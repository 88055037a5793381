"""The history of the citizens whom BIFLIS and DREAM know. Days are whole numbers as in `days`.

A BIFLIS delivery for month M drawn on day K shows what happened by the end of M and was registered by K. `seen` is
the day of a late registration; 0 is registered when it happens.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .population import Person


@dataclass(slots=True)
class Contact:
    """A kontaktforløb: benefit, first day, last day (None while it runs)."""

    kontaktforloeb_id: int
    benefit: str
    start: int
    end: int | None


@dataclass(slots=True)
class Category:
    """A visitationskategori and its days."""

    category: str
    start: int
    end: int | None


@dataclass(slots=True)
class Offer:
    """A tilbud; `end` may lie after every delivery."""

    tilbud_id: int
    kind: str
    start: int
    planned: int
    end: int
    place: str
    seen: int = 0


@dataclass(slots=True)
class Course:
    """A mentorforløb; `end` may lie after every delivery. `target_group` is a LAB number, "0" or empty."""

    mentorforloeb_id: int
    kind: str
    event: str
    previous: int | None
    start: int
    end: int
    outcome: str
    minutes: int
    target_group: str
    planned: int = 0
    provider_id: int = 0
    seen: int = 0
    end_seen: int = 0


@dataclass(slots=True)
class Resident:
    """A citizen of BIFLIS, of DREAM, or of both.

    `group` is one of the two age groups of the study or empty; `first` and `reading` are the first start in the
    period and the day seven months later; `leaves` is the first day without kontanthjælp or uddannelseshjælp.
    `weeks` holds (code, first week, week after the last one) and `jobs` (branche, grad, first month, month after the
    last one), neither overlapping. `moves` is a day and the municipality from then on.
    """

    person: Person
    origin: str
    group: str = ""
    civil: str = "U"
    in_biflis: bool = True
    in_dream: bool = True
    first: int = 0
    reading: int = 0
    status: str = ""
    leaves: int | None = None
    since: int = 0
    contacts: list[Contact] = field(default_factory=list)
    categories: list[Category] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    weeks: list[tuple[str, int, int]] = field(default_factory=list)
    jobs: list[tuple[str, str, int, int]] = field(default_factory=list)
    moves: tuple[int, str] | None = None
    gone: int = 0
    seen: int = 0

    def category_on(self, day: int) -> str:
        """The visitationskategori of a day, empty when there is none."""
        for found in self.categories:
            if found.start <= day and (found.end is None or day <= found.end):
                return found.category
        return ""

    def last_course_end(self) -> int:
        """Last day of the last course; 0 without courses."""
        return max((course.end for course in self.courses), default=0)
