"""The deliveries of BIFLIS: which there are, and the rows that each shows of a cohort."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from . import targets_study as targets
from .days import dmy, month_of
from .study import StudyCohort
from .study_model import Course, Resident
from .study_support import PROVIDERS
from .writing import Style

Row = tuple[object, ...]

#: Members in the order of the contract with the source, with their columns.
MEMBERS: dict[str, tuple[str, ...]] = {
    "borger.csv": ("cpr", "koen", "foedselsdato", "herkomst", "bopaelskommune"),
    "kontaktforloeb.csv": ("kontaktforloeb_id", "cpr", "ydelse", "start_dato", "slut_dato"),
    "visitation.csv": ("cpr", "visitationskategori", "fra_dato", "til_dato"),
    "tilbud.csv": ("tilbud_id", "cpr", "tilbudstype", "start_dato", "planlagt_slut", "slut_dato", "sted"),
    "mentorforloeb.csv": (
        "mentorforloeb_id", "cpr", "mentortype", "haendelse", "forrige_id", "start_dato", "planlagt_slut",
        "slut_dato", "afslutning", "minutter_pr_uge", "leverandoer_id", "maalgruppe",
    ),
    "mentoraftale.csv": (
        "mentorforloeb_id", "indgaaet_dato", "formaal", "mentor_kontakt", "opgaver", "varighed_uger", "timetal",
        "klagevejledning",
    ),
    "mentorkontakt.csv": ("kontakt_id", "mentorforloeb_id", "dato", "minutter"),
    "leverandoer.csv": ("leverandoer_id", "navn", "type"),
    "budget.csv": ("aar", "ordning", "beloeb_mio", "heraf_implementering_mio"),
    "omkostning.csv": ("bilag_id", "mentorforloeb_id", "periode", "konto", "beloeb_kr"),
    "serviceniveau.csv": ("kommunekode", "mentortype", "minutter_pr_uge", "gyldig_fra", "gyldig_til"),
    "referencegruppe.csv": ("gruppe", "fordeling", "kategori", "andel_pct", "dato"),
}  # fmt: skip
#: Large members whose values are all text that needs no quoting.
PLAIN = frozenset({"mentorkontakt.csv", "omkostning.csv"})
_COPENHAGEN = "101"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery: the last day of the covered month, the day it was drawn, how it is written, where it lies."""

    covers: date
    drawn: date
    style: Style = field(default_factory=Style)
    checksum: bool = False
    folder: str = "biflis"

    @property
    def file_name(self) -> str:
        """The name the contract asks for."""
        return f"biflis_{self.covers:%Y-%m}.zip"


def _style(**other: object) -> Style:
    return Style(encoding="cp1252", **other)


DELIVERIES = (
    Delivery(date(2015, 12, 31), date(2016, 1, 6), _style(line_end="\r\n"), checksum=True),
    Delivery(date(2016, 4, 30), date(2016, 5, 4), _style(shuffled=True)),
    Delivery(date(2016, 5, 31), date(2016, 6, 3), _style(line_end="\r\n", last_line_end=False), checksum=True),
    # December drawn again, when what was missing had been registered: a new version.
    Delivery(date(2015, 12, 31), date(2016, 2, 17), _style(line_end="\r\n"), folder="corrections/biflis"),
)


def common_rows(delivery: Delivery) -> Iterator[tuple[str, list[Row]]]:
    """The members that do not depend on the citizens."""
    yield "leverandoer.csv", list(PROVIDERS)
    yield "budget.csv", [(year, scheme, *amounts) for (year, scheme), amounts in sorted(targets.BUDGET.items())]
    change, levels = targets.MINUTES_CHANGE.toordinal(), []
    for kind, (before, after) in targets.MINUTES.items():
        levels.append((_COPENHAGEN, kind, before, "01-01-2013", dmy(change - 1) if before != after else ""))
        if before != after:
            levels.append((_COPENHAGEN, kind, after, dmy(change), ""))
    yield "serviceniveau.csv", levels
    yield (
        "referencegruppe.csv",
        [
            ("alle aktivitetsparate", kind, category, share, "31-05-2014")
            for kind, shares in targets.REFERENCE.items()
            for category, share in shares.items()
        ],
    )


def rows(cohort: StudyCohort, delivery: Delivery) -> Iterator[tuple[str, list[Row]]]:
    """What the delivery shows of a cohort: the members with citizens in them, rows in the order of registration."""
    covers, drawn = delivery.covers.toordinal(), delivery.drawn.toordinal()

    def ended(day: int | None, seen: int = 0) -> str:
        return dmy(day) if day is not None and day <= covers and seen <= drawn else ""

    citizens = [r for r in cohort.residents if r.in_biflis and r.seen <= drawn and not 0 < r.gone <= drawn]
    yield "borger.csv", [_citizen_row(citizen, covers, place) for place, citizen in enumerate(citizens)]
    yield (
        "kontaktforloeb.csv",
        [
            (contact.kontaktforloeb_id, citizen.person.cpr, contact.benefit, dmy(contact.start), ended(contact.end))
            for citizen in citizens
            for contact in citizen.contacts
            if contact.start <= covers
        ],
    )
    yield (
        "visitation.csv",
        [
            (citizen.person.cpr, found.category, dmy(found.start), ended(found.end))
            for citizen in citizens
            for found in citizen.categories
            if found.start <= covers
        ],
    )
    yield (
        "tilbud.csv",
        [
            (o.tilbud_id, _written(citizen, o.tilbud_id), o.kind, dmy(o.start), dmy(o.planned), ended(o.end), o.place)
            for citizen in citizens
            for o in citizen.offers
            if o.start <= covers and o.seen <= drawn
        ],
    )
    courses = [
        (citizen, course)
        for citizen in citizens
        for course in citizen.courses
        if course.start <= covers and course.seen <= drawn
    ]
    yield "mentorforloeb.csv", [_course_row(citizen, c, ended(c.end, c.end_seen)) for citizen, c in courses]
    support = [cohort.support[course.mentorforloeb_id] for _, course in courses]
    yield "mentoraftale.csv", [found.agreement for found in support if found.agreement]
    contacts: list[tuple[str, ...]] = []
    vouchers: list[tuple[str, ...]] = []
    month = month_of(covers)
    for found in support:
        contacts += found.contacts[: bisect_right(found.contact_days, covers)]
        vouchers += found.vouchers[: bisect_right(found.voucher_months, month)]
    yield "mentorkontakt.csv", contacts
    yield "omkostning.csv", vouchers


def _written(citizen: Resident, number: int) -> str:
    """The CPR number as somebody typed it: mostly plain, sometimes with a hyphen, rarely with a blank."""
    cpr = citizen.person.cpr
    return f"{cpr[:6]}-{cpr[6:]}" if number % 61 == 7 else f"{cpr[:6]} {cpr[6:]}" if number % 211 == 9 else cpr


def _citizen_row(citizen: Resident, covers: int, place: int) -> Row:
    moved = citizen.moves is not None and citizen.moves[0] <= covers
    person = citizen.person
    return (
        _written(citizen, place), person.sex, dmy(person.birth.toordinal()), citizen.origin,
        citizen.moves[1] if moved and citizen.moves else _COPENHAGEN,
    )  # fmt: skip


def _course_row(citizen: Resident, course: Course, end: str) -> Row:
    """The forløb; how it ended is known when its end is."""
    return (
        course.mentorforloeb_id, citizen.person.cpr, course.kind, course.event, course.previous or "",
        dmy(course.start), dmy(course.planned), end, course.outcome if end else "", course.minutes,
        course.provider_id, course.target_group,
    )  # fmt: skip
