"""The counted figures of the Copenhagen study in plain Python, as rules.md and the printed rows say.

A share of nothing has no value (None). Nothing is rounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from calendar_by_rules import age, monday_of, months_later, runs
from courses_by_rules import Course
from durations_by_rules import (
    LAST,
    PRIOR,
    TOTAL,
    counted_days,
    courses_of,
    full_courses,
    prior_bands,
    prior_start,
    prior_start_in_dream,
)
from outcomes_by_rules import Status, group_of, status_at
from rows_by_rules import clean
from state_by_rules import State

Figure = tuple[str, dict[str, str], Fraction | None]

FIRST = date(2014, 1, 1)
STUDY = "2014-01..2015-09"
YEAR = (date(2014, 7, 1), date(2015, 6, 30))
TABEL_2 = {
    "Mentor (fastholdelsesmentor og helhedsorienteret mentorstøtte)": {"fastholdelse", "helhedsorienteret"},
    "Vejledning og opkvalificering": {"vejledning_opkvalificering"},
    "Virksomhedspraktik": {"virksomhedspraktik", "nytteindsats"},
    "Løntilskud": {"loentilskud"},
    "Øvrige": {"oevrige"},
}
FIGUR_7 = {
    "Mentor (Helhedsorienteret + fastholdelse)": {"fastholdelse", "helhedsorienteret"},
    "Vejledning og opkvalificering": {"vejledning_opkvalificering"},
    "Virksomhedsplacering": {"virksomhedspraktik", "nytteindsats", "loentilskud"},
    "Øvrige": {"oevrige"},
}
TABEL_4 = {
    "fortsat": "Fortsat på kontant- eller uddannelseshjælp",
    "anden": "Anden offentlig forsørgelse",
    "beskaeftigelse": "Beskæftigelse",
    "uddannelse": "Uddannelse",
    "pension": "Folkepension, fleksjob eller førtidspension",
    "selv": "Selvforsørgelse, udflyttet mv.",
}
GROUPS = ["under 30", "fyldt 30", "alle"]
CATEGORIES = {
    "jobparat": "Jobparat",
    "uddannelsesparat": "Uddannelsesparat",
    "aabenlyst_uddannelsesparat": "Åbenlyst uddannelsesparat",
    "": "Uoplyst",
}
PROVIDERS = {
    "Eksterne leverandører": {"ekstern"},
    "Jobcentre": {"jobcenter"},
    "Beskæftigelsescentre": {"beskaeftigelsescenter"},
    "Job- og beskæftigelsescentre": {"jobcenter", "beskaeftigelsescenter"},
    "Virksomheder ved frikøb": {"virksomhed"},
}
DREAM_BENEFITS: dict[str, Callable[[str], bool]] = {
    "kontant- og uddannelseshjælp": lambda code: code != "" and group_of(code) == "fortsat",
    "alle ydelser": lambda code: code not in ("", "997", "999"),
}
SEXES = {"M": "mand", "K": "kvinde"}


def first_courses(state: State) -> list[Course]:
    """C3, R22: of each citizen the first helhedsorienterede course that begins in the period; ties by lowest id."""
    first: dict[str, Course] = {}
    begun = [course for course in state.of_kind("helhedsorienteret") if FIRST <= course.start <= LAST]
    for course in sorted(begun, key=lambda course: (course.start, int(course.number))):
        first.setdefault(course.cpr, course)
    return list(first.values())


class Study:
    """The study's citizens and what is counted of them."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.first = first_courses(state)
        self.age = {course.cpr: age(state.born(course.cpr), course.start) for course in self.first}
        self.group = {cpr: age_group(years) for cpr, years in self.age.items()}

    def figures(self) -> Iterator[Figure]:
        """Every figure of the printed measures that is counted from rows."""
        yield from self._tabel_2()
        yield from self._tabel_3()
        yield from self._persons()
        yield from self._prior()
        yield from self._duration()
        yield from self._tabel_4()
        yield from self._figur_7()
        yield from self._starts()
        yield from self._budget()

    def _of(self, group: str) -> list[Course]:
        return [course for course in self.first if group == "alle" or self.group[course.cpr] == group]

    def _tabel_2(self) -> Iterator[Figure]:
        """R15: fyldt 30 and aktivitetsparat on the day it begins."""
        state = self.state
        keys = {"period": "2014H2..2015H1", "maalgruppe": "aktivitetsparate kontanthjælpsmodtagere fyldt 30"}
        begun = [
            one.kind
            for one in [*state.of_kind("helhedsorienteret", "fastholdelse"), *state.offers]
            if YEAR[0] <= one.start <= YEAR[1]
            and age(state.born(one.cpr), one.start) >= 30
            and state.category(one.cpr, one.start) == "aktivitetsparat"
        ]
        for name, kinds in [*TABEL_2.items(), ("Total", set(begun))]:
            number = sum(kind in kinds for kind in begun)
            yield "started_courses_monthly_avg", keys | {"redskab": name}, Fraction(number, 12)
            yield "started_courses_share", keys | {"redskab": name}, share(number, len(begun))

    def _tabel_3(self) -> Iterator[Figure]:
        """R16: all fastholdelse courses that begin in the window."""
        found = [self._provider(one) for one in self.state.of_kind("fastholdelse") if YEAR[0] <= one.start <= YEAR[1]]
        bought = found.count("virksomhed")
        places = {
            "job- eller beskæftigelsescenter eller ekstern leverandør": len(found) - bought,
            "frikøbt på virksomheden": bought,
        }
        for place, number in places.items():
            keys = {"placering": place, "period": "2014H2..2015H1"}
            yield "retention_mentor_count", keys, Fraction(number)
            yield "retention_mentor_share", keys, share(number, len(found))

    def _provider(self, course: Course) -> str:
        wanted = self.state.row[course.number]["leverandoer_id"]
        return next(row["type"] for row in self.state.member("leverandoer") if row["leverandoer_id"] == wanted)

    def _persons(self) -> Iterator[Figure]:
        """Figur 1 to 4: at the first start (P2, R14), as BIFLIS has the citizen."""
        everybody = self._of("alle")
        yield "citizens_in_study", {"period": STUDY}, Fraction(len(everybody))
        told = {clean(row["cpr"]): row for row in self.state.member("borger")}
        for group in GROUPS:
            keys, own = {"alder": group, "period": STUDY}, self._of(group)
            yield "citizens_first_course", keys, Fraction(len(own))
            yield "citizens_first_course_share", keys, share(len(own), len(everybody))
            for code, name in SEXES.items():
                number = sum(told[course.cpr]["koen"] == code for course in own)
                yield "gender_share", {"alder": group, "koen": name}, share(number, len(own))
            for origin in ("dansk", "vestlig", "ikke-vestlig", ""):
                keys = {"gruppe": "helhedsorienteret mentor", "alder": group, "herkomst": origin or "uoplyst"}
                number = sum(told[course.cpr]["herkomst"] == origin for course in own)
                yield "origin_share", keys, share(number, len(own))
        for band, ages in (("under 30", (0, 29)), ("30-39", (30, 39)), ("40-49", (40, 49)), ("50+", (50, 200))):
            number = sum(ages[0] <= years <= ages[1] for years in self.age.values())
            keys = {"gruppe": "helhedsorienteret mentor", "alder": band, "asof": "2014-05"}
            yield "age_share", keys, share(number, len(everybody))
        held = [self.state.category(course.cpr, course.start) for course in everybody]
        for code, name in CATEGORIES.items():
            yield (
                "citizens_not_aktivitetsparat",
                {"period": STUDY, "visitationskategori": name},
                Fraction(held.count(code)),
            )

    def _prior(self) -> Iterator[Figure]:
        """Figur 5, R12: of persons, of all courses of the period, and read in DREAM."""
        state = self.state
        begun = [one for one in state.of_kind("helhedsorienteret") if FIRST <= one.start <= LAST]
        for group in GROUPS:
            bands = [prior_bands(prior_start(state, one.cpr, one.start), one.start) for one in self._of(group)]
            yield from _banded("prior_duration", {"alder": group}, bands, PRIOR)
            own = [one for one in begun if group in ("alle", age_group(age(state.born(one.cpr), one.start)))]
            bands = [prior_bands(prior_start(state, one.cpr, one.start), one.start) for one in own]
            yield from _banded("prior_duration_all_courses", {"alder": group}, bands, PRIOR)
            for name, on_benefit in DREAM_BENEFITS.items():
                bands = [self._prior_in_dream(one, on_benefit) for one in self._of(group)]
                keys = {"alder": group, "ydelser": name}
                yield from _banded("prior_duration_dream", keys, bands, [*PRIOR, "uoplyst"])

    def _prior_in_dream(self, course: Course, on_benefit: Callable[[str], bool]) -> list[str]:
        state = self.state
        if course.cpr not in state.weeks or not state.covered[0] <= monday_of(course.start) <= state.covered[-1]:
            return ["uoplyst"]
        return prior_bands(prior_start_in_dream(state, course, on_benefit), course.start)

    def _duration(self) -> Iterator[Figure]:
        """Figur 6, C4-C8, R13."""
        courses = {course.cpr: courses_of(self.state, course.cpr) for course in self.first}
        days = {cpr: sum(map(counted_days, own)) for cpr, own in courses.items()}
        for group in GROUPS:
            totals = [days[course.cpr] for course in self._of(group)]
            bands = [[band for band, (low, high) in TOTAL.items() if low < total <= high] for total in totals]
            yield from _banded("total_duration", {"alder": group}, bands, TOTAL)
        longer, several = (
            sum(days[cpr] > 184 for cpr in days),
            sum(full_courses(own) >= 2 for own in courses.values()),
        )
        yield "share_more_than_one_26_week_course", {"alder": "alle"}, share(longer, len(days))
        yield "share_with_several_full_courses", {"alder": "alle"}, share(several, len(days))

    def _tabel_4(self) -> Iterator[Figure]:
        """R7: who is not followed up is in neither."""
        found: dict[str, Status] = {course.cpr: status_at(self.state, course, 7) for course in self.first}
        for group in GROUPS:
            own = [found[course.cpr] for course in self._of(group)]
            counted = Counter(one.status for one in own if one.status != "ikke_opfulgt")
            for status, label in [*TABEL_4.items(), ("", "I alt")]:
                number = counted[status] if status else counted.total()
                keys = {"alder": group, "status": label, "period": STUDY}
                yield "status_7_months", keys, Fraction(number)
                yield "status_7_months_share", keys, share(number, counted.total())
            unseen = sum(one.status == "ikke_opfulgt" for one in own)
            keys = {"alder": group, "status": "Ikke opfulgt endnu", "period": STUDY}
            yield "status_7_months", keys, Fraction(unseen)
            yield "opmatchet_7_months", {"alder": group}, Fraction(sum(one.sub == "opmatchet" for one in own))

    def _figur_7(self) -> Iterator[Figure]:
        """R14: what runs on the day seven calendar months after the first start, both ends inclusive."""
        mentors = self.state.of_kind("helhedsorienteret", "fastholdelse")
        offered = [*mentors, *self.state.offers]
        for group in GROUPS:
            kinds = [
                one.kind
                for course in self._of(group)
                for one in offered
                if one.cpr == course.cpr and runs(one.start, one.end, months_later(course.start, 7))
            ]
            for name, members in FIGUR_7.items():
                number = sum(kind in members for kind in kinds)
                yield "courses_running_7_months_share", {"alder": group, "tilbud": name}, share(number, len(kinds))

    def _starts(self) -> Iterator[Figure]:
        """Figur 8 and 9: every course counts (C2)."""
        courses = self.state.of_kind("helhedsorienteret")
        for year in ("2014", "2015"):
            number = sum(f"{year}-01" <= f"{course.start:%Y-%m}" <= f"{year}-08" for course in courses)
            keys = {"type": "helhedsorienteret", "period": f"{year}-01..{year}-08"}
            yield "started_courses", keys, Fraction(number)
        found = [self._provider(one) for one in courses if FIRST <= one.start <= date(2015, 8, 31)]
        for name, kinds in PROVIDERS.items():
            number = sum(kind in kinds for kind in found)
            yield "courses_by_provider", {"leverandoer": name, "period": "2014-01..2015-08"}, Fraction(number)
            yield "courses_by_provider_share", {"leverandoer": name}, share(number, len(found))

    def _budget(self) -> Iterator[Figure]:
        """Tabel 7."""
        for row in self.state.member("budget"):
            if row["ordning"] == "helhedsorienteret":
                keys = {"aar": row["aar"]}
                yield "budget", keys | {"ordning": "helhedsorienteret mentorstøtte"}, _number(row["beloeb_mio"])
                yield "budget_implementation", keys, _number(row["heraf_implementering_mio"])


def age_group(years: int) -> str:
    """P1, P3."""
    return "under 30" if years < 30 else "fyldt 30"


def _banded(measure: str, keys: dict[str, str], found: list[list[str]], bands: Iterable[str]) -> Iterator[Figure]:
    counted = Counter(band for own in found for band in own)
    for band in bands:
        yield f"{measure}_count", keys | {"varighed": band}, Fraction(counted[band])
        yield f"{measure}_share", keys | {"varighed": band}, share(counted[band], len(found))


def share(part: int, whole: int) -> Fraction | None:
    """`part` of `whole` in per cent; None of nothing."""
    return Fraction(100 * part, whole) if whole else None


def _number(text: str) -> Fraction:
    return Fraction(Decimal(text.replace(",", ".")))
