"""The published measures of the web registrations, computed from rows in plain Python as rules.md says.

Written from the rules and the printed measures alone, to be held against what the warehouse computes. A row for every
member: every printed one and every one that is loaded. A share of nothing has no value (None).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction

from population import Data

Figure = tuple[str, dict[str, str], Fraction | None]

CUT, NATIONAL_CUT = "2008-09-15", "2008-09-10"
NEVER = "9999-12-32"
PRINTED = ["Herlev", "Viborg", "Odense"]
SUCCESS = {"fastholdt_job", "nyt_job", "uddannelse"}
SEXES = {"M": "mand", "K": "kvinde", "": "uoplyst"}
AGE_BANDS = ["under 20", "20-25", "26-30", "31-35", "36-40", "over 40", "uoplyst"]
EDUCATIONS = {
    "UDD1": "folkeskole eller ingen",
    "UDD2": "folkeskole eller ingen",
    "UDD3": "gymnasial",
    "UDD4": "erhvervsuddannelse",
    "UDD5": "kort videregående",
    "UDD6": "mellemlang videregående",
    "UDD7": "lang videregående",
    "": "ikke registreret",
}
INCOMES = {
    "offentlig": "kontanthjælp, starthjælp, introduktionsydelse, revalidering eller anden offentlig forsørgelse",
    "dagpenge": "dagpenge/sygedagpenge",
    "loen": "egen lønindkomst",
    "fleksjob": "fleksjob",
    "familie": "familie",
    "": "uoplyst",
}
COMPANY_TYPES = {"offentlig": "offentlig", "privat": "privat", "forening": "forening eller lignende", "": "uoplyst"}
KINDS = {"HJEM": "Hjem", "ARBEJDE": "Arbejde", "KONTAKT": "Kontakt", "ANDET": "Andet"}
INTERVALS = ["06-09", "09-12", "12-17", "17-24", "24-06"]


def figures(data: Data) -> list[Figure]:
    """Every figure of the published measures, unrounded."""
    return list(_Web(data).figures())


class _Web:
    """A web database seen as persons: several numbers of one CPR are one citizen."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.names = {row["jobcenter_id"]: row["navn"] for row in data["jobcentre.csv"]}
        self.mentor_place = {row["mentor_id"]: self.names[row["jobcenter_id"]] for row in data["mentorer.csv"]}
        self.citizen = {row["borger_id"]: row for row in data["borgere.csv"]}
        self.person = {number: plain_cpr(row["cpr"]) for number, row in self.citizen.items()}
        self.courses = data["stoetteforloeb.csv"]
        self.person_of = {row["forloeb_id"]: self.person[row["borger_id"]] for row in self.courses}
        self.ends = self._ends()
        # Several on one day: the lowest id (R24).
        self.first: dict[str, dict[str, str]] = {}
        for course in sorted(self.courses, key=lambda row: (row["start_dato"], int(row["forloeb_id"]))):
            self.first.setdefault(self.person_of[course["forloeb_id"]], course)
        self.place = {person: self.mentor_place[course["mentor_id"]] for person, course in self.first.items()}
        self.at_cut = {person: course for person, course in self.first.items() if course["start_dato"] <= CUT}
        self.places = [*dict.fromkeys(PRINTED + list(self.names.values()))]

    def _ends(self) -> dict[str, str]:
        """slut_dato, else the date of the earliest BEG18."""
        found: dict[str, str] = {}
        for row in self.data["begivenheder.csv"]:
            if row["begivenhed"] == "BEG18":
                found[row["forloeb_id"]] = min(row["start_dato"], found.get(row["forloeb_id"], NEVER))
        return found | {row["forloeb_id"]: row["slut_dato"] for row in self.courses if row["slut_dato"]}

    def figures(self) -> Iterator[Figure]:
        for name in self.places:
            places = sum(int(row["pladser"]) for row in self.data["jobcentre.csv"] if row["navn"] == name)
            yield "agreed_places", {"jobcenter": name}, Fraction(places)
        yield from self._participation()
        yield from self._profile()
        yield from self._companies()
        working = [
            self.mentor_place[row["mentor_id"]]
            for row in self.data["mentorer.csv"]
            if row["start_dato"] <= CUT and (not row["slut_dato"] or row["slut_dato"] >= CUT)
        ]
        yield from count("mentors", "jobcenter", ["alle", *self.places], ["alle"] * len(working) + working)
        yield from self._national_hours()
        yield from self._local_hours()
        yield from self._outcome()

    def _participation(self) -> Iterator[Figure]:
        yield "citizens_participated", {"jobcenter": "alle", "asof": "medio 2008-09"}, Fraction(len(self.at_cut))
        located = [self.place[person] for person in self.at_cut]
        yield from count("citizens_participated", "jobcenter", self.places, located)
        running = {
            self.person_of[row["forloeb_id"]]
            for row in self.courses
            if row["start_dato"] <= CUT and self.ends.get(row["forloeb_id"], NEVER) > CUT
        }
        yield "citizens_ended", {"jobcenter": "alle"}, Fraction(len(self.at_cut) - len(running))
        yield "citizens_active_at_extract", {"jobcenter": "alle"}, Fraction(len(running))
        for code, goal in (("BAG1", "fastholdelse"), ("BAG2", "indslusning")):
            aimed = [self.place[person] for person, course in self.at_cut.items() if course["baggrund"] == code]
            for name in ["alle", *self.places]:
                number = len(aimed) if name == "alle" else aimed.count(name)
                yield "citizens_by_goal", {"jobcenter": name, "maal": goal}, Fraction(number)

    def _profile(self) -> Iterator[Figure]:
        # Sex and education are the person's: of several numbers of one person the lowest decides (as R24). Age is
        # "at start": of the number that the first course stands under.
        numbers = sorted(self.citizen, key=int, reverse=True)
        lowest = {self.person[number]: self.citizen[number] for number in numbers}
        rows = [lowest[person] for person in self.at_cut]
        ages = [self.citizen[course["borger_id"]]["alder"] for course in self.at_cut.values()]
        yield from count("citizens_by_gender", "koen", SEXES.values(), [SEXES[row["koen"]] for row in rows])
        yield from count("citizens_by_age", "alder", AGE_BANDS, map(age_band, ages))
        educations = [EDUCATIONS[row["uddannelse"]] for row in rows]
        yield from count("citizens_by_education", "uddannelse", EDUCATIONS.values(), educations)
        yield "share_folkeskole_or_none", {}, share(educations.count("folkeskole eller ingen"), len(rows), 1)
        incomes = [INCOMES[course["forsoergelse_2008"]] for course in self.at_cut.values()]
        yield from count("citizens_by_income", "forsoergelse", INCOMES.values(), incomes)

    def _companies(self) -> Iterator[Figure]:
        tied: dict[str, set[str]] = {}
        for row in self.data["tilknytninger.csv"]:
            if row["start_dato"] <= CUT:
                tied.setdefault(row["virksomhed_id"], set()).add(self.person_of[row["forloeb_id"]])
        companies = [row for row in self.data["virksomheder.csv"] if row["virksomhed_id"] in tied]
        yield "companies_registered", {}, Fraction(len(companies))
        yield "citizens_at_registered_companies", {}, Fraction(len(set().union(*tied.values())))
        yield "companies_with_more_than_one_citizen", {}, Fraction(sum(len(found) > 1 for found in tied.values()))
        kinds = [COMPANY_TYPES[row["type"]] for row in companies]
        yield from count("companies_by_type", "virksomhedstype", COMPANY_TYPES.values(), kinds)
        known = [row["erfaring"] or "uoplyst" for row in companies]
        yield from count("companies_prior_experience", "erfaring_saerlige_hensyn", ["ja", "nej", "uoplyst"], known)

    def _national_hours(self) -> Iterator[Figure]:
        spent: Counter[str] = Counter()
        for row in self.data["tidsforbrug.csv"]:
            if row["dato"] <= NATIONAL_CUT:
                spent[KINDS[row["opgavetype"]]] += int(row["minutter"])
        spent["I alt"] = sum(spent.values())
        for kind in [*KINDS.values(), "I alt"]:
            keys = {"jobcenter": "alle", "opgavetype": kind, "asof": NATIONAL_CUT}
            yield "mentor_hours", keys, Fraction(spent[kind], 60)
            yield "mentor_hours_share", keys, share(spent[kind], spent["I alt"], 100)

    def _local_hours(self) -> Iterator[Figure]:
        spent: Counter[tuple[str, str]] = Counter()
        clock: Counter[str] = Counter()
        for row in self.data["tidsforbrug.csv"]:
            if row["dato"] <= CUT:
                name = self.place[self.person_of[row["forloeb_id"]]]
                spent[name, KINDS[row["opgavetype"]]] += int(row["minutter"])
                spent[name, "I alt"] += int(row["minutter"])
                clock[interval(row["start_tid"])] += int(row["minutter"])
        for name in self.places:
            total = spent[name, "I alt"]
            since = "2008-03" if name == "Viborg" else "2008-02"
            yield "mentor_hours", {"jobcenter": name, "period": f"{since}..2008-09"}, Fraction(total, 60)
            citizens = sum(self.place[person] == name for person in self.at_cut)
            yield "mentor_hours_per_citizen", {"jobcenter": name}, share(total, 60 * citizens, 1)
            for kind in [*KINDS.values(), "I alt"]:
                keys = {"jobcenter": name, "opgavetype": kind}
                yield "mentor_hours_share", keys, share(spent[name, kind], total, 100)
        everything = sum(value for (_, kind), value in spent.items() if kind == "I alt")
        yield "mentor_hours", {"jobcenter": "alle", "period": "2008-02..2008-09"}, Fraction(everything, 60)
        for name in INTERVALS:
            keys = {"jobcenter": "alle", "tidsinterval": name}
            yield "mentor_hours_share_by_time", keys, share(clock[name], sum(clock.values()), 100)

    def _outcome(self) -> Iterator[Figure]:
        ended = [row for row in self.courses if row["forloeb_id"] in self.ends]
        completed = {self.person_of[row["forloeb_id"]] for row in ended}
        good = {self.person_of[row["forloeb_id"]] for row in ended if row["afslutning"] in SUCCESS}
        yield "citizens_completed", {"project": "sociale mentorer"}, Fraction(len(completed))
        yield "success_share", {"project": "sociale mentorer"}, share(len(good), len(completed), 1)


