"""The figures of the web registrations computed from a delivery file by the written rules, in plain Python.

It knows the file format and the rules, not the generator, so that it can judge the generator.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

CUT, NATIONAL_CUT = "2008-09-15", "2008-09-10"
SUCCESS = {"fastholdt_job", "nyt_job", "uddannelse"}
INCOME = {
    "offentlig": "kontanthjælp, starthjælp, introduktionsydelse, revalidering eller anden offentlig forsørgelse",
    "dagpenge": "dagpenge/sygedagpenge",
    "loen": "egen lønindkomst",
    "fleksjob": "fleksjob",
    "familie": "familie",
}
EDUCATION = {
    "UDD1": "folkeskole eller ingen",
    "UDD2": "folkeskole eller ingen",
    "UDD3": "gymnasial",
    "UDD4": "erhvervsuddannelse",
    "UDD5": "kort videregående",
    "UDD6": "mellemlang videregående",
    "UDD7": "lang videregående",
    "": "ikke registreret",
}
COMPANY_TYPE = {"offentlig": "offentlig", "privat": "privat", "forening": "forening eller lignende", "": "uoplyst"}

Rows = list[dict[str, str]]


def read(path: Path) -> dict[str, Rows]:
    """Every member of a delivery, rows by column name."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            text = io.TextIOWrapper(archive.open(name), encoding="utf-8-sig", newline="")
            found[name.removesuffix(".csv")] = list(csv.DictReader(text, delimiter=";", strict=True))
    return found


def ends(data: dict[str, Rows]) -> dict[str, str]:
    """Last day of every ended course: slut_dato, else the earliest BEG18."""
    found: dict[str, str] = {}
    for event in data["begivenheder"]:
        if event["begivenhed"] == "BEG18":
            course = event["forloeb_id"]
            found[course] = min(found.get(course, "9999"), event["start_dato"])
    found.update({c["forloeb_id"]: c["slut_dato"] for c in data["stoetteforloeb"] if c["slut_dato"]})
    return found


def clock(start: str) -> str:
    """Interval of the start; the lower edge belongs to it (R5)."""
    hour = int(start[:2])
    return "24-06" if hour < 6 else "06-09" if hour < 9 else "09-12" if hour < 12 else "12-17" if hour < 17 else "17-24"


def band(age: str) -> str:
    """Age band of the web registrations (P4)."""
    if not age:
        return "uoplyst"
    years = int(age)
    bands = ((19, "under 20"), (25, "20-25"), (30, "26-30"), (35, "31-35"), (40, "36-40"))
    return next((name for highest, name in bands if years <= highest), "over 40")


