"""BIFLIS and DREAM files read in plain Python, and the rules about a single person.

It knows the file formats and the rules, not the generator, so that it can judge the generator.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from backports import zstd

Row = dict[str, str]

PERIOD = (date(2014, 1, 1), date(2015, 9, 30))
CUT = date(2015, 9, 30)
LATER = date(2099, 12, 31)
TABEL_2 = {
    "vejledning_opkvalificering": "Vejledning og opkvalificering",
    "virksomhedspraktik": "Virksomhedspraktik",
    "nytteindsats": "Virksomhedspraktik",
    "loentilskud": "Løntilskud",
    "oevrige": "Øvrige",
}
STATUSES = (
    "Fortsat på kontant- eller uddannelseshjælp",
    "Anden offentlig forsørgelse",
    "Beskæftigelse",
    "Uddannelse",
    "Folkepension, fleksjob eller førtidspension",
    "Selvforsørgelse, udflyttet mv.",
)
ENDURING = {"kontanthjaelp", "uddannelseshjaelp"}


@dataclass
class Citizen:
    """Everything BIFLIS holds about a citizen."""

    birth: date
    sex: str
    origin: str
    contacts: list[tuple[date, date, str]] = field(default_factory=list)
    categories: list[tuple[date, date, str]] = field(default_factory=list)
    offers: list[tuple[date, date, str]] = field(default_factory=list)
    courses: list[tuple[date, date, Row]] = field(default_factory=list)

    def category(self, day: date) -> str:
        return next((name for first, last, name in self.categories if first <= day <= last), "")

    def helped(self) -> list[tuple[date, date, Row]]:
        return [course for course in self.courses if course[2]["mentortype"] == "helhedsorienteret"]


Groups = dict[str, dict[str, tuple[Citizen, date]]]


def day_of(text: str) -> date:
    """DD-MM-YYYY; an empty end is far away."""
    return date(int(text[6:]), int(text[3:5]), int(text[:2])) if text else LATER


def plain(cpr: str) -> str:
    return cpr.replace("-", "").replace(" ", "").zfill(10)


def members(path: Path, besides: tuple[str, ...] = ()) -> dict[str, list[Row]]:
    """The members of a BIFLIS delivery that the figures need, and others on request."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name in besides or name not in ("mentorkontakt.csv", "mentoraftale.csv", "omkostning.csv"):
                text = io.StringIO(archive.read(name).decode("cp1252"), newline="")
                header, *rows = csv.reader(text, delimiter=";", strict=True)
                found[name.removesuffix(".csv")] = [dict(zip(header, row, strict=True)) for row in rows]
    return found


def citizens(data: dict[str, list[Row]]) -> dict[str, Citizen]:
    """By CPR number."""
    found = {
        plain(row["cpr"]): Citizen(day_of(row["foedselsdato"]), row["koen"], row["herkomst"]) for row in data["borger"]
    }
    for row in data["kontaktforloeb"]:
        found[plain(row["cpr"])].contacts.append((day_of(row["start_dato"]), day_of(row["slut_dato"]), row["ydelse"]))
    for row in data["visitation"]:
        period = (day_of(row["fra_dato"]), day_of(row["til_dato"]), row["visitationskategori"])
        found[plain(row["cpr"])].categories.append(period)
    for row in data["tilbud"]:
        kind = TABEL_2[row["tilbudstype"]]
        found[plain(row["cpr"])].offers.append((day_of(row["start_dato"]), day_of(row["slut_dato"]), kind))
    for row in data["mentorforloeb"]:
        found[plain(row["cpr"])].courses.append((day_of(row["start_dato"]), day_of(row["slut_dato"]), row))
    return found


def unpacked(path: Path) -> bytes:
    """The text of a DREAM delivery."""
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    return zstd.decompress(path.read_bytes()) if path.suffix == ".zst" else path.read_bytes()


