"""The figures of the Copenhagen study computed from a BIFLIS and a DREAM file by the written rules, in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

from sample_registers_by_hand import (
    PERIOD,
    STATUSES,
    Citizen,
    Dream,
    Groups,
    Row,
    age,
    citizens,
    day_of,
    duration,
    members,
    months_after,
    prior,
    study_of,
)

Figure = tuple[str, dict[str, str], Fraction]
WINDOW = (date(2014, 7, 1), date(2015, 6, 30))
STUDY = {"period": "2014-01..2015-09"}
MENTOR_2 = "Mentor (fastholdelsesmentor og helhedsorienteret mentorstøtte)"
MENTOR_7 = "Mentor (Helhedsorienteret + fastholdelse)"
WORKPLACE = {"Virksomhedspraktik", "Løntilskud"}
BETTER = {"jobparat", "uddannelsesparat", "aabenlyst_uddannelsesparat"}
MENTOR_TYPES = ("helhedsorienteret", "fastholdelse")


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
