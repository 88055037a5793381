"""The figures of the Copenhagen study computed from a BIFLIS and a DREAM file by the written rules, in plain Python.

It knows the file formats and the rules, not the generator, so that it can judge the generator.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from backports import zstd

Figure = tuple[str, dict[str, str], Fraction]
Row = dict[str, str]

PERIOD = (date(2014, 1, 1), date(2015, 9, 30))
WINDOW = (date(2014, 7, 1), date(2015, 6, 30))
CUT = date(2015, 9, 30)
LATER = date(2099, 12, 31)
STUDY = {"period": "2014-01..2015-09"}
TABEL_2 = {
    "vejledning_opkvalificering": "Vejledning og opkvalificering",
    "virksomhedspraktik": "Virksomhedspraktik",
    "nytteindsats": "Virksomhedspraktik",
    "loentilskud": "Løntilskud",
    "oevrige": "Øvrige",
}
MENTOR_2 = "Mentor (fastholdelsesmentor og helhedsorienteret mentorstøtte)"
MENTOR_7 = "Mentor (Helhedsorienteret + fastholdelse)"
WORKPLACE = {"Virksomhedspraktik", "Løntilskud"}
STATUSES = (
    "Fortsat på kontant- eller uddannelseshjælp",
    "Anden offentlig forsørgelse",
    "Beskæftigelse",
    "Uddannelse",
    "Folkepension, fleksjob eller førtidspension",
    "Selvforsørgelse, udflyttet mv.",
)
BETTER = {"jobparat", "uddannelsesparat", "aabenlyst_uddannelsesparat"}
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
        self.weeks = [name for name in self.places if name.startswith("y_")]
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
        if code == "997" or "999" in row[self.places[self.weeks[0]] : self.places[column] + 1]:
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


def figures(biflis: Path, dream: Path) -> Iterator[Figure]:
    """Measure, dimensions and unrounded value of every published figure of the study."""
    data = members(biflis)
    everybody = citizens(data)
    groups = study_of(everybody)
    study = groups["under 30"] | groups["fyldt 30"]
    yield from volumes(data, everybody)
    yield from who(study, groups)
    for name, found in groups.items():
        total = len(found)
        priors = Counter(prior(citizen, first) for citizen, first in found.values())
        longer = priors["1-3 år"] + priors["over 3 år"]
        for band, count in (*priors.items(), ("over 1 år", longer)):
            yield "prior_duration_count", {"alder": name, "varighed": band}, Fraction(count)
            yield "prior_duration_share", {"alder": name, "varighed": band}, Fraction(100 * count, total)
        for band, count in Counter(duration(citizen) for citizen, _ in found.values()).items():
            yield "total_duration_share", {"alder": name, "varighed": band}, Fraction(100 * count, total)
        yield from running(name, found)
    half = sum(duration(citizen) in ("6-12 mdr", "mere end 1 år") for citizen, _ in study.values())
    yield "share_more_than_one_26_week_course", {"alder": "alle"}, Fraction(100 * half, len(study))
    yield from statuses(groups, Dream(dream))
    for row in data["budget"]:
        if row["ordning"] == "helhedsorienteret":
            keys = {"aar": row["aar"], "ordning": "helhedsorienteret mentorstøtte"}
            yield "budget", keys, Fraction(row["beloeb_mio"].replace(",", "."))
            share = Fraction(row["heraf_implementering_mio"].replace(",", "."))
            yield "budget_implementation", {"aar": row["aar"]}, share
    yield from reference(data["referencegruppe"])


def volumes(data: dict[str, list[Row]], everybody: dict[str, Citizen]) -> Iterator[Figure]:
    """Tabel 2 and 3, Figur 8 and 9."""
    kinds: Counter[str] = Counter()
    for citizen in everybody.values():
        starts = [(start, kind) for start, _, kind in citizen.offers]
        starts += [(start, MENTOR_2) for start, _, row in citizen.courses if row["mentortype"] in MENTOR_TYPES]
        for start, kind in starts:
            if WINDOW[0] <= start <= WINDOW[1] and age(citizen.birth, start) >= 30:
                kinds[kind] += citizen.category(start) == "aktivitetsparat"
    kinds["Total"] = sum(kinds.values())
    for kind, count in kinds.items():
        keys = {
            "redskab": kind,
            "period": "2014H2..2015H1",
            "maalgruppe": "aktivitetsparate kontanthjælpsmodtagere fyldt 30",
        }
        yield "started_courses_monthly_avg", keys, Fraction(count, 12)
        yield "started_courses_share", keys, Fraction(100 * count, kinds["Total"])
    provider = {row["leverandoer_id"]: row["type"] for row in data["leverandoer"]}
    places: Counter[str] = Counter()
    by_provider: Counter[str] = Counter()
    for row in data["mentorforloeb"]:
        start, kind = day_of(row["start_dato"]), provider[row["leverandoer_id"]]
        if row["mentortype"] == "fastholdelse" and WINDOW[0] <= start <= WINDOW[1]:
            at_firm = "frikøbt på virksomheden"
            elsewhere = "job- eller beskæftigelsescenter eller ekstern leverandør"
            places[at_firm if kind == "virksomhed" else elsewhere] += 1
        if row["mentortype"] == "helhedsorienteret" and PERIOD[0] <= start <= date(2015, 8, 31):
            by_provider[kind] += 1
    for place, count in places.items():
        keys = {"placering": place, "period": "2014H2..2015H1"}
        yield "retention_mentor_count", keys, Fraction(count)
        yield "retention_mentor_share", keys, Fraction(100 * count, places.total())
    for year in ("2014", "2015"):
        first, last = date(int(year), 1, 1), date(int(year), 8, 31)
        count = sum(first <= start <= last for c in everybody.values() for start, _, _ in c.helped())
        yield "started_courses", {"type": "helhedsorienteret", "period": f"{year}-01..{year}-08"}, Fraction(count)
    centres = by_provider["jobcenter"] + by_provider["beskaeftigelsescenter"]
    total = by_provider.total()
    for name, count in (
        ("Eksterne leverandører", by_provider["ekstern"]),
        ("Job- og beskæftigelsescentre", centres),
        ("Jobcentre", by_provider["jobcenter"]),
        ("Beskæftigelsescentre", by_provider["beskaeftigelsescenter"]),
    ):
        yield "courses_by_provider", {"leverandoer": name, "period": "2014-01..2015-08"}, Fraction(count)
        yield "courses_by_provider_share", {"leverandoer": name}, Fraction(100 * count, total)


MENTOR_TYPES = ("helhedsorienteret", "fastholdelse")


def who(study: dict[str, tuple[Citizen, date]], groups: Groups) -> Iterator[Figure]:
    """Figur 1 to 4."""
    yield "citizens_in_study", STUDY, Fraction(len(study))
    named = {**groups, "alle": study}
    for name, found in named.items():
        yield "citizens_first_course", {"alder": name, **STUDY}, Fraction(len(found))
        yield "citizens_first_course_share", {"alder": name, **STUDY}, Fraction(100 * len(found), len(study))
        origins = Counter(citizen.origin for citizen, _ in found.values())
        for origin, count in origins.items():
            keys = {"gruppe": "helhedsorienteret mentor", "alder": name, "herkomst": origin or "uoplyst"}
            yield "origin_share", keys, Fraction(100 * count, len(found))
        for sex, word in (("M", "mand"), ("K", "kvinde")):
            count = sum(citizen.sex == sex for citizen, _ in found.values())
            yield "gender_share", {"alder": name, "koen": word}, Fraction(100 * count, len(found))
    bands: Counter[str] = Counter()
    for citizen, first in study.values():
        years = age(citizen.birth, first)
        bands["under 30" if years < 30 else "30-39" if years < 40 else "40-49" if years < 50 else "50+"] += 1
    for band, count in bands.items():
        keys = {"gruppe": "helhedsorienteret mentor", "alder": band, "asof": "2014-05"}
        yield "age_share", keys, Fraction(100 * count, len(study))


def running(name: str, found: dict[str, tuple[Citizen, date]]) -> Iterator[Figure]:
    """Figur 7 (R14)."""
    counts = Counter({"Virksomhedsplacering": 0, "Øvrige": 0})
    for citizen, first in found.values():
        day = months_after(first, 7)
        counts[MENTOR_7] += sum(
            start <= day <= end for start, end, row in citizen.courses if row["mentortype"] in MENTOR_TYPES
        )
        for start, end, kind in citizen.offers:
            counts["Virksomhedsplacering" if kind in WORKPLACE else kind] += start <= day <= end
    for kind, count in counts.items():
        yield "courses_running_7_months_share", {"alder": name, "tilbud": kind}, Fraction(100 * count, counts.total())


def statuses(groups: Groups, dream: Dream) -> Iterator[Figure]:
    """Tabel 4 and who was matched up (R7, R10)."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for name, found in groups.items():
        up = 0
        for cpr, (citizen, first) in found.items():
            day = months_after(first, 7)
            status = dream.status(cpr, day)
            if status:
                for column in (name, "alle"):
                    table[column][status] += 1
            better = citizen.category(first) == "aktivitetsparat" and citizen.category(day) in BETTER
            up += better and status == STATUSES[0]
        yield "opmatchet_7_months", {"alder": name}, Fraction(up)
    for name, counts in table.items():
        total = counts.total()
        for status, count in (*counts.items(), ("I alt", total)):
            keys = {"alder": name, "status": status, **STUDY}
            yield "status_7_months", keys, Fraction(count)
            yield "status_7_months_share", keys, Fraction(100 * count, total)


def reference(rows: list[Row]) -> Iterator[Figure]:
    """Shares of the group that the study compares with."""
    for row in rows:
        share = Fraction(row["andel_pct"].replace(",", "."))
        keys = {"gruppe": row["gruppe"], row["fordeling"]: row["kategori"]}
        if row["fordeling"] == "alder":
            yield "age_share", {**keys, "asof": "2014-05"}, share
        elif row["fordeling"] == "herkomst":
            yield "origin_share", {**keys, "alder": "alle"}, share
        else:
            yield "share_with_helhedsorienteret_last_year", {"maalgruppe": row["kategori"]}, share
