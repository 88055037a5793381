"""Small random populations of the Copenhagen study: BIFLIS and DREAM whose people stand on the edges of its rules.

Rows are text as a source would write it. Nothing here knows how the warehouse reads or counts. What is drawn often is
what other readings of the rules would count otherwise: the ends of the study's periods, the 30th birthday, months of
different lengths, week 53, the borders of rates, durations on the edge of a band.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from calendar_by_rules import months_later
from register_people import EVENTS, MENTOR_TYPES, OFFERS, PLACES, Biflis, Dream, Person, Row, Weeks

#: Days on which courses begin: ends of periods, days that miss in a later month, days seven months before week 53.
STARTS = [
    *(date(2013, 12, day) for day in (30, 31)), date(2014, 1, 1), date(2014, 1, 2),
    date(2015, 9, 30), date(2015, 10, 1), date(2014, 8, 31), date(2014, 9, 1), date(2015, 8, 31),
    date(2014, 6, 30), date(2014, 7, 1), date(2015, 6, 30), date(2015, 7, 1),
    date(2014, 7, 29), date(2014, 7, 31), date(2015, 7, 29), date(2015, 7, 31), date(2014, 5, 31), date(2014, 2, 28),
    *(date(2015, 5, day) for day in (27, 28, 31)), *(date(2015, 6, day) for day in (1, 3, 4)), date(2014, 3, 1),
    date(2010, 7, 20), date(2013, 9, 2), date(2015, 11, 16), date(2016, 2, 29), date(2014, 12, 29), date(2015, 1, 1),
    date(2015, 4, 30), date(2015, 5, 1), date(2015, 8, 23), date(2015, 8, 24), date(2016, 3, 21), date(2016, 4, 30),
]  # fmt: skip
#: Days of birth: thirty on one of the days above, the day before or after, or born on the 29th of February.
BIRTHS = [
    date(1984, 1, 1), date(1984, 1, 2), date(1985, 9, 30), date(1985, 10, 1), date(1984, 2, 29), date(1984, 2, 29),
    date(1984, 3, 1), date(1984, 9, 1), date(1985, 6, 30), date(1985, 7, 1), date(1985, 8, 31), date(1974, 8, 31),
    date(1964, 7, 31), date(1965, 7, 1), date(1993, 5, 5), date(1975, 6, 1), date(1992, 2, 29), date(1950, 12, 31),
]  # fmt: skip
#: Lengths of courses: the bands of Figur 6, one day more, and what two make together.
LENGTHS = [0, 3, 13, 45, 46, 91, 92, 182, 183, 184, 185, 274, 365, 366]
CATEGORIES = ["aktivitetsparat", "aktivitetsparat", "jobparat", "uddannelsesparat", "aabenlyst_uddannelsesparat"]
BENEFITS = ["kontanthjaelp", "kontanthjaelp", "kontanthjaelp", "uddannelseshjaelp", "uddannelseshjaelp", "dagpenge"]
ENDINGS = ["klar_til_tilbud", "ude_af_maalgruppe", "job", "uddannelse", "anden_ydelse", "udloebet", "andet", ""]
#: Months around every border of a rule of refusion.
PERIODS = [
    "2008-12", "2009-01", "2012-12", "2013-01", "2013-12", "2014-01", "2014-06", "2014-07", "2015-03", "2015-12",
    "2016-01", "2018-12", "2019-01", "2019-06", "2019-07", "2021-12", "2022-01",
]  # fmt: skip
ACCOUNTS = ["5.68.90.017", "5.68.90.018", "5.68.90.019", "5.68.98.019", "5.68.98.011", "5.68.99.999"]
#: Granted minutes a week: of each catalogue the least and the most, and one minute off.
GRANTED = [45, 90, 0, 44, 91, 59, 60, 180, 181, 300, 301, 600, 601]
AMOUNTS = ["1000,00", "0,01", "333,33", "12,35", "-0,01", "-333,33", "7,10", "0,00", "98765,43"]
PROVIDERS = {"1": "ekstern", "2": "jobcenter", "3": "beskaeftigelsescenter", "4": "virksomhed"}
#: Each number that DREAM may hold: of every group of Tabel 4, at the borders of groups, without a name.
CODES = ["130", "139", "140", "149", "129", "150", "651", "652", "661", "653", "771", "774", "775", "781", "783",
         "998", "111", "810", "890", "007", "996", "740", "881"]  # fmt: skip
FIRST_WEEK, LAST_WEEK = date(2010, 8, 2), date(2016, 8, 1)


class StudyBiflis(Biflis):
    """BIFLIS with everything that the study, its money and the law's demands are counted from."""

    def __init__(self, draw: Random, people: Sequence[Person]) -> None:
        self._detail: dict[str, dict[str, Row]] = {
            name: {} for name in ("kontaktforloeb", "visitation", "mentoraftale", "mentorkontakt", "omkostning")
        }
        self.starts = {person.cpr: draw.sample(STARTS, 4) for person in people}
        self._births = {cpr: self._birth(draw, starts) for cpr, starts in self.starts.items()}
        self._levels = [self._level(draw, place, kind) for place in PLACES[:3] for kind in MENTOR_TYPES]
        self._levels += [row | {"gyldig_fra": "01-05-2015", "gyldig_til": ""} for row in self._levels[::3]]
        super().__init__(draw, people)
        for person in people:
            self._categorize(person.cpr)
            self._support(person.cpr)

    @staticmethod
    def _birth(draw: Random, starts: list[date]) -> date:
        """Now and then thirty years before one of her starts, or the day after; on 29 February with its birthday."""
        thirty = [months_later(start, -360) for start in (starts[0], starts[1], max(starts), max(starts))]
        born = draw.choice([*BIRTHS, date(1984, 2, 29), *thirty])
        if born == date(1984, 2, 29):
            starts[0] = draw.choice([date(2014, 2, 28), date(2014, 3, 1), date(2014, 2, 27)])
        return born + timedelta(days=draw.choice([0, 0, 1]) if born.year == starts[0].year - 30 else 0)

    @staticmethod
    def _level(draw: Random, place: str, kind: str) -> Row:
        """What a municipality has decided: from a day on which courses begin, to one or for good."""
        row = {"kommunekode": place, "mentortype": kind, "minutter_pr_uge": str(draw.choice(GRANTED))}
        until = draw.choice(["", "30-04-2015", "31-08-2015", "30-09-2015"])
        return row | {"gyldig_fra": draw.choice(["01-01-2014", "01-09-2014", "01-01-2013"]), "gyldig_til": until}

    def attributes(self, person: Person) -> Row:
        off = self.draw.choice([0] * 9 + [1, -1])
        row = super().attributes(person)
        return row | {"foedselsdato": f"{self._births[person.cpr] + timedelta(days=off):%d-%m-%Y}"}

    def change(self) -> None:
        super().change()
        draw = self.draw
        for row in draw.sample(self._levels, 2):
            row["minutter_pr_uge"] = str(draw.choice(GRANTED))
        for row in draw.sample(list(self._detail["omkostning"].values()), 3):
            row["beloeb_kr"] = draw.choice(AMOUNTS)
        for row in draw.sample(list(self._detail["visitation"].values()), 3):
            row["visitationskategori"] = draw.choice(CATEGORIES)
        for row in draw.sample(list(self.courses.values()), 3):
            row["maalgruppe"] = draw.choice(["3", "1", "0", ""])

    def _grant(self, count: int) -> None:
        draw = self.draw
        for _ in range(count * 2 if self.here else 0):
            cpr = draw.choice(list(self.here))
            start, number = draw.choice(self.starts[cpr]), str(len(self.courses) + 7)
            kind = draw.choice(
                ["helhedsorienteret"] * 5 + ["fastholdelse", "fastholdelse", "udskrivning", "udslusning"]
            )
            end = self._end_of(start)
            self.courses[number] = {
                "cpr": cpr,
                "mentortype": kind,
                "haendelse": draw.choice(EVENTS),
                "forrige_id": "",
                "start_dato": _written(start),
                "planlagt_slut": _written(start + timedelta(days=182)),
                "slut_dato": _written(end),
                "afslutning": draw.choice(ENDINGS) if end else "",
                "minutter_pr_uge": str(draw.choice(GRANTED)),
                "leverandoer_id": draw.choice([*PROVIDERS, "1"]),
                # Number 14 came with jobafklaringsforløb, and only an agreement tells of it.
                "maalgruppe": draw.choice([*map(str, range(14 if start < date(2014, 7, 1) else 15)), "3", "13", ""]),
            }
            self.courses[number]["forrige_id"] = self._previous(number, cpr)
            self._agree(number, start)
            if kind == "helhedsorienteret" or draw.random() < 0.3:
                self._meet(number, start, end or start + timedelta(days=300))
            for _ in range(draw.choice([0, 1, 3])):
                row = {"mentorforloeb_id": number, "periode": draw.choice(PERIODS), "konto": draw.choice(ACCOUNTS)}
                self._add("omkostning", "bilag_id", row | {"beloeb_kr": draw.choice(AMOUNTS)})
        for cpr in draw.choices(sorted(self.here), k=len(self.here) * 2 if count > 2 else count):
            self._offer(cpr)

    def _end(self, course: Row) -> None:
        end = self._end_of(_day(course["start_dato"]))
        course["slut_dato"], course["afslutning"] = _written(end), self.draw.choice(ENDINGS) if end else ""

    def _end_of(self, start: date) -> date | None:
        days = [date(2015, 9, 30), date(2015, 10, 1), months_later(start, 7), date(2015, 12, 31), date(2016, 1, 3)]
        days += [date(2016, month, last) for month, last in ((4, 30), (5, 31), (6, 1))]
        length = start + timedelta(days=self.draw.choice(LENGTHS))
        return self.draw.choice([None, length, length, length, max(start, self.draw.choice(days))])

    def _add(self, member: str, key: str, row: Row) -> None:
        number = str(len(self._detail[member]) + 5)
        self._detail[member][number] = {key: number} | row

    def _agree(self, number: str, start: date) -> None:
        draw = self.draw
        if self.courses[number]["maalgruppe"] == "14" or draw.random() < 0.85:
            filled = {name: draw.choice(["ja da", "x", "y", ""]) for name in ("formaal", "mentor_kontakt", "opgaver")}
            row = {"mentorforloeb_id": number, "indgaaet_dato": _written(start)} | filled
            row |= {"varighed_uger": draw.choice(["26", "26", ""]), "timetal": draw.choice(["19,5", "39", "39", ""])}
            self._detail["mentoraftale"][number] = row | {"klagevejledning": draw.choice(["ja", "ja", "nej", ""])}

    def _meet(self, number: str, start: date, end: date) -> None:
        """Contacts one to three weeks apart, most often one, on any weekday; now and then too early, or too late."""
        draw = self.draw
        day = start + timedelta(days=draw.choice([0, 1, 6, 13, 0, 1, 6, 13, -1]))
        end += timedelta(days=draw.choice([0, 0, 0, 2]))
        minutes = draw.choice([["45", "90", "5", "0"], ["45"], ["90"], ["60", "180", "200"]])
        while day <= end:
            row = {"mentorforloeb_id": number, "dato": _written(day), "minutter": draw.choice(minutes)}
            self._add("mentorkontakt", "kontakt_id", row)
            day += timedelta(days=draw.choice([7, 7, 7, 6, 8, 1, 13, 14, 20]))

    def _offer(self, cpr: str) -> None:
        draw = self.draw
        start = draw.choice(self.starts[cpr])
        near = [start, months_later(start, 7), start + timedelta(days=183), start + timedelta(days=92)]
        begun = draw.choice(near) + timedelta(days=draw.choice([0, 0, 1, -1, 30]))
        ended = draw.choice([None, begun, begun + timedelta(days=draw.choice(LENGTHS)), months_later(start, 7)])
        self.offers[str(len(self.offers) + 98)] = {
            "cpr": cpr,
            "tilbudstype": draw.choice(OFFERS),
            "start_dato": _written(begun),
            "planlagt_slut": _written(begun + timedelta(days=91)),
            "slut_dato": _written(max(begun, ended) if ended else None),
            "sted": "",
        }

    def _categorize(self, cpr: str) -> None:
        """Categories one after the other, now and then with days between, changing on the days that are asked for."""
        draw = self.draw
        changes = {date(2013, 1, 1)}
        for start in draw.sample(self.starts[cpr], 2):
            asked = draw.choice([start, months_later(start, 7), months_later(start, 1)])
            changes |= {asked + timedelta(days=draw.choice([0, 0, 1]))}
        days = sorted(changes)
        for number, (first, after) in enumerate(zip(days, [*days[1:], None], strict=True)):
            last = after - timedelta(days=draw.choice([1, 1, 1, 20])) if after else None
            last = draw.choice([None, date(2016, 3, 31)]) if after is None else last
            category = draw.choice(CATEGORIES) if number or draw.random() < 0.2 else CATEGORIES[0]
            row = {"cpr": cpr, "visitationskategori": category, "fra_dato": _written(first)}
            if last is None or last >= first:
                self._detail["visitation"][f"{cpr} {first}"] = row | {"til_dato": _written(last)}

    def _support(self, cpr: str) -> None:
        """Contact courses one after the other before a start, their lengths on the edges of the bands."""
        draw = self.draw
        asked = draw.choice(self.starts[cpr])
        begun = [_day(row["start_dato"]) for row in self.courses.values() if row["cpr"] == cpr]
        asked = draw.choice([min((day for day in begun if day.year >= 2014), default=asked)] * 3 + [asked])
        last = draw.choice([None, None, asked, asked - timedelta(days=1), months_later(asked, 3)])
        first = months_later(asked, -draw.choice([0, 1, 3, 4, 6, 7, 12, 12, 36, 36, 50]))
        first += timedelta(days=draw.choice([0, 0, 1, -1, 10]))
        for _ in range(draw.choice([1, 1, 2, 3])):
            if last and last < first:
                first = last
            row = {"cpr": cpr, "ydelse": draw.choice(BENEFITS), "start_dato": _written(first)}
            self._add("kontaktforloeb", "kontaktforloeb_id", row | {"slut_dato": _written(last)})
            last = first - timedelta(days=draw.choice([1, 1, 1, 2, 3, 40]))
            first = months_later(last, -draw.choice([1, 3, 12, 24]))

    def rows(self) -> dict[str, list[Row]]:
        """Every member, empty ones too."""
        rows = super().rows()
        held = {row["mentorforloeb_id"] for row in rows["mentorforloeb.csv"]}
        for member, found in self._detail.items():
            rows[f"{member}.csv"] = [
                dict(row)
                for row in found.values()
                if (row["cpr"] in self.here if "cpr" in row else row["mentorforloeb_id"] in held)
            ]
        rows["leverandoer.csv"] = [
            {"leverandoer_id": number, "navn": f"Navn {number}", "type": kind} for number, kind in PROVIDERS.items()
        ]
        rows["budget.csv"] = [
            {"aar": year, "ordning": kind, "beloeb_mio": f"{len(kind)},{year[2:]}", "heraf_implementering_mio": part}
            for year, part in (("2013", "0"), ("2014", "14,5"), ("2015", "0,0"))
            for kind in ("helhedsorienteret", "fastholdelse")
        ]
        rows["serviceniveau.csv"] = self._levels
        return rows


