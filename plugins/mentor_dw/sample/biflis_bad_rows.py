"""Bad rows of every kind in one otherwise good delivery of BIFLIS, and CPR numbers in places where none belongs.

Every bad row is an extra one that nothing good refers to, so the figures stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from .planted import Drift
from .planter import Planter, digits, hyphenated
from .population import Population
from .study import StudyCohort

#: The delivery that holds the bad rows, its additional column and its additional member.
PLANTED_FILE = "biflis_2016-05.zip"
EXTRA_COLUMN = ("tilbud.csv", "sagsnr")
EXTRA_MEMBER = ("noter.csv", ("note_id", "tekst"))

_NOBODY = 99999999
#: Courses that start before this day are in every delivery.
_SHOWN = date(2015, 1, 1).toordinal()
_START, _END, _BEFORE = "04-02-2013", "28-03-2013", "01-02-2013"
_TWICE = ("borger.csv", "visitation.csv", "tilbud.csv", "mentorkontakt.csv", "omkostning.csv")


class BiflisPlanter(Planter):
    """Plants into BIFLIS: `head` before the first good rows, `tail` after the last."""

    def head(self, cohort: StudyCohort, population: Population, first_rows: Mapping[str, tuple[object, ...]]) -> None:
        """Bad rows that good ones follow. `first_rows` holds the first good row of each member, for `tail`."""
        self._population = population
        self._first_rows = dict(first_rows)
        citizen = next(r for r in cohort.residents if not r.group and r.courses and not r.seen and not r.gone)
        self._cpr = citizen.person.cpr
        self._course = citizen.courses[0].mentorforloeb_id
        self._bare = [
            course.mentorforloeb_id
            for resident in cohort.residents
            for course in resident.courses
            if cohort.support[course.mentorforloeb_id].agreement is None and course.start < _SHOWN
        ]
        self._planted.drift.append(Drift(PLANTED_FILE, *EXTRA_COLUMN))
        self._planted.drift.append(Drift(PLANTED_FILE, EXTRA_MEMBER[0], None))
        self._citizens()
        self._periods()
        self._courses()
        self._support()
        self._numbers()

    def tail(self) -> None:
        """Repeated keys, after the good rows that they repeat."""
        for member in _TWICE:
            self._bad(member, self._first_rows[member], None, "key_twice")

    def _number(self) -> str:
        """The CPR number of nobody else."""
        birth = date(1960 + self._rng.randrange(30), 7, 14)
        return self._population.draw_resident(self._rng, lambda: birth, self._rng.choice("MK")).cpr

    def _citizens(self) -> None:
        """Citizens, and a chain: citizen, course, agreement, contact and voucher fall one after the other."""
        member = "borger.csv"
        row = {"cpr": "", "koen": "K", "foedselsdato": "14-07-1980", "herkomst": "dansk", "bopaelskommune": "101"}
        lost = self._number()
        for field, value, rule in (
            ("cpr", "12345", "bad_cpr"),
            ("cpr", "ukendt", "bad_cpr"),
            ("cpr", "0000000000", "unknown_person"),
            ("koen", "", "empty_required"),
            ("herkomst", "nordisk", "bad_code"),
            ("foedselsdato", "31-02-1980", "bad_date"),
            ("foedselsdato", "1980-02-28", "bad_date"),
            ("bopaelskommune", "1O1", "bad_text"),
        ):
            number = self._number()
            self._bad(member, tuple((row | {"cpr": number, field: value}).values()), field, rule)
        self._bad(member, tuple((row | {"cpr": lost, "koen": "X"}).values()), "koen", "bad_code")
        member, course = "mentorforloeb.csv", self._id()
        self._bad(member, self._granted(mentorforloeb_id=course, cpr=lost), "cpr", "reference")
        agreement = (course, _START, "", "", "", 26, "39", "ja")
        self._bad("mentoraftale.csv", agreement, "mentorforloeb_id", "reference")
        self._bad("mentorkontakt.csv", (self._id(), course, _START, 45), "mentorforloeb_id", "reference")
        voucher = (self._id(), course, "2013-02", "5.68.98.011", "812,5")
        self._bad("omkostning.csv", voucher, "mentorforloeb_id", "reference")

    def _periods(self) -> None:
        """Contact courses, categories and offers."""
        member, cpr = "kontaktforloeb.csv", self._cpr
        self._bad(member, (self._id(), self._number(), "dagpenge", _START, _END), "cpr", "reference")
        self._bad(member, (self._id(), "0000000000", "dagpenge", _START, _END), "cpr", "unknown_person")
        self._bad(member, (self._id(), cpr, "dagpenge", "4. februar", _END), "start_dato", "bad_date")
        self._bad(member, (self._id(), cpr, "barsel", _START, _END), "ydelse", "bad_code")
        self._bad(member, (self._id(), cpr, "dagpenge", _START, _BEFORE), "slut_dato", "end_before_start")
        self._bad(member, ("", cpr, "dagpenge", _START, _END), "kontaktforloeb_id", "key_empty")
        self._bad(member, (self._id(), cpr, "dagpenge", _START, _END, "ja"), None, "too_many_fields")
        member = "visitation.csv"
        self._bad(member, (cpr, "jobparat", _START, _BEFORE), "til_dato", "end_before_start")
        self._bad(member, (cpr, "matchgruppe 2", "05-02-2013", _END), "visitationskategori", "bad_code")
        self._bad(member, (cpr, "jobparat", "", _END), "fra_dato", "key_empty")
        member = "tilbud.csv"
        offer = {"id": 0, "cpr": cpr, "kind": "oevrige", "start": _START, "planned": _END, "end": _END, "place": ""}
        for key, field, value, rule in (
            ("id", "tilbud_id", "", "key_empty"),
            ("id", "tilbud_id", "12a45", "bad_id"),
            ("kind", "tilbudstype", "rejse", "bad_code"),
            ("start", "start_dato", "04-13-2013", "bad_date"),
            ("planned", "planlagt_slut", _BEFORE, "end_before_start"),
            ("end", "slut_dato", _BEFORE, "end_before_start"),
        ):
            self._bad(member, tuple((offer | {"id": self._id(), key: value}).values()), field, rule)
        self._torn(member, f'{self._id()};{cpr};oevrige;{_START};{_END};{_END};"hus" 2;', "bad_quoting")

    def _granted(self, **other: object) -> tuple[object, ...]:
        """A mentorforløb that would be right but for `other`."""
        row: dict[str, object] = {
            "mentorforloeb_id": self._id(), "cpr": self._cpr, "mentortype": "udslusning", "haendelse": "ny",
            "forrige_id": "", "start_dato": _START, "planlagt_slut": _END, "slut_dato": _END, "afslutning": "andet",
            "minutter_pr_uge": 60, "leverandoer_id": 31, "maalgruppe": "3",
        }  # fmt: skip
        return tuple((row | other).values())

    def _courses(self) -> None:
        for field, value, rule in (
            ("cpr", "0000000000", "unknown_person"),
            ("mentortype", "coach", "bad_code"),
            ("haendelse", "pause", "bad_code"),
            ("forrige_id", _NOBODY, "reference"),
            ("slut_dato", _BEFORE, "end_before_start"),
            ("start_dato", "30-02-2013", "bad_date"),
            ("minutter_pr_uge", "tyve", "bad_number"),
            ("minutter_pr_uge", -5, "below_min"),
            ("leverandoer_id", _NOBODY, "reference"),
            ("maalgruppe", "15", "bad_code"),
        ):
            self._bad("mentorforloeb.csv", self._granted(**{field: value}), field, rule)

    def _support(self) -> None:
        member, bare = "mentoraftale.csv", self._bare
        self._bad(member, (bare[1], _START, "", "", "", 26, "39.5", "ja"), "timetal", "bad_number")
        self._bad(member, (bare[2], _START, "", "", "", "et halvt år", "39", "ja"), "varighed_uger", "bad_number")
        self._bad(member, (bare[3], _START, "", "", "", 26, "39", "måske"), "klagevejledning", "bad_code")
        self._bad(member, (bare[4], "", "", "", "", 26, "39", "ja"), "indgaaet_dato", "empty_required")
        member, course = "mentorkontakt.csv", self._course
        self._bad(member, ("", course, _START, 45), "kontakt_id", "key_empty")
        self._bad(member, (self._id(), course, "29-02-2013", 45), "dato", "bad_date")
        self._bad(member, (self._id(), course, _START, "45 min"), "minutter", "bad_number")
        self._bad(member, (self._id(), course, _START, 1441), "minutter", "above_max")
        self._bad(member, (self._id(), _NOBODY, _START, 45), "mentorforloeb_id", "reference")
        self._bad(member, (self._id(), course, _START), None, "too_few_fields")
        member = "omkostning.csv"
        self._bad(member, (self._id(), course, "2013-02", "5.68.98.011", "1.234,50"), "beloeb_kr", "bad_number")
        self._bad(member, (self._id(), course, "2013-13", "5.68.98.011", "812,5"), "periode", "bad_date")
        self._bad(member, (self._id(), course, "2013-02", "5.68.98.", "812,5"), "konto", "bad_text")
        self._bad(member, (self._id(), course, "2013-02", "5.68.98.011", "812", "5"), None, "too_many_fields")

    def _numbers(self) -> None:
        """CPR numbers where none belongs: in accepted rows, in shifted ones, in the column and member nobody knows."""
        cpr = self._cpr
        offer = (cpr, "oevrige", _START, _END, _END)
        for text in (self._number(), hyphenated(self._number())):
            self._hide("tilbud.csv", "place of an accepted row", text, digits(text))
            self._members["tilbud.csv"].add([(self._id(), *offer, f"hos {text}")])
        text = self._number()
        self._hide("tilbud.csv", "unknown column of an accepted row", text, text)
        self._members["tilbud.csv"].add([(self._id(), *offer, "", f"sag {text}")])
        text = hyphenated(self._number())
        self._hide("mentoraftale.csv", "free text of an accepted row", text, digits(text))
        agreement = (self._bare[0], _START, f"{text} vil i job", "", "følge", 26, "39", "ja")
        self._members["mentoraftale.csv"].add([agreement])
        text = self._number()
        self._hide("kontaktforloeb.csv", "code field", text, text)
        self._bad("kontaktforloeb.csv", (self._id(), cpr, text, _START, _END), "ydelse", "bad_code")
        text = self._number()
        self._hide("omkostning.csv", "shifted row", text, text)
        self._bad("omkostning.csv", (text, self._course, "2013-02"), None, "too_few_fields")
        text = hyphenated(self._number())
        self._hide(EXTRA_MEMBER[0], "unknown member", text, digits(text))
        self._members[EXTRA_MEMBER[0]].add([(1, f"Borgeren {text} flytter til Ærø")])