def count(measure: str, key: str, members: Iterable[str], values: Iterable[str]) -> Iterator[Figure]:
    """A row for each of `members`: how many of `values` it is."""
    counted = Counter(values)
    for member in dict.fromkeys(members):
        yield measure, {key: member}, Fraction(counted[member])


def share(part: int, whole: int, of: int) -> Fraction | None:
    """`part` of `whole` times `of`; None of nothing."""
    return Fraction(of * part, whole) if whole else None


def plain_cpr(written: str) -> str:
    """A CPR number without blanks and hyphen, a lost zero restored."""
    return "".join(written.split()).replace("-", "").zfill(10)


def age_band(age: str) -> str:
    """P4: 20-25, 26-30, 31-35, 36-40, over 40; under 20 and uoplyst are bands of their own."""
    if not age:
        return "uoplyst"
    return next(
        (band for top, band in zip((19, 25, 30, 35, 40), AGE_BANDS, strict=False) if int(age) <= top), "over 40"
    )


def interval(start: str) -> str:
    """R5: all of it to the interval of its start; 09:00 belongs to 09-12."""
    for since, name in (("17:00", "17-24"), ("12:00", "12-17"), ("09:00", "09-12"), ("06:00", "06-09")):
        if start >= since:
            return name
    return "24-06"
