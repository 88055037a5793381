"""The sample gives the published numbers of the Copenhagen study, computed from its files by the written rules."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from mentor_dw.sample import targets_study as targets
from mentor_dw.sample.study_plans import PLANS

with (Path(__file__).parent / "published_study.csv").open(encoding="utf-8") as _file:
    PUBLISHED = list(csv.DictReader(_file))
LAST = ("biflis/biflis_2016-05.zip", "dream/dream_2016-06.csv.zst")


def wrong_rows(study_by_hand, by_hand, folder: Path, biflis: str, dream: str) -> list[str]:
    """The published rows that the two deliveries do not give."""
    found = {
        (measure, frozenset(keys.items())): value
        for measure, keys, value in study_by_hand.figures(folder / biflis, folder / dream)
    }
    wrong = []
    for row in PUBLISHED:
        keys = frozenset(tuple(part.split("=", 1)) for part in row["dimensions"].split("|") if part)
        value = found.get((row["measure"], keys), Fraction(-1))
        if row["reproduce"] == "tolerance":
            agrees = abs(value - Fraction(row["value"])) <= (1 if row["unit"] == "pct" else Fraction(row["value"]) / 50)
        else:
            agrees = by_hand.rounded(value, len(row["value"].partition(".")[2])) == Decimal(row["value"])
        if not agrees:
            wrong.append(f"{row['id']}: published {row['value']}, got {float(value)}")
    return wrong


def test_the_last_deliveries_give_the_published_numbers(sample, study_by_hand, by_hand):
    assert len(PUBLISHED) == 133
    assert wrong_rows(study_by_hand, by_hand, sample, *LAST) == []


def test_so_do_the_deliveries_before_them(plain, study_by_hand, by_hand):
    biflis, dream = "biflis/biflis_2016-04.zip", "dream/dream_2016-05.csv"
    assert wrong_rows(study_by_hand, by_hand, plain(1), biflis, dream) == []


def test_what_was_known_earlier_was_less(plain, study_by_hand, registers):
    """December lacks late registrations, which its correction has; March does not reach the last weeks of Tabel 4."""

    def known(folder: str) -> dict:
        return registers.citizens(registers.members(plain(1) / folder / "biflis_2015-12.zip"))

    def lengths(everybody: dict) -> list[Counter[str]]:
        groups = registers.study_of(everybody).values()
        return [Counter(registers.duration(citizen) for citizen, _ in found.values()) for found in groups]

    first, corrected = known("biflis"), known("corrections/biflis")
    assert lengths(first) != lengths(corrected)
    march = registers.Dream(plain(1) / "dream/dream_2016-03.csv.gz")
    table = study_by_hand.statuses(registers.study_of(corrected), march)
    (followed,) = (
        value
        for _, keys, value in table
        if keys.items() >= {"alder": "alle", "status": "I alt"}.items() and value != 100
    )
    assert 4500 < followed < 5451


@pytest.mark.parametrize("group", targets.CITIZENS)
def test_the_plans_add_up(group):
    plans = PLANS[group]
    assert sum(map(sum, plans.values())) == targets.CITIZENS[group]
    assert tuple(map(sum, zip(*plans.values(), strict=True))) == targets.DURATION[group]
    for margin in (targets.SEX, targets.ORIGIN):
        assert sum(margin[group].values()) == targets.CITIZENS[group]
    for margin in (targets.PRIOR, targets.STATUS):
        assert sum(margin[group]) == targets.CITIZENS[group]


def test_the_plans_have_the_published_volume():
    starts: dict[str, Counter[str]] = {group: Counter() for group in PLANS}
    for group, plans in PLANS.items():
        for sequence, citizens in plans.items():
            for part in sequence:
                starts[group][part] += sum(citizens)
    both = starts[targets.YOUNG] + starts[targets.OLD]
    assert both["A"] + both["B"] == 4187
    assert both["D"] + both["E"] == 4767
    assert sum(both[part] for part in "ABCDE") == sum(targets.PROVIDERS.values()) == 12303
    inside = sum(starts[targets.OLD][part] for part in "BCD")
    assert 8232 <= inside <= targets.WINDOW_MENTOR


def test_the_rules_of_persons_are_needed(plain, registers):
    """There are citizens whom another reading of a rule would count elsewhere."""
    citizens = registers.citizens(registers.members(plain(1) / LAST[0]))
    dream = registers.Dream(plain(1) / LAST[1])
    firsts = {
        cpr: min(start for start, _, _ in citizen.helped() if start >= registers.PERIOD[0])
        for cpr, citizen in citizens.items()
        if any(registers.PERIOD[0] <= start <= registers.PERIOD[1] for start, _, _ in citizen.helped())
    }
    birthdays = [
        (first - citizens[cpr].birth.replace(year=citizens[cpr].birth.year + 30)).days
        for cpr, first in firsts.items()
        if (citizens[cpr].birth.month, citizens[cpr].birth.day) != (2, 29)
    ]
    assert birthdays.count(0) >= 2 and birthdays.count(-1) >= 2
    assert any(start < registers.PERIOD[0] for cpr in firsts for start, _, _ in citizens[cpr].helped())
    to_the_day = [
        cpr
        for cpr, first in firsts.items()
        for start, _, kind in citizens[cpr].contacts
        if kind == "kontanthjaelp" and registers.months_after(start, 12) == first
    ]
    assert to_the_day
    assert any(citizens[cpr].category(first) != "aktivitetsparat" for cpr, first in firsts.items())
    number = dream.places["foedselsdato"]
    other_birth = [cpr for cpr in firsts if date.fromisoformat(dream.cells(cpr)[number]) != citizens[cpr].birth]
    other_sex = [cpr for cpr in firsts if dream.cells(cpr)[dream.places["koen"]] != citizens[cpr].sex]
    assert len(other_birth) == 6 and len(other_sex) == 4
    assert 10 <= len(set(citizens) - set(dream.persons)) < 20
    dead = [row for cpr, row in dream.persons.items() if cpr in firsts and row.count(";999;") == 1]
    assert dead, "code 999 in one week only"


def test_one_population(plain, registers, by_hand):
    """Web citizens come back in both registers; DREAM knows many whom no mentor source knows."""
    web = {registers.plain(row["cpr"]) for row in by_hand.read(plain(1) / "webreg/webreg_2011-02-28.zip")["borgere"]}
    biflis = {registers.plain(row["cpr"]) for row in registers.members(plain(1) / LAST[0])["borger"]}
    dream = set(registers.Dream(plain(1) / LAST[1]).persons)
    assert len(web & biflis & dream) >= 15
    assert len((web & dream) - biflis) >= 60
    assert len(dream - biflis - web) > 2000
    assert len(biflis & dream) > 0.99 * len(biflis)
    assert all("61" <= number[:2] <= "91" for number in web | biflis | dream)


def test_costs_are_plausible(plain, registers):
    """About 7,200 kr. for a forløb of 2014 and 12,300 kr. for one of 2015 (rules.md section 8)."""
    data = registers.members(plain(1) / LAST[0], ("omkostning.csv",))
    spent: Counter[str] = Counter()
    for row in data["omkostning"]:
        spent[row["mentorforloeb_id"]] += Decimal(row["beloeb_kr"].replace(",", "."))
    for year, mean in (("2014", 7200), ("2015", 12300)):
        ended = [
            spent[row["mentorforloeb_id"]]
            for row in data["mentorforloeb"]
            if row["mentortype"] == "helhedsorienteret" and row["start_dato"].endswith(year) and row["slut_dato"]
        ]
        assert float(sum(ended) / len(ended)) == pytest.approx(mean, rel=0.1)
    assert any(Decimal(row["beloeb_kr"].replace(",", ".")) < 0 for row in data["omkostning"])


def test_forloeb_do_not_overlap_and_follow_each_other(plain, registers):
    citizens = registers.citizens(registers.members(plain(1) / LAST[0]))
    events: Counter[str] = Counter()
    for citizen in citizens.values():
        before = None
        for start, end, row in sorted(citizen.helped(), key=lambda course: course[0]):
            events[row["haendelse"]] += 1
            assert before is None or before[1] < start
            assert end == registers.LATER or (end - start) < timedelta(days=182)
            if row["forrige_id"]:
                assert before is not None and row["forrige_id"] == before[2]["mentorforloeb_id"]
            assert bool(row["forrige_id"]) == (row["haendelse"] != "ny")
            before = (start, end, row)
    assert set(events) == {"ny", "forlaenget", "genoptaget", "mentorskift"}
    assert min(events.values()) > 300


def test_target_groups_are_those_of_their_day(plain, registers):
    """Number 14 exists from 1 July 2014, and some groups earn no refusion or are unknown."""
    data = registers.members(plain(1) / LAST[0], ("mentoraftale.csv",))
    agreed = {row["mentorforloeb_id"]: registers.day_of(row["indgaaet_dato"]) for row in data["mentoraftale"]}
    groups = Counter(row["maalgruppe"] for row in data["mentorforloeb"])
    assert {"", "0", "1", "2", "3", "4", "5", "7", "8", "10", "11", "13", "14"} <= set(groups)
    late = [row["mentorforloeb_id"] for row in data["mentorforloeb"] if row["maalgruppe"] == "14"]
    assert all(agreed[number] >= date(2014, 7, 1) for number in late)
