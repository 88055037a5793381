"""The deliveries of the web database: which there are, and the rows that each shows of the history."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from . import targets
from .population import Population
from .webreg_activity import do_tasks, note_efforts, open_companies, record_events
from .webreg_hours import register_2008, register_later
from .webreg_model import Citizen, Course, History, Ids
from .webreg_people import enrol_2008, enrol_later, finish, hire
from .writing import Style

Row = tuple[object, ...]

#: Members in the order of the contract with the source, with their columns.
MEMBERS: dict[str, tuple[str, ...]] = {
    "jobcentre.csv": ("jobcenter_id", "navn", "kommunekode", "organisering", "pladser"),
    "mentorer.csv": ("mentor_id", "jobcenter_id", "fuldtid", "start_dato", "slut_dato"),
    "borgere.csv": ("borger_id", "cpr", "koen", "alder", "uddannelse"),
    "stoetteforloeb.csv": (
        "forloeb_id", "borger_id", "mentor_id", "start_dato", "slut_dato", "forsoergelse", "forsoergelse_2008",
        "baggrund", "afslutning",
    ),
    "parallelle_indsatser.csv": ("forloeb_id", "indsats"),
    "tidsforbrug.csv": (
        "tid_id", "forloeb_id", "mentor_id", "dato", "start_tid", "minutter", "heraf_transport", "opgavetype",
    ),
    "opgaver.csv": ("opgave_id", "forloeb_id", "mentor_id", "dato", "opgave"),
    "begivenheder.csv": ("begivenhed_id", "forloeb_id", "start_dato", "slut_dato", "begivenhed", "virksomhed_id"),
    "virksomheder.csv": ("virksomhed_id", "navn", "type", "branche", "erfaring"),
    "tilknytninger.csv": ("forloeb_id", "virksomhed_id", "start_dato", "slut_dato", "art"),
}  # fmt: skip

_JOBCENTRES = {
    "Herlev": (1, "163", "jobcenter"),
    "Viborg": (2, "791", "anden_aktoer"),
    "Odense": (3, "461", "jobcenter"),
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery: the day it covers, the day it was drawn, how it is written, whether it lies beside the others.

    `folder` is where below the output folder it goes; two deliveries of one day have the same name and need two.
    """

    covers: date
    drawn: date
    style: Style = field(default_factory=Style)
    checksum: bool = False
    folder: str = "webreg"

    @property
    def file_name(self) -> str:
        """The name the contract asks for."""
        return f"webreg_{self.covers.isoformat()}.zip"


DELIVERIES = (
    Delivery(date(2008, 9, 30), date(2008, 9, 30), checksum=True),
    Delivery(date(2008, 12, 31), date(2009, 1, 2), Style(bom=True, line_end="\r\n")),
    Delivery(date(2009, 6, 30), date(2009, 6, 30), Style(shuffled=True), checksum=True),
    Delivery(date(2010, 3, 31), date(2010, 4, 1), Style(last_line_end=False)),
    Delivery(targets.LAST_DAY, targets.LAST_DAY, checksum=True),
    # The same day drawn again three weeks later, when what was missing had been registered: a new version.
    Delivery(date(2009, 6, 30), date(2009, 7, 21), folder="corrections/webreg"),
)


def cohort(population: Population, ids: Ids, rng: random.Random, share: float = 1.0) -> History:
    """One calibrated history of the web database; with `share` below 1 only so much of its citizens."""
    history = History()
    hire(history, ids, rng)
    enrol_2008(history, population, ids, rng)
    enrol_later(history, population, ids, rng)
    finish(history, ids, rng)
    note_efforts(history, rng)
    register_2008(history, ids, rng)
    register_later(history, ids, rng)
    do_tasks(history, ids, rng)
    open_companies(history, ids, rng)
    record_events(history, ids, rng)
    return history if share >= 1 else _thin(history, rng, share)


def _thin(history: History, rng: random.Random, share: float) -> History:
    """The history with only `share` of the citizens and what belongs to them."""
    citizens = sorted({course.citizen.borger_id for course in history.courses})
    kept = set(rng.sample(citizens, max(1, round(len(citizens) * share))))

    def stays(course: Course) -> bool:
        return course.citizen.borger_id in kept

    return History(
        mentors=history.mentors,
        companies=history.companies,
        courses=[course for course in history.courses if stays(course)],
        efforts=[effort for effort in history.efforts if stays(effort[0])],
        entries=[entry for entry in history.entries if stays(entry.course)],
        tasks=[task for task in history.tasks if stays(task.course)],
        events=[event for event in history.events if stays(event.course)],
        ties=[tie for tie in history.ties if stays(tie.course)],
        persons={number: person for number, person in history.persons.items() if number in kept},
    )


