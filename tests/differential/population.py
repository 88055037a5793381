"""Random web registrations: populations that nobody calibrated, with everything at its edge.

Plain Python from one seed. It knows the file format and which edges the rules have, not how the warehouse counts.
People have replacement numbers (days 61-91).
"""

from __future__ import annotations

import random
import zipfile
from datetime import date, timedelta
from pathlib import Path

Rows = list[dict[str, str]]
Data = dict[str, Rows]

COLUMNS: dict[str, list[str]] = {
    "jobcentre.csv": ["jobcenter_id", "navn", "kommunekode", "organisering", "pladser"],
    "mentorer.csv": ["mentor_id", "jobcenter_id", "fuldtid", "start_dato", "slut_dato"],
    "borgere.csv": ["borger_id", "cpr", "koen", "alder", "uddannelse"],
    "stoetteforloeb.csv": [
        "forloeb_id", "borger_id", "mentor_id", "start_dato", "slut_dato", "forsoergelse", "forsoergelse_2008",
        "baggrund", "afslutning",
    ],
    "parallelle_indsatser.csv": ["forloeb_id", "indsats"],
    "tidsforbrug.csv": [
        "tid_id", "forloeb_id", "mentor_id", "dato", "start_tid", "minutter", "heraf_transport", "opgavetype",
    ],
    "opgaver.csv": ["opgave_id", "forloeb_id", "mentor_id", "dato", "opgave"],
    "begivenheder.csv": ["begivenhed_id", "forloeb_id", "start_dato", "slut_dato", "begivenhed", "virksomhed_id"],
    "virksomheder.csv": ["virksomhed_id", "navn", "type", "branche", "erfaring"],
    "tilknytninger.csv": ["forloeb_id", "virksomhed_id", "start_dato", "slut_dato", "art"],
}  # fmt: skip

NAMES = ["Herlev", "Viborg", "Odense", "Aarhus", "Ærø; Marstal", 'Sankt "Hans" Øst', "Næstved"]
CUT = date(2008, 9, 15)
#: Days around both cut-offs, drawn far more often than any other day.
EDGES = [date(2008, 9, day) for day in (9, 10, 11, 14, 15, 16)]
TIMES = [
    "05:59",
    "06:00",
    "08:59",
    "09:00",
    "11:59",
    "12:00",
    "16:59",
    "17:00",
    "23:59",
    "00:00",
    "10:30",
    "13:45",
    "02:15",
]
AGES = ["0", "17", "19", "20", "25", "26", "30", "31", "35", "36", "40", "41", "66", "120"]
ENDINGS = ["bedring", "viderevisiteret", "udeblevet", "fastholdt_job", "nyt_job", "uddannelse", "andet"]
INCOMES = ["offentlig", "dagpenge", "loen", "fleksjob", "familie"]

#: Citizens of a population, by seed: the few that always run are neither all small nor all large.
SIZES = [15, 30, 60, 5, 0, 30, 1, 60, 15, 5]