def figures(data: dict[str, Rows]) -> Iterator[tuple[str, dict[str, str], Fraction]]:
    """Measure, dimensions and unrounded value of everything the published rows name, and more members of the same."""
    names = {row["jobcenter_id"]: row["navn"] for row in data["jobcentre"]}
    mentor_place = {row["mentor_id"]: names[row["jobcenter_id"]] for row in data["mentorer"]}
    course_ends = ends(data)
    first: dict[str, dict[str, str]] = {}
    for course in sorted(data["stoetteforloeb"], key=lambda c: (c["start_dato"], int(c["forloeb_id"]))):
        first.setdefault(course["borger_id"], course)
    place = {citizen: mentor_place[course["mentor_id"]] for citizen, course in first.items()}
    citizen_of = {course["forloeb_id"]: course["borger_id"] for course in data["stoetteforloeb"]}

    for row in data["jobcentre"]:
        yield "agreed_places", {"jobcenter": row["navn"]}, Fraction(row["pladser"])
    at_cut = {citizen: course for citizen, course in first.items() if course["start_dato"] <= CUT}
    traits = {row["borger_id"]: row for row in data["borgere"]}
    counted = Counter(place[citizen] for citizen in at_cut)
    yield "citizens_participated", {"jobcenter": "alle", "asof": "medio 2008-09"}, Fraction(len(at_cut))
    for jobcentre, count in counted.items():
        yield "citizens_participated", {"jobcenter": jobcentre}, Fraction(count)
    over = {
        citizen
        for citizen in at_cut
        if all(
            course_ends.get(course["forloeb_id"], "9999") <= CUT
            for course in data["stoetteforloeb"]
            if course["borger_id"] == citizen and course["start_dato"] <= CUT
        )
    }
    yield "citizens_ended", {"jobcenter": "alle"}, Fraction(len(over))
    yield "citizens_active_at_extract", {"jobcenter": "alle"}, Fraction(len(at_cut) - len(over))

    goals = Counter((place[citizen], course["baggrund"]) for citizen, course in at_cut.items())
    for code, goal in (("BAG1", "fastholdelse"), ("BAG2", "indslusning")):
        for jobcentre in names.values():
            yield "citizens_by_goal", {"jobcenter": jobcentre, "maal": goal}, Fraction(goals[jobcentre, code])
        total = sum(count for (_, found), count in goals.items() if found == code)
        yield "citizens_by_goal", {"jobcenter": "alle", "maal": goal}, Fraction(total)
    sexes = {"M": "mand", "K": "kvinde", "": "uoplyst"}
    yield from tally("citizens_by_gender", "koen", (sexes[traits[c]["koen"]] for c in at_cut))
    yield from tally("citizens_by_age", "alder", (band(traits[c]["alder"]) for c in at_cut))
    education = [EDUCATION[traits[c]["uddannelse"]] for c in at_cut]
    yield from tally("citizens_by_education", "uddannelse", education)
    yield "share_folkeskole_or_none", {}, Fraction(education.count("folkeskole eller ingen"), len(education))
    yield from tally("citizens_by_income", "forsoergelse", (INCOME[c["forsoergelse_2008"]] for c in at_cut.values()))

    tied = defaultdict(set)
    for tie in data["tilknytninger"]:
        if tie["start_dato"] <= CUT:
            tied[tie["virksomhed_id"]].add(citizen_of[tie["forloeb_id"]])
    companies = [row for row in data["virksomheder"] if row["virksomhed_id"] in tied]
    yield "companies_registered", {}, Fraction(len(companies))
    yield "citizens_at_registered_companies", {}, Fraction(len(set().union(*tied.values())))
    yield "companies_with_more_than_one_citizen", {}, Fraction(sum(len(citizens) > 1 for citizens in tied.values()))
    yield from tally("companies_by_type", "virksomhedstype", (COMPANY_TYPE[row["type"]] for row in companies))
    known = (row["erfaring"] or "uoplyst" for row in companies)
    yield from tally("companies_prior_experience", "erfaring_saerlige_hensyn", known)

    at_work = [m for m in data["mentorer"] if m["start_dato"] <= CUT and (m["slut_dato"] or "9999") >= CUT]
    yield from tally("mentors", "jobcenter", [mentor_place[m["mentor_id"]] for m in at_work] + ["alle"] * len(at_work))
    yield from hours(data["tidsforbrug"], {course: place[citizen] for course, citizen in citizen_of.items()}, counted)

    done = {citizen_of[course] for course in course_ends}
    good = {
        course["borger_id"]
        for course in data["stoetteforloeb"]
        if course["forloeb_id"] in course_ends and course["afslutning"] in SUCCESS
    }
    yield "citizens_completed", {"project": "sociale mentorer"}, Fraction(len(done))
    if done:
        yield "success_share", {"project": "sociale mentorer"}, Fraction(len(good), len(done))


def hours(entries: Rows, place: dict[str, str], citizens: Counter) -> Iterator[tuple[str, dict[str, str], Fraction]]:
    """Hours and shares at the two cut-offs (R1); the hours of a jobcentre are those of its citizens (R2)."""
    national, local, by_clock = Counter(), Counter(), Counter()
    for row in entries:
        time = Fraction(int(row["minutter"]), 60)
        kind = row["opgavetype"].capitalize()
        if row["dato"] <= NATIONAL_CUT:
            national[kind] += time
        if row["dato"] <= CUT:
            local[place[row["forloeb_id"]], kind] += time
            by_clock[clock(row["start_tid"])] += time
    everything = sum(national.values())
    for kind, value in [*national.items(), ("I alt", everything)]:
        keys = {"jobcenter": "alle", "opgavetype": kind, "asof": NATIONAL_CUT}
        yield "mentor_hours", keys, value
        yield "mentor_hours_share", keys, 100 * value / everything
    for jobcentre in citizens:
        total = sum(value for (found, _), value in local.items() if found == jobcentre)
        since = "2008-03" if jobcentre == "Viborg" else "2008-02"
        yield "mentor_hours", {"jobcenter": jobcentre, "period": f"{since}..2008-09"}, total
        yield "mentor_hours_per_citizen", {"jobcenter": jobcentre}, total / citizens[jobcentre]
        for kind in ("Hjem", "Arbejde", "Kontakt", "Andet"):
            share = 100 * local[jobcentre, kind] / total
            yield "mentor_hours_share", {"jobcenter": jobcentre, "opgavetype": kind}, share
        yield "mentor_hours_share", {"jobcenter": jobcentre, "opgavetype": "I alt"}, Fraction(100)
    for interval, value in by_clock.items():
        keys = {"jobcenter": "alle", "tidsinterval": interval}
        yield "mentor_hours_share_by_time", keys, 100 * value / sum(by_clock.values())


def tally(measure: str, key: str, values) -> Iterator[tuple[str, dict[str, str], Fraction]]:
    """One row for every value that occurs."""
    for value, count in Counter(values).items():
        yield measure, {key: value}, Fraction(count)


def rounded(value: Fraction, decimals: int) -> Decimal:
    """Half up, once (R20)."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