def jobcentre_rows(scale: float) -> list[Row]:
    """The three jobcentres with their agreed places, which grow with the scale."""
    return [
        (number, name, municipality, organisation, max(1, round(targets.PLACES[name] * scale)))
        for name, (number, municipality, organisation) in _JOBCENTRES.items()
    ]


def rows(history: History, delivery: Delivery) -> Iterator[tuple[str, list[Row]]]:
    """What the delivery shows of a history: every member but the jobcentres, with its rows in order of their ids."""
    covers, drawn = delivery.covers, delivery.drawn

    def known(day: date, seen: date | None) -> bool:
        return day <= covers and (seen is None or seen <= drawn)

    def ended(end: date | None, seen: date | None = None) -> date | str:
        return end if end is not None and known(end, seen) else ""

    courses = [
        course
        for course in history.courses
        if known(course.start, course.seen) and (course.citizen.gone is None or drawn < course.citizen.gone)
    ]
    open_ones = {course.forloeb_id for course in courses}
    yield (
        "mentorer.csv",
        [
            (m.mentor_id, _JOBCENTRES[m.jobcentre][0], m.full_time, m.start, ended(m.end))
            for m in history.mentors
            if m.start <= covers
        ],
    )
    citizens = {course.citizen.borger_id: course.citizen for course in courses}
    yield "borgere.csv", [_citizen_row(citizens[number], covers) for number in sorted(citizens)]
    yield "stoetteforloeb.csv", [_course_row(course, ended(course.end, course.end_seen)) for course in courses]
    yield "parallelle_indsatser.csv", [(c.forloeb_id, code) for c, code in history.efforts if c.forloeb_id in open_ones]
    yield "tidsforbrug.csv", [
        (
            e.tid_id, e.course.forloeb_id, e.mentor.mentor_id, e.day, e.start.strftime("%H:%M"), e.minutes,
            "" if e.transport is None else e.transport, e.kind,
        )
        for e in history.entries
        if known(e.day, e.seen) and e.course.forloeb_id in open_ones
    ]  # fmt: skip
    yield (
        "opgaver.csv",
        [
            (t.opgave_id, t.course.forloeb_id, t.mentor.mentor_id, t.day, t.code)
            for t in history.tasks
            if known(t.day, t.seen) and t.course.forloeb_id in open_ones
        ],
    )
    yield (
        "begivenheder.csv",
        [
            (
                e.begivenhed_id,
                e.course.forloeb_id,
                e.day,
                ended(e.end),
                e.code,
                e.company.virksomhed_id if e.company else "",
            )
            for e in history.events
            if known(e.day, e.course.end_seen if e.code == "BEG18" else None) and e.course.forloeb_id in open_ones
        ],
    )
    yield (
        "virksomheder.csv",
        [
            (c.virksomhed_id, c.name, c.kind, c.branch if known(c.branch_seen or c.since, None) else "", c.experience)
            for c in history.companies
            if c.since <= covers
        ],
    )
    yield (
        "tilknytninger.csv",
        [
            (t.course.forloeb_id, t.company.virksomhed_id, t.start, ended(t.end), t.kind)
            for t in history.ties
            if t.start <= covers and t.course.forloeb_id in open_ones
        ],
    )


def _citizen_row(citizen: Citizen, covers: date) -> Row:
    """The citizen with what had been changed by the covered day."""
    changed = {name: value for day, name, value in citizen.changes if day <= covers}
    return (
        citizen.borger_id,
        citizen.cpr,
        changed.get("koen", citizen.sex),
        "" if citizen.age is None else citizen.age,
        changed.get("uddannelse", citizen.education),
    )


def _course_row(course: Course, end: date | str) -> Row:
    """The course; an end that only an event tells leaves slut_dato empty."""
    return (
        course.forloeb_id, course.citizen.borger_id, course.mentor.mentor_id, course.start,
        "" if course.ended_by == "BEG18" else end, course.support, course.support_2008, course.goal,
        course.outcome if end else "",
    )  # fmt: skip
