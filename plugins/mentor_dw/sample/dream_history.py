"""Weeks and jobs of the persons in DREAM: for citizens of BIFLIS from their contact courses, for others made up."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

from .days import birthday, month_of, week_index
from .population import Person, Population, born_at_age
from .study_compared import Compared
from .study_model import Resident
from .study_status import LAST_DAY, REFORM

#: Persons whom no mentor source knows, in one cohort.
STRANGERS = 2400
_END = week_index(LAST_DAY) + 1
_START = week_index(date(2006, 1, 2).toordinal())
_REFORM_WEEK = week_index(REFORM)
_BRANCHES = ("862200", "561010", "472200", "812100", "851000", "494100", "960200", "873010")
_AFTER = {
    "anden": ("810", "810", "811", "890", "111", "740", "750", "871", "881"),
    "uddannelse": ("651", "651", "651", "652", "661"),
    "pension": ("774", "783", "783", "771"),
    "beskaeftigelse": ("",),
}
#: How somebody who supports himself is written: no code, abroad, dead (in every week, or only in the week he died).
_GONE = ("",) * 12 + ("997", "997", "999", "died")
_BEFORE = {"dagpenge": "111", "sygedagpenge": "890"}
_OTHER = ("111", "111", "651", "890", "881", "783", "998", "621", "740", "774", "131")


def record_study(residents: Sequence[Resident], rng: random.Random) -> None:
    """Weeks and jobs of the citizens of the study, with their status in the week that Tabel 4 reads."""
    for resident in residents:
        for contact in resident.contacts:
            end = resident.leaves if contact.end is None or contact is resident.contacts[-1] else contact.end + 1
            _benefit(resident, contact.benefit, contact.start, end or LAST_DAY + 1, rng)
        if resident.leaves is not None:
            _after(resident, rng)
        if rng.random() < 0.2:
            _job_before(resident, rng)


def _add(resident: Resident, code: str, first: int, after: int) -> None:
    """Weeks [first, after) with a code, where they are not taken."""
    first = max(first, resident.weeks[-1][2] if resident.weeks else 0)
    if code and first < min(after, _END):
        resident.weeks.append((code, first, min(after, _END)))


def _benefit(resident: Resident, benefit: str, start: int, end: int, rng: random.Random) -> None:
    """Weeks of a contact course that ends before the day `end`; the last digit changes now and then."""
    first, after = week_index(start), week_index(end - 1) + 1
    if benefit in _BEFORE:
        _add(resident, _BEFORE[benefit], first, after)
        return
    group = "14" if benefit == "uddannelseshjaelp" else "13"
    while first < after:
        step = first + rng.randint(20, 90)
        code = group if first >= _REFORM_WEEK else "13"
        _add(resident, code + rng.choice("0000123456789"), first, min(step, after))
        first = step


def _after(resident: Resident, rng: random.Random) -> None:
    """What follows after the benefit: the status of Tabel 4, or something for those who leave later."""
    first = week_index(resident.leaves or LAST_DAY)
    status = resident.status
    if status == "fortsat":
        status = rng.choice(("anden", "beskaeftigelse", "beskaeftigelse", "uddannelse", "selvforsoergelse"))
    if status == "selvforsoergelse":
        code = rng.choice(_GONE)
        _add(resident, "999" if code == "died" else code, first, first + 1 if code == "died" else _END)
        if not code and rng.random() < 0.2:
            # A degree of nothing is no job.
            resident.jobs.append(("", "0,00", month_of(resident.leaves or 0), month_of(LAST_DAY) + 1))
        return
    _add(resident, rng.choice(_AFTER[status]), first, _END)
    if status == "beskaeftigelse":
        last = month_of(resident.reading if resident.status == status else LAST_DAY) + rng.randint(2, 9)
        _work(resident, month_of(resident.leaves or 0), max(last, month_of(resident.leaves or 0) + 2), rng)


def _work(resident: Resident, first: int, after: int, rng: random.Random) -> None:
    """A job in the months [first, after): branche and degree, sometimes only one of them."""
    kind = rng.random()
    branch = "" if kind < 0.1 else rng.choice(_BRANCHES)
    degree = "" if 0.1 <= kind < 0.2 else f"{rng.choice((0, 0, 1)) or rng.randint(2, 9) / 10:.2f}".replace(".", ",")
    resident.jobs.append((branch, degree, first, after))


def _job_before(resident: Resident, rng: random.Random) -> None:
    """A job some time before the benefit."""
    after = month_of(min(contact.start for contact in resident.contacts)) - rng.randint(1, 12)
    first = max(after - rng.randint(2, 30), month_of(birthday(resident.person.birth, 16)))
    if first < after:
        resident.jobs.insert(0, ("561010", "0,45", first, after))


def record_compared(compared: Compared, rng: random.Random) -> None:
    """Weeks of the citizens outside the study."""
    for resident in compared.activated + compared.younger + compared.passing:
        contact = resident.contacts[0]
        _benefit(resident, contact.benefit, contact.start, resident.leaves or LAST_DAY + 1, rng)
        if resident.leaves and rng.random() < 0.6:
            _add(resident, rng.choice(_AFTER["anden"]), week_index(resident.leaves), _END)
    for resident, _, code in compared.others:
        _add(resident, code, week_index(resident.since), week_index(resident.leaves or LAST_DAY) + 1)
        if not code:
            _work(resident, month_of(resident.since), month_of(resident.leaves or LAST_DAY), rng)


def strangers(population: Population, rng: random.Random, known: Sequence[Person], share: float) -> list[Resident]:
    """Persons whom BIFLIS does not know: the rest of the web citizens, and many whom no mentor source knows."""
    found = [Resident(person, "dansk", in_biflis=False) for person in known]
    for _ in range(max(1, round(STRANGERS * share))):
        person = population.draw_resident(
            rng,
            lambda: born_at_age(rng, rng.randint(18, 75), date(2014, 1, 1)),
            rng.choice("MK"),
            valid=rng.random() > 0.01,
        )
        origin = rng.choice(("dansk",) * 12 + ("ikke-vestlig", "vestlig", ""))
        found.append(
            Resident(person, origin, civil=rng.choice(("U", "G", "G", "F", "E", "O", "L", "D", "")), in_biflis=False)
        )
    for resident in found:
        week = _START + rng.randrange(150)
        while week < _END and rng.random() < 0.8:
            length = rng.randint(2, 80)
            if rng.random() < 0.5:
                _add(resident, rng.choice(_OTHER), week, week + length)
            else:
                month = max(month_of(LAST_DAY) - (_END - week) // 4, resident.jobs[-1][3] if resident.jobs else 0)
                _work(resident, month, month + max(1, length // 4), rng)
            week += length + rng.randint(1, 120)
    return found