class StudyDream(Dream):
    """DREAM over the years of the study."""

    def __init__(self, draw: Random, people: Sequence[Person]) -> None:
        super().__init__(draw, people)
        self.mondays = _every_week(FIRST_WEEK, LAST_WEEK)
        self.months = sorted({monday.replace(day=1) for monday in self.mondays})
        for person in people:
            self.time[person.cpr] = Weeks()
            self._live(self.time[person.cpr], 16)

    def _live(self, held: Weeks, times: int) -> None:
        draw = self.draw
        for _ in range(times if len(self.mondays) > 100 else 0):
            code = draw.choice([*CODES, *["130", "136", "147", "131"] * 3, "", "", ""])
            first = draw.randrange(len(self.mondays))
            for monday in self.mondays[first : first + draw.choice([1, 3, 4, 5, 20, 60, 180])]:
                held.weeks[monday] = code
            job = draw.choice([("522990", "1,0"), ("", "0,5"), ("011100", ""), ("", "0"), ("", ""), ("522990", "0")])
            begun = draw.randrange(len(self.months))
            for month in self.months[begun : begun + draw.choice([1, 2, 6, 12])]:
                held.months[month] = job
        if times > 1 and draw.random() < 0.3:
            end, code = draw.choice(self.mondays), draw.choice(["999", "997"])
            held.weeks |= {monday: code for monday in self.mondays if end <= monday <= end + timedelta(weeks=2)}


def _every_week(first: date, last: date) -> list[date]:
    return [first + timedelta(weeks=week) for week in range((last - first).days // 7 + 1)]


def _day(text: str) -> date:
    return date(int(text[6:]), int(text[3:5]), int(text[:2]))


def _written(day: date | None) -> str:
    return f"{day:%d-%m-%Y}" if day else ""