class Maker:
    """One random web database."""

    def __init__(self, seed: int, size: int | None = None, pool: int = 4000) -> None:
        """`size` citizens, or the seed's own number, out of `pool` people, who are the same for all seeds."""
        self._random = random.Random(seed)
        self._size = SIZES[seed % len(SIZES)] if size is None else size
        self._pool = pool
        self.data: Data = {name: [] for name in COLUMNS}

    def make(self) -> Data:
        """The rows of every member, in random order."""
        size = self._size
        self._jobcentres()
        self._mentors()
        self._companies(size)
        self._citizens(size)
        self._courses()
        for course in self.data["stoetteforloeb.csv"]:
            self._course_rows(course)
        for rows in self.data.values():
            self._random.shuffle(rows)
        return self.data

    def _add(self, member: str, *values: object) -> dict[str, str]:
        row = dict(zip(COLUMNS[member], map(str, values), strict=True))
        self.data[member].append(row)
        return row

    def _ids(self, count: int) -> list[str]:
        """Numbers of different length in random order, so that text order is not number order."""
        first = self._random.choice([1, 7, 95, 990])
        ids = [str(first + step) for step in range(count)]
        self._random.shuffle(ids)
        return ids

    def _maybe(self, value: object, empty: float = 0.25) -> str:
        return "" if self._random.random() < empty else str(value)

    def _code(self, prefix: str, highest: int, empty: float = 0.15) -> str:
        return self._maybe(f"{prefix}{self._random.randint(1, highest)}", empty)

    def _day(self, earliest: date = date(2008, 1, 28), days: int = 1000) -> date:
        """An edge as often as not, else any day, the last one there is among them; never before `earliest`."""
        if self._random.random() < 0.003:
            return date.max
        edges = [day for day in EDGES if day >= earliest]
        if edges and self._random.random() < 0.5:
            return self._random.choice(edges)
        later = self._random.choice([0, 1, self._random.randint(0, 200), days])
        return date.fromordinal(min(earliest.toordinal() + later, date.max.toordinal()))

    def _jobcentres(self) -> None:
        names = self._random.sample(NAMES, self._random.randint(1, 6))
        if self._random.random() < 0.15:
            names.append(names[0])
        for number, name in zip(self._ids(len(names)), names, strict=True):
            kind = self._random.choice(["jobcenter", "anden_aktoer"])
            code = f"{self._random.randint(1, 999):03d}"
            self._add("jobcentre.csv", number, name, code, kind, self._random.choice([0, 1, 10, 15, 400]))

    def _mentors(self) -> None:
        places = [row["jobcenter_id"] for row in self.data["jobcentre.csv"]]
        chosen = [place for place in places for _ in range(self._random.choice([0, 1, 1, 2, 5]))]
        chosen = chosen or places[:1]
        for number, place in zip(self._ids(len(chosen)), chosen, strict=True):
            start = self._day(days=900)
            end = self._maybe(self._day(start), 0.5)
            self._add("mentorer.csv", number, place, self._maybe(self._random.choice(["ja", "nej"])), start, end)

    def _companies(self, size: int) -> None:
        for number in self._ids(self._random.randint(0, size // 2 + 2)):
            kind = self._maybe(self._random.choice(["offentlig", "privat", "forening"]))
            known = self._maybe(self._random.choice(["ja", "nej"]))
            name = f"Virksomhed {self._random.choice(['a', 'b; c', '“d”'])} {number}"
            self._add("virksomheder.csv", number, name, kind, self._maybe("handel"), known)

    def _citizens(self, size: int) -> None:
        people = [cpr(number) for number in self._random.sample(range(self._pool), size)]
        for number in self._ids(size):
            # Drawn with return: one person may stand under several numbers, and with other particulars.
            person = self._random.choice(people) if self._random.random() < 0.15 else people.pop()
            people = people or [person]
            written = self._random.choice([person, f"{person[:6]}-{person[6:]}", f" {person} "])
            sex = self._maybe("M" if int(person[-1]) % 2 else "K", 0.1)
            if self._random.random() < 0.05:
                sex = self._random.choice("MK")
            age = self._maybe(self._random.choice(AGES))
            self._add("borgere.csv", number, written, sex, age, self._code("UDD", 7))

    def _courses(self) -> None:
        mentors = [row["mentor_id"] for row in self.data["mentorer.csv"]]
        wanted: list[tuple[str, date]] = []
        for citizen in self.data["borgere.csv"]:
            start = self._day()
            for _ in range(self._random.choice([0, 1, 1, 1, 1, 1, 2, 2, 3])):
                wanted.append((citizen["borger_id"], start))
                if self._random.random() < 0.6:
                    start = self._day(start)
        for number, (citizen_id, start) in zip(self._ids(len(wanted)), wanted, strict=True):
            self._add(
                "stoetteforloeb.csv", number, citizen_id, self._random.choice(mentors), start,
                self._maybe(self._day(start, 400), 0.6), self._code("FOR", 9),
                self._maybe(self._random.choice(INCOMES)), self._code("BAG", 4),
                self._maybe(self._random.choice(ENDINGS), 0.4),
            )  # fmt: skip

    def _next(self, member: str) -> int:
        return len(self.data[member]) + 7

    def _course_rows(self, course: dict[str, str]) -> None:
        number, start = course["forloeb_id"], date.fromisoformat(course["start_dato"])
        mentors = [row["mentor_id"] for row in self.data["mentorer.csv"]]
        companies = [row["virksomhed_id"] for row in self.data["virksomheder.csv"]]
        draw = self._random
        for effort in draw.sample(range(1, 10), draw.choice([0, 0, 1, 2, 9])):
            self._add("parallelle_indsatser.csv", number, f"PAR{effort}")
        for _ in range(draw.choice([0, 1, 3, 8])):
            minutes = draw.choice([5, 7, 20, 60, 95, 480, 1440])
            day = draw.choice([self._day(), self._day(start, 300)])
            self._add(
                "tidsforbrug.csv", self._next("tidsforbrug.csv"), number, draw.choice(mentors), day,
                draw.choice(TIMES), minutes, self._maybe(draw.choice([0, 5, minutes])),
                draw.choice(["HJEM", "ARBEJDE", "KONTAKT", "ANDET"]),
            )  # fmt: skip
        for _ in range(draw.choice([0, 1, 4])):
            task = f"OPG{draw.randint(1, 10):02d}"
            self._add("opgaver.csv", self._next("opgaver.csv"), number, draw.choice(mentors), self._day(start), task)
        for _ in range(draw.choice([0, 0, 1, 2])):
            begun = self._day(start, 100)
            company = self._maybe(draw.choice(companies), 0.5) if companies else ""
            self._event(number, begun, self._maybe(self._day(begun), 0.5), f"BEG{draw.randint(1, 17):02d}", company)
        for _ in range(draw.choice([0, 0, 1, 1, 2])):
            day = draw.choice([self._day(start), self._day(start), start - timedelta(days=draw.randint(1, 40))])
            self._event(number, day, "", "BEG18", "")
        begins = {
            (draw.choice(companies), self._day(start, 100)) for _ in range(draw.choice([0, 0, 1, 3])) if companies
        }
        for company, begun in sorted(begins):
            kind = draw.choice(["fastholdelse", "indslusning"])
            self._add("tilknytninger.csv", number, company, begun, self._maybe(self._day(begun, 60), 0.5), kind)

    def _event(self, course: str, begun: date, ended: str, event: str, company: str) -> None:
        self._add("begivenheder.csv", self._next("begivenheder.csv"), course, begun, ended, event, company)


def cpr(number: int) -> str:
    """The replacement number of the person `number`, who is the same in every population."""
    draw = random.Random(number)
    return f"{draw.randint(61, 88)}{draw.randint(1, 12):02d}{draw.randint(40, 89)}{number % 4000:04d}"


def write_zip(path: Path, members: dict[str, bytes]) -> None:
    """A delivery; the same members are the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=(2008, 1, 1, 0, 0, 0)), content)