class Dream:
    """A DREAM delivery: which columns there are, and the cells of every person."""

    def __init__(self, path: Path) -> None:
        names, *lines = unpacked(path).decode("ascii").splitlines()
        self.places = {name: place for place, name in enumerate(names.split(";"))}
        weeks = [name for name in self.places if name.startswith("y_")]
        self.weeks = sorted(weeks, key=lambda name: (name[2] != "9", name))
        number = self.places["pnr"]
        self.persons = {plain(line.split(";", number + 1)[number]): line for line in lines}

    def cells(self, cpr: str) -> list[str]:
        """The row of a person."""
        return self.persons[cpr].split(";")

    def status(self, cpr: str, day: date) -> str | None:
        """State of Tabel 4 in the week of `day` (rules.md section 4); None when it is not followed up."""
        column = week(day)
        if cpr not in self.persons or column not in self.places:
            return None
        row = self.cells(cpr)
        code = row[self.places[column]]
        until = self.weeks[: self.weeks.index(column) + 1] if "999" in row else ()
        if code == "997" or any(row[self.places[name]] == "999" for name in until):
            return STATUSES[5]
        if code:
            return STATUSES[group(int(code))]
        thursday = day - timedelta(days=day.weekday()) + timedelta(days=3)
        month = f"{thursday.year}_{thursday.month:02d}"
        columns = [f"{kind}_{month}" for kind in ("branche", "grad") if f"{kind}_{month}" in self.places]
        if not columns:
            return None
        values = [row[self.places[name]] for name in columns]
        return STATUSES[2 if any(value and float(value.replace(",", ".")) > 0 for value in values) else 5]


def group(code: int) -> int:
    """Place of a code in the list of statuses."""
    if 130 <= code <= 149:
        return 0
    if code in (651, 652, 661):
        return 3
    return 4 if 771 <= code <= 774 or 781 <= code <= 783 or code == 998 else 1


def week(day: date) -> str:
    year, number, _ = day.isocalendar()
    return f"y_{year % 100:02d}{number:02d}"


def months_after(day: date, months: int) -> date:
    """The same day of the month, clamped to its end."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError


def age(birth: date, day: date) -> int:
    """Whole years; who is born on 29 February grows older on 28 February of a common year (R19)."""
    years = day.year - birth.year
    try:
        anniversary = birth.replace(year=day.year)
    except ValueError:
        anniversary = date(day.year, 2, 28)
    return years if anniversary <= day else years - 1


def prior(citizen: Citizen, first: date) -> str:
    """Band of Figur 5 of the contact course at `first`, adjoining rows joined (R11, R12)."""
    rows = sorted(row for row in citizen.contacts if row[2] in ENDURING)
    start = next((row[0] for row in rows if row[0] <= first <= row[1]), None)
    if start is None:
        return "ingen"
    for begin, end, _ in reversed(rows):
        if begin < start and end >= start - timedelta(days=2):
            start = begin
    if first > months_after(start, 36):
        return "over 3 år"
    if first > months_after(start, 12):
        return "1-3 år"
    return "0-3 mdr" if first < months_after(start, 4) else "4-6 mdr" if first < months_after(start, 7) else "7-12 mdr"


def duration(citizen: Citizen) -> str:
    """Band of Figur 6 (C7, R13)."""
    days = sum((end - start).days if end <= CUT else 182 for start, end, _ in citizen.helped() if start <= CUT)
    bands = ((91, "0-3 mdr"), (184, "3-6 mdr"), (365, "6-12 mdr"))
    return next((name for highest, name in bands if days <= highest), "mere end 1 år")


def study_of(everybody: dict[str, Citizen]) -> Groups:
    """The citizens of the study by age group, with the day of their first start in the period (C3, P1-P3)."""
    groups: Groups = {"under 30": {}, "fyldt 30": {}}
    for cpr, citizen in everybody.items():
        starts = [start for start, _, _ in citizen.helped() if PERIOD[0] <= start <= PERIOD[1]]
        if starts:
            first = min(starts)
            groups["under 30" if age(citizen.birth, first) < 30 else "fyldt 30"][cpr] = (citizen, first)
    return groups
