"""Citizens of BIFLIS outside the study: activated without a helhedsorienteret mentor, or with other mentors."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from .days import is_working
from .population import Population, born_at_age
from .study_model import Category, Contact, Course, Resident
from .study_status import LAST_DAY, REFORM
from .webreg_model import Ids

#: Aktivitetsparate citizens fyldt 30 who take part in offers, younger ones, and citizens on other benefits.
ACTIVATED, YOUNGER, OTHERS = 3300, 450, 650
#: Citizens without offers and mentors who are deleted between two deliveries, or registered late.
PASSING = 16
_OTHER_BENEFITS = (  # benefit of BIFLIS, LAB number, DREAM code
    ("dagpenge", "1", "111"),
    ("kontanthjaelp", "2", "131"),
    ("sygedagpenge", "5", "890"),
    ("sygedagpenge", "5", "892"),
    ("revalidering", "4", "750"),
    ("ledighedsydelse", "7", "740"),
    ("ressourceforloeb", "11", "810"),
    ("andet", "14", "870"),
    ("andet", "0", ""),
    ("andet", "8", "783"),
    ("andet", "10", ""),
)
#: Agreements of target group 14 are possible from here on, those made two weeks before the start too.
_NUMBER_14 = date(2014, 7, 16).toordinal()
_START_DAYS = [day for day in range(REFORM, date(2016, 5, 20).toordinal()) if is_working(day)]


@dataclass(slots=True)
class Compared:
    """The citizens outside the study, by what they can be used for; `others` with LAB number and DREAM code.

    Those `passing` are in some deliveries only, so nothing that a figure counts may belong to them.
    """

    activated: list[Resident]
    younger: list[Resident]
    others: list[tuple[Resident, str, str]]
    passing: list[Resident]

    def everybody(self) -> list[Resident]:
        """All of them, in the order they were drawn."""
        return self.activated + self.younger + [resident for resident, _, _ in self.others] + self.passing


def enrol_compared(population: Population, ids: Ids, rng: random.Random) -> Compared:
    """Draw the citizens outside the study with their contact courses and categories."""

    def resident(youngest: int, oldest: int, day: int) -> Resident:
        person = population.draw_resident(
            rng,
            lambda: born_at_age(rng, rng.randint(youngest, oldest), date.fromordinal(day)),
            rng.choice("MK"),
            valid=rng.random() > 0.004,
        )
        origin = "" if rng.random() < 0.01 else rng.choice(("dansk",) * 6 + ("ikke-vestlig",) * 4 + ("vestlig",))
        found = Resident(person, origin, civil=rng.choice("UUUGGFFEP"))
        found.since = day
        return found

    def on_benefit(found: Resident, benefit: str, category: str, end: int | None) -> None:
        found.contacts.append(Contact(ids.take("kontaktforloeb"), benefit, found.since, end))
        if category:
            found.categories.append(Category(category, max(found.since, REFORM), end))

    activated, younger, others, passing = [], [], [], []
    for _ in range(ACTIVATED):
        found = resident(31, 60, REFORM - rng.randint(0, 3000))
        # They stay aktivitetsparate through the twelve months of Tabel 2.
        found.leaves = rng.randint(date(2015, 9, 1).toordinal(), LAST_DAY) if rng.random() < 0.3 else None
        on_benefit(found, "kontanthjaelp", "aktivitetsparat", found.leaves - 1 if found.leaves else None)
        activated.append(found)
    for _ in range(YOUNGER):
        found = resident(18, 24, REFORM + rng.randint(0, 500))
        on_benefit(found, "uddannelseshjaelp", "aktivitetsparat", None)
        younger.append(found)
    for _ in range(OTHERS):
        benefit, number, code = rng.choice(_OTHER_BENEFITS)
        found = resident(22, 60, REFORM - rng.randint(0, 600))
        found.leaves = rng.randint(date(2015, 7, 1).toordinal(), LAST_DAY) if rng.random() < 0.6 else None
        category = "jobparat" if number == "2" else ""
        on_benefit(found, benefit, category, found.leaves - 1 if found.leaves else None)
        others.append((found, number, code))
    for number in range(PASSING):
        found = resident(31, 60, REFORM + rng.randint(0, 600))
        on_benefit(found, "kontanthjaelp", "aktivitetsparat" if number % 2 else "jobparat", None)
        passing.append(found)
    return Compared(activated, younger, others, passing)


def agreed_number(number: str, start: int) -> str:
    """The LAB number as the agreement of a course that starts this day can have it: 14 exists from July 2014."""
    return "" if number == "14" and start < _NUMBER_14 else number


def grant_discharge(compared: Compared, ids: Ids, rng: random.Random) -> None:
    """A few udskrivnings- and udslusningskoordinatorer."""
    for kind, count, longest in (("udskrivning", 40, 270), ("udslusning", 30, 90)):
        for resident, number, _ in rng.sample(compared.others, count):
            start = rng.choice(_START_DAYS)
            end = start + rng.randint(longest // 2, longest)
            outcome = rng.choice(("udloebet", "udloebet", "andet"))
            minutes = 90 if kind == "udskrivning" else 60
            agreed = agreed_number(number, start)
            resident.courses.append(
                Course(ids.take("mentorforloeb"), kind, "ny", None, start, end, outcome, minutes, agreed,
                       planned=start + longest)
            )  # fmt: skip
