"""Bad rows of every kind in one otherwise good delivery, and CPR numbers in places where none belongs.

Every bad row is an extra one that nothing good refers to, so the figures stay; each member stays below the share of
bad rows at which a delivery is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from .planted import Drift
from .planter import Planter, digits, hyphenated
from .population import Population
from .webreg_deliveries import MEMBERS
from .webreg_model import Course, History

#: The delivery that holds the bad rows, its additional column and its additional member.
PLANTED_FILE = "webreg_2011-02-28.zip"
EXTRA_COLUMN = ("opgaver.csv", "kommentar")
EXTRA_MEMBER = ("bemaerkninger.csv", ("bemaerkning_id", "tekst"))

_NOBODY = 9999999
_DAY = date(2010, 5, 3)


class WebregPlanter(Planter):
    """Plants into the web registrations: `head` before the first good rows, `tail` after the last."""

    def head(self, history: History, population: Population, first_rows: Mapping[str, tuple[object, ...]]) -> None:
        """Bad rows that good ones follow. `first_rows` holds the first good row of each member, for `tail`."""
        self._first_rows = dict(first_rows)
        course = next(c for c in history.courses if c.start < _DAY and c.end is None and c.citizen.gone is None)
        self._planted.drift.append(Drift(PLANTED_FILE, *EXTRA_COLUMN))
        self._planted.drift.append(Drift(PLANTED_FILE, EXTRA_MEMBER[0], None))
        self._citizens(course, population)
        self._time(course, history)
        self._others(course)
        self._numbers(course, population)

    def tail(self) -> None:
        """Repeated keys, after the good rows that they repeat."""
        for member in ("stoetteforloeb.csv", "parallelle_indsatser.csv", "tidsforbrug.csv", "opgaver.csv"):
            self._bad(member, self._first_rows[member], None, "key_twice")

    def _citizens(self, course: Course, population: Population) -> None:
        """Citizens and courses, with a chain: number, course and time entry fall one after the other."""
        member = "borgere.csv"
        lost = self._id()
        self._bad(member, (lost, "12345", "K", 30, "UDD2"), "cpr", "bad_cpr")
        self._bad(member, (self._id(), "0000000000", "M", 41, "UDD4"), "cpr", "unknown_person")
        person = population.draw(self._rng, date(1970, 5, 9), "K")
        self._bad(member, (self._id(), person.cpr, "X", 39, "UDD2"), "koen", "bad_code")
        taken = digits(course.citizen.cpr)
        other = population.draw(self._rng, date(1981, 11, 30), "M")
        self._hide(member, "id column", taken, taken)
        self._bad(member, (taken, other.cpr, "M", 28, "UDD3"), "borger_id", "bad_id")

        member, borger, mentor = "stoetteforloeb.csv", course.citizen.borger_id, course.mentor.mentor_id
        orphan = self._id()
        row = ("FOR4", "", "BAG2", "")
        self._bad(member, (orphan, lost, mentor, _DAY, "", *row), "borger_id", "reference")
        self._bad(member, (self._id(), borger, mentor, _DAY, date(2010, 5, 2), *row), "slut_dato", "end_before_start")
        self._bad(member, (self._id(), borger, mentor, _DAY, _DAY, *row[:3], "blev_væk"), "afslutning", "bad_code")
        self._bad("tidsforbrug.csv", (self._id(), orphan, mentor, *_ENTRY), "forloeb_id", "reference")

    def _time(self, course: Course, history: History) -> None:
        """The largest member takes every rule that a field can break."""
        forloeb, mentor = course.forloeb_id, course.mentor.mentor_id
        member, columns = "tidsforbrug.csv", MEMBERS["tidsforbrug.csv"]
        for field, value, rule in (
            ("tid_id", "", "key_empty"),
            ("tid_id", "12a45", "bad_id"),
            ("dato", "", "empty_required"),
            ("dato", "2010-02-30", "bad_date"),
            ("dato", "03-05-2010", "bad_date"),
            ("start_tid", "24:30", "bad_time"),
            ("minutter", "tyve", "bad_number"),
            ("minutter", 4, "below_min"),
            ("minutter", 1441, "above_max"),
            ("opgavetype", "FERIE", "bad_code"),
            ("forloeb_id", _NOBODY, "reference"),
            ("mentor_id", _NOBODY, "reference"),
        ):
            row = dict(zip(columns, (self._id(), forloeb, mentor, *_ENTRY), strict=True))
            row[field] = value
            self._bad(member, tuple(row.values()), field, rule)
        self._bad(member, (self._id(), forloeb, mentor), None, "too_few_fields")
        self._torn(member, f'{self._id()};{forloeb};{mentor};{_DAY};10:15;"halv" time;;HJEM', "bad_quoting")
        neighbour = next(c.citizen for c in history.courses if c.citizen is not course.citizen)
        number = digits(neighbour.cpr)
        for field, value, rule in (("dato", number, "bad_date"), ("forloeb_id", number, "bad_id")):
            row = dict(zip(columns, (self._id(), forloeb, mentor, *_ENTRY), strict=True))
            row[field] = value
            self._hide(member, f"{field} of a quarantined row", number, number)
            self._bad(member, tuple(row.values()), field, rule)

    def _others(self, course: Course) -> None:
        """The remaining members, few rows each."""
        forloeb, mentor = course.forloeb_id, course.mentor.mentor_id
        bad = self._bad
        bad("parallelle_indsatser.csv", ("", "PAR1"), "forloeb_id", "key_empty")
        bad("parallelle_indsatser.csv", (forloeb, "PAR10"), "indsats", "bad_code")
        bad("parallelle_indsatser.csv", (_NOBODY, "PAR2"), "forloeb_id", "reference")
        bad("opgaver.csv", (self._id(), forloeb, _NOBODY, _DAY, "OPG01"), "mentor_id", "reference")
        bad("opgaver.csv", (self._id(), forloeb, mentor, "i går", "OPG01"), "dato", "bad_date")
        event = (self._id(), forloeb, _DAY, "", "BEG08", "")
        bad("begivenheder.csv", (*event[:3], date(2010, 5, 1), *event[4:]), "slut_dato", "end_before_start")
        bad("begivenheder.csv", (self._id(), *event[1:4], "BEG19", ""), "begivenhed", "bad_code")
        bad("begivenheder.csv", (self._id(), *event[1:4], "BEG09", _NOBODY), "virksomhed_id", "reference")
        bad("begivenheder.csv", (self._id(), forloeb, "2010-13-01", *event[3:]), "start_dato", "bad_date")
        bad("virksomheder.csv", (self._id(), "Fonden Nordlys", "fond", "hotel", "ja"), "type", "bad_code")
        bad("tilknytninger.csv", (forloeb, 301, _DAY, date(2010, 5, 1), "indslusning"), "slut_dato", "end_before_start")

    def _numbers(self, course: Course, population: Population) -> None:
        """CPR numbers where none belongs: in accepted rows, in shifted ones, in the column and member nobody knows."""
        forloeb, mentor = course.forloeb_id, course.mentor.mentor_id

        def number() -> str:
            return population.draw(self._rng, date(1960 + self._rng.randrange(30), 7, 14), "M").cpr

        for text in (number(), hyphenated(number())):
            self._hide("virksomheder.csv", "company name of an accepted row", text, digits(text))
            self._members["virksomheder.csv"].add([(self._id(), f"Enkeltmandsfirma {text}", "privat", "", "nej")])
        text = number()
        self._hide("opgaver.csv", "unknown column of an accepted row", text, text)
        self._members["opgaver.csv"].add([(self._id(), forloeb, mentor, _DAY, "OPG01", f"ringede til {text} om mødet")])
        text = number()
        self._hide("opgaver.csv", "code field", text, text)
        self._bad("opgaver.csv", (self._id(), forloeb, mentor, _DAY, text), "opgave", "bad_code")
        text = number()
        self._hide("opgaver.csv", "shifted row", text, text)
        self._bad("opgaver.csv", (text, forloeb, mentor), None, "too_few_fields")
        text = hyphenated(number())
        self._hide("tidsforbrug.csv", "shifted row", text, digits(text))
        self._bad("tidsforbrug.csv", (self._id(), text, forloeb, mentor, *_ENTRY), None, "too_many_fields")
        text = hyphenated(number())
        self._hide(EXTRA_MEMBER[0], "unknown member", text, digits(text))
        self._members[EXTRA_MEMBER[0]].add([(1, f"Borgeren {text} flytter til Ærø")])


#: What follows the mentor in a time entry that is right.
_ENTRY = (_DAY, "10:15", 30, "", "KONTAKT")
