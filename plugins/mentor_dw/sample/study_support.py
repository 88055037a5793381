"""What hangs on a mentorforløb: its provider, its written agreement, the contacts and the vouchers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from . import targets_study as targets
from .allocation import expand
from .days import dmy, month_of, month_text
from .study_model import Course, Resident
from .study_status import LAST_DAY
from .webreg_model import Ids

Row = tuple[object, ...]

#: Providers: id, name, kind. The same in every delivery.
PROVIDERS: tuple[tuple[int, str, str], ...] = (
    *((31 + n, name, "ekstern") for n, name in enumerate((
        "Fonden Ålykke", "Café Sø", "Vejen ApS", "Jobhuset; Nord", 'Værkstedet "Ø"', "Mentorhuset", "Springbrættet",
        "Kompasset A/S", "Nye Skridt", "Foreningen Brobyg", "Gæstgiveriet Job", "Håndslaget",
    ))),
    *((51 + n, name, "jobcenter") for n, name in enumerate((
        "Jobcenter Lærkevej", "Jobcenter Musvågevej", "Jobcenter Skelbækgade", "Ungecentret",
    ))),
    *((61 + n, name, "beskaeftigelsescenter") for n, name in enumerate(("Center Øst", "Center Vest", "Center Midt"))),
    *((71 + n, name, "virksomhed") for n, name in enumerate((
        "Bageriet på Å", "Havnens Fisk", "Rengøring Nord ApS", "Gartneriet", "Lager 9", "Hotel Øresund", "Kantinen",
        "Plejehjemmet Søbo",
    ))),
)  # fmt: skip
_BY_KIND = {kind: [n for n, _, found in PROVIDERS if found == kind] for kind in {kind for _, _, kind in PROVIDERS}}
_CENTRES = ("ekstern", "ekstern", "ekstern", "jobcenter", "beskaeftigelsescenter")

_PERIOD = tuple(day.toordinal() for day in targets.PROVIDER_PERIOD)
_WINDOW = tuple(day.toordinal() for day in targets.WINDOW)
_NEW_LAW = date(2016, 1, 1).toordinal()
_TURN_OF_YEAR = month_of(_NEW_LAW)
#: Minutes of a contact as a share of the granted ones; None is a week without contact, 0 another kind of contact.
_CONTACTS = (1, 1, 1, 1, 1, 1, 1, 1.25, 0.75, 0.5, 0, 0, None)
_AIMS = (
    "vej mod job; trin 1",
    "struktur på hverdagen",
    'få "fast grund"',
    "afklaring af helbred",
    "start på uddannelse",
)
_MENTORS = ("Ida Å.", "Bent Ø.", "Kirsten M.", "Søren T.", "Aïcha B.")
_TASKS = ("følge, ringe, øve", "møder hos læge og jobcenter", "post og aftaler\npraktik")
_REFUNDED_FROM_2016 = {"3": "017", "8": "017", "9": "017", "10": "017", "12": "017", "13": "017", "11": "017",
                       "4": "019", "5": "019", "6": "019", "7": "019"}  # fmt: skip


@dataclass(slots=True)
class Support:
    """The rows that hang on one mentorforløb: contacts with their days, vouchers with their months, both ascending."""

    agreement: Row | None
    contact_days: list[int] = field(default_factory=list)
    contacts: list[tuple[str, ...]] = field(default_factory=list)
    voucher_months: list[int] = field(default_factory=list)
    vouchers: list[tuple[str, ...]] = field(default_factory=list)


def choose_providers(residents: Sequence[Resident], rng: random.Random) -> None:
    """Providers with the published counts (Figur 9, Tabel 3); any other forløb goes to a centre."""
    courses = [course for resident in residents for course in resident.courses]
    counted = [c for c in courses if c.kind == "helhedsorienteret" and _PERIOD[0] <= c.start <= _PERIOD[1]]
    for course, kind in zip(counted, expand(targets.PROVIDERS, rng), strict=True):
        course.provider_id = rng.choice(_BY_KIND[kind])
    retained = [c for c in courses if c.kind == "fastholdelse" and _WINDOW[0] <= c.start <= _WINDOW[1]]
    for course, place in zip(retained, expand(targets.RETENTION, rng), strict=True):
        course.provider_id = rng.choice(_BY_KIND["virksomhed" if place == "virksomhed" else rng.choice(_CENTRES)])
    for course in courses:
        if not course.provider_id:
            at_firm = course.kind == "fastholdelse" and rng.random() < 0.2
            course.provider_id = rng.choice(_BY_KIND["virksomhed" if at_firm else rng.choice(_CENTRES)])


def support_courses(courses: Sequence[Course], ids: Ids, rng: random.Random) -> dict[int, Support]:
    """The support of every course by its id, with a mean cost as rules.md section 8 has it."""
    lengths: dict[int, list[int]] = {}
    for course in courses:
        lengths.setdefault(_year(course), []).append(course.end - course.start)
    means = {year: sum(found) / len(found) for year, found in lengths.items()}
    found = {}
    for course in courses:
        support = Support(_agreement(course, rng))
        _meet(course, support, ids, rng)
        share = 0.4 + 0.6 * (course.end - course.start) / means[_year(course)]
        _pay(course, support, int(targets.MEAN_COST.get(_year(course), 12300) * 100 * share), ids, rng)
        found[course.mentorforloeb_id] = support
    return found


def _year(course: Course) -> int:
    return date.fromordinal(course.start).year


def _agreement(course: Course, rng: random.Random) -> Row | None:
    """The written agreement; every tenth lacks something, few are missing (findings, not faults)."""
    # Target group 14 exists from 1 July 2014, which only the agreement can tell.
    if rng.random() < 0.05 and course.target_group != "14":
        return None
    weeks = (course.planned - course.start + 1) // 7
    hours = f"{weeks * course.minutes // 60},{weeks * course.minutes % 60 * 5 // 3:02d}".removesuffix("00").rstrip(",")
    fields: list[object] = [
        rng.choice(_AIMS),
        f"{rng.choice(_MENTORS)} tlf. {rng.randrange(20000000, 99999999)}",
        rng.choice(_TASKS),
        weeks,
        hours,
        "ja" if rng.random() < 0.9 else "nej",
    ]
    while rng.random() < 0.12:
        fields[rng.randrange(6)] = ""
    return (course.mentorforloeb_id, dmy(course.start - rng.randrange(15)), *fields)


def _meet(course: Course, support: Support, ids: Ids, rng: random.Random) -> None:
    """A contact a week, from 2016 every second week; some weeks without, some by telephone only."""
    last = min(course.end, LAST_DAY)
    first = course.start + rng.randrange(7)
    days = [*range(first, min(last, _NEW_LAW) + 1, 7), *range(max(first, _NEW_LAW + first % 7), last + 1, 14)]
    minutes, number = course.minutes, str(course.mentorforloeb_id)
    for day, share in zip(days, rng.choices(_CONTACTS, k=len(days)), strict=True):
        if share is not None:
            support.contact_days.append(day)
            support.contacts.append((str(ids.take("kontakt")), number, dmy(day), str(int(minutes * share) // 5 * 5)))


def _pay(course: Course, support: Support, cost: int, ids: Ids, rng: random.Random) -> None:
    """Vouchers of `cost` hundredths of a krone in all, every second month; some with a correction."""
    course_id = str(course.mentorforloeb_id)
    first, last = month_of(course.start), month_of(min(course.end, LAST_DAY))
    months = list(range(first, last + 1, 2))
    parts = [rng.randint(80, 120) for _ in months]
    elapsed = (min(course.end, LAST_DAY) - course.start + 1) / (course.end - course.start + 1)
    for month, part in zip(months, parts, strict=True):
        amount = int(cost * elapsed * part / sum(parts))
        rows = [(month, _account(course, month, rng), amount)]
        chance = rng.random()
        if chance < 0.03:
            rows.append((month, rows[0][1], -(amount // 10)))
        elif chance < 0.04:
            rows.append((month, _training_account(month), rng.randint(50000, 250000)))
        for when, account, value in rows:
            support.voucher_months.append(when)
            number = str(ids.take("bilag"))
            support.vouchers.append((number, course_id, month_text(when), account, _kroner(value)))


def _account(course: Course, month: int, rng: random.Random) -> str:
    """The account by month and target group; a few vouchers are on one that disagrees with the rule."""
    if month < _TURN_OF_YEAR:
        if course.target_group == "1":
            return "5.68.98.019"
        wrong = rng.random() < 0.004
        return "5.68.98.012" if wrong or course.target_group in ("", "0", "2") else "5.68.98.011"
    return f"5.68.90.{_REFUNDED_FROM_2016.get(course.target_group, '018')}"


def _training_account(month: int) -> str:
    """Subsidy for the training of mentors, a cost of its own kind."""
    return "5.68.98.015" if month < _TURN_OF_YEAR else "5.68.90.018"


def _kroner(hundredths: int) -> str:
    """Kroner with a decimal comma; whole kroner without one."""
    sign, whole, rest = "-" if hundredths < 0 else "", *divmod(abs(hundredths), 100)
    return f"{sign}{whole},{rest:02d}" if rest else f"{sign}{whole}"
