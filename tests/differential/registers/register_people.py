"""Small random registers: what each of the three sources holds, and how it changes from one delivery to the next.

Rows are text as a source would write it. Nothing here knows how the warehouse reads or counts. A register changes from
one delivery made to the next, which is not the order of the days they cover. People have replacement numbers (days
61-91).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

Row = dict[str, str]

#: The weeks of histories begin on this Monday, their months in the month of it; 2015 has a week 53.
FIRST_WEEK = date(2015, 10, 5)
WEEKS, MONTHS = 22, 6
#: Every number that has a name, one that has none, one that is not known yet, and those that end observation.
WEEK_CODES = ["130", "140", "111", "651", "810", "890", "774", "998", "999", "997", "007", "555", "131"]
#: Days that things begin and end on: around the ends of covered months and days, of years, and in week 53.
DAYS = [
    *(date(2015, 11, day) for day in (1, 15, 29, 30)),
    *(date(2015, 12, day) for day in (1, 28, 30, 31)),
    *(date(2016, 1, day) for day in (1, 3, 4, 15, 31)),
    *(date(2016, 2, day) for day in (1, 28, 29)),
    date(2015, 2, 28), date(2014, 12, 31), date(2015, 9, 30), date(2016, 3, 1), date(2015, 7, 1),
]  # fmt: skip
ORIGINS = ["dansk", "vestlig", "ikke-vestlig", ""]
PLACES = ["101", "163", "461", "791", "330", "999"]
CIVIL = ["U", "G", "F", "E", "P", "O", "L", "D", ""]
MENTOR_TYPES = ["helhedsorienteret", "fastholdelse", "udskrivning", "udslusning"]
EVENTS = ["ny", "forlaenget", "genoptaget", "mentorskift"]
OFFERS = ["vejledning_opkvalificering", "virksomhedspraktik", "nytteindsats", "loentilskud", "oevrige"]


@dataclass(frozen=True)
class Person:
    """Somebody: a replacement number and the birth date it spells."""

    cpr: str = field(repr=False)
    born: date = field(repr=False)

    @classmethod
    def number(cls, number: int) -> Person:
        """The person `number`: the same in every history."""
        draw = Random(number)
        born = date(1900 + draw.randint(40, 89), draw.randint(1, 12), draw.randint(1, 28))
        return cls(f"{born.day + 60:02d}{born:%m%y}{number % 4000:04d}", born)


def nickname(cpr: str) -> str:
    """Whom a number belongs to, without the number."""
    number = int(cpr[-4:])
    return f"person {number}" if Person.number(number).cpr == cpr else "a stranger"


@dataclass
class Weeks:
    """What DREAM has of a person over time: cells by Monday, and (line of business, degree) by first of month."""

    weeks: dict[date, str] = field(default_factory=dict)
    months: dict[date, tuple[str, str]] = field(default_factory=dict)


class Register:
    """One source: who is in it, and her rows. `draw` decides everything."""

    def __init__(self, draw: Random, people: Sequence[Person]) -> None:
        self.draw = draw
        self.people = list(people)
        self.here: dict[str, Row] = {}
        self._gone: dict[str, Row] = {}
        for person in self.people:
            if not self.here or draw.random() < 0.75:
                self.here[person.cpr] = self.attributes(person)

    def attributes(self, person: Person) -> Row:
        """A row of her own."""
        raise NotImplementedError

    def change(self) -> None:
        """A few things happen: somebody goes, comes back, comes new, or is written down otherwise."""
        draw = self.draw
        for person in self.people:
            dice = draw.random()
            if person.cpr in self.here:
                if dice < 0.15 and len(self.here) > 1:
                    self._gone[person.cpr] = self.here.pop(person.cpr)
                elif dice < 0.5:
                    self.here[person.cpr] |= self._some_of(self.attributes(person))
            elif dice < 0.4:
                self.here[person.cpr] = self._gone.pop(person.cpr, None) or self.attributes(person)

    def _some_of(self, row: Row) -> Row:
        name = self.draw.choice([name for name in row if name not in ("cpr", "pnr", "borger_id")])
        return {name: row[name]}

    def _sex(self, person: Person) -> str:
        told = "M" if int(person.cpr[-1]) % 2 else "K"
        return told if self.draw.random() < 0.8 else "KM"["MK".index(told)]

    def _born(self, person: Person) -> date:
        """The day her number spells; now and then another one, of another year more often than not."""
        off = self.draw.choice([0, 0, 0, 0, 1, 366, -400])
        return person.born + timedelta(days=off)

    def written(self, cpr: str) -> str:
        """A number as a source may write it."""
        return self.draw.choice([cpr, cpr, cpr, f"{cpr[:6]}-{cpr[6:]}", f" {cpr} "])

    def days(self) -> tuple[date, date | None]:
        """A first and a last day, perhaps the same one; None is still running."""
        first = self.draw.choice(DAYS)
        later = [day for day in DAYS if day >= first]
        return first, self.draw.choice([None, first, *later])


class Webreg(Register):
    """The web registrations: a person may stand under two numbers."""

    def __init__(self, draw: Random, people: Sequence[Person]) -> None:
        self.courses: dict[str, Row] = {}
        self.second: dict[str, str] = {}
        super().__init__(draw, people)
        self._courses(max(draw.choice([2, 4, 6]), len(people)))

    def attributes(self, person: Person) -> Row:
        draw = self.draw
        sex = draw.choice([self._sex(person), self._sex(person), ""])
        education = draw.choice(["UDD1", "UDD2", "UDD7", ""])
        return {"cpr": person.cpr, "koen": sex, "alder": draw.choice(["", "31"]), "uddannelse": education}

    def change(self) -> None:
        super().change()
        self._courses(self.draw.choice([0, 1]))
        for course in self.courses.values():
            dice = self.draw.random()
            if dice < 0.2:
                course["slut_dato"], course["afslutning"] = course["start_dato"], "andet"
            elif dice < 0.4:
                course["slut_dato"], course["ophoert"] = "", self.draw.choice(DAYS).isoformat()

    def _courses(self, count: int) -> None:
        for _ in range(count if self.here else 0):
            start, end = self.days()
            number = str(len(self.courses) + 95)
            self.courses[number] = {
                "cpr": self.draw.choice(list(self.here)),
                "start_dato": start.isoformat(),
                "slut_dato": end.isoformat() if end else "",
                "afslutning": "",
                "ophoert": self.draw.choice(["", "", start.isoformat()]),
            }

    def rows(self) -> dict[str, list[Row]]:
        """Every member, empty ones too."""
        ids = {}
        citizens = []
        for number, (cpr, row) in enumerate(sorted(self.here.items()), start=8):
            ids[cpr] = str(number)
            citizens.append({"borger_id": str(number)} | row | {"cpr": self.written(cpr)})
            if self.second.get(cpr) or self.draw.random() < 0.1:
                # Another number of the same person, greater as a number and smaller as text.
                self.second[cpr] = str(number + 100)
                citizens.append(citizens[-1] | {"borger_id": self.second[cpr], "uddannelse": "UDD5"})
        courses, events = [], []
        for number, row in self.courses.items():
            if row["cpr"] in ids:
                kept = {name: row[name] for name in ("start_dato", "slut_dato", "afslutning")}
                courses.append(
                    {"forloeb_id": number, "borger_id": ids[row["cpr"]], "mentor_id": "1", "forsoergelse": "FOR4"}
                    | {"forsoergelse_2008": "", "baggrund": "BAG1"}
                    | kept
                )
                if row["ophoert"]:
                    event = {"begivenhed_id": str(len(events) + 1), "forloeb_id": number, "start_dato": row["ophoert"]}
                    events.append(event | {"slut_dato": "", "begivenhed": "BEG18", "virksomhed_id": ""})
        place = {"jobcenter_id": "1", "navn": "Herlev", "kommunekode": "163", "organisering": "jobcenter"}
        mentor = {"mentor_id": "1", "jobcenter_id": "1", "fuldtid": "ja", "start_dato": "2008-01-01", "slut_dato": ""}
        return {
            "jobcentre.csv": [place | {"pladser": "10"}],
            "mentorer.csv": [mentor],
            "borgere.csv": citizens,
            "stoetteforloeb.csv": courses,
            "begivenheder.csv": events,
        }


class Biflis(Register):
    """BIFLIS: citizens and what they were granted."""

    def __init__(self, draw: Random, people: Sequence[Person]) -> None:
        self.courses: dict[str, Row] = {}
        self.offers: dict[str, Row] = {}
        super().__init__(draw, people)
        self._grant(max(draw.choice([6, 12, 1]), len(people)))

    def attributes(self, person: Person) -> Row:
        return {
            "cpr": person.cpr,
            "koen": self._sex(person),
            "foedselsdato": f"{self._born(person):%d-%m-%Y}",
            "herkomst": self.draw.choice(ORIGINS),
            "bopaelskommune": self.draw.choice(PLACES),
        }

    def change(self) -> None:
        super().change()
        self._grant(self.draw.choice([0, 1, 2]))
        for number, course in self.courses.items():
            dice = self.draw.random()
            if dice < 0.15:
                self._end(course)
            elif dice < 0.25:
                course["forrige_id"] = self._previous(number, course["cpr"])

    def _end(self, course: Row) -> None:
        first = _day(course["start_dato"])
        course["slut_dato"] = _written(self.draw.choice([None, first, *(day for day in DAYS if day >= first)]))
        course["afslutning"] = "job" if course["slut_dato"] else ""

    def _previous(self, number: str, cpr: str) -> str:
        """Nothing, or another course: most often of the same person; itself and circles are among them."""
        own = [other for other, course in self.courses.items() if course["cpr"] == cpr]
        return self.draw.choice(["", "", *own, *own, number, *self.courses])

    def _grant(self, count: int) -> None:
        draw = self.draw
        for _ in range(count if self.here else 0):
            cpr = draw.choice(list(self.here))
            start, end = self.days()
            number = str(len(self.courses) + 7)
            self.courses[number] = {
                "cpr": cpr,
                "mentortype": draw.choice(MENTOR_TYPES),
                "haendelse": draw.choice(EVENTS),
                "forrige_id": "",
                "start_dato": _written(start),
                "planlagt_slut": _written(start + timedelta(days=182)),
                "slut_dato": _written(end),
                "afslutning": draw.choice(["job", ""]) if end else "",
                "minutter_pr_uge": "90",
                "leverandoer_id": draw.choice(["1", "2"]),
                "maalgruppe": draw.choice(["2", "13", "0", ""]),
            }
            self.courses[number]["forrige_id"] = self._previous(number, cpr)
            begun, ended = self.days()
            self.offers[number] = {
                "cpr": cpr,
                "tilbudstype": draw.choice(OFFERS),
                "start_dato": _written(begun),
                "planlagt_slut": _written(begun + timedelta(days=91)),
                "slut_dato": _written(ended),
                "sted": draw.choice(["", "Ærøskøbing"]),
            }

    def rows(self) -> dict[str, list[Row]]:
        """Every member, empty ones too."""
        citizens = [row | {"cpr": self.written(cpr)} for cpr, row in self.here.items()]
        courses = [{"mentorforloeb_id": number} | row for number, row in self.courses.items()]
        courses = [row | {"cpr": self.written(row["cpr"])} for row in courses if row["cpr"] in self.here]
        held = {row["mentorforloeb_id"] for row in courses}
        for row in courses:
            # What a vanished citizen had is not there to be continued.
            row["forrige_id"] = row["forrige_id"] if row["forrige_id"] in held else ""
        offers = [{"tilbud_id": number} | row for number, row in self.offers.items() if row["cpr"] in self.here]
        providers = [("1", "Ærlig støtte A/S", "ekstern"), ("2", "Jobcenter; øst", "jobcenter")]
        return {
            "borger.csv": citizens,
            "mentorforloeb.csv": courses,
            "tilbud.csv": offers,
            "leverandoer.csv": [
                {"leverandoer_id": number, "navn": navn, "type": art} for number, navn, art in providers
            ],
        }


class Dream(Register):
    """DREAM: everybody of the two others and some whom no mentor knows."""

    def __init__(self, draw: Random, people: Sequence[Person], first_week: date = FIRST_WEEK) -> None:
        self.mondays = [first_week + timedelta(weeks=week) for week in range(WEEKS)]
        self.months = [first_week.replace(day=1)]
        while len(self.months) < MONTHS:
            self.months.append((self.months[-1] + timedelta(days=31)).replace(day=1))
        self.time: dict[str, Weeks] = {}
        super().__init__(draw, people)
        for person in self.people:
            self.time[person.cpr] = Weeks()
            self._live(self.time[person.cpr], draw.choice([2, 5, 0, 1]))

    def attributes(self, person: Person) -> Row:
        draw = self.draw
        return {
            "pnr": person.cpr,
            "koen": self._sex(person),
            "foedselsdato": self._born(person).isoformat(),
            "kommunekode": draw.choice([*PLACES, ""]),
            "herkomst": draw.choice(ORIGINS),
            "civilstand": draw.choice(CIVIL),
        }

    def change(self) -> None:
        super().change()
        for held in self.time.values():
            self._live(held, self.draw.choice([0, 0, 1]))

    def _live(self, held: Weeks, times: int) -> None:
        """Some weeks on something, or on nothing; some months in a job, or in none."""
        draw = self.draw
        for _ in range(times):
            code = draw.choice([*WEEK_CODES, "", "130"])
            first = draw.randrange(WEEKS)
            for week in range(first, min(WEEKS, first + draw.choice([4, 1, 2, 3, 9, 30]))):
                held.weeks[self.mondays[week]] = code
            job = draw.choice([("522990", "1,0"), ("522990", "1"), ("", "0,5"), ("011100", ""), ("", "0"), ("", "")])
            begun = draw.randrange(MONTHS)
            for month in self.months[begun : begun + draw.choice([2, 1, 6])]:
                held.months[month] = job


def _written(day: date | None) -> str:
    return f"{day:%d-%m-%Y}" if day else ""


def _day(text: str) -> date:
    return date(int(text[6:]), int(text[3:5]), int(text[:2]))
