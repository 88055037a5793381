"""One cohort of the citizens whom BIFLIS and DREAM know, calibrated to the Copenhagen study."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .days import month_of
from .dream_history import record_compared, record_study, strangers
from .population import Person, Population
from .study_compared import Compared, enrol_compared, grant_discharge
from .study_model import Resident
from .study_offers import fill_offers, grant_retention
from .study_people import WEB_CITIZENS_IN_STUDY, enrol_study
from .study_status import LAST_DAY, categorise, open_contacts, set_target_groups, settle_status
from .study_support import Support, choose_providers, support_courses
from .webreg_model import Ids

#: The days on which the deliveries of BIFLIS are drawn, and what is registered between two of them.
_CORRECTED, _LATE = date(2016, 1, 20).toordinal(), date(2016, 5, 18).toordinal()
_AUTUMN = date(2015, 8, 1).toordinal()
#: Web citizens that only DREAM knows besides.
_WEB_IN_DREAM = 90
#: Citizens outside the study whom DREAM does not have, or has under another number.
_MISSING, _RENUMBERED = 12, 4
#: Citizens of the study with another date of birth, or another sex, in DREAM (rules.md R24).
_OTHER_BIRTH, _OTHER_SEX = 6, 4


@dataclass(slots=True)
class StudyCohort:
    """Everybody of one cohort, citizens of BIFLIS first, and the support of their mentorforløb by id.

    `traits` holds what DREAM says otherwise than BIFLIS about a person, by CPR number: (number, sex, date of birth).
    """

    residents: list[Resident]
    support: dict[int, Support]
    traits: dict[str, tuple[str, str, date]]


def study_cohort(
    population: Population, ids: Ids, rng: random.Random, web: Sequence[Person], share: float = 1.0
) -> StudyCohort:
    """One calibrated cohort; with `share` below 1 only so much of its citizens.

    `web` are persons of the web registrations: some of them come back in both registers, more of them in DREAM only.
    """
    web = rng.sample(list(web), len(web))
    study = enrol_study(population, ids, rng, web[: WEB_CITIZENS_IN_STUDY * 2])
    settle_status(study, rng)
    for resident in study:
        open_contacts(resident, ids, rng)
    categorise(study, rng)
    set_target_groups(study, rng)
    compared = enrol_compared(population, ids, rng)
    grant_retention(study, compared, ids, rng)
    grant_discharge(compared, ids, rng)
    fill_offers(study, compared, ids, rng)
    record_study(study, rng)
    record_compared(compared, rng)
    citizens = [*study, *compared.everybody()]
    choose_providers(citizens, rng)
    _register_late(study, compared, rng)
    taken = {resident.person.cpr for resident in study}
    others = [person for person in web if person.cpr not in taken][:_WEB_IN_DREAM]
    if share < 1:
        citizens = [citizen for citizen in citizens if rng.random() < share]
    traits = _disagree(population, citizens, rng)
    everybody = [
        *citizens,
        *strangers(population, rng, others[: max(1, round(len(others) * min(share, 1)))], min(share, 1)),
    ]
    support = support_courses([course for citizen in citizens for course in citizen.courses], ids, rng)
    return StudyCohort(everybody, support, traits)


def _register_late(study: Sequence[Resident], compared: Compared, rng: random.Random) -> None:
    """What comes into BIFLIS late, disappears or changes; the two last deliveries say the same about the study."""
    autumn = [resident for resident in study if resident.courses[-1].start >= _AUTUMN and len(resident.courses) > 1]
    for resident in rng.sample(autumn, 30):
        resident.courses[-1].seen = _CORRECTED
    ended = [r for r in study if _AUTUMN <= r.courses[-1].end < _AUTUMN + 90 and not r.courses[-1].seen]
    for resident in rng.sample(ended, 30):
        resident.courses[-1].end_seen = _CORRECTED
    last_months = [o for r in compared.activated for o in r.offers if month_of(o.start) >= month_of(_LATE) - 2]
    for found in rng.sample(last_months, min(len(last_months), 25)):
        found.seen = _LATE
    for number, resident in enumerate(compared.passing):
        if number % 2:
            resident.gone = _CORRECTED if number % 3 else _LATE
        else:
            resident.seen = _LATE if number % 3 else _CORRECTED
    for resident in rng.sample([*study, *compared.activated], 120):
        day = rng.randint(date(2015, 12, 1).toordinal(), LAST_DAY)
        resident.moves = (day, rng.choice(("147", "157", "163", "330", "461")))


def _disagree(
    population: Population, citizens: Sequence[Resident], rng: random.Random
) -> dict[str, tuple[str, str, date]]:
    """Where DREAM differs from BIFLIS: citizens it does not have, other numbers, other birth dates, other sexes."""
    outside = [resident for resident in citizens if not resident.group and resident.in_biflis]
    picked = rng.sample(outside, min(len(outside), _MISSING + _RENUMBERED))
    for resident in picked[:_MISSING]:
        resident.in_dream = False
    traits = {}
    for resident in picked[_MISSING:]:
        person = resident.person
        other = population.draw_resident(rng, lambda birth=person.birth: birth, person.sex)
        traits[person.cpr] = (other.cpr, person.sex, person.birth)
    inside = [resident for resident in citizens if resident.group]
    for number, resident in enumerate(rng.sample(inside, min(len(inside), _OTHER_BIRTH + _OTHER_SEX))):
        person = resident.person
        if number < _OTHER_BIRTH:
            # So many years that the age group would be another one.
            year = person.birth.year + (-25 if person.birth.year > 1985 else 12)
            traits[person.cpr] = (
                person.cpr,
                person.sex,
                person.birth.replace(year=year, day=min(person.birth.day, 28)),
            )
        else:
            traits[person.cpr] = (person.cpr, "K" if person.sex == "M" else "M", person.birth)
    return traits
