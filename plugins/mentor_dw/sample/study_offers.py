"""Offers and fastholdelsesmentorer: Figur 7, Tabel 2 and Tabel 3 together."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date

from . import targets_study as targets
from .days import birthday, is_working
from .study_compared import Compared, agreed_number
from .study_model import Course, Offer, Resident
from .study_status import LAST_DAY, REFORM
from .targets_study import OLD, YOUNG
from .webreg_model import Ids

_FIRST, _LAST = (day.toordinal() for day in targets.WINDOW)
_WINDOW_DAYS = [day for day in range(_FIRST, _LAST + 1) if is_working(day)]
_OTHER_DAYS = [
    day for day in range(REFORM, date(2016, 5, 20).toordinal()) if is_working(day) and not _FIRST <= day <= _LAST
]
_PLACES = (
    "Jobcenter Lærkevej", "Ørestad", "Valby; hus 2", 'Værkstedet "Åen"', "Nørrebro", "Amager Øst", "",
    "Vesterbro\nbaggården",
)  # fmt: skip
_TABEL_2 = {"nytteindsats": "virksomhedspraktik"}
_WORKPLACE = ("virksomhedspraktik", "virksomhedspraktik", "nytteindsats", "loentilskud")


def in_tabel_2(resident: Resident, start: int) -> bool:
    """Whether a start counts in Tabel 2: in the window, fyldt 30 and aktivitetsparat that day (rules.md R15)."""
    return (
        _FIRST <= start <= _LAST
        and birthday(resident.person.birth, 30) <= start
        and resident.category_on(start) == "aktivitetsparat"
    )


def offer(resident: Resident, kind: str, start: int, days: int, ids: Ids, rng: random.Random) -> None:
    """One offer of so many days; a few end before they were planned to."""
    planned = start + days + (rng.randint(7, 40) if rng.random() < 0.15 else 0)
    resident.offers.append(Offer(ids.take("tilbud"), kind, start, planned, start + days, rng.choice(_PLACES)))


def fill_offers(study: Sequence[Resident], compared: Compared, ids: Ids, rng: random.Random) -> None:
    """First what runs in the seventh month, then offers after ended forløb, then what Tabel 2 still lacks."""
    for group in (YOUNG, OLD):
        _running([resident for resident in study if resident.group == group], group, ids, rng)
    for resident in study:
        _after_last_course(resident, ids, rng)
    counted: Counter[str] = Counter()
    for resident in study:
        counted.update(_TABEL_2.get(o.kind, o.kind) for o in resident.offers if in_tabel_2(resident, o.start))
    for kind, total in targets.WINDOW_OFFERS.items():
        for _ in range(total - counted[kind]):
            shown = "nytteindsats" if kind == "virksomhedspraktik" and rng.random() < 0.35 else kind
            offer(rng.choice(compared.activated), shown, rng.choice(_WINDOW_DAYS), rng.randint(13, 70), ids, rng)
    for resident in (*rng.choices(compared.activated, k=1500), *rng.choices(compared.younger, k=600)):
        _sometime(resident, ids, rng)


def _sometime(resident: Resident, ids: Ids, rng: random.Random) -> None:
    """An offer outside the window of Tabel 2, or to somebody under 30."""
    start = rng.choice(_OTHER_DAYS)
    if start >= resident.since and (resident.leaves is None or start < resident.leaves - 20):
        kind = "vejledning_opkvalificering" if rng.random() < 0.7 else rng.choice(_WORKPLACE)
        offer(resident, kind, start, rng.randint(13, 70), ids, rng)


def _running(citizens: Sequence[Resident], group: str, ids: Ids, rng: random.Random) -> None:
    """Offers that run on the day seven months after the first start, in the published proportion to the mentors."""
    shares = targets.RUNNING_OFFERS[group]
    mentors = sum(course.start <= r.reading <= course.end for r in citizens for course in r.courses)
    total = mentors / shares["mentor"]
    still = [resident for resident in citizens if resident.status == "fortsat"]
    for kind, share in list(shares.items())[1:]:
        for resident in rng.sample(still, round(total * share)):
            shown = rng.choice(_WORKPLACE) if kind == "virksomhedsplacering" else kind
            start = max(resident.first, resident.reading - rng.randint(0, 45))
            offer(resident, shown, start, resident.reading - start + rng.randint(0, 45), ids, rng)


def _after_last_course(resident: Resident, ids: Ids, rng: random.Random) -> None:
    """The offer that follows an ended forløb, unless it would run on the day that Figur 7 reads."""
    ended = resident.last_course_end()
    if resident.status != "fortsat" or ended > LAST_DAY or rng.random() < 0.35:
        return
    start = ended + rng.randint(1, 14)
    days = rng.randint(13, 60)
    if start <= resident.reading <= start + days or (resident.leaves or LAST_DAY) < start + days:
        return
    kind = "vejledning_opkvalificering" if rng.random() < 0.85 else rng.choice(_WORKPLACE[:3])
    offer(resident, kind, start, days, ids, rng)


def grant_retention(study: Sequence[Resident], compared: Compared, ids: Ids, rng: random.Random) -> None:
    """Fastholdelsesmentorer: so many in the window, of them as many to the citizens of Tabel 2 as it still lacks."""
    whole = sum(targets.RETENTION.values())
    have = sum(in_tabel_2(r, course.start) for r in study for course in r.courses)
    lacking = targets.WINDOW_MENTOR - have
    if not 0 <= lacking <= whole:
        raise ValueError("the forløb of the study leave no room for Tabel 2")
    for _ in range(lacking):
        _retain(rng.choice(compared.activated), "3", rng.choice(_WINDOW_DAYS), ids, rng)
    for start in [rng.choice(_WINDOW_DAYS) for _ in range(whole - lacking)] + rng.choices(_OTHER_DAYS, k=380):
        resident, number, _ = rng.choice(compared.others)
        _retain(resident, "" if rng.random() < 0.02 else agreed_number(number, start), start, ids, rng)


def _retain(resident: Resident, number: str, start: int, ids: Ids, rng: random.Random) -> None:
    end = start + rng.randint(40, 181)
    outcome = rng.choice(("job", "job", "uddannelse", "udloebet", "andet"))
    resident.courses.append(
        Course(ids.take("mentorforloeb"), "fastholdelse", "ny", None, start, end, outcome,
               targets.MINUTES["fastholdelse"][0], number, planned=start + 181)
    )  # fmt: skip
